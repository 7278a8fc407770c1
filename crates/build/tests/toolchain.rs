//! Each way to a toolchain, on machines made for it.
#![cfg(unix)]

#[path = "support/machine.rs"]
mod machine;

use fwc_build::toolchain::{Library, Linker, NoToolchain};
use fwc_build::{Cancel, State, Toolchain, ToolchainError, ToolchainRequest, doctor, find_toolchain};
use machine::{Machine, TARGET};
use std::ffi::OsString;
use std::time::{Duration, Instant};

const STABLE: &str = "home/.rustup/toolchains/stable";

fn none(result: Result<Toolchain, ToolchainError>) -> NoToolchain {
    match result {
        Err(ToolchainError::None(none)) => *none,
        other => panic!("a toolchain was not expected: {other:?}"),
    }
}

fn variable(machine: &Machine, toolchain: &Toolchain, name: &str) -> Option<OsString> {
    let variables = toolchain.variables(&machine.environment());
    variables.into_iter().find(|(variable, _)| *variable == name).map(|(_, value)| value)
}

fn commands(none: &NoToolchain) -> Vec<&str> {
    none.remedies.iter().map(|remedy| remedy.command.as_str()).collect()
}

#[test]
fn an_installed_library_is_used_and_rustups_proxy_is_not() {
    let machine = Machine::new().rustup_that_adds().library(STABLE).debian();
    let toolchain = machine.find().unwrap();
    assert!(matches!(toolchain.library, Library::Installed { .. }));
    assert_eq!(machine.relative(&toolchain.rustc), format!("{STABLE}/bin/rustc"));
    assert_eq!(machine.relative(&toolchain.cargo), format!("{STABLE}/bin/cargo"));
    assert_eq!(toolchain.rustup_name.as_deref(), Some("stable"));
    assert_eq!(toolchain.cargo_arguments(), [format!("--target={TARGET}")]);
    assert_eq!(toolchain.linker, Linker::OfCompiler);
    assert_eq!(variable(&machine, &toolchain, "RUSTC_BOOTSTRAP"), None);
    assert_eq!(variable(&machine, &toolchain, "RUSTUP_TOOLCHAIN"), Some("stable".into()));
    assert_eq!(machine.called("target add"), 0);
}

#[test]
fn rustup_adds_the_target_with_a_word_about_it() {
    let machine = Machine::new().rustup_that_adds();
    let mut news = Vec::new();
    let toolchain = machine.find_with(&machine.request(), &mut |event| news.push(event.to_string())).unwrap();
    assert!(matches!(toolchain.library, Library::Added { .. }));
    assert_eq!(news, ["adding the library for thumbv6m-none-eabi to stable (rustup)"]);
    assert_eq!(machine.called("rustup target add --toolchain stable thumbv6m-none-eabi"), 1);
    assert!(matches!(machine.find().unwrap().library, Library::Installed { .. }));
}

#[test]
fn an_unchanged_machine_is_asked_nothing() {
    let machine = Machine::new().rustup_without_network().debian();
    let first = machine.find().unwrap();
    let calls = machine.calls();
    assert_eq!(machine.find().unwrap(), first);
    assert_eq!(machine.calls(), calls);
}

#[test]
fn a_dead_network_is_not_tried_again_within_the_hour() {
    let mut machine = Machine::new().rustup_without_network();
    let attempt = none(machine.find()).attempts.remove(0);
    assert_eq!(attempt.what, "rustup target add thumbv6m-none-eabi --toolchain stable");
    assert_eq!(attempt.outcome, "could not download file");

    machine.minutes = 59;
    let attempt = none(machine.find()).attempts.remove(0);
    assert_eq!(attempt.outcome, "failed 59 min ago: could not download file");
    assert_eq!(machine.called("target add"), 1);

    machine.minutes = 60;
    none(machine.find());
    assert_eq!(machine.called("target add"), 2);
}

#[test]
fn offline_nothing_is_added() {
    let machine = Machine::new().rustup_that_adds();
    let request = ToolchainRequest { offline: true, ..machine.request() };
    let none = none(machine.find_with(&request, &mut |_| ()));
    assert_eq!(none.attempts[0].outcome, "nothing may be fetched (offline)");
    assert_eq!(machine.called("target add"), 0);
}

#[test]
fn without_network_the_active_compiler_builds_its_own_source() {
    let machine = Machine::new().rustup_without_network().source(STABLE).debian();
    let toolchain = machine.find().unwrap();
    assert_eq!(machine.relative(&toolchain.rustc), format!("{STABLE}/bin/rustc"));
    assert!(matches!(toolchain.library, Library::FromSource { .. }));
    assert_eq!(toolchain.cargo_arguments(), [&format!("--target={TARGET}"), "-Zbuild-std=core,alloc"]);
    assert_eq!(variable(&machine, &toolchain, "RUSTC_BOOTSTRAP"), Some("1".into()));
    assert_eq!(toolchain.passed_over.len(), 1);
}

