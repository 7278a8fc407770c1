//! `fwc generate`: what it writes, what it leaves alone, and what is there when it is killed.

use std::time::{Duration, Instant, SystemTime};

use snapbox::str;

use crate::sandbox::{BLINK, Sandbox};

const CODE: &str = "\n[tasks.control]\ncode = \"control\"\nevery = \"1s\"\n";

fn modified(sandbox: &Sandbox, path: &str) -> SystemTime {
    std::fs::metadata(sandbox.at(path)).unwrap().modified().unwrap()
}

#[test]
fn the_first_time_and_the_second() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.fwc(&["generate"]).says(
        0,
        str![[r#"
   Generated generated/rpi-pico ([..] files written)

"#]],
    );
    let tree = sandbox.tree("generated");
    let before = modified(&sandbox, "generated/rpi-pico");
    sandbox.fwc(&["generate"]).says(
        0,
        str![[r#"
   Unchanged generated/rpi-pico

"#]],
    );
    assert_eq!(sandbox.tree("generated"), tree);
    assert_eq!(modified(&sandbox, "generated/rpi-pico"), before, "nothing is touched");
}

#[test]
fn one_changed_rate_is_one_changed_file() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.fwc(&["generate"]).ends(0);
    let before = modified(&sandbox, "generated/rpi-pico/Cargo.toml");
    sandbox.write("app.toml", &BLINK.replace("2Hz", "3Hz"));
    sandbox.fwc(&["generate", "-v"]).says(
        0,
        str![[r#"
       Wrote src/tasks.rs
   Generated generated/rpi-pico (1 file written)

"#]],
    );
    assert_eq!(modified(&sandbox, "generated/rpi-pico/Cargo.toml"), before);
}

#[test]
fn a_skeleton_is_made_once_and_never_again() {
    let sandbox = Sandbox::with_app(&format!("{BLINK}{CODE}"));
    sandbox.fwc(&["generate"]).says(
        0,
        str![[r#"
     Created src/control.rs: yours to go on with
   Generated generated/rpi-pico ([..] files written)

"#]],
    );
    let skeleton = sandbox.read("src/control.rs");
    assert!(skeleton.contains("pub async fn control(mut io: ControlIo) -> !"), "{skeleton}");
    sandbox.write("src/control.rs", "// mine\n");
    sandbox.fwc(&["generate"]).ends(0);
    assert_eq!(sandbox.read("src/control.rs"), "// mine\n");
}

#[test]
fn what_does_not_belong_to_the_crate_goes() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.fwc(&["generate"]).ends(0);
    let tree = sandbox.tree("generated/rpi-pico");
    sandbox.write("generated/rpi-pico/src/main.rs", "edited by hand");
    sandbox.write("generated/rpi-pico/src/stray.rs", "");
    sandbox.fwc(&["generate"]).says(
        0,
        str![[r#"
   Generated generated/rpi-pico (1 file written, 1 removed)

"#]],
    );
    assert_eq!(sandbox.tree("generated/rpi-pico"), tree);
}

#[test]
fn what_cargo_locked_stays() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.fwc(&["generate"]).ends(0);
    sandbox.write("generated/rpi-pico/Cargo.lock", "cargo's own");
    sandbox.write("app.toml", &BLINK.replace("2Hz", "3Hz"));
    sandbox.fwc(&["generate"]).ends(0);
    assert_eq!(sandbox.read("generated/rpi-pico/Cargo.lock"), "cargo's own");
}

#[test]
fn a_faulty_file_changes_nothing() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.fwc(&["generate"]).ends(0);
    let tree = sandbox.tree("generated");
    sandbox.write("app.toml", "[app]\n");
    sandbox.fwc(&["generate"]).ends(1);
    assert_eq!(sandbox.tree("generated"), tree);
}

#[test]
fn a_file_in_the_way() {
    let sandbox = Sandbox::with_app(BLINK);
    sandbox.write("generated", "mine");
    sandbox.fwc(&["generate"]).says(
        3,
        str![[r#"
error: `generated` is a file, and fwc needs a folder of that name
  help: move it away

"#]],
    );
    assert_eq!(sandbox.read("generated"), "mine");
}

#[test]
fn check_shows_what_is_stale_and_changes_nothing() {
    let sandbox = Sandbox::with_app(BLINK);
    let run = sandbox.fwc(&["generate", "--check"]);
    assert!(run.ends(1).stdout.contains("--- /dev/null\n+++ generated/rpi-pico/src/main.rs\n"));
    assert!(!sandbox.at("generated").exists());

    sandbox.fwc(&["generate"]).ends(0);
    sandbox.fwc(&["generate", "--check"]).says(
        0,
        str![[r#"
       Fresh generated/rpi-pico

"#]],
    );
    sandbox.write("app.toml", &BLINK.replace("2Hz", "3Hz"));
    let tree = sandbox.tree("generated");
    sandbox.fwc(&["generate", "--check"]).shows(
        1,
        str![[r#"
--- generated/rpi-pico/src/tasks.rs
+++ generated/rpi-pico/src/tasks.rs
@@ -9,5 +9,5 @@
 /// app.toml:9 [tasks.heartbeat]
 #[embassy_executor::task]
 pub fn heartbeat(led: board::Led) -> impl Future<Output = ()> {
-    behaviors::blink(led, Ticker::<500_000>::new())
+    behaviors::blink(led, Ticker::<333_333>::new())
 }

"#]],
        str![[r#"
error: `generated/rpi-pico` is stale: 1 file differs
  help: `fwc generate` brings it up to date

"#]],
    );
    assert_eq!(sandbox.tree("generated"), tree);
}

#[test]
fn the_same_file_gives_the_same_bytes_anywhere() {
    let [one, other] = [Sandbox::with_app(BLINK), Sandbox::new()];
    one.fwc(&["generate"]).ends(0);
    other.write("some/where/else/app.toml", BLINK);
    other.fwc(&["generate", "--project", "some/where/else"]).ends(0);
    assert_eq!(one.tree("generated/rpi-pico"), other.tree("some/where/else/generated/rpi-pico"));
}

#[test]
fn killed_at_any_moment_the_tree_is_the_old_or_the_new_one() {
    const KILLS: u32 = 60;
    let texts = [BLINK.to_owned(), format!("{}{CODE}", BLINK.replace("2Hz", "3Hz"))];
    let trees = texts.clone().map(|text| {
        let sandbox = Sandbox::with_app(&text);
        sandbox.write("src/control.rs", "// mine");
        sandbox.fwc(&["generate"]).ends(0);
        sandbox.tree("generated/rpi-pico")
    });
    assert_ne!(trees[0], trees[1]);

    let sandbox = Sandbox::new();
    sandbox.write("src/control.rs", "// mine");
    let whole_run = {
        sandbox.write("app.toml", &texts[0]);
        let start = Instant::now();
        sandbox.fwc(&["generate"]).ends(0);
        start.elapsed()
    };
    let mut seen = [0, 0];
    for kill in 0..KILLS {
        sandbox.write("app.toml", &texts[(kill % 2 == 0) as usize]);
        let mut child = sandbox.command("", &["generate", "--quiet"]).spawn().unwrap();
        // Every moment from the start to a little behind the usual end.
        std::thread::sleep(whole_run * kill / KILLS + Duration::from_micros(u64::from(kill) * 97 % 1000));
        child.kill().unwrap();
        child.wait().unwrap();
        let tree = sandbox.tree("generated/rpi-pico");
        let which = trees.iter().position(|wanted| *wanted == tree);
        seen[which.unwrap_or_else(|| {
            panic!(
                "after kill {kill} the tree is neither: {:?}",
                tree.iter().map(|(path, _)| path).collect::<Vec<_>>()
            )
        })] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "some runs came to their end and some did not: {seen:?}");

    sandbox.write("app.toml", &texts[1]);
    sandbox.fwc(&["generate"]).ends(0);
    assert_eq!(sandbox.tree("generated/rpi-pico"), trees[1]);
    assert_eq!(sandbox.names("generated"), [".lock", "rpi-pico"], "nothing of a killed run is left");
    assert_eq!(sandbox.names("src"), ["control.rs"]);
}
