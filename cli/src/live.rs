//! Firmware that runs while somebody looks: steps of virtual time held to the wall clock, facts as they happen.

pub(crate) mod lines;
pub(crate) mod machine;
pub(crate) mod pace;
pub(crate) mod recording;
pub(crate) mod screen;
