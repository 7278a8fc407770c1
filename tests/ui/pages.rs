//! The pages that `fwc explain` shows: complete, and their examples do what they say.
//!
//! A page has a block ```` ```toml wrong ```` that gives its code, a block ```` ```text ```` with the exact message, and
//! a block ```` ```toml right ```` that gives no message at all. Where the fault is in a board's file, a block
//! ```` ```toml wrong board ```` stands beside the one, ```` ```toml right board ```` beside the other; the same with `device`
//! for a device.toml, with `behavior` for a behavior.toml. Where it is in a
//! scenario, those blocks are scenarios, and a block ```` ```toml app ```` is the app.toml of both.

use std::fs;
use std::path::{Path, PathBuf};

use fwc_diag::codes::{self, Code};
use libtest_mimic::{Failed, Trial};

use crate::{Beside, Found, diagnose, same_text, updating};

const WRONG: &str = "```toml wrong\n";
const MESSAGE: &str = "```text\n";
const RIGHT: &str = "```toml right\n";

const APP: &str = "```toml app\n";

/// A test for each page.
pub(crate) fn trials() -> Vec<Trial> {
    codes::ALL.iter().map(|code| Trial::test(format!("page/{code}"), || check(*code))).collect()
}

fn check(code: Code) -> Result<(), Failed> {
    let page = code.page;
    if !page.starts_with(&format!("# {code}\n\n")) {
        return Err("a page starts with its code as the heading".into());
    }
    let wrong = example(page, WRONG)?;
    let found: Vec<&str> = wrong.diagnostics.iter().map(|diagnostic| diagnostic.code.name).collect();
    if found != [code.name] {
        return Err(format!("the wrong example gives {found:?}\n{}", wrong.rendered).into());
    }
    let right = example(page, RIGHT)?;
    if !right.rendered.is_empty() {
        return Err(format!("the right example gives a message\n{}", right.rendered).into());
    }
    let message = block(page, MESSAGE)?;
    let rendered = format!("{}\n", wrong.rendered.trim_end());
    if updating() && message != rendered {
        let page = page.replacen(&format!("{MESSAGE}{message}```"), &format!("{MESSAGE}{rendered}```"), 1);
        return Ok(fs::write(file(code), page)?);
    }
    same_text(message, &rendered, "UPDATE_UI=1 writes the new message into the page")
}

/// What is said of an example.
fn example(page: &str, fence: &str) -> Result<Found, Failed> {
    let text = block(page, fence)?;
    if let Ok(app) = block(page, APP) {
        return Ok(diagnose(app, Beside { scenario: Some(text.to_string()), ..Beside::default() }));
    }
    let file = |what: &str| block(page, &format!("{} {what}\n", fence.trim_end())).ok().map(str::to_string);
    let (board, device, behavior) = (file("board"), file("device"), file("behavior"));
    Ok(diagnose(text, Beside { board, device, behavior, scenario: None }))
}

/// The text of the block that `fence` opens.
fn block<'a>(page: &'a str, fence: &str) -> Result<&'a str, Failed> {
    let fault = || Failed::from(format!("the page has no block {}", fence.trim_end()));
    let (_, behind) = page.split_once(fence).ok_or_else(fault)?;
    let end = if behind.starts_with("```") { 0 } else { behind.find("\n```").ok_or_else(fault)? + 1 };
    Ok(&behind[..end])
}

fn file(code: Code) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/diag/codes").join(format!("{code}.md"))
}
