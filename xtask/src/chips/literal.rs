//! Rust literals to plain values: the text of a `static` that is made of structs, arrays, numbers and strings.
//!
//! stm32-metapac has its metadata as such text, a file for each chip and one for what several have in common. To compile
//! it would take a build for each chip; read as text, all of it takes seconds.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Number, Value};

/// The value of each `static` of a file, by name. A struct is an object, `Some(x)` is `x`, `None` is null, another variant
/// with content an object with one key; any other path is its last name as a string.
pub(super) fn statics(text: &str) -> Result<Map<String, Value>> {
    let mut found = Map::new();
    let mut rest = text;
    while let Some(at) = rest.find("static ") {
        let (name, after) = rest[at + 7..].split_once(':').context("a static without a type")?;
        let (_, body) = after.split_once('=').context("a static without a value")?;
        let mut reader = Reader { text: body.as_bytes(), at: 0 };
        let value = reader.value().with_context(|| format!("while reading the static {name}"))?;
        found.insert(name.trim().to_owned(), value);
        rest = &body[reader.at..];
    }
    Ok(found)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// Skips what is blank, and looks at what comes next.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn takes(&mut self, what: u8) -> bool {
        let there = self.peek() == Some(what);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, what: u8) -> Result<()> {
        if self.takes(what) {
            return Ok(());
        }
        let found = self.peek().map_or_else(|| "the end".to_owned(), |byte| char::from(byte).to_string());
        bail!("expected `{}`, found `{found}` at byte {}", char::from(what), self.at)
    }

    fn value(&mut self) -> Result<Value> {
        match self.peek() {
            Some(b'&') => {
                self.at += 1;
                self.value()
            }
            Some(b'[') => {
                self.at += 1;
                Ok(Value::Array(self.list(b']', Self::value)?))
            }
            Some(b'"') => self.string(),
            Some(byte) if byte.is_ascii_digit() => self.number(),
            Some(byte) if byte.is_ascii_alphabetic() => self.path(),
            _ => bail!("no value at byte {}", self.at),
        }
    }

    /// Items up to `end`, each with a comma behind it, which the last may do without.
    fn list<T>(&mut self, end: u8, item: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while !self.takes(end) {
            items.push(item(self)?);
            if !self.takes(b',') {
                self.expect(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn string(&mut self) -> Result<Value> {
        self.expect(b'"')?;
        let start = self.at;
        let is_end = |at: &usize| self.text[*at] == b'"' && self.text[at - 1] != b'\\';
        let end = (start..self.text.len()).find(is_end).context("a string without an end")?;
        self.at = end + 1;
        let text = std::str::from_utf8(&self.text[start - 1..self.at])?;
        let text: syn::LitStr = syn::parse_str(text).with_context(|| format!("{text} is no string"))?;
        Ok(Value::String(text.value()))
    }

    fn number(&mut self) -> Result<Value> {
        let word = self.word()?.replace('_', "");
        let number = match word.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => word.parse::<u64>(),
        };
        Ok(Value::Number(Number::from(number.with_context(|| format!("`{word}` is no number"))?)))
    }

    /// Letters, digits and underscores.
    fn word(&mut self) -> Result<String> {
        self.peek();
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            self.at += 1;
        }
        anyhow::ensure!(self.at > start, "no word at byte {start}");
        Ok(std::str::from_utf8(&self.text[start..self.at])?.to_owned())
    }

    fn path(&mut self) -> Result<Value> {
        let mut last = self.word()?;
        while self.text[self.at..].starts_with(b"::") {
            self.at += 2;
            last = self.word()?;
        }
        match (last.as_str(), self.peek()) {
            ("true", _) => Ok(Value::Bool(true)),
            ("false", _) => Ok(Value::Bool(false)),
            ("None", _) => Ok(Value::Null),
            ("Some", Some(b'(')) => self.content(),
            (_, Some(b'(')) => {
                let content = self.content()?;
                Ok(Value::Object(Map::from_iter([(last, content)])))
            }
            (_, Some(b'{')) => {
                self.at += 1;
                let fields = self.list(b'}', |reader| {
                    let name = reader.word()?;
                    reader.expect(b':')?;
                    Ok((name, reader.value()?))
                })?;
                Ok(Value::Object(fields.into_iter().collect()))
            }
            _ => Ok(Value::String(last)),
        }
    }

    /// What stands in the parentheses of a variant.
    fn content(&mut self) -> Result<Value> {
        self.expect(b'(')?;
        let value = self.value()?;
        self.takes(b',');
        self.expect(b')')?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_arrays_and_variants_become_plain_values() {
        let text = "include!(\"x.rs\");
            pub(crate) static PINS: &[Pin] = &[Pin { name: \"PA0\", af: Some(0x1f) }, Pin { name: \"PA1\", af: None }];
            pub static SAID: &str = \"\\\"on\\\" at 32\\u{a0}kHz\";
            pub static CLOCK: Rcc = Rcc { clock: Clock(\"PCLK1\",), mode: StopMode::Stop1, ir: &usart::REGISTERS, on: true, };";
        let found = statics(text).unwrap();
        let wanted = serde_json::json!({
            "PINS": [{ "name": "PA0", "af": 31 }, { "name": "PA1", "af": null }],
            "SAID": "\"on\" at 32\u{a0}kHz",
            "CLOCK": { "clock": { "Clock": "PCLK1" }, "mode": "Stop1", "ir": "REGISTERS", "on": true },
        });
        assert_eq!(Value::Object(found), wanted);
    }

    #[test]
    fn what_is_no_literal_is_an_error_with_its_place() {
        let error = statics("static A: u8 = [1; 2];").unwrap_err();
        assert_eq!(format!("{error:#}"), "while reading the static A: expected `]`, found `;` at byte 3");
        assert!(statics("static A: u8 = Some(1;").is_err() && statics("static A: &str = \"x").is_err());
    }
}
