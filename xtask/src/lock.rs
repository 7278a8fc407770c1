//! `cargo xtask lock`: the lock files that generated crates start with, one for each way to log and to panic. What an
//! application does not use of it is left out when its crate is made; the crates that drive devices are among that.
//!
//! What is left must be what cargo would have written for that application alone. It is, unless a driver's crate turns on
//! a feature of another crate that brings a dependency, which would then stand there for applications without the driver
//! too. So each driver's crate is tried alone: where cargo has nothing to change for each, it has nothing for any of them
//! together.
//!
//! The exact versions of what generated code names are in `templates/versions.toml`. What those depend on in turn is in
//! the lock files; it stays as it is where it still fits, so that a lock file moves only where it must.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use fwc_core::catalog::Catalog;
use fwc_core::check::CheckOptions;
use fwc_core::compose_resolved;
use fwc_core::emit::emit;
use fwc_core::plan::{CratePlan, CrateSource, Plan, PlanContext, UserCode};
use fwc_core::simulate::simulate;
use fwc_diag::Sources;

use crate::setup::{announce, cargo, repository, run};

/// Whether files are written or only compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

/// A lock file and an application that uses every crate which may be in it.
struct Variant {
    file: &'static str,
    app: &'static str,
}

impl Variant {
    /// Whether it is for the host.
    fn is_simulated(&self) -> bool {
        self.file.starts_with("sim/")
    }
}

/// The chip of esp-hal's that the variants are for, and the others that are in its lock files, each with a board.
const ESP_CHIP: (&str, &str) = ("esp32c3", "esp32-c3-devkitm");
const OTHER_ESP_CHIPS: &[(&str, &str)] = &[("esp32c6", "esp32-c6-devkitc")];

/// Executors in interrupts beside a second core are the HAL's own. A chip whose firmware logs a panic of one core has no
/// second core, so the variant for it has none.
const VARIANTS: &[Variant] = &[
    Variant {
        file: "rp/locks/rtt.lock",
        app: "board = \"rpi-pico\"\nheap = \"1KiB\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "rp/locks/rtt-reset.lock",
        app: "board = \"rpi-pico\"\nheap = \"1KiB\"\non-panic = \"reset\"\n\n[peripherals.port]\nkind = \"usb-serial\"\n\n[tasks.far]\ncode = \"far\"\ncore = 1\npriority = \"high\"",
    },
    Variant {
        file: "rp/locks/uart.lock",
        app: "board = \"rpi-pico\"\nheap = \"1KiB\"\nlog-over = \"journal\"\n\n[peripherals.journal]\nkind = \"uart\"\ntx = \"TX\"\nbaud = 115200\n\n[peripherals.port]\nkind = \"usb-serial\"\n\n[tasks.far]\ncode = \"far\"\ncore = 1\npriority = \"high\"",
    },
    Variant {
        file: "rp/locks/off.lock",
        app: "board = \"rpi-pico\"\nheap = \"1KiB\"\nlog = \"off\"\n\n[peripherals.port]\nkind = \"usb-serial\"\n\n[tasks.far]\ncode = \"far\"\ncore = 1\npriority = \"high\"",
    },
    Variant {
        file: "nrf/locks/rtt.lock",
        app: "board = \"nrf52840-dk\"\nheap = \"1KiB\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "nrf/locks/rtt-reset.lock",
        app: "board = \"nrf52840-dk\"\nheap = \"1KiB\"\non-panic = \"reset\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "nrf/locks/uart.lock",
        app: "board = \"nrf52840-dk\"\nheap = \"1KiB\"\nlog-over = \"journal\"\n\n[peripherals.journal]\nkind = \"uart\"\ntx = \"TX\"\nbaud = 115200\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "nrf/locks/off.lock",
        app: "board = \"nrf52840-dk\"\nheap = \"1KiB\"\nlog = \"off\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "stm32/locks/rtt.lock",
        app: "board = \"nucleo-f401re\"\nheap = \"1KiB\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "stm32/locks/rtt-reset.lock",
        app: "board = \"nucleo-f401re\"\nheap = \"1KiB\"\non-panic = \"reset\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "stm32/locks/uart.lock",
        app: "board = \"nucleo-f401re\"\nheap = \"1KiB\"\nlog-over = \"journal\"\n\n[peripherals.journal]\nkind = \"uart\"\ntx = \"TX\"\nbaud = 115200\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    Variant {
        file: "stm32/locks/off.lock",
        app: "board = \"nucleo-f401re\"\nheap = \"1KiB\"\nlog = \"off\"\n\n[peripherals.port]\nkind = \"usb-serial\"",
    },
    // A panic handler of the generated crate's own is there always.
    Variant { file: "esp/locks/rtt-reset.lock", app: "board = \"esp32-c3-devkitm\"\nheap = \"1KiB\"" },
    Variant {
        file: "esp/locks/uart.lock",
        app: "board = \"esp32-c3-devkitm\"\nheap = \"1KiB\"\nlog-over = \"journal\"\n\n[peripherals.journal]\nkind = \"uart\"\ntx = \"TX\"\nbaud = 115200",
    },
    Variant {
        file: "esp/locks/off.lock",
        app: "board = \"esp32-c3-devkitm\"\nheap = \"1KiB\"\nlog = \"off\"",
    },
    Variant { file: "sim/locks/uart.lock", app: "board = \"rpi-pico\"" },
    Variant { file: "sim/locks/off.lock", app: "board = \"rpi-pico\"\nlog = \"off\"" },
];

