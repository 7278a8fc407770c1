//! A command line over USB: keys become lines, lines become commands, commands answer.

use core::fmt::Write as _;

use embassy_time::Instant;
use embedded_hal::digital::OutputPin;
use embedded_io_async::{Read, Write};
use heapless::String;

use crate::board::{Console, Led};
use crate::io::ShellIo;

const PROMPT: &str = "> ";
const HELP: &str = "\
help         these lines\r\n\
led on|off   switches the LED\r\n\
uptime       how long the board has been running\r\n";

const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7f;

pub async fn shell(mut io: ShellIo) -> ! {
    let mut line: String<64> = String::new();
    let mut keys = [0; 16];
    loop {
        let count = io.console.read(&mut keys).await.unwrap_or(0);
        for key in &keys[..count] {
            if edit(&mut line, *key, &mut io.console).await {
                obey(&line, &mut io.led, &mut io.console).await;
                line.clear();
                say(&mut io.console, PROMPT).await;
            }
        }
    }
}

/// Puts a key into the line and shows it; tells whether the line is complete.
async fn edit(line: &mut String<64>, key: u8, console: &mut Console) -> bool {
    match key {
        b'\r' => {
            say(console, "\r\n").await;
            return true;
        }
        BACKSPACE | DELETE => {
            if line.pop().is_some() {
                say(console, "\x08 \x08").await;
            }
        }
        // What the line has no room for is not shown either.
        b' '..=b'~' if line.push(char::from(key)).is_ok() => {
            let _ = console.write_all(&[key]).await;
        }
        _ => {}
    }
    false
}

async fn obey(line: &str, led: &mut Led, console: &mut Console) {
    let mut words = line.split_ascii_whitespace();
    let mut answer: String<96> = String::new();
    match (words.next(), words.next()) {
        (None, _) => {}
        (Some("help"), None) => say(console, HELP).await,
        (Some("led"), Some("on")) => {
            let _ = led.set_high();
        }
        (Some("led"), Some("off")) => {
            let _ = led.set_low();
        }
        (Some("uptime"), None) => {
            let seconds = Instant::now().as_secs();
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let _ = write!(answer, "{hours}:{minutes:02}:{:02}\r\n", seconds % 60);
        }
        (Some(_), _) => {
            let _ = write!(answer, "no command `{line}`: try `help`\r\n");
        }
    }
    say(console, &answer).await;
}

async fn say(console: &mut Console, text: &str) {
    let _ = console.write_all(text.as_bytes()).await;
}
