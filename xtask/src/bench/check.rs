//! `fwc check` as a whole process: 100 entries, also where they take most of what the largest STM32H7 has, and how its time
//! grows up to 10,000.

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
    let project = work_folder().join("check-stm32h7");
    let text = app_of_stm32h7();
    write(&project.join("app.toml"), &text)?;
    let time = shortest_time(|| {
        let mut command = Command::new(fwc);
        command.arg("check").arg("--project").arg(&project);
        command
    })?;
    let entries = text.matches("\n[").count();
    let ratio = time.as_secs_f64() / start.as_secs_f64();
    println!("{entries:>8} {:>10.2} {ratio:>16.2}   on {LARGEST}", milliseconds(time));
    println!(
        "bars: 100 entries under 10 ms, and under 20 ms on {LARGEST}; the last column does not grow beyond 1"
    );
    Ok(())
}

/// The STM32H7 with the most pins, of those that fwc knows.
const LARGEST: &str = "chip:stm32h743xi";

/// Ports that together take every block of their kind and every DMA channel there is: a kind, its keys and their pins.
const PORTS: &[(&str, &[(&str, &str)])] = &[
    ("uart", &[("tx", "PA9"), ("rx", "PA10")]),
    ("uart", &[("tx", "PA2"), ("rx", "PA3")]),
    ("uart", &[("tx", "PB10"), ("rx", "PB11")]),
    ("uart", &[("tx", "PC6"), ("rx", "PC7")]),
    ("uart", &[("tx", "PA0"), ("rx", "PA1")]),
    ("uart", &[("tx", "PB6"), ("rx", "PB5")]),
    ("uart", &[("tx", "PA15")]),
    ("uart", &[("tx", "PE1")]),
    ("spi", &[("sck", "PA5"), ("mosi", "PA7"), ("miso", "PA6")]),
    ("spi", &[("sck", "PA12"), ("mosi", "PB15"), ("miso", "PB14")]),
    ("spi", &[("sck", "PB3"), ("mosi", "PB2"), ("miso", "PB4")]),
    ("spi", &[("sck", "PE2"), ("mosi", "PE6"), ("miso", "PE5")]),
    ("spi", &[("sck", "PF7"), ("mosi", "PF9"), ("miso", "PF8")]),
    ("i2c", &[("sda", "PB7"), ("scl", "PB8")]),
    ("i2c", &[("sda", "PF0"), ("scl", "PF1")]),
];

/// What takes one pin each: a kind and its pins.
const SINGLE: &[(&str, &str)] = &[
    ("pwm", "PE9 PE11 PE13 PA11 PB0 PB1 PD12 PD13 PD14 PC8 PF6"),
    ("adc", "PA4 PC0 PC1 PC4 PC5 PF3 PF4 PF5 PF10 PF11 PF12 PF13 PF14"),
    ("input", "PB12 PB13 PC2 PC3 PC10 PC11 PD0 PD1 PD4 PD5 PE7 PE8 PD6 PD9"),
    ("output", "PD3 PD7 PD8 PD10 PD11 PD15 PE3 PE4 PE10 PE12 PE14 PE15 PF2 PG1 PG2 PG3 PG4 PG5 PG6 PG7 PG8"),
];

/// A sound app.toml of 100 entries, in which most of a large chip is in use.
fn app_of_stm32h7() -> String {
    let mut text = format!("[app]\nname = \"large\"\nboard = \"{LARGEST}\"\n");
    let mut names = Vec::new();
    let single = SINGLE
        .iter()
        .flat_map(|(kind, pins)| pins.split_whitespace().map(move |pin| (*kind, vec![("pin", pin)])));
    let ports = PORTS.iter().map(|(kind, pins)| (*kind, pins.to_vec()));
    for (kind, pins) in ports.chain(single) {
        let name = format!("{kind}_{}", names.len());
        text += &format!("[peripherals.{name}]\nkind = \"{kind}\"\n");
        text.extend(pins.iter().map(|(key, pin)| format!("{key} = \"{pin}\"\n")));
        text += match kind {
            "uart" => "baud = 115200\n",
            "spi" => "frequency = \"1MHz\"\n",
            "pwm" => "frequency = \"1kHz\"\n",
            _ => "",
        };
        names.push(name);
    }
    // What is left of a hundred: a chain of tasks and the channels between them, and each has its part of the rest.
    let links = (100 - names.len()) / 2;
    for index in 0..links {
        let own: Vec<&String> = names.iter().skip(index).step_by(links).collect();
        let next = (index + 1) % links;
        text += &format!(
            "[channels.channel_{index}]\nmessage = \"u32\"\nkind = \"channel\"\n\
             [tasks.task_{index}]\ncode = \"module_{index}\"\nevery = \"100ms\"\nuses = {own:?}\n\
             subscribes = [\"channel_{index}\"]\npublishes = [\"channel_{next}\"]\n"
        );
    }
    text
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
