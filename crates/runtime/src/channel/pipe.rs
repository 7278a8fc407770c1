//! The kind `pipe`: bytes.

use core::convert::Infallible;

use embassy_sync::blocking_mutex::raw::RawMutex;
use embassy_sync::pipe as embassy;
use embedded_io_async::{ErrorType, Read, Write};

use super::policy::Dropped;
use super::{
    Count, DropNewest, DropOldest, Kind, Named, Overflow, Publisher, Subscriber, TryReadError, TryWriteError,
    Wait,
};

/// A ring of `N` bytes.
pub struct Pipe<M: RawMutex + 'static, const N: usize, P: Overflow = Wait> {
    ring: embassy::Pipe<M, N>,
    dropped: P::Dropped<M>,
}

impl<M: RawMutex, const N: usize, P: Overflow> Pipe<M, N, P> {
    /// An empty pipe.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { ring: embassy::Pipe::new(), dropped: P::Dropped::NONE }
    }

    /// How many bytes the overflow policy has dropped.
    pub fn dropped(&'static self) -> u32 {
        P::Dropped::get(self.dropped.handle())
    }

    /// An end to write to.
    pub fn publisher(&'static self) -> Publisher<Self> {
        Publisher(self)
    }

    /// The end to read from.
    pub fn subscriber(&'static self) -> Subscriber<Self> {
        Subscriber(self)
    }
}

impl<M: RawMutex, const N: usize, P: Overflow> Kind for Pipe<M, N, P> {
    type Publisher = &'static Self;
    type Subscriber = &'static Self;
}

impl<M: RawMutex, const N: usize, P: Overflow> Publisher<Pipe<M, N, P>> {
    /// Writes as many bytes as there is room for, whatever the overflow policy.
    pub fn try_write(&self, bytes: &[u8]) -> Result<usize, TryWriteError> {
        self.0.ring.try_write(bytes)
    }

    /// How many bytes the overflow policy has dropped.
    pub fn dropped(&self) -> u32 {
        P::Dropped::get(self.0.dropped.handle())
    }
}

impl<M: RawMutex, const N: usize, P: Overflow> Subscriber<Pipe<M, N, P>> {
    /// Reads the bytes that are there, at most as many as fit.
    pub fn try_read(&self, bytes: &mut [u8]) -> Result<usize, TryReadError> {
        self.0.ring.try_read(bytes)
    }

    /// How many bytes the overflow policy has dropped.
    pub fn dropped(&self) -> u32 {
        P::Dropped::get(self.0.dropped.handle())
    }
}

impl<M: RawMutex, const N: usize, P: Overflow> ErrorType for Publisher<Pipe<M, N, P>> {
    type Error = Infallible;
}

impl<M: RawMutex, const N: usize, P: Overflow> ErrorType for Subscriber<Pipe<M, N, P>> {
    type Error = Infallible;
}

impl<M: RawMutex, const N: usize, P: Overflow> Read for Subscriber<Pipe<M, N, P>> {
    async fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        Ok(self.0.ring.read(bytes).await)
    }
}

impl<M: RawMutex, const N: usize> Write for Publisher<Pipe<M, N, Wait>> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(self.0.ring.write(bytes).await)
    }

    /// Nothing is held back in the writer.
    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<M: RawMutex, const N: usize, C: Named> Write for Publisher<Pipe<M, N, DropNewest<C>>> {
    /// Takes all bytes; those for which there is no room are dropped. Does not wait.
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let mut rest = bytes;
        // The ring takes one contiguous run at a time, hence at most two.
        while let Ok(taken @ 1..) = self.0.ring.try_write(rest) {
            rest = &rest[taken..];
        }
        if !rest.is_empty() {
            Count::add(self.0.dropped.handle(), rest.len() as u32);
        }
        Ok(bytes.len())
    }

    /// Nothing is held back in the writer.
    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl<M: RawMutex, const N: usize, C: Named> Write for Publisher<Pipe<M, N, DropOldest<C>>> {
    /// Takes all bytes; the oldest in the pipe make room. Does not wait.
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        let ring = &self.0.ring;
        let mut rest = bytes;
        let mut dropped = 0;
        while !rest.is_empty() {
            if let Ok(taken) = ring.try_write(rest) {
                rest = &rest[taken..];
            } else {
                let mut oldest = [0; 16];
                let room = rest.len().min(oldest.len());
                dropped += ring.try_read(&mut oldest[..room]).unwrap_or(0) as u32;
            }
        }
        if dropped > 0 {
            Count::add(self.0.dropped.handle(), dropped);
        }
        Ok(bytes.len())
    }

    /// Nothing is held back in the writer.
    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
