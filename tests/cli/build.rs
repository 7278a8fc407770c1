//! `fwc build`, with a script for a cargo: what it shows of compilers, artifacts and failures.

#[allow(dead_code, reason = "the tests of `crates/build` want more of it")]
#[path = "../../crates/build/tests/support/elf.rs"]
pub(crate) mod elf;

use snapbox::str;

use crate::machine::machine;
use crate::sandbox::{BLINK, Sandbox};

const FLASH: u32 = 0x1000_0000;
const RAM: u32 = 0x2000_0000;

/// A machine whose cargo "builds" a small image.
pub(crate) fn working_machine() -> Sandbox {
    machine_with_code(6000)
}

/// A machine whose cargo "builds" an image with so many bytes of code.
pub(crate) fn machine_with_code(bytes: usize) -> Sandbox {
    let sandbox = machine("cat \"$MESSAGES\"; echo '   Compiling blinky v0.1.0' >&2");
    let sections = [
        elf::text(".boot2", FLASH, vec![0xB2; 256]),
        elf::text(".text", FLASH + 0x100, vec![0x42; bytes]),
        elf::data(RAM, FLASH + 0x2000 + (bytes as u32 - 6000), vec![7; 16]),
        elf::bss(RAM + 16, 1000),
    ];
    let symbols = [("blinky::tasks::heartbeat::POOL", ".bss", 0, 48, false)];
    elf::put(&sandbox.root(), "built/blinky", &elf::elf(FLASH + 0x101, &sections, &symbols));
    let root = sandbox.root().display().to_string();
    let artifact = format!(
        r#"{{"reason":"compiler-artifact","package_id":"path+file://{root}/generated/rpi-pico#blinky@0.1.0","manifest_path":"{root}/generated/rpi-pico/Cargo.toml","target":{{"kind":["bin"],"crate_types":["bin"],"name":"blinky","src_path":"{root}/generated/rpi-pico/src/main.rs","edition":"2024","doc":true,"doctest":false,"test":true}},"profile":{{"opt_level":"s","debuginfo":2,"debug_assertions":false,"overflow_checks":false,"test":false}},"features":[],"filenames":["{root}/built/blinky"],"executable":"{root}/built/blinky","fresh":false}}"#
    );
    sandbox.write("messages", &format!("{artifact}\n{{\"reason\":\"build-finished\",\"success\":true}}\n"));
    let messages = sandbox.at("messages").display().to_string();
    sandbox.variable("MESSAGES", messages)
}

/// A machine whose cargo reports one compiler error.
fn failing_machine(file: &str, line: usize, message: &str) -> Sandbox {
    let sandbox = machine("cat \"$MESSAGES\"; exit 101");
    let root = sandbox.root().display().to_string();
    let rendered = format!("error[E0425]: {message}\\n --> {file}:{line}:5\\n\\n");
    let span = format!(
        r#"{{"file_name":"{file}","byte_start":0,"byte_end":1,"line_start":{line},"line_end":{line},"column_start":5,"column_end":6,"is_primary":true,"text":[],"label":null,"suggested_replacement":null,"suggestion_applicability":null,"expansion":null}}"#
    );
    let text = format!(
        r#"{{"reason":"compiler-message","package_id":"path+file://{root}/generated/rpi-pico#blinky@0.1.0","manifest_path":"{root}/generated/rpi-pico/Cargo.toml","target":{{"kind":["bin"],"crate_types":["bin"],"name":"blinky","src_path":"{root}/generated/rpi-pico/src/main.rs","edition":"2024","doc":true,"doctest":false,"test":true}},"message":{{"rendered":"{rendered}","$message_type":"diagnostic","children":[],"code":{{"code":"E0425","explanation":null}},"level":"error","message":"{message}","spans":[{span}]}}}}"#
    );
    sandbox.write("messages", &format!("{text}\n{{\"reason\":\"build-finished\",\"success\":false}}\n"));
    let messages = sandbox.at("messages").display().to_string();
    sandbox.variable("MESSAGES", messages)
}

