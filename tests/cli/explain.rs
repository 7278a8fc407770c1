//! `fwc explain`.

use snapbox::str;

use crate::sandbox::Sandbox;

#[test]
fn a_page_is_data() {
    let sandbox = Sandbox::new();
    let run = sandbox.fwc(&["explain", "pin-conflict"]);
    assert!(run.ends(0).stdout.starts_with("# pin-conflict\n"), "{}", run.stdout);
    assert_eq!(run.stderr, "");
    // What stands in a message can be pasted.
    assert_eq!(sandbox.fwc(&["explain", "error[pin-conflict]"]).stdout, run.stdout);
    assert_eq!(sandbox.fwc(&["explain", "error[pin-conflict]:"]).stdout, run.stdout);
}

#[test]
fn the_list_has_every_code_with_a_sentence() {
    let run = Sandbox::new().fwc(&["explain"]);
    run.ends(0);
    for code in fwc_diag::codes::ALL {
        let row = run.stdout.lines().find(|line| line.split(' ').next() == Some(code.name));
        let about = row.unwrap_or_else(|| panic!("`{code}` is not listed")).trim_start_matches(code.name);
        assert!(about.trim().len() > 10, "`{code}` has no sentence");
    }
    assert!(run.stdout.contains("fwc-bug"));
}

#[test]
fn a_code_that_is_none() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["explain", "pin-confict"]).says(
        2,
        str![[r#"
error: there is no code `pin-confict`
  help: did you mean `pin-conflict`? `fwc explain` lists them all

"#]],
    );
    sandbox.fwc(&["explain", "E0308"]).says(
        2,
        str![[r#"
error: there is no code `E0308`
  help: `fwc explain` lists them all

"#]],
    );
}
