//! Publishes one of each message.

use crate::calibration::Calibration;
use crate::io::SurveyIo;
use crate::messages::{Everything, Mode, Option, Path, Point, Report, String};

pub async fn survey(mut io: SurveyIo) -> ! {
    loop {
        io.tick.next().await;
        io.everything.signal(Everything {
            a: true,
            b: 1,
            c: 2,
            d: 3,
            e: 4,
            f: -1,
            g: -2,
            h: -3,
            i: -4,
            j: 0.5,
            k: 0.25,
        });
        let corners = [Point { x: 0, y: 0 }, Point { x: 3, y: 0 }, Point { x: 0, y: 4 }];
        let mut label = fwc_runtime::String::new();
        label.push_str("triangle").ok();
        let path = Path { label, corners, grid: [[0, 1], [2, 3]], mode: Mode::ColdStart };
        io.paths.publish(path.clone()).await;
        io.reports.send(Report { path, calibration: Calibration { offsets: [0.1, 0.2] } });
        io.points.send([corners[0], corners[1]]).await;
        let mut name = fwc_runtime::String::new();
        name.push_str("survey").ok();
        io.names.send(name).await;
        let mut text = fwc_runtime::String::new();
        text.push_str("none").ok();
        io.options.send(Option { some: String { text } }).await;
    }
}
