//! The wires inside of the chip: which pin can be whose, which interrupt and which DMA request is whose.
//!
//! All of it is RM0090's (table 62 for the vectors, tables 42 and 43 for DMA requests) and DS8626's (table 9 for the
//! alternate functions), as stm32-metapac 21.0.0 has it for the STM32F407VG (`src/chips/metadata_0180.rs`). fwc's own tables
//! of the chip are generated from the same source, and a test compares them.

use rsemu::dev::stm32::rcc::ClockOutput;

/// Ports that exist, A to I, whatever of them the package has.
pub(crate) const PORTS: usize = 9;
pub(crate) const PINS_OF_A_PORT: usize = 16;
pub(crate) const PIN_COUNT: usize = PORTS * PINS_OF_A_PORT;

/// A uart: its number in its name, registers, vector, and what it may be connected to.
pub(crate) struct UartWires {
    pub(crate) number: u8,
    pub(crate) address: u64,
    pub(crate) interrupt: u16,
    pub(crate) clock: ClockOutput,
    pub(crate) alternate: u8,
    pub(crate) tx: &'static [u8],
    pub(crate) rx: &'static [u8],
    pub(crate) tx_dma: &'static [Request],
    pub(crate) rx_dma: &'static [Request],
}

/// A cell of the DMA request tables: controller (0 or 1), stream, channel.
pub(crate) type Request = (usize, usize, u8);

const fn pin(port: u8, number: u8) -> u8 {
    (port - b'A') * 16 + number
}

pub(crate) const UARTS: [UartWires; 6] = [
    UartWires {
        number: 1,
        address: 0x4001_1000,
        interrupt: 37,
        clock: ClockOutput::PCLK2,
        alternate: 7,
        tx: &[pin(b'A', 9), pin(b'B', 6)],
        rx: &[pin(b'A', 10), pin(b'B', 7)],
        tx_dma: &[(1, 7, 4)],
        rx_dma: &[(1, 2, 4), (1, 5, 4)],
    },
    UartWires {
        number: 2,
        address: 0x4000_4400,
        interrupt: 38,
        clock: ClockOutput::PCLK1,
        alternate: 7,
        tx: &[pin(b'A', 2), pin(b'D', 5)],
        rx: &[pin(b'A', 3), pin(b'D', 6)],
        tx_dma: &[(0, 6, 4)],
        rx_dma: &[(0, 5, 4)],
    },
    UartWires {
        number: 3,
        address: 0x4000_4800,
        interrupt: 39,
        clock: ClockOutput::PCLK1,
        alternate: 7,
        tx: &[pin(b'B', 10), pin(b'C', 10), pin(b'D', 8)],
        rx: &[pin(b'B', 11), pin(b'C', 11), pin(b'D', 9)],
        tx_dma: &[(0, 3, 4), (0, 4, 7)],
        rx_dma: &[(0, 1, 4)],
    },
    UartWires {
        number: 4,
        address: 0x4000_4c00,
        interrupt: 52,
        clock: ClockOutput::PCLK1,
        alternate: 8,
        tx: &[pin(b'A', 0), pin(b'C', 10)],
        rx: &[pin(b'A', 1), pin(b'C', 11)],
        tx_dma: &[(0, 4, 4)],
        rx_dma: &[(0, 2, 4)],
    },
    UartWires {
        number: 5,
        address: 0x4000_5000,
        interrupt: 53,
        clock: ClockOutput::PCLK1,
        alternate: 8,
        tx: &[pin(b'C', 12)],
        rx: &[pin(b'D', 2)],
        tx_dma: &[(0, 7, 4)],
        rx_dma: &[(0, 0, 4)],
    },
    UartWires {
        number: 6,
        address: 0x4001_1400,
        interrupt: 71,
        clock: ClockOutput::PCLK2,
        alternate: 8,
        tx: &[pin(b'C', 6)],
        rx: &[pin(b'C', 7)],
        tx_dma: &[(1, 6, 5), (1, 7, 5)],
        rx_dma: &[(1, 1, 5), (1, 2, 5)],
    },
];

/// A timer: its number in its name, registers, clock, and what of the block it has.
pub(crate) struct TimerWires {
    pub(crate) number: u8,
    pub(crate) address: u64,
    pub(crate) clock: ClockOutput,
    pub(crate) variant: &'static str,
    pub(crate) channels: u64,
    pub(crate) bits: u64,
    /// Its outputs to vectors, each with the number of one.
    pub(crate) interrupts: &'static [(&'static str, u16)],
    pub(crate) alternate: u8,
    /// The pins of each channel.
    pub(crate) pins: &'static [&'static [u8]],
}

