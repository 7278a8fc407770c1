//! What two runs send and log, compared line by line: the same texts, each at about the same time.

use std::collections::BTreeMap;

use fwc_core::app::PeripheralId;
use fwc_parts::Nanos;

use super::{Difference, Pair};

/// A piece of what was sent: a line, or what came behind the last one.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    /// When its last byte came.
    at: Nanos,
    bytes: Vec<u8>,
}

/// When a text came, and the milliseconds that it told of itself.
type Said = (Nanos, Option<u64>);

impl Piece {
    fn is_line(&self) -> bool {
        self.bytes.last() == Some(&b'\n')
    }
}

impl Pair<'_> {
    pub(super) fn sent(&self, id: PeripheralId, name: &str) -> Option<Difference> {
        let pieces = self.runs.map(|run| pieces(run.record.bytes(id)));
        let is_cut = |run: usize, piece: &Piece| self.is_cut(piece, &pieces[1 - run]);
        let texts = |run: usize| -> Vec<(Nanos, Vec<u8>)> {
            let whole = pieces[run].iter().filter(|piece| !is_cut(run, piece));
            whole.map(|piece| (piece.at, piece.bytes.clone())).collect()
        };
        self.texts([texts(0), texts(1)], &format!("what `{name}` sends"))
    }

    pub(super) fn logs(&self) -> Option<Difference> {
        let logs = self.runs.map(|run| {
            run.record.logs().map(|(at, _, text)| (at, text.as_bytes().to_vec())).collect::<Vec<_>>()
        });
        self.texts(logs, "the log")
    }

    /// Whether the other run has sent more behind a piece without a line's end, or less, only because its end had come.
    fn is_cut(&self, piece: &Piece, others: &[Piece]) -> bool {
        if piece.is_line() {
            return piece.at >= self.end;
        }
        let Some(other) = others.iter().rfind(|other| other.at >= self.end || !other.is_line()) else {
            return piece.at >= self.end;
        };
        let (short, long) =
            if piece.bytes.len() < other.bytes.len() { (piece, other) } else { (other, piece) };
        short.bytes != long.bytes && long.bytes.starts_with(&short.bytes) && long.at >= self.end
    }

    /// Compares texts: of each, how often and when it comes.
    fn texts(&self, texts: [Vec<(Nanos, Vec<u8>)>; 2], what: &str) -> Option<Difference> {
        let mut groups: BTreeMap<Vec<u8>, [Vec<Said>; 2]> = BTreeMap::new();
        for (run, texts) in texts.iter().enumerate() {
            for (at, bytes) in texts {
                let (text, millis) = self.without_moment(bytes);
                groups.entry(text).or_default()[run].push((*at, millis));
            }
        }
        let first = groups.iter().filter_map(|(text, times)| {
            let moments =
                [&times[0], &times[1]].map(|one| one.iter().map(|(at, _)| *at).collect::<Vec<Nanos>>());
            if let Some((_, parting)) = self.parting([&moments[0], &moments[1]]) {
                return Some(self.moments(parting, &quoted(text)));
            }
            let millis_apart = self.tolerance.0.div_ceil(1_000_000);
            let (one, other) =
                times[0].iter().zip(&times[1]).find(|((_, one), (_, other))| match (one, other) {
                    // Either may have been rounded down.
                    (Some(one), Some(other)) => one.abs_diff(*other) > millis_apart + 1,
                    _ => false,
                })?;
            let said = |millis: Option<u64>| millis.unwrap_or_default();
            let seen = format!(
                "{} says {} ms on the {}, {} ms on the {}",
                quoted(text),
                said(one.1),
                self.runs[0].place,
                said(other.1),
                self.runs[1].place
            );
            Some((one.0.min(other.0), seen))
        });
        let (at, seen) = first.min_by_key(|(at, _)| *at)?;
        let moments = [&texts[0], &texts[1]].map(|one| one.iter().map(|(at, _)| *at).collect::<Vec<Nanos>>());
        let events = self.events(|run| texts[run].iter().map(|(at, text)| (*at, quoted(text))).collect());
        let around = self.window(at, &moments).events(events);
        Some(Difference { at, title: format!("{what} {}", self.differs(at)), seen, around })
    }

    /// A line without the milliseconds since the start that `print` and the log put into it: those have the tolerance
    /// of any moment.
    fn without_moment(&self, line: &[u8]) -> (Vec<u8>, Option<u64>) {
        let plain = || (line.to_vec(), None);
        let Ok(text) = std::str::from_utf8(line) else { return plain() };
        let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
        let before_levels = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
        let names = self.app.channels.iter().map(|channel| channel.name.value.as_str());
        let heads = names.flat_map(|name| [format!("{name},"), format!("{{\"channel\":\"{name}\",\"ms\":")]);
        let start =
            heads.into_iter().find_map(|head| text.starts_with(&head).then_some(head.len())).or_else(|| {
                let rest = &text[digits(text)..];
                let level = rest.trim_start().split(' ').next().unwrap_or_default();
                before_levels.contains(&level).then_some(0)
            });
        let Some(start) = start else { return plain() };
        let length = digits(&text[start..]);
        match text[start..start + length].parse() {
            Ok(millis) => {
                (format!("{}…{}", &text[..start], &text[start + length..]).into_bytes(), Some(millis))
            }
            Err(_) => plain(),
        }
    }
}

/// Bytes in lines, and what came behind the last one.
fn pieces(bytes: impl Iterator<Item = (Nanos, u8)>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (at, byte) in bytes {
        match pieces.last_mut().filter(|piece| !piece.is_line()) {
            Some(open) => {
                open.bytes.push(byte);
                open.at = at;
            }
            None => pieces.push(Piece { at, bytes: vec![byte] }),
        }
    }
    pieces
}

/// Bytes as a text in quotes, short enough for a line.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    const MOST: usize = 60;
    let text = String::from_utf8_lossy(bytes);
    let escaped: String = text.escape_debug().collect();
    match escaped.char_indices().nth(MOST) {
        Some((cut, _)) => format!("\"{}…\"", &escaped[..cut]),
        None => format!("\"{escaped}\""),
    }
}
