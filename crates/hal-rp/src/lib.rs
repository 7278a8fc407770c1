//! embassy-rp behind the handles of firmware composed by fwc.
//!
//! Pins need no adapter: embassy-rp's own implement the standard traits, and `fwc_runtime::gpio` gives them their
//! polarity. Here is what the standard traits do not cover, or embassy-rp covers in a way that differs from the
//! other chips.
#![no_std]

pub mod uart;
