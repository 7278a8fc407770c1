//! Which blocks of an STM32 fwc knows, what it calls their signals, and which it leaves out.

use fwc_schema::chip::{BlockKind, Signal};

use super::DUAL_CORE_H7;
use super::metadata::{DmaChannel, DmaRequest, Metadata, Peripheral};

/// Blocks that are left out on some lines.
///
/// Zephyr, include/zephyr/dt-bindings/adc/stm32h7_adc.h and drivers/adc/adc_stm32.c: the third converter of an STM32H72x or H73x
/// has 12 bits, its resolution elsewhere in the register and no flag of its regulator; embassy-stm32 0.6.0, src/adc/v4.rs, takes
/// it for one of 16 bits. The second watchdog of an STM32H745 or H747 is the second core's (RM0399, IWDG).
const LEFT_OUT: &[(&str, &[&str])] =
    &[("ADC3", &["STM32H723/733", "STM32H725/735", "STM32H730 Value line"]), ("IWDG2", DUAL_CORE_H7)];

/// Which of a chip's blocks fwc knows, and what it calls their signals.
pub(super) struct Known {
    /// The name of their registers.
    registers: &'static str,
    /// How the blocks' names begin, one of these.
    names: &'static [&'static str],
    pub(super) kind: BlockKind,
    /// The metadata's name of a signal, and ours.
    signals: &'static [(&'static str, Signal)],
    /// The metadata's names of the vectors that the driver binds.
    pub(super) interrupts: &'static [&'static str],
    /// The metadata's names of the DMA requests that send and receive.
    pub(super) dma: [Option<&'static str>; 2],
}

/// A low-power uart divides its clock otherwise, so none is among these.
const KNOWN: &[Known] = &[
    Known {
        registers: "usart",
        names: &["USART", "UART"],
        kind: BlockKind::Uart,
        signals: &[("TX", Signal::Tx), ("RX", Signal::Rx), ("CTS", Signal::Cts), ("RTS", Signal::Rts)],
        interrupts: &["GLOBAL"],
        dma: [Some("TX"), Some("RX")],
    },
    Known {
        registers: "i2c",
        names: &["I2C"],
        kind: BlockKind::I2c,
        signals: &[("SDA", Signal::Sda), ("SCL", Signal::Scl)],
        interrupts: &["EV", "ER"],
        dma: [Some("TX"), Some("RX")],
    },
    Known {
        registers: "spi",
        names: &["SPI"],
        kind: BlockKind::Spi,
        signals: &[("SCK", Signal::Sck), ("MOSI", Signal::Mosi), ("MISO", Signal::Miso)],
        interrupts: &[],
        dma: [Some("TX"), Some("RX")],
    },
    Known {
        registers: "timer",
        names: &["TIM"],
        kind: BlockKind::Pwm,
        signals: &[
            ("CH1", Signal::Channel(1)),
            ("CH2", Signal::Channel(2)),
            ("CH3", Signal::Channel(3)),
            ("CH4", Signal::Channel(4)),
        ],
        interrupts: &[],
        dma: [None, None],
    },
    Known {
        registers: "adc",
        names: &["ADC"],
        kind: BlockKind::Adc,
        // They have the channels' numbers; see `Known::signal`.
        signals: &[],
        interrupts: &[],
        dma: [None, None],
    },
    Known {
        registers: "otg",
        names: &["USB_OTG_FS", "USB_OTG_HS"],
        kind: BlockKind::Usb,
        signals: &[("DP", Signal::Dp), ("DM", Signal::Dm)],
        interrupts: &["GLOBAL"],
        dma: [None, None],
    },
    // Of its three vectors the HAL's driver takes the one for what can wait.
    Known {
        registers: "usb",
        names: &["USB"],
        kind: BlockKind::Usb,
        signals: &[("DP", Signal::Dp), ("DM", Signal::Dm)],
        interrupts: &["LP"],
        dma: [None, None],
    },
    Known {
        registers: "iwdg",
        names: &["IWDG"],
        kind: BlockKind::Watchdog,
        signals: &[],
        interrupts: &[],
        dma: [None, None],
    },
];

impl Known {
    fn of(peripheral: &Peripheral) -> Option<&'static Known> {
        KNOWN.iter().find(|known| {
            peripheral.kind() == Some(known.registers)
                && known.names.iter().any(|name| peripheral.name.starts_with(name))
                && !peripheral.only_counts()
        })
    }

    /// What we call a signal.
    pub(super) fn signal(&self, name: &str) -> Option<Signal> {
        if self.kind == BlockKind::Adc {
            // On later converters an input is one of a pair: `INP3` is the one that is measured against ground.
            let digits = name.strip_prefix("INP").or_else(|| name.strip_prefix("IN"))?;
            return digits.parse().ok().map(Signal::In);
        }
        self.signals.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
    }
}

/// The blocks that are known, as the metadata has them. One whose driver moves its bytes by DMA is left out where only a
/// controller that is [`out_of_reach`] could do it.
pub(super) fn known(data: &Metadata) -> impl Iterator<Item = (&Peripheral, &'static Known)> {
    let has_full_speed = data.peripherals.iter().any(|peripheral| peripheral.name == "USB_OTG_FS");
    let left_out = move |peripheral: &Peripheral| {
        let by_line = LEFT_OUT
            .iter()
            .any(|(name, lines)| peripheral.name == *name && lines.contains(&data.line.as_str()));
        // Of two controllers an app has the slower one. One alone is driven where it has the lines of the slower one, as on some
        // lines of the STM32H7.
        let is_second = peripheral.name == "USB_OTG_HS" && (has_full_speed || data.family != "STM32H7");
        by_line || is_second
    };
    let driven = data.peripherals.iter().filter(move |peripheral| !left_out(peripheral));
    let known = driven.filter_map(|peripheral| Some((peripheral, Known::of(peripheral)?)));
    known.filter(|(peripheral, known)| {
        let mut requests = peripheral
            .dma_channels
            .iter()
            .filter(|request| known.dma.iter().flatten().any(|signal| *signal == request.signal));
        let able = |request: &DmaRequest| {
            data.dma_channels
                .iter()
                .any(|channel| !out_of_reach(data, &channel.dma) && wired(request, channel))
        };
        requests.clone().next().is_none() || requests.any(able)
    })
}

/// Whether a DMA controller cannot get at the memory that firmware has its data in.
///
/// RM0433, section 2.1: the BDMA of an STM32H7 reaches the memory of its own domain only, which is the smallest; its
/// MDMA serves no uart, SPI or I2C. RM0456, section 2.1: the LPDMA of an STM32U5 reaches
/// SRAM4 only, which is small as well.
pub(super) fn out_of_reach(data: &Metadata, dma: &str) -> bool {
    match data.family.as_str() {
        "STM32H7" => dma.starts_with("BDMA") || dma.starts_with("MDMA"),
        "STM32U5" => dma.starts_with("LPDMA"),
        _ => false,
    }
}

/// Whether a request can be served by a channel.
pub(super) fn wired(request: &DmaRequest, channel: &DmaChannel) -> bool {
    request.channel.as_ref() == Some(&channel.name)
        || (request.dmamux.is_some() && request.dmamux == channel.dmamux)
        || request.dma.as_ref() == Some(&channel.dma)
}
