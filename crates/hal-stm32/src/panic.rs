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
pub struct RawUart(embassy_stm32::pac::usart::Usart);

#[cfg(feature = "uart-panic")]
impl RawUart {
    /// How often a flag is asked for: longer than a byte takes at 1200 baud. A uart whose peer holds it back (CTS) must
    /// not keep the firmware from its reset.
    const PATIENCE: u32 = 10_000_000;

    /// Takes a uart over. Interrupts are off from here on. What DMA still sends goes on by itself, and what is written
    /// waits for it: a byte at a time goes out either way.
    pub fn seize(uart: embassy_stm32::pac::usart::Usart) -> Self {
        interrupt::disable();
        let this = Self(uart);
        this.flush();
        // From here on nobody else writes.
        uart.cr3().modify(|control| control.set_dmat(false));
        this
    }

    /// Writes bytes; none if the uart was not set up yet, which would never send them.
    pub fn write(&self, bytes: &[u8]) {
        let control = self.0.cr1().read();
        if !control.ue() || !control.te() {
            return;
        }
        for byte in bytes {
            self.wait(|uart| uart.has_room());
            self.put(*byte);
        }
    }

    /// Waits until the last bit is on the wire.
    pub fn flush(&self) {
        if self.0.cr1().read().te() {
            self.wait(|uart| uart.is_done());
        }
    }

    fn wait(&self, is: impl Fn(&Self) -> bool) {
        for _ in 0..Self::PATIENCE {
            if is(self) {
                return;
            }
        }
    }
}

/// The registers of the STM32F1, F2, F4 and L1.
#[cfg(feature = "uart-panic-early")]
impl RawUart {
    fn has_room(&self) -> bool {
        self.0.sr().read().txe()
    }

    fn is_done(&self) -> bool {
        self.0.sr().read().tc()
    }

    fn put(&self, byte: u8) {
        self.0.dr().write(|data| data.set_dr(byte.into()));
    }
}

/// The registers of all later families.
#[cfg(all(feature = "uart-panic", not(feature = "uart-panic-early")))]
impl RawUart {
    fn has_room(&self) -> bool {
        self.0.isr().read().txe()
    }

    fn is_done(&self) -> bool {
        self.0.isr().read().tc()
    }

    fn put(&self, byte: u8) {
        self.0.tdr().write(|data| data.set_dr(byte.into()));
    }
}
