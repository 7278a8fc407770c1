//! One STM32F407: a core, memory, blocks and the wires between them, which a cycle counter keeps together.
//!
//! The core and most blocks are rsemu's; what it puts them together with, its machines and their scheduler, is not used. Here
//! the core runs an instruction at a time, a block is brought up to date when it is looked at and at the cycle in which it does
//! something by itself, and clocks run at the rates that the firmware sets. So every edge has the cycle in which it happened.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rsemu::core::clock::Rational;
use rsemu::core::device::{Device, ResetKind};
use rsemu::core::props::{Media, Props};
use rsemu::core::space::{
    AccessConstraints, AddressSpace, Mapping, MemAttrs, MemOps, MemResult, RamStore, Region, RegionRef,
    RequesterId,
};
use rsemu::core::value::{Endian, Width};
use rsemu::core::wire::{Level, Wire, WireId, WireIdAllocator, WireSink, WireSource};
use rsemu::cpu::arm::v7m::{ArmV7m, Config, xpsr};
use rsemu::dev::stm32::dma::Dma;
use rsemu::dev::stm32::gpio::Gpio;
use rsemu::dev::stm32::rcc::{ClockOutput, Clocks, Rcc};
use rsemu::dev::stm32::{crc, dbgmcu, exti, flash, iwdg, pwr, rng, rtc, syscfg, tim};

use crate::calls::Calls;
use crate::clock::{Clock, Counting, Timebase, Watched};
use crate::image::Image;
use crate::pins::Pins;
use crate::uart::{Requests, Uart};
use crate::wires::{DMA_INTERRUPTS, EDGE_INTERRUPTS, PORTS, TIMERS, TimerWires, UARTS};

/// RM0090, 2.3 (memory map) and 3.3 (flash): the largest of the line.
pub(crate) const FLASH_START: u32 = 0x0800_0000;
pub(crate) const FLASH_SIZE: u32 = 0x10_0000;
pub(crate) const RAM_START: u32 = 0x2000_0000;
pub(crate) const RAM_SIZE: u32 = 0x2_0000;
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

/// The interpreter's least number of cycles for the way into a handler.
const LEAST_ENTRY: u64 = 12;

/// More would be a DMA controller that moves without being asked.
const MOST_BEATS: u32 = 64;

/// What a counting block counts.
#[derive(Clone, Copy, Debug)]
enum Counts {
    Output(ClockOutput),
    Fixed(u64),
}

/// The chip.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) core: Arc<ArmV7m>,
    pub(crate) ram: Arc<RamStore>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) pins: Pins,
    pub(crate) uarts: Vec<Arc<Uart>>,
    space: Arc<AddressSpace>,
    /// What a DMA controller sees; kept here, as it holds that weakly.
    _bus: Arc<AddressSpace>,
    clocks: Arc<Clocks>,
    generation: u64,
    core_hz: Rational,
    drift: i32,
    pub(crate) time: Timebase,
    counting: Vec<(Arc<Counting>, Counts)>,
    /// All but the core and the uarts, in the order in which they are reset.
    devices: Vec<Arc<dyn Device>>,
    dma: [Arc<Dma>; 2],
    software_reset: WireSource,
    bitten: Arc<Flag>,
    unmodelled: Arc<Unmodelled>,
    /// Cycles since the start of the run.
    pub(crate) cycle: u64,
    pub(crate) retired: u64,
    /// How long the core has slept, in picoseconds.
    pub(crate) slept_picos: u64,
    /// When the core was woken last, in nanoseconds.
    pub(crate) woken_at: u64,
    /// Where the core was when it began its last step.
    pub(crate) stepped_at: u32,
    /// Who polls at present.
    pub(crate) calls: Calls,
    /// Whether the core has given up until the next reset.
    pub(crate) is_locked_up: bool,
    /// When something is to happen that the core does not do.
    due: u64,
}

/// Why the core has stopped in the middle of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// So many instructions were enough, or it sleeps, or its time is over.
    Round,
    /// Something happened that the world must hear of.
    Stirred,
    /// It has entered the handler of a HardFault.
    Fault,
}

