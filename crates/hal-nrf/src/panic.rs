//! The end of the firmware: what is left to say, then halt or reset.

use cortex_m::asm;
use cortex_m::interrupt;
use cortex_m::peripheral::SCB;

/// Stops for ever, asleep, with interrupts off.
pub fn halt() -> ! {
    interrupt::disable();
    loop {
        asm::wfi();
    }
}

/// Starts the firmware again, by the processor's own request for a reset.
pub fn reset() -> ! {
    SCB::sys_reset()
}

/// Logs a panic over RTT, and waits until a host that listens has taken it.
#[cfg(feature = "defmt")]
pub fn log_to_rtt(info: &core::panic::PanicInfo<'_>) {
    interrupt::disable();
    defmt::error!("{}", defmt::Display2Format(info));
    defmt::flush();
}

/// A uart's registers, to write to when nothing else runs any more.
#[cfg(feature = "uart-panic")]
pub struct RawUart(embassy_nrf::pac::uarte::Uarte);

#[cfg(feature = "uart-panic")]
impl RawUart {
    /// How often an event is asked for: longer than a piece takes at 1200 baud. A uart whose peer holds it back
    /// (CTS) must not keep the firmware from its reset.
    const PATIENCE: u32 = 10_000_000;

    /// Bytes that are sent in one transfer: its DMA reads RAM and no flash, so they are copied to the stack.
    const PIECE: usize = 16;

    /// Takes a uart over. Interrupts are off from here on.
    pub fn seize(uart: embassy_nrf::pac::uarte::Uarte) -> Self {
        interrupt::disable();
        let this = Self(uart);
        // A transfer under way still ends by itself: first let it, so that the line before stays whole. Where there is
        // none, nothing tells so: the wait is as long as its patience.
        if uart.events_dma().tx().ready().read() != 0 && uart.events_dma().tx().end().read() == 0 {
            this.wait();
        }
        this
    }

    /// Writes bytes; none if the uart was not set up yet, which would never send them.
    pub fn write(&self, bytes: &[u8]) {
        use embassy_nrf::pac::uarte::vals::Enable;

        if self.0.enable().read().enable() != Enable::Enabled {
            return;
        }
        for piece in bytes.chunks(Self::PIECE) {
            let mut copy = [0; Self::PIECE];
            copy[..piece.len()].copy_from_slice(piece);
            self.0.events_dma().tx().end().write_value(0);
            self.0.dma().tx().ptr().write_value(copy.as_ptr() as u32);
            self.0.dma().tx().maxcnt().write(|count| count.set_maxcnt(piece.len() as _));
            // The DMA reads what the compiler must have written by now.
            core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
            self.0.tasks_dma().tx().start().write_value(1);
            self.wait();
        }
    }

    /// Waits until the last bit is on the wire, which each transfer's end is.
    pub fn flush(&self) {}

    fn wait(&self) {
        for _ in 0..Self::PATIENCE {
            if self.0.events_dma().tx().end().read() != 0 {
                return;
            }
        }
    }
}
