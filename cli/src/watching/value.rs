//! defmt's text of a message -> a value with fields: `Reading { celsius: 21.5, tags: ["a", "b"] }`.

use std::collections::BTreeMap;

use fwc_core::observe::Watch;
use serde_json::{Map, Value as Json, json};

/// What a message is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A number, `true`, or the value of an enum: as it was written.
    Plain(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Value>),
    /// A message with fields, in their order.
    Fields(Vec<(String, Value)>),
}

impl Value {
    /// Reads it. What is not understood is shown as it is.
    pub(crate) fn parse(text: &str) -> Value {
        let mut reader = Reader { rest: text.trim() };
        match reader.value() {
            Some(value) if reader.rest.is_empty() => value,
            _ => Value::Plain(text.trim().to_owned()),
        }
    }

    /// The part of a channel's message that was asked for; all where nothing was asked for at all.
    pub(super) fn only(&self, channel: &str, asked: &[Watch]) -> Option<Value> {
        if asked.is_empty() {
            return Some(self.clone());
        }
        let paths: Vec<&[String]> =
            asked.iter().filter(|watch| watch.channel == channel).map(|watch| &*watch.field).collect();
        if paths.is_empty() { None } else { self.at(&paths) }
    }

    fn at(&self, paths: &[&[String]]) -> Option<Value> {
        if paths.iter().any(|path| path.is_empty()) {
            return Some(self.clone());
        }
        let Value::Fields(fields) = self else { return None };
        let fields = fields.iter().filter_map(|(name, value)| {
            let inner: Vec<&[String]> =
                paths.iter().filter(|path| path[0] == *name).map(|path| &path[1..]).collect();
            if inner.is_empty() { None } else { Some((name.clone(), value.at(&inner)?)) }
        });
        Some(Value::Fields(fields.collect()))
    }

    /// Every number in it, with its path from the channel on, and how it is written. `true` is 1.
    pub(super) fn numbers(&self, path: &str, take: &mut dyn FnMut(&str, f64, &str)) {
        match self {
            Value::Plain(text) => {
                let number = match text.as_str() {
                    "true" => Some(1.0),
                    "false" => Some(0.0),
                    text => text.parse::<f64>().ok().filter(|number| number.is_finite()),
                };
                if let Some(number) = number {
                    take(path, number, text);
                }
            }
            Value::Text(_) => {}
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.numbers(&format!("{path}[{index}]"), take);
                }
            }
            Value::Fields(fields) => {
                for (name, value) in fields {
                    value.numbers(&format!("{path}.{name}"), take);
                }
            }
        }
    }

    /// For people: `celsius=21.5 °C valid=true`.
    pub(super) fn shown(&self, path: &str, units: &BTreeMap<String, String>) -> String {
        match self {
            Value::Plain(text) => match units.get(path) {
                Some(unit) => format!("{text} {unit}"),
                None => text.clone(),
            },
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => {
                let items: Vec<String> =
                    items.iter().map(|item| item.shown(&format!("{path}[]"), units)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Fields(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| match value {
                        Value::Fields(_) => {
                            format!("{name}=({})", value.shown(&format!("{path}.{name}"), units))
                        }
                        _ => format!("{name}={}", value.shown(&format!("{path}.{name}"), units)),
                    })
                    .collect();
                fields.join(" ")
            }
        }
    }

    /// For programs.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Value::Plain(text) if text.is_empty() => Json::Null,
            // JSON has no `NaN` and no `inf`: they stay text.
            Value::Plain(text) => match serde_json::from_str(text) {
                Ok(json @ (Json::Number(_) | Json::Bool(_))) => json,
                _ => json!(text),
            },
            Value::Text(text) => json!(text),
            Value::List(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Value::Fields(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), value.to_json()));
                Json::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

/// What is still to be read.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        if self.eat("[") {
            return self.list();
        }
        if self.rest.starts_with('"') {
            return self.text();
        }
        let end = self.rest.find([',', ' ', '{', '}', '[', ']']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        if self.eat(" {") {
            return self.fields();
        }
        // `ShortPress` of Rust is `short_press` of app.toml.
        let is_variant = word.starts_with(|first: char| first.is_ascii_uppercase()) && word != "NaN";
        (!word.is_empty()).then(|| Value::Plain(if is_variant { snake_case(word) } else { word.to_owned() }))
    }

    fn list(&mut self) -> Option<Value> {
        let mut items = Vec::new();
        while !self.eat("]") {
            items.push(self.value()?);
            self.eat(", ");
        }
        Some(Value::List(items))
    }

    fn fields(&mut self) -> Option<Value> {
        let mut fields = Vec::new();
        self.eat(" ");
        while !self.eat("}") {
            let (name, rest) = self.rest.split_once(": ")?;
            self.rest = rest;
            fields.push((name.to_owned(), self.value()?));
            self.eat(", ");
            self.eat(" ");
        }
        Some(Value::Fields(fields))
    }

    /// A string as Rust's `{:?}` writes it.
    fn text(&mut self) -> Option<Value> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(Value::Text(text));
                }
                '\\' => match characters.next()?.1 {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    '0' => text.push('\0'),
                    'u' => {
                        let digits: String = characters
                            .by_ref()
                            .map(|(_, character)| character)
                            .skip(1)
                            .take_while(|character| *character != '}')
                            .collect();
                        text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                    }
                    other => text.push(other),
                },
                other => text.push(other),
            }
        }
        None
    }

    fn eat(&mut self, start: &str) -> bool {
        match self.rest.strip_prefix(start) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

fn snake_case(variant: &str) -> String {
    let mut name = String::new();
    for (place, character) in variant.chars().enumerate() {
        if place > 0 && character.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_defmt_writes_becomes_values() {
        for (text, json) in [
            ("42", json!(42)),
            ("-7", json!(-7)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("21.5", json!(21.5)),
            ("NaN", json!("NaN")),
            ("true", json!(true)),
            ("ShortPress", json!("short_press")),
            ("[1, 2, 3]", json!([1, 2, 3])),
            ("[]", json!([])),
            (r#""a \"quoted\" word, {and: more}\n\u{1f}""#, json!("a \"quoted\" word, {and: more}\n\u{1f}")),
            ("Reading { celsius: 21.5, valid: true }", json!({ "celsius": 21.5, "valid": true })),
            (
                r#"Report { place: Place { x: 1, y: -2 }, tags: ["a", "b, c"], state: Off }"#,
                json!({ "place": { "x": 1, "y": -2 }, "tags": ["a", "b, c"], "state": "off" }),
            ),
            ("[P { x: 1 }, P { x: 2 }]", json!([{ "x": 1 }, { "x": 2 }])),
            ("", json!(null)),
            ("what is this", json!("what is this")),
            ("Half { open: ", json!("Half { open:")),
            ("\"never ends", json!("\"never ends")),
        ] {
            assert_eq!(Value::parse(text).to_json(), json, "{text}");
        }
    }

    #[test]
    fn fields_of_fields_are_shown_in_brackets() {
        let value = Value::parse("R { place: P { x: 1, y: 2 }, name: \"a b\" }");
        assert_eq!(value.shown("r", &BTreeMap::new()), "place=(x=1 y=2) name=\"a b\"");
        let watch: Watch = "r.place.y".parse().unwrap();
        assert_eq!(value.only("r", &[watch]).unwrap().to_json(), json!({ "place": { "y": 2 } }));
    }
}
