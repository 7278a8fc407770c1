//! A type of the user's that messages carry.

/// Offsets of two sensors.
#[derive(Clone)]
pub struct Calibration {
    pub offsets: [f32; 2],
}
