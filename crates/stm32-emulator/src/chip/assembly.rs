//! An image and a crystal -> the chip: every block in its place, and the wires between them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rsemu::core::device::Device;
use rsemu::core::props::{Media, Props};
use rsemu::core::space::{
    AccessConstraints, AddressSpace, Mapping, MemAttrs, MemOps, MemResult, RamStore, Region, RegionRef,
    RequesterId,
};
use rsemu::core::wire::{Level, Wire, WireId, WireIdAllocator, WireSink, WireSource};
use rsemu::cpu::arm::v7m::{ArmV7m, Config};
use rsemu::dev::stm32::dma::Dma;
use rsemu::dev::stm32::gpio::Gpio;
use rsemu::dev::stm32::rcc::{ClockOutput, Rcc};
use rsemu::dev::stm32::{crc, dbgmcu, exti, flash, iwdg, pwr, rng, rtc, syscfg, tim};

use super::{Chip, Counts, FLASH_SIZE, FLASH_START, RAM_SIZE, RAM_START};
use crate::calls::Calls;
use crate::clock::{Clock, Counting, Timebase, Watched};
use crate::image::Image;
use crate::pins::Pins;
use crate::uart::Uart;
use crate::wires::{DMA_INTERRUPTS, EDGE_INTERRUPTS, PORTS, TIMERS, TimerWires, UARTS};

/// RM0090, 2.3 (memory map).
const CORE_RAM_START: u32 = 0x1000_0000;
const CORE_RAM_SIZE: u32 = 0x1_0000;
const BLOCKS_START: u64 = 0x4000_0000;
const BLOCKS_SIZE: u64 = 0x2000_0000;
const PORTS_START: u64 = 0x4002_0000;
const BLOCK_SIZE: u64 = 0x400;
const DMA_START: u64 = 0x4002_6000;

/// RM0090, 7.2: the chip's own oscillators, and the crystal of its calendar.
const INTERNAL_HZ: u64 = 16_000_000;
const SLOW_HZ: u64 = 32_000;
const CALENDAR_HZ: u64 = 32_768;
const RANDOM_HZ: u64 = 48_000_000;

/// Whether a line was high.
#[derive(Debug, Default)]
pub(super) struct Flag(pub(super) AtomicBool);

