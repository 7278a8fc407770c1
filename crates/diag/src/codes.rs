//! The list of codes: one a rule, each with its page (`codes/<code>.md`), which `fwc explain` shows.

use std::fmt;

use serde::{Serialize, Serializer};

/// The name of a rule, such as `pin-conflict`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// Words with dashes.
    pub name: &'static str,
    /// The page: what the rule is, why, an example and its mend.
    pub page: &'static str,
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// The code of that name.
pub fn find(name: &str) -> Option<Code> {
    ALL.iter().find(|code| code.name == name).copied()
}

macro_rules! codes {
    ($($constant:ident = $name:literal,)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: Code = Code { name: $name, page: include_str!(concat!("../codes/", $name, ".md")) };
        )*

        /// Every code, by name.
        pub const ALL: &[Code] = &[$($constant),*];
    };
}

codes! {
    ADDRESS_CLASH = "address-clash",
    AFTER_THE_END = "after-the-end",
    BAD_BEHAVIOR = "bad-behavior",
    BAD_BOARD = "bad-board",
    BAD_DEVICE = "bad-device",
    BAD_NAME = "bad-name",
    BAD_QUANTITY = "bad-quantity",
    BAD_TYPE = "bad-type",
    BAD_VALUE = "bad-value",
    BANDWIDTH = "bandwidth",
    BAUD_OUT_OF_REACH = "baud-out-of-reach",
    BEHAVIOR_OR_CODE = "behavior-or-code",
    BLOCK_EXHAUSTED = "block-exhausted",
    CHANNEL_OVERFLOW = "channel-overflow",
    CLOCK_OUT_OF_REACH = "clock-out-of-reach",
    DUPLICATE_NAME = "duplicate-name",
    FREQUENCY_OUT_OF_REACH = "frequency-out-of-reach",
    IMPOSSIBLE = "impossible",
    LATE_DEADLINE = "late-deadline",
    MESSAGE_CYCLE = "message-cycle",
    MESSAGE_MISMATCH = "message-mismatch",
    MISSING_KEY = "missing-key",
    NAME_CLASH = "name-clash",
    NO_PUBLISHER = "no-publisher",
    NO_READER = "no-reader",
    NOT_APPLICABLE = "not-applicable",
    OWNED_TWICE = "owned-twice",
    PERIOD_TOO_SHORT = "period-too-short",
    PIN_CONFLICT = "pin-conflict",
    PIN_FUNCTION = "pin-function",
    PIN_LIMIT = "pin-limit",
    PRIORITY_INVERSION = "priority-inversion",
    PWM_CONFLICT = "pwm-conflict",
    RUST_KEYWORD = "rust-keyword",
    TICK_DRIFT = "tick-drift",
    TOML_SYNTAX = "toml-syntax",
    TWO_READERS = "two-readers",
    UNKNOWN_BOARD = "unknown-board",
    UNKNOWN_KEY = "unknown-key",
    UNKNOWN_NAME = "unknown-name",
    UNKNOWN_PIN = "unknown-pin",
    UNUSED = "unused",
    USED_ON_BOARD = "used-on-board",
    WAIT_CYCLE = "wait-cycle",
    WRONG_KIND = "wrong-kind",
    WRONG_TYPE = "wrong-type",
}
