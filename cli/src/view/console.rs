//! Bytes of a serial line to lines of text, and keys to bytes.

use std::collections::VecDeque;

use fwc_core::app::PeripheralId;
use fwc_scenario::Action;

use super::Key;

/// How many lines are kept.
const LINES: usize = 500;

/// A line without an end is cut here.
const LONGEST: usize = 400;

/// A serial line's other end.
#[derive(Debug)]
pub(crate) struct Console {
    pub(crate) id: PeripheralId,
    pub(crate) name: String,
    /// Whether a task reads what is typed.
    pub(crate) receives: bool,
    lines: VecDeque<String>,
    begun: Vec<u8>,
    escape: Escape,
    /// What was typed since Enter.
    pub(crate) typed: String,
}

/// Where in a terminal's control sequence the bytes are: it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    Outside,
    Begun,
    Inside,
}

impl Console {
    pub(crate) fn new(id: PeripheralId, name: String, receives: bool) -> Console {
        Console {
            id,
            name,
            receives,
            lines: VecDeque::new(),
            begun: Vec::new(),
            escape: Escape::Outside,
            typed: String::new(),
        }
    }

    /// Bytes that the firmware has sent.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match (self.escape, *byte) {
                (_, 0x1b) => self.escape = Escape::Begun,
                (Escape::Begun, b'[') => self.escape = Escape::Inside,
                (Escape::Begun, _) | (Escape::Inside, 0x40..=0x7e) => self.escape = Escape::Outside,
                (Escape::Inside, _) => {}
                (Escape::Outside, b'\n') => self.end_line(),
                (Escape::Outside, b'\t') => self.begun.push(b' '),
                (Escape::Outside, 0x08) => {
                    self.begun.pop();
                }
                (Escape::Outside, 0x00..0x20 | 0x7f) => {}
                (Escape::Outside, byte) => self.begun.push(byte),
            }
            if self.begun.len() >= LONGEST {
                self.end_line();
            }
        }
    }

    /// Bytes that did not get into the firmware.
    pub(crate) fn lost(&mut self, count: usize, reason: &str) {
        if !self.begun.is_empty() {
            self.end_line();
        }
        let bytes = if count == 1 { "1 byte" } else { &format!("{count} bytes") };
        self.keep(format!("[{bytes} lost: {reason}]"));
    }

    /// A key of somebody who types, as a terminal program would send it.
    pub(crate) fn type_in(&mut self, key: Key) -> Option<Action> {
        let bytes = match key {
            Key::Char(character) => {
                self.typed.push(character);
                character.to_string().into_bytes()
            }
            Key::Enter => {
                self.typed.clear();
                b"\r\n".to_vec()
            }
            Key::Backspace => {
                self.typed.pop();
                vec![0x7f]
            }
            _ => return None,
        };
        Some(Action::Send { uart: self.id, bytes })
    }

    /// The last lines, the one that has no end yet among them.
    pub(crate) fn last_lines(&self, count: usize) -> Vec<String> {
        let begun = (!self.begun.is_empty()).then(|| String::from_utf8_lossy(&self.begun).into_owned());
        let all = self.lines.len() + usize::from(begun.is_some());
        let lines = self.lines.iter().cloned().chain(begun);
        lines.skip(all.saturating_sub(count)).collect()
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&self.begun).into_owned();
        self.begun.clear();
        self.keep(line);
    }

    fn keep(&mut self, line: String) {
        self.lines.push_back(line);
        if self.lines.len() > LINES {
            self.lines.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn console() -> Console {
        Console::new(PeripheralId(3), "console".into(), true)
    }

    fn text(bytes: &[u8]) -> Vec<String> {
        let mut console = console();
        console.take(bytes);
        console.last_lines(10)
    }

    #[test]
    fn bytes_become_lines() {
        assert_eq!(text(b"one\r\ntwo\r\n> thr"), ["one", "two", "> thr"]);
        assert_eq!(text(b"ab\x08 \x08\x08c"), ["c"]);
        assert_eq!(text(b"\x1b[2Ka\x1b[31mb\x1b7c"), ["abc"]);
        assert_eq!(text("gr\u{fc}n \n".as_bytes()), ["grün "]);
        assert_eq!(text(b"\xff"), ["\u{fffd}"]);
        assert_eq!(text(&[b'x'; 401]), ["x".repeat(400), "x".into()]);
    }

    #[test]
    fn the_last_lines_are_kept() {
        let mut console = console();
        for number in 0..600 {
            console.take(format!("{number}\n").as_bytes());
        }
        assert_eq!(console.last_lines(2), ["598", "599"]);
        assert_eq!(console.last_lines(1_000).len(), LINES);
    }

    #[test]
    fn keys_are_sent_as_they_are_typed() {
        let mut console = console();
        let mut bytes = Vec::new();
        let keys =
            [Key::Char('h'), Key::Char('x'), Key::Backspace, Key::Char('ü'), Key::Left { fine: false }];
        for key in keys {
            if let Some(Action::Send { uart, bytes: sent }) = console.type_in(key) {
                assert_eq!(uart, PeripheralId(3));
                bytes.extend(sent);
            }
        }
        assert_eq!((bytes, console.typed.as_str()), (b"hx\x7f\xc3\xbc".to_vec(), "hü"));
        let enter = Action::Send { uart: PeripheralId(3), bytes: b"\r\n".to_vec() };
        assert_eq!((console.type_in(Key::Enter), console.typed.as_str()), (Some(enter), ""));
    }

    #[test]
    fn lost_bytes_are_told_on_a_line_of_their_own() {
        let mut console = console();
        console.take(b"> ");
        console.lost(1, "overrun");
        console.lost(2, "overrun");
        let lines = ["> ", "[1 byte lost: overrun]", "[2 bytes lost: overrun]"];
        assert_eq!(console.last_lines(5), lines);
    }
}
