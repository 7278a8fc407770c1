//! Bytes for which nobody was there: counted, and told in the log as soon as somebody is.

use core::sync::atomic::{AtomicU32, Ordering};

/// How many bytes a writer has dropped since it last told.
pub struct LostBytes(AtomicU32);

impl LostBytes {
    /// None yet.
    #[expect(clippy::new_without_default, reason = "it is made once, in a static")]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Counts more of them. Only the one writer may: small cores have no atomic addition.
    pub fn add(&self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.0.store(self.count().saturating_add(bytes), Ordering::Relaxed);
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Tells of them, if there are any, and begins to count anew.
    pub fn tell(&self) {
        let count = self.count();
        if count > 0 {
            self.0.store(0, Ordering::Relaxed);
            warn!("{} bytes dropped, the usb port was closed", count);
        }
    }
}
