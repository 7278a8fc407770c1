//! A record to a value change dump (IEEE 1364-2005, section 18), which GTKWave and PulseView open.

use std::borrow::Cow;
use std::fmt::Write;

use fwc_core::app::{App, PeripheralId, PeripheralKind};
use fwc_schema::app::Initial;

use crate::{Record, What};

/// The signals of one run: outputs and inputs as bits, duties in percent, bytes of uarts, logs and messages as texts.
#[must_use]
pub fn vcd(record: &Record, app: &App) -> String {
    let signals = Signals { app };
    let codes: Vec<String> = (0..=signals.log()).map(code).collect();
    let mut text = String::from("$timescale 1ns $end\n");
    let mut put = |words: std::fmt::Arguments<'_>| {
        text.write_fmt(words).and_then(|()| text.write_str("\n")).expect("a String takes every text");
    };
    put(format_args!("$scope module {} $end", word(&app.name.value)));
    for (index, peripheral) in app.peripherals.iter().enumerate() {
        let (kind, size) = match &peripheral.kind {
            PeripheralKind::Output(_) | PeripheralKind::Input(_) => ("wire", 1),
            PeripheralKind::Pwm(_) => ("real", 64),
            PeripheralKind::Uart(_) => ("string", 1),
            _ => continue,
        };
        put(format_args!("$var {kind} {size} {} {} $end", code(index), peripheral.name.value));
    }
    for (index, channel) in app.channels.iter().enumerate() {
        put(format_args!("$var string 1 {} {} $end", code(signals.channel(index)), channel.name.value));
    }
    put(format_args!("$var string 1 {} log $end", code(signals.log())));
    put(format_args!("$upscope $end\n$enddefinitions $end\n#0\n$dumpvars"));
    for (index, peripheral) in app.peripherals.iter().enumerate() {
        match &peripheral.kind {
            PeripheralKind::Output(output) => {
                put(format_args!("{}{}", u8::from(output.initial == Initial::On), code(index)));
            }
            PeripheralKind::Input(_) => put(format_args!("0{}", code(index))),
            PeripheralKind::Pwm(pwm) => put(format_args!("r{} {}", percent(pwm.initial.0), code(index))),
            _ => {}
        }
    }
    put(format_args!("$end"));
    let mut now = 0;
    for fact in &record.facts {
        let Some((index, change)) = signals.change(&fact.what) else { continue };
        if fact.at.0 != now {
            now = fact.at.0;
            put(format_args!("#{now}"));
        }
        put(format_args!("{change}{}", codes[index]));
    }
    put(format_args!("#{}", record.end.0));
    text
}

struct Signals<'a> {
    app: &'a App,
}

impl Signals<'_> {
    fn channel(&self, index: usize) -> usize {
        self.app.peripherals.len() + index
    }

    fn log(&self) -> usize {
        self.channel(self.app.channels.len())
    }

    /// Which signal changes, and what stands before its code then.
    fn change(&self, what: &What) -> Option<(usize, String)> {
        let bit = |id: &PeripheralId, active: &bool| (id.index(), u8::from(*active).to_string());
        let text = |index: usize, text: &str| (index, format!("s{} ", word(text)));
        Some(match what {
            What::Output { output, active } => bit(output, active),
            What::Input { input, active } => bit(input, active),
            What::Duty { pwm, duty } => (pwm.index(), format!("r{} ", percent(*duty))),
            What::Sent { uart, bytes } => text(uart.index(), &String::from_utf8_lossy(bytes)),
            What::Log { message, .. } => text(self.log(), message),
            What::Message { channel, values } => {
                text(self.channel(channel.index()), &crate::judge::message(values))
            }
            // A display's lines are no signal.
            What::Shown { .. } | What::Lost { .. } | What::Poll { .. } | What::Reset { .. } => return None,
        })
    }
}

fn percent(ppm: u64) -> f64 {
    ppm as f64 / 10_000.0
}

/// A text as one word: white space would end it.
fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let word: String = text.escape_debug().map(|one| if one.is_whitespace() { '_' } else { one }).collect();
    Cow::Owned(if word.is_empty() { "_".to_string() } else { word })
}

/// The short name of a signal: digits of a number in the base of all printable characters.
fn code(index: usize) -> String {
    const FIRST: u8 = b'!';
    const COUNT: usize = (b'~' - b'!') as usize + 1;
    let mut rest = index;
    let mut code = String::new();
    loop {
        code.push(char::from(FIRST + (rest % COUNT) as u8));
        rest /= COUNT;
        if rest == 0 {
            return code;
        }
        rest -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_signal_has_a_code_of_its_own() {
        let codes: BTreeSet<String> = (0..20_000).map(code).collect();
        assert_eq!(codes.len(), 20_000);
        assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_graphic())));
    }

    #[test]
    fn texts_are_one_word() {
        assert_eq!(word("fan: on\r\n"), "fan:_on\\r\\n");
        assert_eq!(word(""), "_");
        assert_eq!(word("peak=1.50"), "peak=1.50");
        assert_eq!(word("it's\\"), "it\\'s\\\\");
    }
}
