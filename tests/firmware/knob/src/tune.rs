//! Each step of the knob is a station further.

use crate::io::TuneIo;

pub async fn tune(mut io: TuneIo) -> ! {
    loop {
        if let Ok(position) = io.tuning.turned().await {
            io.stations.send(position).await;
        }
    }
}
