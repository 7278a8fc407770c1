//! Each driver of the catalogue on its simulated part: the same text that a generated crate gets, run on the host.
#![allow(dead_code, unreachable_pub, reason = "a driver offers more to user code than its test needs")]

mod bench;
mod consistency;

#[path = "../catalog/tmp117/test.rs"]
mod tmp117;
