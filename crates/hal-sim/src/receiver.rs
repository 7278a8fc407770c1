//! The receiving half of a uart: frames on the wire to bytes in a buffer, told of when the chip would tell.
//!
//! ```text
//! frame --receive--> FIFO --interrupt--> buffer --read--> the task
//! ```
//!
//! A task does not hear of each byte. RP2040 datasheet, section 4.2.6: the block interrupts when its FIFO has been filled
//! to a level, or when something is in it and nothing more has come for 32 bit periods. embassy-rp 0.10 (`uart/mod.rs`,
//! `uart/buffered.rs`) sets the level to seven eighths, moves the FIFO into its buffer at each interrupt, and lets no
//! more interrupts come while that buffer is full or a frame was faulty, until the task reads.

use std::collections::VecDeque;
use std::task::Waker;

use crate::report;
use crate::uart::{Config, Error};
use crate::world::{self, Act};

/// RP2040 datasheet, section 4.2.2: frames that the FIFO holds, and seven eighths of it.
const FIFO: usize = 32;
const LEVEL: usize = 28;

/// RP2040 datasheet, section 4.2.6: so many bit periods of silence are a timeout.
const TIMEOUT_BITS: u64 = 32;

/// The receiving half of a uart.
pub(crate) struct Receiver {
    /// Whether the uart receives at all.
    is_on: bool,
    /// Nanoseconds of a frame, and of the silence after which it interrupts.
    frame: u64,
    silence: u64,
    /// When the line is free for the next frame from outside, and whether those that come are broken.
    free_at: u64,
    is_broken: bool,
    fifo: VecDeque<Result<u8, Error>>,
    /// A frame found the FIFO full: the next one that does not will tell.
    has_overrun: bool,
    /// How many frames there were: a timeout is that of the newest.
    frames: u64,
    interrupts: Interrupts,
    buffer: VecDeque<u8>,
    room: usize,
    /// What a reader is to be told when the buffer is empty.
    error: Option<Error>,
    /// Which faults there were that the interrupt handler has not logged.
    faults: Faults,
    waker: Option<Waker>,
}

/// Kinds of faulty frames.
#[derive(Clone, Copy, Default)]
struct Faults {
    framing: bool,
    overrun: bool,
}

/// What an interrupt came to.
#[derive(Default)]
struct News {
    faults: Faults,
    woken: Option<Waker>,
}

/// Which interrupts stand, and whether they come through.
struct Interrupts {
    level: bool,
    timeout: bool,
    are_masked: bool,
}

impl Receiver {
    pub(crate) const fn new() -> Self {
        Self {
            is_on: false,
            frame: 0,
            silence: 0,
            free_at: 0,
            is_broken: false,
            fifo: VecDeque::new(),
            has_overrun: false,
            frames: 0,
            interrupts: Interrupts { level: false, timeout: false, are_masked: false },
            buffer: VecDeque::new(),
            room: 0,
            error: None,
            faults: Faults { framing: false, overrun: false },
            waker: None,
        }
    }

    /// The moments at which so many frames are over that come one behind the other.
    pub(crate) fn arrivals(&mut self, now: u64, count: usize) -> Vec<u64> {
        let begun = self.free_at.max(now);
        let ends = (1..=count as u64).map(|frame| begun + frame * self.frame).collect();
        self.free_at = begun + count as u64 * self.frame;
        ends
    }

    /// From now on frames come without their stop bit, or with it.
    pub(crate) fn set_broken(&mut self, is_broken: bool) {
        self.is_broken = is_broken;
    }

    /// Takes a frame; says why the byte is lost, where it is.
    fn take(&mut self, byte: u8) -> Option<&'static str> {
        if !self.is_on {
            return Some("nothing receives");
        }
        self.frames += 1;
        if self.fifo.len() >= FIFO {
            (self.has_overrun, self.faults.overrun) = (true, true);
            return Some("overrun");
        }
        let frame = match (std::mem::take(&mut self.has_overrun), self.is_broken) {
            (true, _) => Err(Error::Overrun),
            (false, true) => Err(Error::Framing),
            (false, false) => Ok(byte),
        };
        self.fifo.push_back(frame);
        self.interrupts.level |= self.fifo.len() == LEVEL;
        let is_broken = frame == Err(Error::Framing);
        self.faults.framing |= is_broken;
        is_broken.then_some("framing")
    }

    /// The interrupt handler, where an interrupt comes through.
    fn interrupt(&mut self) -> News {
        if self.interrupts.are_masked || !(self.interrupts.level || self.interrupts.timeout) {
            return News::default();
        }
        let before = self.buffer.len();
        while self.buffer.len() < self.room
            && let Some(frame) = self.fifo.pop_front()
        {
            match frame {
                Ok(byte) => self.buffer.push_back(byte),
                Err(error) => {
                    self.error = Some(error);
                    self.interrupts.are_masked = true;
                    break;
                }
            }
        }
        let has_news = self.buffer.len() > before || self.interrupts.are_masked;
        self.interrupts.are_masked |= self.buffer.len() >= self.room;
        self.interrupts.level &= self.fifo.len() >= LEVEL;
        self.interrupts.timeout &= !self.fifo.is_empty();
        let woken = if has_news { self.waker.take() } else { None };
        News { faults: std::mem::take(&mut self.faults), woken }
    }

    /// What a reader gets, if there is anything; what was held back comes through after it.
    fn read(&mut self, bytes: &mut [u8]) -> Option<Result<usize, Error>> {
        let count = bytes.len().min(self.buffer.len());
        for (place, byte) in bytes.iter_mut().zip(self.buffer.drain(..count)) {
            *place = byte;
        }
        let read = match count {
            0 => Err(self.error.take()?),
            some => Ok(some),
        };
        self.interrupts.are_masked = false;
        Some(read)
    }
}

