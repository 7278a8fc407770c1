//! `fwc eject`.

use snapbox::str;

use crate::sandbox::Sandbox;

fn pipeline() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["new", "meter", "--example", "pipeline"]).ends(0);
    sandbox
}

#[test]
fn a_crate_that_stands_alone() {
    let sandbox = pipeline();
    sandbox.write("meter/src/notes.txt", "no source");
    sandbox.fwc_in("meter", &["eject", "../crate"]).says(
        0,
        str![[r#"
     Ejected `../crate`: a crate of its own, which fwc never touches again
hint: `cd ../crate` and `cargo build --release`; its README.md says more

"#]],
    );
    assert_eq!(sandbox.read("crate/src/measure.rs"), sandbox.read("meter/src/measure.rs"));
    assert!(!sandbox.at("crate/src/notes.txt").exists());
    let main = sandbox.read("crate/src/main.rs");
    assert!(main.contains("\nmod measure;") && !main.contains("#[path"), "{main}");
    assert!(sandbox.at("crate/fwc-runtime/src/lib.rs").is_file());
    assert!(sandbox.read("crate/README.md").contains("cargo build --release"));
    for (path, text) in sandbox.tree("crate") {
        assert!(!text.contains("../../../"), "{path} leads out of the crate");
        assert!(!text.contains("Changes are lost"), "{path} says that it is not the user's");
    }
    assert_eq!(sandbox.names(""), ["crate", "meter"]);
}

#[test]
fn the_users_dependencies_stay_locked() {
    let sandbox = pipeline();
    let lock = "meter/generated/rpi-pico/Cargo.lock";
    let mut text = sandbox.read(lock);
    text.push_str("\n# and what cargo added\n");
    sandbox.write(lock, &text);
    sandbox.fwc_in("meter", &["eject", "../crate"]).ends(0);
    assert_eq!(sandbox.read("crate/Cargo.lock"), text);
}

#[test]
fn code_that_is_not_written_yet_is_a_skeleton() {
    let sandbox = pipeline();
    std::fs::remove_file(sandbox.at("meter/src/measure.rs")).unwrap();
    sandbox.fwc_in("meter", &["eject", "../crate"]).ends(0);
    assert!(sandbox.read("crate/src/measure.rs").contains("pub async fn measure"));
    assert!(!sandbox.at("meter/src/measure.rs").exists(), "the project itself is not touched");
}

#[test]
fn a_behaviour_of_the_projects_own_goes_along() {
    let sandbox = Sandbox::new();
    let project = fwc_tests::repository().join("tests/firmware/own-behavior");
    let files =
        ["flash", "chase"].map(|name| ["toml", "rs"].map(|end| format!("behaviors/{name}/behavior.{end}")));
    for file in files.as_flattened().iter().map(String::as_str).chain(["app.toml"]) {
        sandbox.write(&format!("bell/{file}"), &std::fs::read_to_string(project.join(file)).unwrap());
    }
    sandbox.fwc_in("bell", &["eject", "../crate"]).ends(0);
    assert_eq!(
        sandbox.read("crate/src/behaviors/flash.rs"),
        sandbox.read("bell/behaviors/flash/behavior.rs")
    );
    let modules = sandbox.read("crate/src/behaviors.rs");
    assert!(modules.contains("pub mod flash;") && !modules.contains("#[path"), "{modules}");
}

#[test]
fn a_folder_in_use_is_refused() {
    let sandbox = pipeline();
    sandbox.fwc_in("meter", &["eject", "."]).says(
        2,
        str![[r#"
error: the folder `.` is not empty
  help: an ejected crate needs a new or an empty folder: take another name, or move what is there

"#]],
    );
    sandbox.fwc_in("meter", &["eject", "src/measure.rs"]).says(
        2,
        str![[r#"
error: `src/measure.rs` is there already, and is not a folder

"#]],
    );
    sandbox.fwc_in("meter", &["eject"]).ends(2);
}
