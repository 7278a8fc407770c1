//! The end of the firmware: what is left to say, then halt or reset.

use riscv::interrupt;

/// Stops for ever, asleep, with interrupts off.
pub fn halt() -> ! {
    interrupt::disable();
    loop {
        riscv::asm::wfi();
    }
}

/// Starts the firmware again, by a reset of the chip.
pub fn reset() -> ! {
    esp_hal::system::software_reset()
}

/// Logs a panic over RTT, and waits until a host that listens has taken it.
#[cfg(feature = "defmt")]
pub fn log_to_rtt(info: &core::panic::PanicInfo<'_>) {
    interrupt::disable();
    defmt::error!("{}", defmt::Display2Format(info));
    defmt::flush();
}

/// Writes bytes to a uart's FIFO when nothing else runs any more.
#[cfg(feature = "uart-panic")]
pub struct RawUart<B: uart::Block>(core::marker::PhantomData<B>);

#[cfg(feature = "uart-panic")]
pub mod uart {
    //! The registers of the uarts.

    use esp_hal::peripherals::{UART0, UART1};

    /// The bytes that a FIFO has room for.
    const FIFO: u16 = 128;

    /// A uart by its registers.
    pub trait Block {
        /// Whether a byte finds room.
        fn has_room() -> bool;

        /// Whether all bytes have left the FIFO.
        fn is_empty() -> bool;

        /// Puts a byte into the FIFO.
        fn put(byte: u8);
    }

    macro_rules! block {
        ($name:ident) => {
            impl Block for $name<'_> {
                fn has_room() -> bool {
                    u16::from(Self::regs().status().read().txfifo_cnt().bits()) < FIFO
                }

                fn is_empty() -> bool {
                    Self::regs().status().read().txfifo_cnt().bits() == 0
                }

                fn put(byte: u8) {
                    Self::regs().fifo().write(|fifo| {
                        // SAFETY: every byte may be sent.
                        #[allow(unsafe_code)]
                        unsafe {
                            fifo.rxfifo_rd_byte().bits(byte)
                        }
                    });
                }
            }
        };
    }

    block!(UART0);
    block!(UART1);
}

#[cfg(feature = "uart-panic")]
impl<B: uart::Block> RawUart<B> {
    /// How often it is asked for room: longer than a byte takes at 1200 baud. A uart whose peer holds it back (CTS) must not
    /// keep the firmware from its reset.
    const PATIENCE: u32 = 10_000_000;

    /// Takes a uart over. Interrupts are off from here on.
    pub fn seize() -> Self {
        interrupt::disable();
        Self(core::marker::PhantomData)
    }

    /// Writes bytes.
    pub fn write(&self, bytes: &[u8]) {
        for byte in bytes {
            self.wait(B::has_room);
            B::put(*byte);
        }
    }

    /// Waits until all bytes have left.
    pub fn flush(&self) {
        self.wait(B::is_empty);
    }

    fn wait(&self, is: fn() -> bool) {
        for _ in 0..Self::PATIENCE {
            if is() {
                return;
            }
        }
    }
}
