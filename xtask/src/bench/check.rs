//! `fwc check` as a whole process: 100 entries, and how its time grows up to 10,000.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{milliseconds, shortest_time, work_folder, write};

pub(super) fn bench(fwc: &Path) -> Result<()> {
    let start = shortest_time(|| {
        let mut command = Command::new(fwc);
        command.arg("--version");
        command
    })?;
    println!("\nfwc check, whole process, the quickest of 9");
    println!("{:>8} {:>10} {:>16} {:>22}", "entries", "ms", "of `--version`", "per n log n, of 1,000");
    let mut reference = None;
    for entries in [100, 1_000, 2_000, 5_000, 10_000] {
        let project = work_folder().join(format!("check-{entries}"));
        write(&project.join("app.toml"), &app_of(entries))?;
        let time = shortest_time(|| {
            let mut command = Command::new(fwc);
            command.arg("check").arg("--project").arg(&project);
            command
        })?;
        let above_start = time.saturating_sub(start).as_secs_f64();
        let per_work = above_start / (entries as f64 * (entries as f64).log2());
        if entries == 1_000 {
            reference = Some(per_work);
        }
        let growth = reference.map_or(String::new(), |reference| format!("{:.2}", per_work / reference));
        let ratio = time.as_secs_f64() / start.as_secs_f64();
        println!("{entries:>8} {:>10.2} {ratio:>16.2} {growth:>22}", milliseconds(time));
    }
    println!("bars: 100 entries under 10 ms; the last column does not grow beyond 1");
    Ok(())
}

/// A sound app.toml with so many entries: messages, channels and tasks in a chain.
fn app_of(entries: usize) -> String {
    let links = (entries - 1) / 3;
    let mut text = String::from("[app]\nname = \"many\"\nboard = \"rpi-pico\"\n");
    for index in 0..links {
        let next = (index + 1) % links;
        write!(
            text,
            "[messages.Message{index}]\nfields = {{ celsius = \"f32\", valid = \"bool\", count = \"u32\" }}\n\
             [channels.channel_{index}]\nmessage = \"Message{index}\"\nkind = \"channel\"\ncapacity = 8\n\
             [tasks.task_{index}]\ncode = \"module_{index}\"\nevery = \"100ms\"\n\
             subscribes = [\"channel_{index}\"]\npublishes = [\"channel_{next}\"]\n"
        )
        .expect("a String takes all that is written");
    }
    text
}
