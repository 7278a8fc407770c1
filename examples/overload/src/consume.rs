//! Takes numbers slowly, and reports what of each ten has come through.

use crate::io::ConsumeIo;
use crate::messages::{Kept, Report};

pub async fn consume(mut io: ConsumeIo) -> ! {
    let [mut all, mut first, mut last] = nothing_taken();
    loop {
        io.tick.next().await;
        take(&mut all, io.all.try_receive().ok(), io.all.dropped());
        take(&mut first, io.first.try_receive().ok(), io.first.dropped());
        take(&mut last, io.last.try_receive().ok(), io.last.dropped());
        // The queue that waits loses nothing: its 10 ends the round.
        if all.last == 10 {
            for report in [&all, &first, &last] {
                io.reports.send(*report).await;
            }
            [all, first, last] = nothing_taken();
        }
    }
}

fn nothing_taken() -> [Report; 3] {
    let report = |kept| Report { kept, taken: 0, first: 0, last: 0, dropped: 0 };
    [report(Kept::All), report(Kept::First), report(Kept::Last)]
}

fn take(report: &mut Report, number: Option<u32>, dropped: u32) {
    report.dropped = dropped;
    if let Some(number) = number {
        if report.taken == 0 {
            report.first = number;
        }
        report.taken += 1;
        report.last = number;
    }
}
