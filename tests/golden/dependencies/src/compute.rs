//! Uses a crate from `[dependencies]`.

use micromath::F32Ext;

use crate::io::ComputeIo;

bitflags::bitflags! {
    struct Flags: u8 {
        const EVEN = 1;
    }
}

pub async fn compute(mut io: ComputeIo) -> ! {
    let mut angle = 0.0f32;
    loop {
        io.tick.next().await;
        angle = helper::step(angle);
        let flags = if (angle as u32).is_multiple_of(2) { Flags::EVEN } else { Flags::empty() };
        fwc_runtime::info!("{} {}", angle.sin(), flags.bits());
    }
}