impl WireSink for Flag {
    fn set_level(&self, _: WireId, _: u32, level: Level) {
        if level.is_high() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// A timer's output, which goes to the pins that have chosen it.
struct Output {
    ports: Vec<Arc<Gpio>>,
    pins: &'static [u8],
    alternate: u8,
}

impl WireSink for Output {
    fn set_level(&self, _: WireId, _: u32, level: Level) {
        Pins::set_alternate(&self.ports, self.pins, self.alternate, level.is_high());
    }
}

/// Where the chip has a block that the emulator does not: it reads as zeros, and each access is counted.
#[derive(Debug, Default)]
pub(super) struct Unmodelled(pub(super) Mutex<BTreeMap<u64, u64>>);

impl Unmodelled {
    fn count(&self, offset: u64, attributes: MemAttrs) {
        if !attributes.debug {
            let block = BLOCKS_START + offset / BLOCK_SIZE * BLOCK_SIZE;
            *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(block).or_default() += 1;
        }
    }
}

impl MemOps for Unmodelled {
    fn read(&self, offset: u64, bytes: &mut [u8], attributes: MemAttrs) -> MemResult {
        self.count(offset, attributes);
        bytes.fill(0);
        Ok(())
    }

    fn write(&self, offset: u64, _: &[u8], attributes: MemAttrs) -> MemResult {
        self.count(offset, attributes);
        Ok(())
    }

    fn constraints(&self) -> AccessConstraints {
        AccessConstraints::IO
    }
}

/// Gives an output of a block the wire that it drives.
type Connect = Box<dyn FnOnce(WireSource)>;

/// The blocks while they are put together: where they lie, and who drives which vector.
struct Assembly {
    ids: WireIdAllocator,
    clock: Arc<Clock>,
    counting: Vec<(Arc<Counting>, Counts)>,
    devices: Vec<Arc<dyn Device>>,
    mappings: Vec<Mapping>,
    vectors: BTreeMap<u16, Vec<Connect>>,
}

impl Assembly {
    /// Puts a block in its place.
    fn add(&mut self, address: u64, device: &Arc<dyn Device>, counts: Option<Counts>) {
        let counting = counts.map(|counts| {
            let counting = Arc::new(Counting::new(Arc::clone(device)));
            self.counting.push((Arc::clone(&counting), counts));
            counting
        });
        let region = device.region("").expect("a block has registers");
        self.mappings.push(Mapping::new(Watched::region(&region, counting.as_ref(), &self.clock), address));
        self.devices.push(Arc::clone(device));
    }

    /// Has a block's output drive a vector.
    fn interrupt(&mut self, device: &Arc<dyn Device>, port: &str, vector: u16) {
        let (device, port) = (Arc::clone(device), port.to_owned());
        let connect = move |source| device.connect(&port, source).expect("the block has this output");
        self.vectors.entry(vector).or_default().push(Box::new(connect));
    }

    /// A wire from an output of a block to an input of another.
    fn wire(&self, from: &Arc<dyn Device>, output: &str, to: &dyn Device, input: &str) {
        let id = self.ids.alloc();
        let sink = to.sink(input, &[id]).expect("the block has this input");
        let wire = Wire::builder().source(id).sink(sink.sink, sink.line).build_shared();
        from.connect(output, WireSource::new(wire, id)).expect("the block has this output");
    }

    fn timer(&mut self, wires: &'static TimerWires, ports: &[Arc<Gpio>]) {
        let properties = Props::new()
            .with("variant", wires.variant)
            .with("channels", wires.channels)
            .with("width", wires.bits);
        let timer = tim::Tim::new(&properties);
        let timer = timer.unwrap_or_else(|error| panic!("the emulator has TIM{}: {error}", wires.number));
        let timer: Arc<dyn Device> = Arc::new(timer);
        self.add(wires.address, &timer, Some(Counts::Output(wires.clock)));
        for (output, vector) in wires.interrupts {
            self.interrupt(&timer, output, *vector);
        }
        for (channel, pins) in wires.pins.iter().enumerate() {
            let id = self.ids.alloc();
            let output = Output { ports: ports.to_vec(), pins, alternate: wires.alternate };
            let wire = Wire::builder().source(id).sink(Arc::new(output), 0).build_shared();
            let connected = timer.connect(&format!("ch{}", channel + 1), WireSource::new(wire, id));
            connected.expect("a timer has its channels");
        }
    }
}

impl Chip {
    /// A chip whose flash holds an image, about to come out of its first reset.
    pub(crate) fn new(crystal_hz: u32, image: &Image) -> Chip {
        let clock = Arc::new(Clock::default());
        let mut parts = Assembly {
            ids: WireIdAllocator::new(),
            clock: Arc::clone(&clock),
            counting: Vec::new(),
            devices: Vec::new(),
            mappings: Vec::new(),
            vectors: BTreeMap::new(),
        };
        let ours = "the emulator has this block";
        let known = |what: &str| Props::new().with("variant", what);

        let syscfg: Arc<dyn Device> =
            Arc::new(syscfg::Syscfg::new(&known("f4").with("ports", PORTS as u64)).expect(ours));
        let pins = Pins::new(&parts.ids, syscfg.as_ref(), &clock);
        for (port, gpio) in pins.ports.iter().enumerate() {
            let gpio: Arc<dyn Device> = Arc::clone(gpio) as Arc<dyn Device>;
            parts.add(PORTS_START + BLOCK_SIZE * port as u64, &gpio, None);
        }
        let exti: Arc<dyn Device> =
            Arc::new(exti::Exti::new(&Props::new().with("lines", 23_u64)).expect(ours));
        for (line, vector) in EDGE_INTERRUPTS.into_iter().enumerate() {
            parts.wire(&syscfg, &format!("exti{line}"), exti.as_ref(), &format!("line{line}"));
            parts.interrupt(&exti, &format!("irq{line}"), vector);
        }
        parts.add(0x4001_3800, &syscfg, None);
        parts.add(0x4001_3c00, &exti, None);

        let rcc = Arc::new(Rcc::new(&known("f4").with("hse", u64::from(crystal_hz))).expect(ours));
        let clocks = rcc.clocks();
        let rcc: Arc<dyn Device> = rcc;
        let power: Arc<dyn Device> = Arc::new(pwr::Pwr::new(&known("f4")).expect(ours));
        parts.wire(&power, "dbp", rcc.as_ref(), "dbp");
        parts.add(0x4002_3800, &rcc, Some(Counts::Fixed(INTERNAL_HZ)));
        parts.add(0x4000_7000, &power, Some(Counts::Fixed(INTERNAL_HZ)));

        let mut firmware = vec![0xff; FLASH_SIZE as usize];
        for (offset, bytes) in &image.segments {
            firmware[*offset as usize..][..bytes.len()].copy_from_slice(bytes);
        }
        let properties =
            known("f4").with("size", u64::from(FLASH_SIZE)).with("image", Media::new("firmware", firmware));
        let flash: Arc<dyn Device> = Arc::new(flash::Flash::new(&properties).expect(ours));
        let array = flash.region("array").expect("a flash has what it holds");
        parts.mappings.push(Mapping::new(Arc::clone(&array), u64::from(FLASH_START)));
        parts.add(0x4002_3c00, &flash, Some(Counts::Fixed(INTERNAL_HZ)));
        parts.interrupt(&flash, "irq", 4);

        for wires in &TIMERS {
            parts.timer(wires, &pins.ports);
        }
        let bitten = Arc::new(Flag::default());
        let watchdog: Arc<dyn Device> =
            Arc::new(iwdg::Iwdg::new(&Props::new().with("window", false)).expect(ours));
        parts.add(0x4000_3000, &watchdog, Some(Counts::Fixed(SLOW_HZ)));
        let bite = parts.ids.alloc();
        let cause = rcc.sink("iwdgrst", &[bite]).expect("RCC knows who has reset the chip");
        let wire =
            Wire::builder().source(bite).sink(cause.sink, cause.line).sink(Arc::clone(&bitten) as _, 0);
        watchdog.connect("reset", WireSource::new(wire.build_shared(), bite)).expect("a watchdog resets");
        let asked = parts.ids.alloc();
        let cause = rcc.sink("sftrst", &[asked]).expect("RCC knows who has reset the chip");
        let wire = Wire::builder().source(asked).sink(cause.sink, cause.line);
        let software_reset = WireSource::new(wire.build_shared(), asked);

        let random: Arc<dyn Device> = Arc::new(rng::Rng::new(&Props::new().with("seed", 1_u64)).expect(ours));
        parts.add(0x5006_0800, &random, Some(Counts::Fixed(RANDOM_HZ)));
        parts.interrupt(&random, "irq", 80);
        let calendar: Arc<dyn Device> =
            Arc::new(rtc::Rtc::new(&Props::new().with("epoch", "2024-01-01T00:00:00")).expect(ours));
        parts.wire(&rcc, "rtcen", calendar.as_ref(), "rtcen");
        parts.wire(&rcc, "bdrst", calendar.as_ref(), "bdrst");
        parts.add(0x4000_2800, &calendar, Some(Counts::Fixed(CALENDAR_HZ)));
        let sums: Arc<dyn Device> = Arc::new(crc::Crc::new(&known("f4")).expect(ours));
        parts.add(0x4002_3000, &sums, None);
        let debug: Arc<dyn Device> = Arc::new(
            dbgmcu::Dbgmcu::new(&Props::new().with("dev-id", 0x413_u64).with("rev-id", 0x1000_u64))
                .expect(ours),
        );
        parts.add(0xe004_2000, &debug, None);

        let dma = [0, 1].map(|index| {
            let controller = Arc::new(Dma::new(&known("stream")).expect(ours));
            let device: Arc<dyn Device> = Arc::clone(&controller) as Arc<dyn Device>;
            parts.add(DMA_START + BLOCK_SIZE * index as u64, &device, None);
            for (stream, vector) in DMA_INTERRUPTS[index].into_iter().enumerate() {
                parts.interrupt(&device, &format!("irq{stream}"), vector);
            }
            controller
        });
        let uarts: Vec<Arc<Uart>> = UARTS.iter().map(|_| Uart::new(Arc::clone(&clock))).collect();
        for (wires, uart) in UARTS.iter().zip(&uarts) {
            parts.mappings.push(Mapping::new(uart.registers(), wires.address));
            let uart = Arc::clone(uart);
            let connect = move |source| uart.connect(source);
            parts.vectors.entry(wires.interrupt).or_default().push(Box::new(connect));
        }

        let ram = Arc::new(RamStore::new(RAM_SIZE.into()));
        let region = Arc::new(Region::ram("ram", Arc::clone(&ram)));
        parts.mappings.push(Mapping::new(region, u64::from(RAM_START)));
        let unmodelled = Arc::new(Unmodelled::default());
        let rest = Region::io("unmodelled", BLOCKS_SIZE, Arc::clone(&unmodelled) as Arc<dyn MemOps>);
        parts.mappings.push(Mapping::new(rest, BLOCKS_START).with_priority(-1));

        let core = Arc::new(ArmV7m::new(Config::CORTEX_M4F.with_priority_bits(4)));
        for (vector, drivers) in std::mem::take(&mut parts.vectors) {
            let sources: Vec<WireId> = drivers.iter().map(|_| parts.ids.alloc()).collect();
            let input = core.sink(&format!("irq{vector}"), &sources).expect("the core has this vector");
            let wire = Wire::builder().sources(&sources).sink(input.sink, input.line).build_shared();
            for (connect, id) in drivers.into_iter().zip(sources) {
                connect(WireSource::new(Arc::clone(&wire), id));
            }
        }

        // Only the core reaches the RAM that is coupled to it, and what lies at zero.
        let bus = space(&parts.mappings);
        let core_ram: RegionRef =
            Arc::new(Region::ram("core-ram", Arc::new(RamStore::new(CORE_RAM_SIZE.into()))));
        let own = [Mapping::new(core_ram, u64::from(CORE_RAM_START)), Mapping::new(array, 0)];
        let memory = space(&[parts.mappings.as_slice(), &own].concat());
        for controller in &dma {
            controller.attach_bus(&bus, RequesterId::ANONYMOUS);
        }
        core.attach_space(Arc::clone(&memory));

        let core_hz = clocks.rate(ClockOutput::HCLK);
        let mut chip = Chip {
            core,
            ram,
            clock,
            pins,
            uarts,
            space: memory,
            _bus: bus,
            generation: clocks.generation(),
            core_hz,
            drift: 0,
            time: Timebase::new(core_hz),
            clocks,
            counting: parts.counting,
            devices: parts.devices,
            dma,
            software_reset,
            bitten,
            unmodelled,
            cycle: 0,
            retired: 0,
            slept_picos: 0,
            woken_at: 0,
            stepped_at: 0,
            calls: Calls::default(),
            is_locked_up: false,
            due: 0,
        };
        chip.set_rates();
        chip
    }
}

fn space(mappings: &[Mapping]) -> Arc<AddressSpace> {
    let space = AddressSpace::new("memory", 32);
    let mut topology = space.topology();
    for mapping in mappings {
        topology.map_with(mapping.clone()).expect("the chip's memory map fits its address space");
    }
    drop(topology);
    Arc::new(space)
}