const APB1: u64 = 0x4000_0000;
const APB2: u64 = 0x4001_0000;

#[expect(clippy::too_many_arguments, reason = "the columns of a table")]
const fn timer(
    number: u8,
    address: u64,
    clock: ClockOutput,
    variant: &'static str,
    channels: u64,
    bits: u64,
    interrupts: &'static [(&'static str, u16)],
    alternate: u8,
    pins: &'static [&'static [u8]],
) -> TimerWires {
    TimerWires { number, address, clock, variant, channels, bits, interrupts, alternate, pins }
}

const TIM1_PINS: &[&[u8]] = &[
    &[pin(b'A', 8), pin(b'E', 9)],
    &[pin(b'A', 9), pin(b'E', 11)],
    &[pin(b'A', 10), pin(b'E', 13)],
    &[pin(b'A', 11), pin(b'E', 14)],
];
const TIM2_PINS: &[&[u8]] = &[
    &[pin(b'A', 0), pin(b'A', 5), pin(b'A', 15)],
    &[pin(b'A', 1), pin(b'B', 3)],
    &[pin(b'A', 2), pin(b'B', 10)],
    &[pin(b'A', 3), pin(b'B', 11)],
];
const TIM3_PINS: &[&[u8]] = &[
    &[pin(b'A', 6), pin(b'B', 4), pin(b'C', 6)],
    &[pin(b'A', 7), pin(b'B', 5), pin(b'C', 7)],
    &[pin(b'B', 0), pin(b'C', 8)],
    &[pin(b'B', 1), pin(b'C', 9)],
];
const TIM4_PINS: &[&[u8]] = &[
    &[pin(b'B', 6), pin(b'D', 12)],
    &[pin(b'B', 7), pin(b'D', 13)],
    &[pin(b'B', 8), pin(b'D', 14)],
    &[pin(b'B', 9), pin(b'D', 15)],
];
const TIM5_PINS: &[&[u8]] = &[&[pin(b'A', 0)], &[pin(b'A', 1)], &[pin(b'A', 2)], &[pin(b'A', 3)]];
const TIM8_PINS: &[&[u8]] = &[&[pin(b'C', 6)], &[pin(b'C', 7)], &[pin(b'C', 8)], &[pin(b'C', 9)]];
const TIM9_PINS: &[&[u8]] = &[&[pin(b'A', 2), pin(b'E', 5)], &[pin(b'A', 3), pin(b'E', 6)]];
const TIM12_PINS: &[&[u8]] = &[&[pin(b'B', 14)], &[pin(b'B', 15)]];

const ONE: ClockOutput = ClockOutput::TIMCLK1;
const TWO: ClockOutput = ClockOutput::TIMCLK2;

pub(crate) const TIMERS: [TimerWires; 14] = [
    timer(1, APB2, TWO, "advanced", 4, 16, &[("irq-up", 25), ("irq-trg", 26), ("irq-cc", 27)], 1, TIM1_PINS),
    timer(2, APB1, ONE, "general", 4, 32, &[("irq", 28)], 1, TIM2_PINS),
    timer(3, APB1 + 0x400, ONE, "general", 4, 16, &[("irq", 29)], 2, TIM3_PINS),
    timer(4, APB1 + 0x800, ONE, "general", 4, 16, &[("irq", 30)], 2, TIM4_PINS),
    timer(5, APB1 + 0xc00, ONE, "general", 4, 32, &[("irq", 50)], 2, TIM5_PINS),
    timer(6, APB1 + 0x1000, ONE, "basic", 0, 16, &[("irq", 54)], 0, &[]),
    timer(7, APB1 + 0x1400, ONE, "basic", 0, 16, &[("irq", 55)], 0, &[]),
    timer(
        8,
        APB2 + 0x400,
        TWO,
        "advanced",
        4,
        16,
        &[("irq-up", 44), ("irq-trg", 45), ("irq-cc", 46)],
        3,
        TIM8_PINS,
    ),
    timer(9, APB2 + 0x4000, TWO, "general", 2, 16, &[("irq", 24)], 3, TIM9_PINS),
    timer(10, APB2 + 0x4400, TWO, "general", 1, 16, &[("irq", 25)], 3, &[&[pin(b'B', 8)]]),
    timer(11, APB2 + 0x4800, TWO, "general", 1, 16, &[("irq", 26)], 3, &[&[pin(b'B', 9)]]),
    timer(12, APB1 + 0x1800, ONE, "general", 2, 16, &[("irq", 43)], 9, TIM12_PINS),
    timer(13, APB1 + 0x1c00, ONE, "general", 1, 16, &[("irq", 44)], 9, &[&[pin(b'A', 6)]]),
    timer(14, APB1 + 0x2000, ONE, "general", 1, 16, &[("irq", 45)], 9, &[&[pin(b'A', 7)]]),
];

