//! The end of the firmware: what is left to say, then halt or reset.

use cortex_m::asm;
use cortex_m::interrupt;
use embassy_rp::peripherals::WATCHDOG;
use embassy_rp::watchdog::Watchdog;
use embassy_sync::blocking_mutex::raw::{CriticalSectionRawMutex, RawMutex};

/// Stops for ever, asleep, with interrupts off.
pub fn halt() -> ! {
    interrupt::disable();
    loop {
        asm::wfi();
    }
}

/// Stops both cores for ever: the other one as soon as it polls a task, waits, sends, logs, or is interrupted by time. All
/// of these take a critical section, and this one never gives it back.
pub fn halt_both() -> ! {
    CriticalSectionRawMutex::new().lock(|| {
        halt();
    });
    halt()
}

/// Starts the firmware again, by the watchdog: it resets both cores and all peripherals (RP2040 datasheet, section
/// 4.7.6), and its reason is another than that of a bite.
pub fn reset() -> ! {
    // SAFETY: nothing else runs any more that could use the watchdog.
    #[allow(unsafe_code)]
    let watchdog = unsafe { WATCHDOG::steal() };
    Watchdog::new(watchdog).trigger_reset();
    halt()
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
pub struct RawUart(embassy_rp::pac::uart::Uart);

#[cfg(feature = "uart-panic")]
impl RawUart {
    /// How often a flag is asked for: longer than a byte takes at 300 baud. A uart whose peer holds it back
    /// (CTS) must not keep the firmware from its reset.
    const PATIENCE: u32 = 1_000_000;

    /// Takes a uart over. Interrupts are off from here on.
    pub fn seize(uart: embassy_rp::pac::uart::Uart) -> Self {
        interrupt::disable();
        let this = Self(uart);
        // A DMA transfer under way still ends by itself: first let it, so that the line before stays whole.
        this.flush();
        this
    }

    /// Writes bytes; none if the uart was not set up yet, which would never make room.
    pub fn write(&self, bytes: &[u8]) {
        if !self.0.uartcr().read().uarten() {
            return;
        }
        for byte in bytes {
            self.wait_while(|flags| flags.txff());
            self.0.uartdr().write(|data| data.set_data(*byte));
        }
    }

    /// Waits until the last bit is on the wire.
    pub fn flush(&self) {
        self.wait_while(|flags| flags.busy());
    }

    fn wait_while(&self, holds: impl Fn(embassy_rp::pac::uart::regs::Uartfr) -> bool) {
        for _ in 0..Self::PATIENCE {
            if !holds(self.0.uartfr().read()) {
                return;
            }
        }
    }
}
