use core::convert::Infallible;

use embedded_hal::digital::{OutputPin, PinState};
use fwc_runtime::Tick;

pub enum Pattern {
    #[allow(dead_code)]
    Even,
    Pairs,
}

pub async fn chase(
    mut tick: impl Tick,
    mut output: impl OutputPin<Error = Infallible>,
    pattern: Pattern,
) -> ! {
    let length = match pattern {
        Pattern::Even => 1,
        Pattern::Pairs => 2,
    };
    loop {
        for on in [true, false] {
            for _ in 0..length {
                tick.next().await;
                let Ok(()) = output.set_state(PinState::from(on));
            }
        }
    }
}
