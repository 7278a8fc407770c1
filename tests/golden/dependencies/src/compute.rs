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
        angle += 0.1;
        let flags = if angle as u32 % 2 == 0 { Flags::EVEN } else { Flags::empty() };
        fwc_runtime::info!("{} {}", angle.sin(), flags.bits());
    }
}