#[test]
fn debians_compiler_gets_a_linker_by_the_right_name() {
    let machine = Machine::new().rustup_without_network().debian();
    let toolchain = machine.find().unwrap();
    assert_eq!(machine.relative(&toolchain.rustc), "usr/bin/rustc");
    assert_eq!(toolchain.rustup_name, None);
    let Linker::Lld { program, folder } = &toolchain.linker else { panic!("{:?}", toolchain.linker) };
    assert_eq!(machine.relative(folder), "cache/linker/lld-22");
    assert_eq!(machine.relative(program), "usr/lib/llvm-22/bin/lld");
    assert_eq!(std::fs::read_link(folder.join("rust-lld")).unwrap(), *program);
    let path = variable(&machine, &toolchain, "PATH").unwrap().into_string().unwrap();
    assert!(path.starts_with(&format!("{}:", folder.display())), "{path}");
    assert!(path.ends_with("usr/bin"), "the user's own PATH follows: {path}");
    let passed_over: Vec<&str> = toolchain.passed_over.iter().map(|it| it.outcome.as_str()).collect();
    assert_eq!(
        passed_over,
        ["could not download file", "has neither a library for thumbv6m-none-eabi nor its source"]
    );
}

#[test]
fn the_nearest_later_lld_links_when_there_is_none_of_the_same_llvm() {
    let machine = Machine::new().compiler("usr", "1.96.0", "22.1.8").source("usr");
    let machine = machine.lld("usr/bin/lld-24", "24.1.0").lld("usr/bin/ld.lld-23", "23.1.0");
    let Linker::Lld { program, .. } = machine.find().unwrap().linker else { panic!("no lld was chosen") };
    assert_eq!(machine.relative(&program), "usr/bin/ld.lld-23");
}

#[test]
fn a_linker_by_the_right_name_on_the_path_is_left_alone() {
    let machine = Machine::new().debian();
    let program = machine.script("usr/bin/rust-lld", "");
    let toolchain = machine.find().unwrap();
    assert_eq!(toolchain.linker, Linker::OnPath { program });
    assert!(!machine.at("cache/linker").exists());
}

#[test]
fn an_lld_of_an_earlier_llvm_is_refused_with_the_package_to_install() {
    let machine =
        Machine::new().compiler("usr", "1.96.0", "22.1.8").source("usr").lld("usr/bin/ld.lld", "14.0.6");
    machine.file("usr/bin/apt-get", "");
    let none = none(machine.find());
    assert_eq!(none.attempts[0].outcome, "no lld of LLVM 22 or later to link with");
    assert_eq!(commands(&none)[0], "apt-get install lld-22");
}

#[test]
fn another_toolchain_of_rustups_serves_too() {
    let nightly = "home/.rustup/toolchains/nightly";
    let machine = Machine::new().rustup_without_network();
    let machine = machine.compiler(nightly, "1.97.0-nightly", "22.1.4").own_linker(nightly).library(nightly);
    let toolchain = machine.find().unwrap();
    assert_eq!(toolchain.rustup_name.as_deref(), Some("nightly"));
}

#[test]
fn the_variables_of_cargo_and_rustup_choose_the_compiler() {
    let beta = "home/.rustup/toolchains/beta";
    let machine = Machine::new().rustup_that_adds().library(STABLE).variable("RUSTUP_TOOLCHAIN", "beta");
    let machine = machine.compiler(beta, "1.96.0-beta.1", "22.1.8").own_linker(beta).library(beta);
    assert_eq!(machine.find().unwrap().rustup_name.as_deref(), Some("beta"));

    let own = machine.at("opt/rust/bin/rustc");
    let machine = machine.variable("RUSTC", own.to_str().unwrap());
    let machine = machine.compiler("opt/rust", "1.96.0", "22.1.8").own_linker("opt/rust").library("opt/rust");
    assert_eq!(machine.find().unwrap().rustc, own);
}

#[test]
fn a_pinned_toolchain_that_is_not_installed_is_asked_for_by_name() {
    let machine = Machine::new().rustup_that_adds();
    machine.script(
        "home/.cargo/bin/rustup",
        "echo \"error: toolchain 'nightly-2026-11-01' is not installed\" >&2; exit 1",
    );
    let none = none(machine.find());
    assert_eq!(none.attempts[0].outcome, "toolchain 'nightly-2026-11-01' is not installed");
    assert_eq!(commands(&none)[0], "rustup toolchain install nightly-2026-11-01 --target thumbv6m-none-eabi");
}

#[test]
fn an_addition_that_another_build_has_made_meanwhile_is_no_failure() {
    let machine = Machine::new();
    let folder = machine.at(&format!("{STABLE}/lib/rustlib/{TARGET}/lib"));
    let folder = folder.display();
    let adds_and_fails = format!("/bin/mkdir -p {folder}; : > {folder}/libcore-0123.rlib; exit 1");
    let machine = machine.rustup(&adds_and_fails);
    assert!(matches!(machine.find().unwrap().library, Library::Installed { .. }));
    assert!(!machine.at("cache/toolchain/failed-additions.json").exists());
}

