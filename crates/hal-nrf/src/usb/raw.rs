//! A port's registers, to write a panic to when nothing else runs any more.

use core::cell::Cell;
use core::sync::atomic::{Ordering, compiler_fence};

use cortex_m::interrupt;
use embassy_nrf::pac::USBD;
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
        let this = Self { endpoint, is_taken: Cell::new(USBD.epinen().read().in_(endpoint)) };
        // First let the host have a packet that lies ready. Where there is none, nothing tells so: the wait is as long as
        // its patience.
        if this.is_taken.get() {
            this.wait();
        }
        this
    }

    /// Writes bytes, in packets that are never full, so that the host hands each on at once. Their DMA reads RAM and no
    /// flash, so they are copied to the stack.
    pub fn write(&self, bytes: &[u8]) {
        for piece in bytes.chunks(PACKET - 1) {
            if !self.is_taken.get() {
                return;
            }
            let mut packet = [0; PACKET];
            packet[..piece.len()].copy_from_slice(piece);
            self.hand_over(&packet, piece.len());
            self.is_taken.set(self.wait());
        }
    }

    /// Each packet was waited for already.
    pub fn flush(&self) {}

    /// Has the DMA bring a packet into the controller. embassy-nrf 0.11.0, src/usb/mod.rs (`write_dma`): that takes as long
    /// as the copying, and ends whether a host is there or not.
    fn hand_over(&self, packet: &[u8; PACKET], length: usize) {
        let registers = USBD.epin(self.endpoint);
        registers.ptr().write_value(packet.as_ptr() as u32);
        registers.maxcnt().write(|count| count.set_maxcnt(length as u8));
        USBD.events_endepin(self.endpoint).write_value(0);
        compiler_fence(Ordering::Release);
        USBD.tasks_startepin(self.endpoint).write_value(1);
        while USBD.events_endepin(self.endpoint).read() == 0 {}
        compiler_fence(Ordering::Acquire);
    }

    /// Waits until the host has taken the packet; tells whether it has. The endpoints that send have the low bits of the
    /// register, a bit each, which writing a one clears.
    fn wait(&self) -> bool {
        let mine = 1 << self.endpoint;
        for _ in 0..Self::PATIENCE {
            if USBD.epdatastatus().read().0 & mine != 0 {
                USBD.epdatastatus().write(|taken| taken.0 = mine);
                return true;
            }
        }
        false
    }
}
