//! In what state a board was left by work that was not finished.

use serde::Serialize;

/// What is in a board's flash after an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// Nothing was written.
    Untouched,
    /// Nothing was written, but a debugger had the chip and did not let it go.
    Held,
    /// A part of it is erased or new: it will not start as it should.
    HalfWritten,
    /// The new image is there, but it was not seen to start.
    Written,
}

impl Left {
    /// For people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Left::Untouched => "nothing was written: the board's flash is as it was",
            Left::Held => {
                "nothing was written: the board's flash is as it was, but its firmware may stand still until a reset"
            }
            Left::HalfWritten => {
                "the board's flash is half written: it holds neither the old nor the new firmware"
            }
            Left::Written => "the new firmware is in the board's flash, but it was not seen to start",
        }
    }
}