/// The vector of each of EXTI's first sixteen lines.
pub(crate) const EDGE_INTERRUPTS: [u16; 16] = [6, 7, 8, 9, 10, 23, 23, 23, 23, 23, 40, 40, 40, 40, 40, 40];

/// The vector of each stream of the two DMA controllers.
pub(crate) const DMA_INTERRUPTS: [[u16; 8]; 2] =
    [[11, 12, 13, 14, 15, 16, 17, 47], [56, 57, 58, 59, 60, 68, 69, 70]];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fwc_core::catalog::{Chip, chip};
    use fwc_schema::chip::Signal;

    use super::*;

    fn pins_of(chip: &Chip, block: &str, signal: Signal) -> BTreeSet<u8> {
        let carries = |pin: &&fwc_core::catalog::Pin| {
            let mut functions = pin.functions.iter();
            functions.any(|function| function.signal == signal && chip.block(function.block).name == block)
        };
        chip.pins.iter().filter(carries).map(|pin| pin.number as u8).collect()
    }

    fn set(pins: &[u8]) -> BTreeSet<u8> {
        pins.iter().copied().collect()
    }

    fn vector(chip: &Chip, name: &str) -> u16 {
        let found = chip.interrupts.iter().find(|interrupt| interrupt.name == name);
        found.unwrap_or_else(|| panic!("the chip has the vector {name}")).number
    }

    /// The channels that can serve a request of a uart.
    fn serving(chip: &Chip, request: &str) -> BTreeSet<(usize, usize)> {
        let serves = |channel: &&fwc_core::catalog::DmaChannel| {
            channel.serves.as_ref().is_some_and(|requests| requests.iter().any(|other| other == request))
        };
        let place = |name: &str| {
            let (controller, stream) = name.strip_prefix("DMA")?.split_once("_CH")?;
            Some((controller.parse::<usize>().ok()? - 1, stream.parse().ok()?))
        };
        let channels = chip.dma_channels.iter().filter(serves);
        channels.map(|channel| place(&channel.name).expect("a stream's name has its numbers")).collect()
    }

    #[test]
    fn uarts_are_wired_as_the_tables_of_the_chip_have_it() {
        let chip = chip("stm32f407vg").expect("it is bundled");
        for uart in &UARTS {
            let name =
                format!("{}{}", if matches!(uart.number, 4 | 5) { "UART" } else { "USART" }, uart.number);
            assert_eq!(set(uart.tx), pins_of(&chip, &name, Signal::Tx), "{name}");
            assert_eq!(set(uart.rx), pins_of(&chip, &name, Signal::Rx), "{name}");
            assert_eq!(uart.interrupt, vector(&chip, &name), "{name}");
            for (cells, way) in [(uart.tx_dma, "TX"), (uart.rx_dma, "RX")] {
                let cells: BTreeSet<(usize, usize)> =
                    cells.iter().map(|(dma, stream, _)| (*dma, *stream)).collect();
                assert_eq!(cells, serving(&chip, &format!("{name}_{way}")), "{name} {way}");
            }
        }
    }

    #[test]
    fn timers_and_edges_are_wired_as_the_tables_of_the_chip_have_it() {
        let chip = chip("stm32f407vg").expect("it is bundled");
        for timer in &TIMERS {
            let name = format!("TIM{}", timer.number);
            for (index, pins) in timer.pins.iter().enumerate() {
                let channel = Signal::Channel(index as u8 + 1);
                assert_eq!(set(pins), pins_of(&chip, &name, channel), "{name} {channel}");
            }
        }
        let edges: Vec<u16> = chip.edges.iter().map(|id| chip.interrupt(*id).number).collect();
        assert_eq!(edges, EDGE_INTERRUPTS);
        for (controller, vectors) in DMA_INTERRUPTS.iter().enumerate() {
            for (stream, number) in vectors.iter().enumerate() {
                assert_eq!(*number, vector(&chip, &format!("DMA{}_STREAM{stream}", controller + 1)));
            }
        }
        for (name, timer, output) in [
            ("TIM8_BRK_TIM12", 12, "irq"),
            ("TIM1_BRK_TIM9", 9, "irq"),
            ("TIM4", 4, "irq"),
            ("TIM3", 3, "irq"),
            ("TIM5", 5, "irq"),
            ("TIM2", 2, "irq"),
        ] {
            let wires = TIMERS.iter().find(|wires| wires.number == timer).expect("it is there");
            assert_eq!(wires.interrupts, [(output, vector(&chip, name))], "what counts time");
        }
    }
}
