//! A port's registers, to write a panic to when nothing else runs any more.

use core::cell::Cell;

use cortex_m::interrupt;
use embassy_rp::pac;
use fwc_runtime::usb::PACKET;

/// The registers of a port's endpoint that sends.
///
/// The controller answers the host by itself, so a packet that lies ready is taken even where no task and no interrupt
/// runs; but only while a program on the host reads the port.
pub struct RawPort {
    endpoint: usize,
    is_taken: Cell<bool>,
}

impl RawPort {
    /// How often the controller is asked whether the host has taken a packet: some 100 ms. A host that reads does it
    /// within one frame of 1 ms, and one that does not must not keep the firmware from its reset.
    const PATIENCE: u32 = 1_000_000;

    /// Takes an endpoint over. Interrupts are off from here on.
    pub fn seize(endpoint: usize) -> Self {
        interrupt::disable();
        let is_enabled = pac::USB_DPRAM.ep_in_control(endpoint - 1).read().enable();
        Self { endpoint, is_taken: Cell::new(is_enabled) }
    }

    /// Writes bytes, in packets that are never full, so that the host hands each on at once.
    #[allow(unsafe_code)]
    pub fn write(&self, bytes: &[u8]) {
        let memory = pac::USB_DPRAM.as_ptr().cast::<u8>();
        let start = pac::USB_DPRAM.ep_in_control(self.endpoint - 1).read().buffer_address();
        for packet in bytes.chunks(PACKET - 1) {
            self.flush();
            if !self.is_taken.get() {
                return;
            }
            for (offset, byte) in packet.iter().enumerate() {
                // SAFETY: this is the buffer of `PACKET` bytes that the HAL gave to the endpoint, within the
                // controller's memory; it is not the controller's now, and the HAL does not run any more.
                unsafe { memory.add(usize::from(start) + offset).write_volatile(*byte) };
            }
            self.hand_over(packet.len());
        }
    }

    /// RP2040 datasheet, section 4.1.2.5.1: the rest of the word must be there some cycles before AVAILABLE.
    fn hand_over(&self, length: usize) {
        let buffer = pac::USB_DPRAM.ep_in_buffer_control(self.endpoint);
        let data_pid = !buffer.read().pid(0);
        for available in [false, true] {
            buffer.write(|control| {
                control.set_pid(0, data_pid);
                control.set_length(0, length as u16);
                control.set_full(0, true);
                control.set_available(0, available);
            });
            cortex_m::asm::delay(12);
        }
    }

    /// Waits until the host has taken the last packet.
    pub fn flush(&self) {
        let is_waiting = || pac::USB_DPRAM.ep_in_buffer_control(self.endpoint).read().available(0);
        let mut patience = Self::PATIENCE;
        while self.is_taken.get() && is_waiting() {
            patience -= 1;
            self.is_taken.set(patience > 0);
        }
    }
}
