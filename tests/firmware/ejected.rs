//! What `fwc eject` hands over: it builds with plain cargo, without fwc, and does the same.

use std::process::Command;

use fwc_build::{Cancel, Environment, ToolchainRequest, find_toolchain};
use fwc_sim::{Job, Level, Uart};
use fwc_tests::{build_project, fwc, milliseconds, one_build_at_a_time, own_build_folder, own_folder};

use crate::run;

#[test]
fn an_ejected_crate_builds_with_plain_cargo() {
    let project = build_project("examples/pipeline", "rpi-pico").project;
    let ejected = own_folder().join("ejected");
    if ejected.exists() {
        std::fs::remove_dir_all(&ejected).expect("the folder of the last run can go");
    }
    let status = Command::new(fwc()).arg("eject").arg(&ejected).arg("--project").arg(&project).status();
    assert!(status.expect("fwc starts").success());

    let environment = Environment::of_this_process();
    let request = ToolchainRequest {
        target: "thumbv6m-none-eabi".to_string(),
        project_folder: ejected.clone(),
        cache_folder: own_folder(),
        minimum_version: fwc_build::MINIMUM_RUST,
        offline: false,
    };
    let toolchain = find_toolchain(&environment, &request, &Cancel::new(), &mut |_| {})
        .unwrap_or_else(|error| panic!("{error}"));
    let target = own_build_folder();
    let building = one_build_at_a_time();
    let status = toolchain
        .cargo_command(&environment)
        .args(["build", "--release", "--quiet"])
        .args(toolchain.cargo_arguments())
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(&ejected)
        .status();
    assert!(status.expect("cargo starts").success());

    let elf = ejected.join("pipeline.elf");
    std::fs::copy(target.join("thumbv6m-none-eabi/release/pipeline"), &elf)
        .expect("cargo has made the image");
    drop(building);
    let job = Job::new(elf, milliseconds(1_000))
        .drive(milliseconds(300), fwc_sim::Pin(15), Level::Low)
        .drive(milliseconds(500), fwc_sim::Pin(15), Level::High);
    let lines: Vec<String> = run(&job).uart_lines(Uart(0)).into_iter().map(|line| line.text).collect();
    assert_eq!(lines, ["presses,520,1,0.20,false"]);
}
