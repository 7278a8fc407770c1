//! Apps and the same programs written by hand: which belong together, and how each is built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fwc_build::Environment;

use super::work_folder;
use crate::setup::{self, repository, run};

/// An app and the program that does the same, written by hand.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    /// The app's folder in the repository, which is called like the app.
    pub(crate) app: &'static str,
    /// The folder of the package with the twin.
    pub(crate) package: &'static str,
    /// The twin's binary.
    pub(crate) twin: &'static str,
    /// Embassy's own example for the RP2040 that both do the same as.
    pub(crate) example: Option<&'static str>,
}

const THREAD: &str = "tests/twins/rp2040";
/// Embassy's feature for executors in interrupts would make all other twins larger.
const INTERRUPTS: &str = "tests/twins/rp2040-interrupts";

const fn pair(app: &'static str, package: &'static str, twin: &'static str) -> Pair {
    Pair { app, package, twin, example: None }
}

const fn embassys(
    example: &'static str,
    app: &'static str,
    package: &'static str,
    twin: &'static str,
) -> Pair {
    Pair { app, package, twin, example: Some(example) }
}

/// Embassy's examples, and others of our own.
pub(crate) const PAIRS: &[Pair] = &[
    embassys("blinky", "tests/twins/apps/blinky", THREAD, "blinky"),
    embassys("button", "tests/twins/apps/button-led", THREAD, "button_led"),
    embassys("uart", "tests/twins/apps/uart", THREAD, "uart"),
    embassys("i2c_async", "tests/twins/apps/i2c-async", THREAD, "i2c_async"),
    embassys("spi", "tests/twins/apps/spi", THREAD, "spi"),
    embassys("pwm", "tests/twins/apps/pwm", THREAD, "pwm"),
    embassys("adc", "tests/twins/apps/adc", THREAD, "adc"),
    embassys("usb_serial", "examples/usb-echo", THREAD, "usb_serial"),
    embassys("multicore", "tests/twins/apps/multicore", THREAD, "multicore"),
    embassys("multiprio", "tests/twins/apps/multiprio", INTERRUPTS, "multiprio"),
    embassys("watchdog", "tests/twins/apps/watchdog", THREAD, "watchdog"),
    pair("examples/blink", THREAD, "blink"),
    pair("examples/echo", THREAD, "echo"),
    pair("examples/blink-echo", THREAD, "blink_echo"),
    pair("examples/button", THREAD, "button"),
    pair("examples/pipeline", THREAD, "pipeline"),
    pair("examples/overload", THREAD, "overload"),
    LATENCY[0],
    LATENCY[1],
];

/// A board of another family on which some of the apps have a twin too.
pub(crate) struct Elsewhere {
    /// The board.
    pub(crate) board: &'static str,
    /// What its twins are built for.
    target: &'static str,
    /// The apps with their twins.
    pub(crate) pairs: &'static [Pair],
}

const NRF52840: &str = "tests/twins/nrf52840";
const STM32F401: &str = "tests/twins/stm32f401";
const ESP32C3: &str = "tests/twins/esp32c3";

/// One board a family.
pub(crate) const ELSEWHERE: &[Elsewhere] = &[
    Elsewhere {
        board: "nucleo-f401re",
        target: "thumbv7em-none-eabihf",
        pairs: &[
            pair("tests/twins/apps/blinky", STM32F401, "blinky"),
            pair("tests/twins/apps/uart", STM32F401, "uart"),
        ],
    },
    Elsewhere {
        board: "nrf52840-dk",
        target: "thumbv7em-none-eabihf",
        pairs: &[
            pair("tests/twins/apps/blinky", NRF52840, "blinky"),
            pair("tests/twins/apps/uart", NRF52840, "uart"),
        ],
    },
    Elsewhere {
        board: "esp32-c3-devkitm",
        target: "riscv32imc-unknown-none-elf",
        pairs: &[
            pair("tests/twins/apps/blinky-esp", ESP32C3, "blinky"),
            pair("tests/twins/apps/uart", ESP32C3, "uart"),
        ],
    },
];

impl Elsewhere {
    /// What the sizes on the board are kept under.
    pub(crate) fn part(&self) -> String {
        format!("size-{}", self.board)
    }

    /// Builds the board's twins.
    pub(super) fn build_by_hand(&self) -> Result<ByHand> {
        let package = self.pairs.first().context("a board has twins")?.package;
        build(self.target, &[package], self.pairs, self.board)
    }
}

/// Those that answer edges, on the thread executor and in an interrupt.
pub(crate) const LATENCY: [Pair; 2] = [
    pair("tests/twins/apps/latency-thread", THREAD, "latency_thread"),
    pair("tests/twins/apps/latency-interrupt", INTERRUPTS, "latency_interrupt"),
];

