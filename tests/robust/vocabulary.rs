//! Files made of the language's own words, put together at random.

use proptest::prelude::*;

const WORDS: &[&str] = &[
    "app",
    "boards",
    "peripherals",
    "devices",
    "messages",
    "channels",
    "tasks",
    "dependencies",
    "name",
    "board",
    "version",
    "log",
    "log-over",
    "heap",
    "core1-stack",
    "on-panic",
    "clock",
    "pins",
    "kind",
    "pin",
    "active",
    "initial",
    "drain",
    "pull",
    "debounce",
    "tx",
    "rx",
    "rts",
    "cts",
    "baud",
    "data-bits",
    "parity",
    "stop-bits",
    "buffer",
    "instance",
    "timeout",
    "fields",
    "values",
    "rust",
    "message",
    "capacity",
    "overflow",
    "behavior",
    "code",
    "every",
    "rate",
    "uses",
    "publishes",
    "subscribes",
    "priority",
    "core",
    "deadline",
    "supervised",
    "output",
    "input",
    "long-press",
    "to",
    "from",
    "format",
    "led",
    "button",
    "console",
    "presses",
    "rpi-pico",
    "rp2040",
    "uart",
    "pwm",
    "adc",
    "i2c",
    "spi",
    "usb-serial",
    "watchdog",
    "channel",
    "signal",
    "watch",
    "pubsub",
    "pipe",
    "blink",
    "toggle",
    "print",
    "echo",
    "sample",
    "threshold",
    "drive",
    "GP0",
    "GP4",
    "GP25",
    "LED",
    "TX",
    "UART0",
    "loop",
    "Self",
    "Press",
    "short",
    "long",
    "bool",
    "f32",
    "u8",
    "wait",
    "drop-oldest",
    "text",
    "csv",
    "json",
    "high",
    "low",
    "up",
    "none",
    "even",
];

const VALUES: &[&str] = &[
    "\"100ms\"",
    "\"10Hz\"",
    "\"0ns\"",
    "\"0Hz\"",
    "\"99999h\"",
    "\"133MHz\"",
    "\"1kHz\"",
    "\"16KiB\"",
    "\"0B\"",
    "\"35%\"",
    "100",
    "0",
    "-1",
    "1.5",
    "nan",
    "inf",
    "0x7fffffffffffffff",
    "99999999999999999999",
    "true",
    "false",
    "[]",
    "{}",
    "[1, \"a\"]",
    "\"\"",
    "\"\\u0000\"",
    "\"é\"",
    "\"[u8; 4]\"",
    "\"string<8>\"",
    "\"[[u8; 2]; 9999999]\"",
    "{ celsius = \"f32\" }",
    "{ a = { b = 1 } }",
    "[\"short\", \"long\"]",
    "1979-05-27",
    "'''x\n'''",
    "115200",
    "1",
    "9",
];

/// A word of the language, or one close to it.
pub(crate) fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => proptest::sample::select(WORDS).prop_map(str::to_string),
        1 => "[a-zA-Z0-9_.-]{0,12}",
        1 => "\\PC{0,4}",
    ]
}

/// A value, right or wrong.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(VALUES).prop_map(str::to_string),
        4 => word().prop_map(|word| format!("\"{word}\"")),
        1 => proptest::collection::vec(word(), 0..4)
            .prop_map(|words| format!("[{}]", words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "))),
    ]
}

/// Something to put into a file: a word, a value, punctuation, or raw bytes of text.
pub(crate) fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        word(),
        value(),
        proptest::sample::select(
            &["\n", "=", "[", "]", "\"", "'", "#", "{", "}", ",", ".", "\\", "\r", "\t", "\u{0}", "\u{feff}"]
                [..]
        )
        .prop_map(str::to_string),
        (word(), value()).prop_map(|(key, value)| format!("\n{key} = {value}\n")),
        "\\PC{0,8}",
    ]
}

fn header() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just("[app]".to_string()),
        6 => (proptest::sample::select(&["peripherals", "messages", "channels", "tasks", "devices"][..]), word())
            .prop_map(|(table, name)| format!("[{table}.{name}]")),
        1 => (word(), word(), word()).prop_map(|(board, table, name)| format!("[boards.{board}.{table}.{name}]")),
        1 => word().prop_map(|name| format!("[{name}]")),
    ]
}

/// A file of up to a dozen tables.
pub(crate) fn file() -> impl Strategy<Value = String> {
    let table =
        (header(), proptest::collection::vec((word(), value()), 0..7)).prop_map(|(header, entries)| {
            let lines: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
            format!("{header}\n{}", lines.concat())
        });
    let head = prop_oneof![
        3 => Just("[app]\nname = \"random\"\nboard = \"rpi-pico\"\n".to_string()),
        1 => Just(String::new()),
    ];
    (head, proptest::collection::vec(table, 0..12)).prop_map(|(head, tables)| head + &tables.concat())
}
