//! Doubles each sample and sums up.

use embedded_io_async::Read;

use crate::helpers::doubled;
use crate::io::DoubleIo;
use crate::messages::{Mode, Summary};

pub async fn double(mut io: DoubleIo) -> ! {
    loop {
        let sample = io.samples.receive().await;
        let mut byte = [0];
        io.bytes.read_exact(&mut byte).await.ok();
        let last = doubled(sample);
        io.doubled.publish(last).await;
        let mode = if last.index == 0 { Mode::ColdStart } else { Mode::Running };
        let mut label = heapless::String::new();
        label.push('"').ok();
        label.push(char::from(byte[0])).ok();
        io.summary.send(Summary { last, peaks: [-3, last.index as i16], mode, label });
        io.alarm.signal(last.celsius > 5.0);
    }
}