impl Pair {
    /// The app's file.
    pub(crate) fn app_toml(&self) -> PathBuf {
        repository().join(self.app).join("app.toml")
    }

    /// The app's name.
    pub(crate) fn name(&self) -> &'static str {
        self.app.rsplit('/').next().unwrap_or(self.app)
    }

    /// The twin's source.
    pub(crate) fn source(&self) -> PathBuf {
        repository().join(self.package).join("src/bin").join(self.twin).with_extension("rs")
    }
}

/// All twins, built.
pub(super) struct ByHand {
    /// The folder with their images.
    pub(super) images: PathBuf,
    /// What built them.
    pub(super) toolchain: String,
}

/// Builds all twins with the toolchain that fwc takes.
pub(super) fn build_by_hand() -> Result<ByHand> {
    build("thumbv6m-none-eabi", &[THREAD, INTERRUPTS], PAIRS, "rpi-pico")
}

/// Builds packages with twins for a board, and keeps their images.
fn build(triple: &str, packages: &[&str], pairs: &[Pair], board: &str) -> Result<ByHand> {
    let toolchain = setup::firmware_toolchain(triple)?;
    let target = work_folder().join("build");
    for package in packages {
        let mut command = toolchain.cargo_command(&Environment::of_this_process());
        command
            .args(["build", "--release", "--quiet", "--locked"])
            .args(toolchain.cargo_arguments())
            .env("DEFMT_LOG", "info")
            .env("CARGO_TARGET_DIR", &target)
            .current_dir(repository().join(package));
        run(&mut command)?;
    }
    // An app of the same name takes the place of a twin in the folder that both are built in.
    let kept = work_folder().join("by-hand").join(board);
    fs::create_dir_all(&kept).with_context(|| format!("while making {}", kept.display()))?;
    for pair in pairs {
        let built = target.join(triple).join("release").join(pair.twin);
        fs::copy(&built, kept.join(pair.twin))
            .with_context(|| format!("while copying {}", built.display()))?;
    }
    Ok(ByHand { images: kept, toolchain: toolchain.version.to_string() })
}

/// Builds a copy of an app for a board, and gives its ELF.
pub(super) fn build_app(fwc: &Path, pair: &Pair, board: &str) -> Result<PathBuf> {
    let project = work_folder().join("apps").join(pair.name());
    if project.exists() {
        fs::remove_dir_all(&project).with_context(|| format!("while removing {}", project.display()))?;
    }
    copy_text(&repository().join(pair.app), &project)?;
    run(Command::new(fwc)
        .args(["build", "--quiet", "--board", board])
        .env("CARGO_TARGET_DIR", work_folder().join("build"))
        .stdout(Stdio::null())
        .current_dir(&project))?;
    let elf = project.join("target/fwc").join(board).join(pair.name()).with_extension("elf");
    ensure!(elf.is_file(), "fwc has written no {}", elf.display());
    Ok(elf)
}

/// Copies app.toml and the user's modules.
fn copy_text(from: &Path, to: &Path) -> Result<()> {
    let copy = |name: &Path| -> Result<()> {
        let target = to.join(name);
        let folder = target.parent().unwrap_or(to);
        fs::create_dir_all(folder).with_context(|| format!("while making {}", folder.display()))?;
        fs::copy(from.join(name), &target).with_context(|| format!("while writing {}", target.display()))?;
        Ok(())
    };
    copy(Path::new("app.toml"))?;
    modules(from)?.iter().try_for_each(|module| copy(&Path::new("src").join(module)))
}

/// The names of the files in a project's `src`, sorted; none where it has no such folder.
pub(crate) fn modules(project: &Path) -> Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(project.join("src")) else { return Ok(Vec::new()) };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect::<Result<_>>()?;
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::{ELSEWHERE, PAIRS};

    #[test]
    fn each_of_embassys_examples_has_an_app_and_a_twin() {
        let examples: Vec<&str> = PAIRS.iter().filter_map(|pair| pair.example).collect();
        assert_eq!(
            examples,
            [
                "blinky",
                "button",
                "uart",
                "i2c_async",
                "spi",
                "pwm",
                "adc",
                "usb_serial",
                "multicore",
                "multiprio",
                "watchdog"
            ]
        );
        for pair in PAIRS.iter().chain(ELSEWHERE.iter().flat_map(|board| board.pairs)) {
            assert!(pair.app_toml().is_file(), "{} is missing", pair.app_toml().display());
            assert!(pair.source().is_file(), "{} is missing", pair.source().display());
        }
    }
}
