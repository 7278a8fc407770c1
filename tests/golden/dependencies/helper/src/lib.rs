//! A crate of the user's, in the project's folder.
#![no_std]

/// The next angle.
pub fn step(angle: f32) -> f32 {
    angle + 0.1
}
