//! Looks at what only the user's code understands.

use crate::io::JudgeIo;
use crate::messages::Mode;

pub async fn judge(mut io: JudgeIo) -> ! {
    loop {
        let report = io.reports.next().await;
        if report.path.mode == Mode::Running && report.calibration.offsets[0] > 1.0 {
            fwc_runtime::warn!("out of tune");
        }
    }
}