/// A pin of each board for a chain of lights, whose crate the crates of fwc's own that drive chips name as optional.
const LIGHTS: &[(&str, &str)] = &[
    ("rpi-pico", "GP22"),
    ("nrf52840-dk", "D4"),
    ("nucleo-f401re", "PA7"),
    ("esp32-c3-devkitm", "GPIO4"),
    ("esp32-c6-devkitc", "GPIO6"),
];

const LIGHTS_CRATE: &str = "smart-leds";

/// Makes every lock file.
pub(crate) fn run_all(mode: Mode) -> Result<()> {
    let mut stale = Vec::new();
    let mut is_new = false;
    for variant in VARIANTS {
        let path = repository().join("templates").join(variant.file);
        let old = fs::read_to_string(&path).unwrap_or_default();
        let new = lock(variant, &old)?;
        if new == old {
            continue;
        }
        match mode {
            Mode::Write => {
                announce(&format!("templates/{} is new", variant.file));
                is_new = true;
                fs::write(&path, new).with_context(|| format!("while writing {}", path.display()))?;
            }
            Mode::Check => stale.push(variant.file),
        }
    }
    if !stale.is_empty() {
        bail!("stale lock files: {}; `cargo xtask lock` makes them anew", stale.join(", "));
    }
    if is_new {
        announce("what is left for one driver alone is checked by `cargo xtask lock --check`");
        return Ok(());
    }
    try_alone()
}

/// Has cargo look at each driver's crate alone, with the lock file that is left for it.
fn try_alone() -> Result<()> {
    let mut unfit = Vec::new();
    for (app, variant) in VARIANTS.iter().flat_map(apps) {
        let none = std::iter::once(None);
        for used in none.chain(driver_crates().into_iter().map(Some)) {
            let name = used.as_ref().map_or("no-driver".to_string(), |used| used.name.clone());
            let has_lights = used.as_ref().is_some_and(|used| used.name == LIGHTS_CRATE);
            let mut plan = plan(variant, &app, has_lights)?;
            add(&mut plan, used);
            plan.crates.sort_by(|left, right| left.name.cmp(&right.name));
            let folder = repository()
                .join("target/xtask/lock-alone")
                .join(&plan.board.chip)
                .join(variant.file)
                .join(&name);
            for (path, text) in &emit(&plan).files {
                put(&folder.join(path), text)?;
            }
            let mut command = Command::new(cargo());
            command.args(["metadata", "--locked", "--format-version", "1"]).current_dir(&folder);
            let output = command.output().context("while running cargo")?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                unfit.push(format!("{} of {} with {name}: {}", variant.file, plan.board.chip, said.trim()));
            }
        }
    }
    if !unfit.is_empty() {
        bail!("cargo would change what is left of a lock file:\n{}", unfit.join("\n"));
    }
    Ok(())
}

