//! A hundred samples of the motion sensor to one summary of them.

use crate::io::JudgeIo;
use crate::messages::Summary;

const SAMPLES: u8 = 100;

pub async fn judge(mut io: JudgeIo) -> ! {
    loop {
        let mut peak = 0.0_f32;
        let mut upward = 0.0_f32;
        for _ in 0..SAMPLES {
            let sample = io.samples.next().await;
            for axis in [sample.accel_x, sample.accel_y, sample.accel_z] {
                peak = peak.max(axis.abs());
            }
            upward += sample.accel_z;
        }
        // Within 45 degrees, the upward axis has more than 0.7 of the earth's pull.
        let upright = upward > 0.7 * f32::from(SAMPLES);
        io.summaries.publish(Summary { peak, upright, lost: io.samples.dropped() }).await;
    }
}