#[derive(Debug, Default)]
struct Flag(AtomicBool);

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
struct Unmodelled(Mutex<BTreeMap<u64, u64>>);

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

    /// Now, in nanoseconds.
    pub(crate) fn now(&self) -> u64 {
        self.time.nanos(self.cycle)
    }

    /// Runs a round: until a cycle, or so many instructions, or until something happens. `appointment` is the cycle of what the
    /// world does next.
    pub(crate) fn round(&mut self, until: u64, appointment: u64, most: u32) -> Stop {
        let limit = until.min(appointment);
        let mut asleep = false;
        let mut stands_at = None;
        for _ in 0..most {
            if self.clock.take_stirred() {
                self.settle();
                return Stop::Stirred;
            }
            if self.cycle >= self.due {
                self.catch_up();
                self.clock.stir();
                continue;
            }
            if self.cycle >= limit {
                break;
            }
            if self.is_locked_up {
                self.cycle = limit.min(self.due);
                continue;
            }
            self.clock.set(self.cycle);
            let before = self.core.regs();
            self.stepped_at = before.r[15];
            if self.calls.begins_at(self.stepped_at) {
                self.calls.enter(self.stepped_at, before.msp);
            }
            let used = self.core.step();
            self.cycle += used;
            self.retired += 1;
            if used >= LEAST_ENTRY && before.xpsr & xpsr::IT_MASK != 0 {
                self.keep_conditions(before.xpsr);
            }
            // What stands still does so until something comes: a core that waits, or a branch to itself. Once more it is
            // asked whether something has come already.
            let was_asleep = std::mem::replace(&mut asleep, used == 1 && self.core.is_asleep());
            if asleep && was_asleep && !self.ticks_by_itself() {
                self.sleep(limit);
                return Stop::Round;
            }
            let stood_at = std::mem::replace(&mut stands_at, (used == 3).then(|| self.core.pc()));
            if stands_at.is_some()
                && stands_at == stood_at
                && !self.clock.is_stirred()
                && !self.ticks_by_itself()
            {
                let rounds = limit.min(self.due).saturating_sub(self.cycle) / used;
                self.cycle += rounds * used;
                self.retired += rounds;
            }
            if used >= LEAST_ENTRY && self.is_new_fault() {
                return Stop::Fault;
            }
        }
        Stop::Round
    }

    /// An interrupt in the middle of an IT block: what of the block is still to be decided is pushed with the flags (Arm DDI 0403E,
    /// B1.5.6). rsemu 0.0.7 pushes the flags without it, so that the rest of the block would be executed whatever its condition is.
    fn keep_conditions(&self, before: u32) {
        const PUSHED_FLAGS: u32 = 0x1c;
        if u32::from(self.core.current_exception().0) == before & xpsr::EXCEPTION {
            return;
        }
        let place = u64::from(self.core.msp().wrapping_add(PUSHED_FLAGS).wrapping_sub(RAM_START));
        if let Ok(flags) = self.ram.read_value(place, Width::U32, Endian::Little) {
            let flags = flags | u64::from(before & xpsr::IT_MASK);
            // It was just read there.
            let _ = self.ram.write_value(place, Width::U32, flags, Endian::Little);
        }
    }

    fn sleep(&mut self, limit: u64) {
        let end = limit.min(self.due).max(self.cycle);
        self.slept_picos += self.time.picos(end) - self.time.picos(self.cycle);
        self.cycle = end;
        self.woken_at = self.time.nanos(end);
        self.clock.set(end);
    }

    /// Whether the core's own timer counts, which nobody else knows of.
    fn ticks_by_itself(&self) -> bool {
        self.core.with_sys(|registers| registers.syst_csr) & 1 != 0
    }

    /// Whether the instruction that took so long was the way into the handler of a HardFault.
    fn is_new_fault(&self) -> bool {
        use rsemu::cpu::arm::v7m::sys::Exception;
        self.core.current_exception() == Exception::HARD_FAULT
            && self.core.with_sys(|registers| registers.hfsr) != 0
    }

    /// Lets what counts by itself do what is due.
    fn catch_up(&mut self) {
        self.clock.set(self.cycle);
        for (counting, _) in &self.counting {
            if counting.next().is_some_and(|next| next <= self.cycle) {
                counting.catch_up(self.cycle);
            }
        }
    }

    /// Draws the consequences of what has happened: clocks, DMA, and what comes next.
    fn settle(&mut self) {
        if self.clocks.generation() != self.generation {
            self.generation = self.clocks.generation();
            let hz = self.clocks.rate(ClockOutput::HCLK);
            // While the firmware switches between oscillators there may be none for a moment.
            if !hz.is_zero() {
                self.core_hz = hz;
                self.time = self.time.changed(self.cycle, hz, self.drift);
                self.set_rates();
            }
        }
        self.transfer();
        let counting = self.counting.iter().filter_map(|(counting, _)| counting.next());
        let uarts = self.uarts.iter().filter_map(|uart| uart.next());
        self.due = counting.chain(uarts).min().unwrap_or(u64::MAX);
    }

    fn set_rates(&mut self) {
        for (counting, counts) in &self.counting {
            let hz = match counts {
                Counts::Output(output) => self.clocks.rate(*output),
                Counts::Fixed(hz) => Rational::integer(*hz),
            };
            counting.rate(self.cycle, hz, self.core_hz);
        }
        for (wires, uart) in UARTS.iter().zip(&self.uarts) {
            let hz = self.clocks.rate(wires.clock);
            if !hz.is_zero() {
                let cycles = u128::from(self.core_hz.num()) * u128::from(hz.den());
                uart.rate(cycles, u128::from(self.core_hz.den()) * u128::from(hz.num()));
            }
        }
        self.clock.stir();
    }

    /// Moves what uarts ask DMA for, item by item, as each one changes what is asked for.
    fn transfer(&self) {
        for _ in 0..MOST_BEATS {
            for (wires, uart) in UARTS.iter().zip(&self.uarts) {
                let Requests { transmit, receive } = uart.requests();
                for (asks, cells) in [(transmit, wires.tx_dma), (receive, wires.rx_dma)] {
                    for (controller, stream, channel) in cells {
                        self.dma[*controller].set_selected_request(*stream, *channel, Level::from_bool(asks));
                    }
                }
            }
            if self.dma.iter().all(|controller| controller.pump(1) == 0) {
                return;
            }
        }
    }

    /// Bytes whose frames have left by now, with the cycle in which each did: uart by its place, byte.
    pub(crate) fn take_sent(&self) -> Vec<(usize, u64, u8)> {
        let mut sent = Vec::new();
        for (place, uart) in self.uarts.iter().enumerate() {
            if uart.next().is_some_and(|next| next <= self.cycle) {
                self.clock.stir();
                sent.extend(uart.catch_up(self.cycle).map(|(cycle, byte)| (place, cycle, byte)));
            }
        }
        sent
    }

    /// Lets the chip's clocks run faster than the world's, in parts per million.
    pub(crate) fn drift(&mut self, drift: i32) {
        self.drift = drift;
        self.time = self.time.changed(self.cycle, self.core_hz, drift);
    }

    /// Cycles of the core in a bit at a rate.
    pub(crate) fn bit(&self, baud: u32) -> u128 {
        u128::from(self.core_hz.num()) / (u128::from(self.core_hz.den()) * u128::from(baud))
    }

    /// Whether the watchdog has bitten since the last time.
    pub(crate) fn take_bite(&self) -> bool {
        self.bitten.0.swap(false, Ordering::Relaxed)
    }

    /// Begins anew. What was in the RAM is lost only where the supply was.
    pub(crate) fn reset(&mut self, kind: ResetKind, is_asked_for: bool) {
        if is_asked_for {
            self.software_reset.pulse(Level::High);
        }
        for device in &self.devices {
            device.reset(kind);
        }
        for uart in &self.uarts {
            uart.reset();
        }
        // The interrupt controller is a part of the core, which forgets it only so.
        self.core.reset(ResetKind::Cold);
        if kind == ResetKind::Cold {
            self.ram.fill(0, RAM_SIZE.into(), 0).expect("the RAM has its size");
        }
        self.woken_at = self.now();
        self.is_locked_up = false;
        self.calls.forget();
        self.clock.stir();
    }

    /// What lies in the RAM.
    pub(crate) fn ram_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; RAM_SIZE as usize];
        self.ram.read_at(0, &mut bytes).expect("the RAM has its size");
        bytes
    }

    /// A word of memory as a debugger sees it.
    pub(crate) fn peek(&self, address: u32) -> Option<u32> {
        self.space.read(address.into(), Width::U32, MemAttrs::DEBUG).ok().map(|word| word as u32)
    }

    /// What of the chip was touched that the emulator does not have, and how often.
    pub(crate) fn unmodelled(&self) -> BTreeMap<String, u64> {
        let counts = self.unmodelled.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(block, count)| (format!("0x{block:08x}"), *count)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_in_the_middle_of_conditions_leaves_them_as_they_were() {
        let mut flash = vec![0; 0x204];
        let mut place = |at: usize, halves: &[u16]| {
            for (index, half) in halves.iter().enumerate() {
                flash[at + 2 * index..][..2].copy_from_slice(&half.to_le_bytes());
            }
        };
        // The stack, the first instruction, and the handler of interrupt 0, which returns at once.
        place(0, &[0, 0x2002, 0x101, 0x0800]);
        place(0x40, &[0x201, 0x0800]);
        place(0x200, &[0x4770]);
        place(
            0x100,
            &[
                0xf24e, 0x1000, 0xf2ce, 0x0000, // movw, movt r0, 0xe000e100: NVIC_ISER0
                0x2101, 0x6001, // movs r1, 1; str r1, [r0]
                0xf24e, 0x2000, 0xf2ce, 0x0000, // movw, movt r0, 0xe000e200: NVIC_ISPR0
                0x2300, 0x4289, // movs r3, 0; cmp r1, r1
                0xbf0c, 0x6001, 0x2301, // ite eq; streq r1, [r0]; movne r3, 1
                0x2207, 0xe7fe, // movs r2, 7; b .
            ],
        );
        let image = Image { segments: vec![(0, flash)], ..Image::default() };
        let mut chip = Chip::new(8_000_000, &image);
        for _ in 0..4 {
            chip.round(1_000, 1_000, 100);
        }
        let regs = chip.core.regs();
        assert_eq!((regs.r[2], regs.r[15]), (7, 0x0800_0120), "it has come to its end");
        assert_eq!(chip.peek(0x2001_fff8).map(|pc| pc & !1), Some(0x0800_011c), "by way of the handler");
        assert_eq!(regs.r[3], 0, "the second of the two was not to be executed");
    }
}