/// Sets a receiver up.
pub(crate) fn set_up(config: &Config) {
    world::with_receiver(config.uart, |receiver| {
        receiver.is_on = config.rx;
        receiver.room = config.buffer;
        receiver.frame = config.frame();
        receiver.silence = TIMEOUT_BITS * 1_000_000_000 / u64::from(config.baud);
    });
}

/// A frame has arrived.
pub(crate) fn receive(uart: u8, byte: u8) {
    let now = world::now();
    let (lost, silence, frame) = world::with_receiver(uart, |receiver| {
        let lost = receiver.take(byte);
        (lost, now + receiver.silence, receiver.frames)
    });
    if let Some(reason) = lost {
        report::line(now, format_args!("\"uart\":{uart},\"lost\":\"{byte:02x}\",\"reason\":\"{reason}\""));
    }
    world::do_at(silence, Act::Silence { uart, frame });
    world::with_receiver(uart, Receiver::interrupt).tell();
}

/// Nothing has come for a while, if no frame has since this one.
pub(crate) fn silence(uart: u8, frame: u64) {
    let news = world::with_receiver(uart, |receiver| {
        receiver.interrupts.timeout |= receiver.frames == frame && !receiver.fifo.is_empty();
        receiver.interrupt()
    });
    news.tell();
}

/// Reads what has arrived; where nothing has, the reader is woken when something does.
pub(crate) fn read(uart: u8, bytes: &mut [u8], reader: &Waker) -> Option<Result<usize, Error>> {
    let (read, news) = world::with_receiver(uart, |receiver| match receiver.read(bytes) {
        None => {
            receiver.waker = Some(reader.clone());
            (None, News::default())
        }
        some => (some, receiver.interrupt()),
    });
    news.tell();
    read
}

impl News {
    fn tell(self) {
        // As embassy-rp says it.
        if self.faults.framing {
            log::warn!("Framing error");
        }
        if self.faults.overrun {
            log::warn!("Overrun error");
        }
        if let Some(waker) = self.woken {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(room: usize) -> Receiver {
        Receiver { is_on: true, room, frame: 10, ..Receiver::new() }
    }

    /// What a reader gets, or nothing.
    fn read(receiver: &mut Receiver) -> Option<Result<Vec<u8>, Error>> {
        let mut bytes = [0; 64];
        let read = receiver.read(&mut bytes);
        receiver.interrupt();
        read.map(|read| read.map(|count| bytes[..count].to_vec()))
    }

    fn fall_silent(receiver: &mut Receiver) {
        receiver.interrupts.timeout |= !receiver.fifo.is_empty();
        receiver.interrupt();
    }

    #[test]
    fn a_reader_hears_of_bytes_at_the_level_and_after_a_silence() {
        let mut receiver = receiver(64);
        for byte in 0..30 {
            assert_eq!(receiver.take(byte), None);
            receiver.interrupt();
            let heard = if byte == 27 { Some(Ok((0..28).collect())) } else { None };
            assert_eq!(read(&mut receiver), heard, "{byte}");
        }
        fall_silent(&mut receiver);
        assert_eq!(read(&mut receiver), Some(Ok(vec![28, 29])));
    }

    #[test]
    fn a_full_buffer_holds_the_rest_back_until_it_is_read() {
        let mut receiver = receiver(4);
        for byte in 0..40 {
            let lost = receiver.take(byte);
            receiver.interrupt();
            // Four have left the FIFO at its level.
            assert_eq!(lost, (byte >= 36).then_some("overrun"), "{byte}");
        }
        fall_silent(&mut receiver);
        assert_eq!(read(&mut receiver), Some(Ok(vec![0, 1, 2, 3])));
        assert_eq!(read(&mut receiver), Some(Ok(vec![4, 5, 6, 7])));
    }

    #[test]
    fn the_frame_behind_an_overrun_tells_of_it() {
        let mut receiver = receiver(4);
        (0..40).for_each(|byte| {
            receiver.take(byte);
            receiver.interrupt();
        });
        fall_silent(&mut receiver);
        read(&mut receiver);
        assert_eq!(receiver.take(40), None);
        let mut heard = Vec::new();
        loop {
            fall_silent(&mut receiver);
            match read(&mut receiver) {
                Some(Ok(bytes)) => heard.extend(bytes),
                Some(Err(error)) => {
                    assert_eq!(error, Error::Overrun);
                    break;
                }
                None => panic!("nothing is told of the overrun"),
            }
        }
        assert_eq!(heard, (4..36).collect::<Vec<u8>>());
    }

    #[test]
    fn what_came_before_a_broken_frame_is_read_before_its_error() {
        let mut receiver = receiver(16);
        receiver.take(1);
        receiver.set_broken(true);
        assert_eq!(receiver.take(2), Some("framing"));
        receiver.set_broken(false);
        receiver.take(3);
        fall_silent(&mut receiver);
        assert_eq!(read(&mut receiver), Some(Ok(vec![1])));
        assert_eq!(read(&mut receiver), Some(Ok(vec![3])), "as the HAL, which asks for errors last");
        assert_eq!(read(&mut receiver), Some(Err(Error::Framing)));
        assert_eq!(read(&mut receiver), None);
    }

    #[test]
    fn frames_follow_each_other() {
        let mut receiver = receiver(16);
        assert_eq!(receiver.arrivals(100, 2), [110, 120]);
        assert_eq!(receiver.arrivals(105, 1), [130]);
        assert_eq!(receiver.arrivals(200, 1), [210]);
    }
}
