//! A module that no task names: part of the crate all the same.

use crate::messages::Sample;

pub fn doubled(sample: Sample) -> Sample {
    Sample { celsius: sample.celsius * 2.0, ..sample }
}