#[test]
fn compilers_that_are_too_old_are_passed_over() {
    let machine = Machine::new().compiler("usr", "1.63.0", "14.0.6").library("usr").own_linker("usr");
    let none = none(machine.find());
    assert!(none.attempts[0].outcome.contains("is older than 1.88.0"), "{:?}", none.attempts);
}

#[test]
fn a_machine_with_nothing_is_told_how_to_get_something() {
    let machine = Machine::new();
    let found = none(machine.find());
    assert_eq!(found.attempts[0].outcome, "there is neither a rustc nor rustup");
    assert!(commands(&found)[0].contains("sh.rustup.rs"));

    machine.file("usr/bin/apt-get", "");
    machine.file("etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
    let found = none(machine.find());
    assert_eq!(commands(&found)[0], "apt-get install rustc-web cargo-web rust-web-src lld-22");
}

#[test]
fn without_network_or_source_every_way_is_listed() {
    let machine = Machine::new().rustup_without_network().compiler("usr", "1.96.0", "22.1.8");
    let found = none(machine.find());
    assert_eq!(found.attempts.len(), 3);
    assert_eq!(
        commands(&found)[..2],
        [
            "rustup target add thumbv6m-none-eabi --toolchain stable",
            "rustup component add rust-src --toolchain stable"
        ]
    );
}

#[test]
fn a_compiler_that_fails_is_passed_over_with_its_words() {
    let machine = Machine::new().debian();
    machine.script("opt/bin/rustc", "echo 'rustc: broken' >&2; exit 1");
    machine.script("opt/bin/cargo", "");
    let path = format!("{}:{}", machine.at("opt/bin").display(), machine.at("usr/bin").display());
    let machine = machine.variable("PATH", &path);
    let toolchain = machine.find().unwrap();
    assert_eq!(machine.relative(&toolchain.rustc), "usr/bin/rustc");
    assert!(toolchain.passed_over[0].outcome.contains("rustc: broken"));
}

#[test]
fn what_is_added_or_removed_later_changes_the_decision() {
    let machine = Machine::new().rustup_without_network().debian();
    assert_eq!(machine.find().unwrap().rustup_name, None);
    let machine = machine.library(STABLE);
    assert_eq!(machine.find().unwrap().rustup_name.as_deref(), Some("stable"));
    std::fs::remove_dir_all(machine.at(&format!("{STABLE}/lib/rustlib/{TARGET}"))).unwrap();
    assert_eq!(machine.find().unwrap().rustup_name, None);
}

#[test]
fn a_pinned_toolchain_file_is_noticed_when_it_appears() {
    let machine = Machine::new().rustup_that_adds().library(STABLE);
    machine.find().unwrap();
    let questions = machine.called("which rustc");
    machine.file("project/rust-toolchain.toml", "[toolchain]\nchannel = \"stable\"\n");
    machine.find().unwrap();
    assert_eq!(machine.called("which rustc"), questions + 1);
}

#[test]
fn a_spoilt_memory_is_done_without() {
    let machine = Machine::new().debian();
    let first = machine.find().unwrap();
    machine.file(&format!("cache/toolchain/{TARGET}.json"), "{ half of a fi");
    assert_eq!(machine.find().unwrap(), first);
}

#[test]
fn cancelling_ends_a_download_that_hangs() {
    let machine = Machine::new().rustup("/bin/sleep 600");
    let cancel = Cancel::new();
    let started = Instant::now();
    let other = cancel.clone();
    let result = find_toolchain(&machine.environment(), &machine.request(), &cancel, &mut |_| other.cancel());
    assert!(matches!(result, Err(ToolchainError::Cancelled)), "{result:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
    assert!(!machine.at("cache/toolchain/failed-additions.json").exists(), "the user's wish is no failure");
}

fn states(machine: &Machine) -> Vec<(String, State)> {
    let checks = doctor(&machine.environment(), &machine.request(), &[TARGET.to_owned()], &Cancel::new());
    checks.into_iter().map(|check| (check.name, check.state)).collect()
}

fn state(machine: &Machine, name: &str) -> State {
    states(machine).into_iter().find(|(check, _)| check == name).map(|(_, state)| state).unwrap()
}

#[test]
fn the_doctor_changes_nothing_and_tells_what_is_there() {
    let machine = Machine::new().rustup_that_adds();
    let target = format!("target {TARGET}");
    assert_eq!(state(&machine, &target), State::Warn, "rustup adds it at the first build");
    assert_eq!(machine.called("target add"), 0);
    assert_eq!(state(&machine, "node"), State::Warn);

    machine.script("usr/bin/node", "echo v16.20.0");
    assert_eq!(state(&machine, "node"), State::Warn, "too old");
    machine.script("usr/bin/node", "echo v22.1.0");
    machine.script("usr/bin/npm", "echo 11.0.0");
    let machine = machine.library(STABLE);
    assert!(states(&machine).iter().all(|(_, state)| *state == State::Ok), "{:?}", states(&machine));
}

#[test]
fn the_doctor_fails_a_machine_that_cannot_build() {
    let machine = Machine::new();
    assert_eq!(state(&machine, &format!("target {TARGET}")), State::Fail);
    assert_eq!(state(&machine, "rustc"), State::Warn);
}