#[test]
fn an_image_too_large_is_not_helped_by_what_is_done_already() {
    let sandbox = failing_machine("src/main.rs", 1, "linking with `rust-lld` failed: exit status: 1");
    let linker = "rust-lld: error: section '.text' will not fit in region 'FLASH': overflowed by 90 bytes";
    let child = format!(
        r#""children":[{{"message":"{linker}","code":null,"level":"note","spans":[],"children":[],"rendered":null}}]"#
    );
    sandbox.write("messages", &sandbox.read("messages").replace(r#""children":[]"#, &child));
    let run = sandbox.fwc(&["build"]);
    assert!(
        run.ends(1).stderr.contains("the image is too large: FLASH overflows by 90 bytes"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("or `log = \"off\"`, saves most"), "{}", run.stderr);
    sandbox.write("app.toml", &BLINK.replace("rpi-pico\"", "rpi-pico\"\nlog = \"off\""));
    let run = sandbox.fwc(&["build"]);
    assert!(run.ends(1).stderr.contains("help: it has no log that could be left out"), "{}", run.stderr);
    assert!(!run.stderr.contains("saves most"), "{}", run.stderr);
}

/// Moves the message from the first line of a generated file to the one with `text`; from there it must lead to app.toml.
fn move_message(sandbox: &Sandbox, file: &str, text: &str) {
    sandbox.fwc(&["generate"]).ends(0);
    let generated = sandbox.read(&format!("generated/rpi-pico/src/{file}"));
    let line = generated.lines().position(|line| line.contains(text)).unwrap() + 1;
    let messages = sandbox.read("messages").replace(":1:5", &format!(":{line}:5"));
    sandbox.write(
        "messages",
        &messages.replace("_start\":1,\"line_end\":1", &format!("_start\":{line},\"line_end\":{line}")),
    );
}

#[test]
fn an_image_with_its_sizes() {
    let sandbox = working_machine();
    sandbox.fwc(&["build"]).shows(
        0,
        str![[r#"
flash   [#-----------------------------]   0.6%  12,272 of 2,097,152 B
RAM     [#-----------------------------]   0.4%  1,016 of 270,336 B
tasks   heartbeat 48 B

target/fwc/rpi-pico/blinky.elf
target/fwc/rpi-pico/blinky.uf2
target/fwc/rpi-pico/blinky.bin
target/fwc/rpi-pico/blinky.hex

"#]],
        str![[r#"
   Compiling blinky v0.1.0
    Finished `blinky` for rpi-pico in [..] s

"#]],
    );
    for ending in ["elf", "uf2", "bin", "hex"] {
        assert!(sandbox.at(&format!("target/fwc/rpi-pico/blinky.{ending}")).is_file(), "{ending}");
    }
    let run = sandbox.fwc(&["build", "--quiet"]);
    assert_eq!((run.ends(0).stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn programs_get_sizes_and_paths() {
    let run = working_machine().fwc(&["build", "--message-format", "json"]);
    let last: serde_json::Value = serde_json::from_str(run.ends(0).stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["reason"], "built");
    assert_eq!(last["artifacts"]["sizes"]["bss"], 1000);
    assert_eq!(last["artifacts"]["uf2"], "[SANDBOX]/target/fwc/rpi-pico/blinky.uf2");
}

#[test]
fn a_mistake_in_the_users_code_is_shown_where_it_is() {
    let sandbox = failing_machine("../../src/helper.rs", 3, "cannot find value `x`");
    sandbox.write("src/helper.rs", "// one\n// two\n   x\n");
    sandbox.fwc(&["build"]).says(
        1,
        str![[r#"
error[E0425]: cannot find value `x`
 --> src/helper.rs:3:5

error: the firmware does not compile: 1 error

"#]],
    );
}

#[test]
fn a_mistake_in_generated_code_is_ours() {
    let sandbox = failing_machine("src/tasks.rs", 1, "mismatched types");
    move_message(&sandbox, "tasks.rs", "pub fn heartbeat");
    sandbox.fwc(&["build"]).says(4, str![[r#"
error[fwc-bug]: the code that fwc made from `tasks.heartbeat` does not compile
 --> app.toml:9:1
  |
9 | [tasks.heartbeat]
  | ^^^^^^^^^^^^^^^^^
  |
  = note: the compiler says: mismatched types
  = note: this is a bug of fwc, whatever app.toml says

error[E0425]: mismatched types
 --> generated/rpi-pico/src/tasks.rs:11:5

error: the firmware does not compile: 1 error
  help: this is a bug of fwc [..]: please report it at https://github.com/fwc-rs/fwc/issues with app.toml, the command line and this output

"#]]);
}

#[test]
fn a_type_of_the_users_that_is_not_there_is_theirs() {
    let sandbox = failing_machine("src/messages.rs", 1, "cannot find type `Frame` in module `crate::types`");
    let message = "\n[messages.Frame]\nrust = \"crate::types::Frame\"\n";
    sandbox.write("app.toml", &(sandbox.read("app.toml") + message));
    sandbox.write("src/types.rs", "pub struct Other;\n");
    move_message(&sandbox, "messages.rs", "pub type Frame");
    sandbox.fwc(&["build"]).says(
        1,
        str![[r#"
error[rust-mismatch]: your Rust is not what `messages.Frame` says
  --> app.toml:14:1
   |
14 | [messages.Frame]
   | ^^^^^^^^^^^^^^^^
   |
   = note: the compiler says: cannot find type `Frame` in module `crate::types`
   = help: `crate::types::Frame` must be a type that is `pub` and `Clone`

error[E0425]: cannot find type `Frame` in module `crate::types`
 --> generated/rpi-pico/src/messages.rs:8:5

error: the firmware does not compile: 1 error

"#]],
    );
}

#[test]
fn a_function_of_the_users_that_is_not_there_is_theirs() {
    let sandbox =
        failing_machine("src/tasks.rs", 1, "cannot find function `control` in module `crate::control`");
    sandbox.write("app.toml", &(sandbox.read("app.toml") + "\n[tasks.control]\ncode = \"control\"\n"));
    sandbox.write("src/control.rs", "pub async fn regulate() {}\n");
    move_message(&sandbox, "tasks.rs", "crate::control::control(io)");
    sandbox.fwc(&["build"]).says(
        1,
        str![[r#"
error[rust-mismatch]: your Rust is not what `tasks.control` says
  --> app.toml:14:1
   |
14 | [tasks.control]
   | ^^^^^^^^^^^^^^^
   |
   = note: the compiler says: cannot find function `control` in module `crate::control`
   = help: `src/control.rs` must have `pub async fn control(io: ControlIo) -> !`

error[E0425]: cannot find function `control` in module `crate::control`
 --> generated/rpi-pico/src/tasks.rs:18:5

error: the firmware does not compile: 1 error

"#]],
    );
}

#[test]
fn a_cargo_that_fails_for_another_reason() {
    let sandbox = machine("echo 'error: failed to get `nix`' >&2; echo 'no network' >&2; exit 101");
    sandbox.fwc(&["build"]).says(
        3,
        str![[r#"
error: cargo failed: failed to get `nix`
  note: cargo said
        error: failed to get `nix`
        no network

"#]],
    );
}

#[test]
fn a_faulty_app_starts_no_cargo() {
    let sandbox = machine("touch \"$HOME/started\"");
    sandbox.write("app.toml", "[app]\n");
    sandbox.fwc(&["build"]).ends(1);
    assert!(!sandbox.at("home/started").exists());
}