/// The crates of all drivers in the catalogue, by name. A crate of two drivers has the features of both.
fn driver_crates() -> Vec<CratePlan> {
    let catalog = Catalog::default();
    let drivers = catalog.driver_names().into_iter().filter_map(|name| catalog.driver(name)?.ok());
    let mut crates: BTreeMap<String, CratePlan> = BTreeMap::new();
    for used in drivers.flat_map(|driver| driver.crates().cloned().collect::<Vec<_>>()) {
        let plan = crates.entry(used.name.clone()).or_insert(CratePlan {
            name: used.name,
            source: CrateSource::Version(used.version),
            features: Vec::new(),
            default_features: false,
        });
        plan.features.extend(used.features);
        plan.features.sort();
        plan.features.dedup();
        plan.default_features |= used.default_features;
    }
    crates.into_values().collect()
}

/// The lock file that cargo makes of the old one.
fn lock(variant: &Variant, old: &str) -> Result<String> {
    let folder = write_crate(variant, old)?;
    // `metadata` writes the lock file and changes in it what does not fit any more, and nothing else.
    let mut command = Command::new(cargo());
    command.args(["metadata", "--format-version", "1"]).current_dir(&folder).stdout(Stdio::null());
    run(&mut command)?;
    let path = folder.join("Cargo.lock");
    fs::read_to_string(&path).with_context(|| format!("while reading {}", path.display()))
}

/// The variant's crate in a folder of its own, with every driver's crate and the old lock file.
fn write_crate(variant: &Variant, old: &str) -> Result<PathBuf> {
    let mut plan = plan(variant, variant.app, true)?;
    add(&mut plan, driver_crates());
    // One chip is one feature, and cargo resolves several together: what is left for each is in `emit/manifest.rs`.
    for used in plan.crates.iter_mut().filter(|used| used.features.iter().any(|of| of == ESP_CHIP.0)) {
        used.features.extend(OTHER_ESP_CHIPS.iter().map(|(chip, _)| (*chip).to_string()));
    }
    plan.crates.sort_by(|left, right| left.name.cmp(&right.name));
    let folder = repository().join("target/xtask/lock").join(variant.file);
    for (path, text) in &emit(&plan).files {
        put(&folder.join(path), if path == "Cargo.lock" { old } else { text })?;
    }
    Ok(folder)
}

/// The variant's application, for each chip of its lock file.
fn apps(variant: &'static Variant) -> impl Iterator<Item = (String, &'static Variant)> {
    let boards = OTHER_ESP_CHIPS.iter().filter(|_| variant.app.contains(ESP_CHIP.1));
    let others = boards.map(|(_, board)| variant.app.replace(ESP_CHIP.1, board));
    std::iter::once(variant.app.to_string()).chain(others).map(move |app| (app, variant))
}

/// Adds the crates that a plan does not have yet.
fn add(plan: &mut Plan, crates: impl IntoIterator<Item = CratePlan>) {
    for used in crates {
        if plan.crates.iter().all(|there| there.name != used.name) {
            plan.crates.push(used);
        }
    }
}

/// The plan of an application of the variant's, with a chain of lights where the chip drives one.
fn plan(variant: &Variant, app: &str, has_lights: bool) -> Result<Plan> {
    let lights = LIGHTS.iter().find(|(board, _)| has_lights && app.contains(&format!("{board:?}")));
    let lights =
        lights.map(|(_, pin)| format!("[devices.lights]\ndriver = \"ws2812\"\npin = {pin:?}\nlights = 1\n"));
    let lights = lights.unwrap_or_default();
    let sources = Sources::of("app.toml", format!("[app]\nname = \"app\"\n{app}\n\n{lights}"));
    let context = PlanContext { fwc_version: "0.0.0", sources: &sources, user_code: UserCode::Inside };
    let text = &sources.files()[0].text;
    let checked = fwc_core::check_text(text, &Catalog::default(), &CheckOptions::default());
    let checked = checked.and_then(fwc_core::resolve::resolve);
    let Some(mut resolved) = checked.value else {
        bail!("the application for {} is faulty: {:?}", variant.file, checked.diagnostics)
    };
    if variant.is_simulated() {
        resolved = simulate(resolved, "host");
    }
    Ok(compose_resolved(resolved, &context).plan)
}

fn put(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("while making {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("while writing {}", path.display()))
}
