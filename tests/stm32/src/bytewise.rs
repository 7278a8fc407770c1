//! A correction of the emulator: its uart's data register takes a byte alone, too.
//!
//! RM0090, USART registers: they can be accessed by half-words and words, and on the chip a byte written to DR goes out as
//! well; embassy-stm32 writes it so. The emulator's own uart refuses that as a bus fault.

use std::sync::Arc;

use rsemu::core::device::{Device, DeviceClass, RealizeCtx, ResetKind, SinkPin};
use rsemu::core::error::Result;
use rsemu::core::props::Props;
use rsemu::core::sched::{Budget, Consumed};
use rsemu::core::space::{AccessConstraints, AddressSpace, MemAttrs, MemOps, MemResult, Region, RegionRef};
use rsemu::core::value::Width;
use rsemu::core::wire::{WireId, WireSource};
use rsemu::dev::stm32::usart;
use rsemu::machine::{Bindings, Instance};

/// Has a machine's uarts be corrected ones.
pub(crate) fn correct(bindings: &mut Bindings) {
    bindings.replace(usart::CLASS.name, |properties| Ok(Arc::new(Uart::new(properties)?)));
}

/// The registers, which widen what is narrower than a word.
#[derive(Debug)]
struct Bytewise(AddressSpace);

impl MemOps for Bytewise {
    fn read(&self, offset: u64, bytes: &mut [u8], attributes: MemAttrs) -> MemResult {
        let word = self.0.read(offset & !3, Width::U32, attributes)? as u32;
        let word = word.to_le_bytes();
        let start = (offset & 3) as usize;
        bytes.copy_from_slice(&word[start..start + bytes.len()]);
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8], attributes: MemAttrs) -> MemResult {
        let mut word = [0; 4];
        let start = (offset & 3) as usize;
        word[start..start + bytes.len()].copy_from_slice(bytes);
        self.0.write(offset & !3, Width::U32, u32::from_le_bytes(word).into(), attributes)
    }

    fn constraints(&self) -> AccessConstraints {
        AccessConstraints::IO
    }
}

#[derive(Debug)]
struct Uart {
    inner: Box<dyn Device>,
    region: Option<RegionRef>,
}

impl Uart {
    fn new(properties: &Props) -> Result<Uart> {
        let inner = (usart::CLASS.construct)(properties)?;
        let region = inner.region("").map(|registers| {
            let space = AddressSpace::new("usart", 32);
            let length = registers.len();
            space.topology().map(registers, 0).expect("an empty space has room");
            Arc::new(Region::io("usart", length, Arc::new(Bytewise(space))))
        });
        Ok(Uart { inner, region })
    }
}

impl Instance for Uart {}

impl Device for Uart {
    fn class(&self) -> &'static DeviceClass {
        &usart::CLASS
    }

    fn realize(&self, context: &mut RealizeCtx<'_>) -> Result<()> {
        self.inner.realize(context)
    }

    fn reset(&self, kind: ResetKind) {
        self.inner.reset(kind);
    }

    fn region(&self, name: &str) -> Option<RegionRef> {
        self.inner.region(name).and_then(|_| self.region.clone())
    }

    fn sink(&self, port: &str, sources: &[WireId]) -> Option<SinkPin> {
        self.inner.sink(port, sources)
    }

    fn connect(&self, port: &str, source: WireSource) -> Result<()> {
        self.inner.connect(port, source)
    }

    fn announce(&self, port: &str) {
        self.inner.announce(port);
    }

    fn is_runnable(&self) -> bool {
        self.inner.is_runnable()
    }

    fn run(&self, budget: Budget) -> Consumed {
        self.inner.run(budget)
    }
}
