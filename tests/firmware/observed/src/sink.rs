//! Takes one number at each tick, where five come: the channel drops the others.

use embassy_futures::select::{Either, select};

use crate::io::SinkIo;

pub async fn sink(mut io: SinkIo) -> ! {
    loop {
        match select(io.tick.next(), io.states.next()).await {
            Either::First(()) => {
                io.numbers.try_receive().ok();
                io.ticks.try_take();
                io.readings.try_changed();
            }
            Either::Second(_) => {}
        }
    }
}
