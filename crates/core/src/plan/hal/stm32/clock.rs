//! The clocks of an STM32 as embassy-stm32 is told of them, which differs from one generation of the RCC to another.

use fwc_schema::app::CoreSupply;
use fwc_schema::chip::{BusPllClocks, ClockModel, ClockSwitch, ClockTree, LimitationKind, UsbClock};

use crate::plan::expression::grouped;
use crate::plan::hal::stm32::adc;
use crate::resolved::{BusPllSetting, BusPllSolution, ClockSolution, ClockSource, Resolved};

/// The body of `board::config`.
pub(in crate::plan::hal) fn code(resolved: &Resolved) -> Vec<String> {
    let (ClockModel::BusPll(clocks), Some(ClockSolution::BusPll(made))) =
        (&resolved.app.board.chip.clocks, &resolved.clock)
    else {
        unreachable!("an STM32's clocks are a PLL and buses, and always solved")
    };
    let mut code = vec!["let mut config = embassy_stm32::Config::default();".to_string()];
    code.extend(source(clocks, made));
    match clocks.tree {
        ClockTree::F247 => code.extend(f247(made)),
        ClockTree::PllR => code.extend(pll_r(clocks, resolved.core_hz, made)),
        ClockTree::MsiPllR => code.extend(msi_pll_r(clocks, resolved, made)),
        ClockTree::U3 => code.extend(u3(made)),
        ClockTree::U5 => code.extend(u5(resolved, made)),
        ClockTree::Wba => code.extend(wba(resolved, made)),
        ClockTree::C0 => code.extend(c0(made)),
        ClockTree::PllDiv => code.extend(pll_div(resolved, made)),
        ClockTree::F013 => code.extend(f013(made)),
        ClockTree::H7 => code.extend(h7(resolved, made, &[], |scale| format!("Scale{scale}"))),
        ClockTree::H7rs => code.extend(h7(resolved, made, &["divs", "divt"], voltage_of_h7rs)),
    }
    code.extend(buses(clocks, made));
    code.extend(usb(resolved));
    code.extend(adc::clock(resolved));
    code.extend(debug_port(resolved));
    code.push("config".to_string());
    code
}

/// The crystal, or the clock in its place.
fn source(clocks: &BusPllClocks, made: &BusPllSolution) -> Vec<String> {
    let mode = match made.source {
        ClockSource::Internal => return Vec::new(),
        ClockSource::Crystal => "Oscillator",
        ClockSource::ClockInput => "Bypass",
    };
    let mut code = vec!["config.rcc.hse = Some(rcc::Hse {".to_string()];
    // The STM32WBA's crystal has one frequency, which the HAL knows.
    if clocks.tree != ClockTree::Wba {
        code.push(format!("    freq: Hertz({}),", grouped(made.source_hz.into())));
        code.push(format!("    mode: rcc::HseMode::{mode},"));
    }
    if clocks.divided_source {
        code.push("    prescaler: rcc::HsePrescaler::DIV1,".to_string());
    }
    code.push("});".to_string());
    code
}

/// The HAL's word for what the clocks start from.
fn source_word(made: &BusPllSolution) -> &'static str {
    match made.source {
        ClockSource::Internal => "HSI",
        ClockSource::Crystal | ClockSource::ClockInput => "HSE",
    }
}

/// embassy-stm32 0.6.0, src/rcc/f247.rs.
fn f247(made: &BusPllSolution) -> Vec<String> {
    let source = source_word(made);
    let Some(BusPllSetting { prediv, mul, div, usb_div }) = made.pll else {
        return vec![format!("config.rcc.sys = rcc::Sysclk::{source};")];
    };
    vec![
        format!("config.rcc.pll_src = rcc::PllSource::{source};"),
        "config.rcc.pll = Some(rcc::Pll {".to_string(),
        format!("    prediv: rcc::PllPreDiv::DIV{prediv},"),
        format!("    mul: rcc::PllMul::MUL{mul},"),
        format!("    divp: Some(rcc::PllPDiv::DIV{div}),"),
        format!("    divq: {},", q_divider(usb_div)),
        "    divr: None,".to_string(),
        "});".to_string(),
        "config.rcc.sys = rcc::Sysclk::PLL1_P;".to_string(),
    ]
}

/// Where USB has its clock from, where it is in use. Its own oscillator of 48 MHz is held to the host's frames.
fn usb(resolved: &Resolved) -> Vec<String> {
    let chip = &resolved.app.board.chip;
    let (Some(_), Some(needs), Some(clock)) = (resolved.usb, &chip.usb, chip.usb_clock()) else {
        return Vec::new();
    };
    let mut code = Vec::new();
    let source = match clock {
        UsbClock::PllQ { .. } => "PLL1_Q",
        UsbClock::Pll { .. } => "PLL1_P",
        UsbClock::Hsi48 {} => {
            code.extend([
                "config.rcc.hsi48 = Some(rcc::Hsi48Config {".to_string(),
                "    sync_from_usb: true,".to_string(),
                "});".to_string(),
            ]);
            "HSI48"
        }
    };
    code.extend(needs.switch.iter().map(|switch| {
        let (first, rest) = switch.split_at(1);
        format!("config.rcc.mux.{switch} = rcc::mux::{}{rest}::{source};", first.to_uppercase())
    }));
    code
}

/// The divider of the output that USB has, where it has one.
fn q_divider(divider: Option<u32>) -> String {
    divider.map_or("None".to_string(), |divider| format!("Some(rcc::PllQDiv::DIV{divider})"))
}

/// embassy-stm32 0.6.0, src/rcc/f013.rs.
fn f013(made: &BusPllSolution) -> Vec<String> {
    let source = source_word(made);
    let Some(BusPllSetting { prediv, mul, .. }) = made.pll else {
        return vec![format!("config.rcc.sys = rcc::Sysclk::{source};")];
    };
    vec![
        "config.rcc.pll = Some(rcc::Pll {".to_string(),
        format!("    src: rcc::PllSource::{source},"),
        format!("    prediv: rcc::PllPreDiv::DIV{prediv},"),
        format!("    mul: rcc::PllMul::MUL{mul},"),
        "});".to_string(),
        "config.rcc.sys = rcc::Sysclk::PLL1_P;".to_string(),
    ]
}

/// How the HAL is told to let go of pins of JTAG, where one of them is in use.
fn debug_port(resolved: &Resolved) -> Option<String> {
    let chip = &resolved.app.board.chip;
    let mut used = resolved.pins.keys().flat_map(|pin| chip.limits_of(*pin));
    let is_used = used.any(|limit| limit == LimitationKind::Jtag);
    is_used.then(|| "config.swj = embassy_stm32::gpio::SwjCfg::SwdOnly;".to_string())
}

/// embassy-stm32 0.6.0, src/rcc/g0.rs, g4.rs and l.rs.
fn pll_r(clocks: &BusPllClocks, core_hz: u64, made: &BusPllSolution) -> Vec<String> {
    let source = source_word(made);
    let Some(BusPllSetting { prediv, mul, div, usb_div }) = made.pll else {
        return vec![format!("config.rcc.sys = rcc::Sysclk::{source};")];
    };
    let mut code = vec![
        "config.rcc.pll = Some(rcc::Pll {".to_string(),
        format!("    source: rcc::PllSource::{source},"),
        format!("    prediv: rcc::PllPreDiv::DIV{prediv},"),
        format!("    mul: rcc::PllMul::MUL{mul},"),
        "    divp: None,".to_string(),
        format!("    divq: {},", q_divider(usb_div)),
        format!("    divr: Some(rcc::PllRDiv::DIV{div}),"),
        "});".to_string(),
        "config.rcc.sys = rcc::Sysclk::PLL1_R;".to_string(),
    ];
    if clocks.boost_above_hz.is_some_and(|hz| core_hz > hz.into()) {
        code.push("config.rcc.boost = true;".to_string());
    }
    code
}

/// embassy-stm32 0.6.0, src/rcc/l.rs: the chip starts from another oscillator, and has this one off.
fn msi_pll_r(clocks: &BusPllClocks, resolved: &Resolved, made: &BusPllSolution) -> Vec<String> {
    let mut code = Vec::new();
    if made.source == ClockSource::Internal || adc::runs_on_oscillator(resolved) {
        code.push("config.rcc.hsi = true;".to_string());
    }
    code.extend(pll_r(clocks, resolved.core_hz, made));
    if clocks.second_core_max_hz.is_some_and(|hz| resolved.core_hz > hz.into()) {
        code.push("config.rcc.core2_ahb_pre = rcc::AHBPrescaler::DIV2;".to_string());
    }
    code
}

/// embassy-stm32 0.6.0, src/rcc/l.rs, of the STM32L0 and L1. They start from another oscillator than the one of 16 MHz,
/// which is off until it is asked for; the STM32L1's converter runs on nothing else.
fn pll_div(resolved: &Resolved, made: &BusPllSolution) -> Vec<String> {
    let source = source_word(made);
    let converts = adc::runs_on_oscillator(resolved);
    let on = made.source == ClockSource::Internal || converts;
    let mut code: Vec<String> = on.then(|| "config.rcc.hsi = true;".to_string()).into_iter().collect();
    match made.pll {
        None => code.push(format!("config.rcc.sys = rcc::Sysclk::{source};")),
        Some(BusPllSetting { mul, div, .. }) => code.extend([
            "config.rcc.pll = Some(rcc::Pll {".to_string(),
            format!("    source: rcc::PllSource::{source},"),
            format!("    mul: rcc::PllMul::MUL{mul},"),
            format!("    div: rcc::PllDiv::DIV{div},"),
            "});".to_string(),
            "config.rcc.sys = rcc::Sysclk::PLL1_R;".to_string(),
        ]),
    }
    // The HAL's default is the highest voltage, which it calls the first range.
    let range = made.voltage_scale.filter(|scale| *scale != 1);
    code.extend(range.map(|scale| format!("config.rcc.voltage_scale = rcc::VoltageScale::RANGE{scale};")));
    code
}

/// The ranges of an STM32U3's own oscillator: by what they divide the fastest, and what the bus of the core divides on top.
///
/// embassy-stm32 0.6.0, src/rcc/u3.rs (msirange_to_hertz, init): of its other ranges it takes another frequency than it sets.
const U3_RANGES: &[(u32, &str, u32)] = &[
    (1, "RANGE0_96MHZ", 1),
    (2, "RANGE1_48MHZ", 1),
    (4, "RANGE1_48MHZ", 2),
    (8, "RANGE5_12MHZ", 1),
    (16, "RANGE6_6MHZ", 1),
];

/// From here on an STM32U3's core needs the booster (embassy-stm32 0.6.0, src/rcc/u3.rs, init), before its bus divides.
const U3_BOOSTED: u64 = 24_000_000;

/// Whether an STM32U3's core is so fast that its booster must be ready before the HAL sets the clocks up.
pub(super) fn needs_booster(resolved: &Resolved) -> bool {
    let Some(ClockSolution::BusPll(made)) = &resolved.clock else { return false };
    let ClockModel::BusPll(clocks) = &resolved.app.board.chip.clocks else { return false };
    let hz = match made.source {
        ClockSource::Internal => resolved.core_hz,
        ClockSource::Crystal | ClockSource::ClockInput => made.source_hz.into(),
    };
    clocks.tree == ClockTree::U3 && hz >= U3_BOOSTED
}

/// embassy-stm32 0.6.0, src/rcc/u3.rs.
fn u3(made: &BusPllSolution) -> Vec<String> {
    let divider = made.pll.map_or(1, |setting| setting.div);
    let (mut code, divided) = if made.source == ClockSource::Internal {
        let (_, range, divided) = U3_RANGES
            .iter()
            .find(|(by, ..)| *by == divider)
            .expect("the family's file has the dividers that there is a range for");
        (vec![format!("config.rcc.msis = Some(rcc::MSIRange::{range});")], *divided)
    } else {
        (vec!["config.rcc.sys = rcc::Sysclk::HSE;".to_string()], divider)
    };
    if divided != 1 {
        code.push(format!("config.rcc.ahb_pre = rcc::AHBPrescaler::DIV{divided};"));
    }
    code.extend(lower_voltage(made));
    code
}

/// The voltage where it is not the HAL's default: the highest, which it calls the first range.
fn lower_voltage(made: &BusPllSolution) -> Option<String> {
    let range = made.voltage_scale.filter(|scale| *scale != 1)?;
    Some(format!("config.rcc.voltage_range = rcc::VoltageScale::RANGE{range};"))
}

/// embassy-stm32 0.6.0, src/rcc/u5.rs. The chip starts from another oscillator than the one of 16 MHz, which is off until it is
/// asked for.
fn u5(resolved: &Resolved, made: &BusPllSolution) -> Vec<String> {
    let on = made.source == ClockSource::Internal || adc::runs_on_oscillator(resolved);
    let mut code: Vec<String> = on.then(|| "config.rcc.hsi = true;".to_string()).into_iter().collect();
    code.extend(pll1_r(made, &[]));
    code.extend(lower_voltage(made));
    code
}

/// embassy-stm32 0.6.0, src/rcc/wba.rs. The HAL's default is the lower voltage, at which there is no PLL.
fn wba(resolved: &Resolved, made: &BusPllSolution) -> Vec<String> {
    let mut code = pll1_r(made, &["frac: None"]);
    let range = made.voltage_scale;
    code.extend(range.map(|scale| format!("config.rcc.voltage_scale = rcc::VoltageScale::RANGE{scale};")));
    let divider =
        WBA_RADIO_DIVIDERS.iter().find(|divider| resolved.core_hz <= WBA_RADIO_BUS * u64::from(**divider));
    let divider = divider.filter(|divider| **divider != 1);
    code.extend(divider.map(|divider| format!("config.rcc.ahb5_pre = rcc::AHB5Prescaler::DIV{divider};")));
    // A chip that has one is stopped in its start where the clock of its audio block is an output of the PLL that is off, as it is
    // by default.
    let has_audio = resolved.app.board.chip.interrupts.iter().any(|interrupt| interrupt.name == "SAI1");
    code.extend(has_audio.then(|| "config.rcc.mux.sai1sel = rcc::mux::Sai1sel::HSI;".to_string()));
    code
}

/// The fastest that the bus of an STM32WBA's radio can be (ST's own library, stm32wbaxx_hal_rcc.c, HAL_RCC_ClockConfig).
const WBA_RADIO_BUS: u64 = 32_000_000;

/// What the core's clock can be divided by for that bus (stm32-metapac 21.0.0, src/peripherals/rcc_wba.rs, Hpre5).
const WBA_RADIO_DIVIDERS: &[u8] = &[1, 2, 3, 4, 6];

/// The first PLL's output R for the core, or what the clocks start from. `more` are fields of the PLL that not every family has.
fn pll1_r(made: &BusPllSolution, more: &[&str]) -> Vec<String> {
    let source = source_word(made);
    let Some(BusPllSetting { prediv, mul, div, .. }) = made.pll else {
        return vec![format!("config.rcc.sys = rcc::Sysclk::{source};")];
    };
    let mut code = vec![
        "config.rcc.pll1 = Some(rcc::Pll {".to_string(),
        format!("    source: rcc::PllSource::{source},"),
        format!("    prediv: rcc::PllPreDiv::DIV{prediv},"),
        format!("    mul: rcc::PllMul::MUL{mul},"),
        "    divp: None,".to_string(),
        "    divq: None,".to_string(),
        format!("    divr: Some(rcc::PllDiv::DIV{div}),"),
    ];
    code.extend(more.iter().map(|field| format!("    {field},")));
    code.extend(["});", "config.rcc.sys = rcc::Sysclk::PLL1_R;"].map(str::to_owned));
    code
}

/// embassy-stm32 0.6.0, src/rcc/c0.rs. What blocks other than the core could have of the oscillator stays as the HAL has it.
fn c0(made: &BusPllSolution) -> Vec<String> {
    let divider = made.pll.map_or(1, |setting| setting.div);
    if made.source == ClockSource::Internal {
        return vec![
            "config.rcc.hsi = Some(rcc::Hsi {".to_string(),
            format!("    sys_div: rcc::HsiSysDiv::DIV{divider},"),
            "    ker_div: rcc::HsiKerDiv::DIV3,".to_string(),
            "});".to_string(),
        ];
    }
    let divided = (divider != 1).then(|| format!("config.rcc.ahb_pre = rcc::AHBPrescaler::DIV{divider};"));
    std::iter::once("config.rcc.sys = rcc::Sysclk::HSE;".to_string()).chain(divided).collect()
}

/// The HAL's names of an STM32H7R's and H7S's voltages, by the number of their scale.
fn voltage_of_h7rs(scale: u8) -> String {
    if scale == 0 { "HIGH" } else { "LOW" }.to_string()
}

/// embassy-stm32 0.6.0, src/rcc/h.rs. `more` are outputs of the PLL that not every family has.
fn h7(resolved: &Resolved, made: &BusPllSolution, more: &[&str], voltage: fn(u8) -> String) -> Vec<String> {
    let source = source_word(made);
    let BusPllSetting { prediv, mul, div, .. } =
        made.pll.expect("an STM32H7's core always runs from the PLL");
    let mut code = vec![
        "config.rcc.pll1 = Some(rcc::Pll {".to_string(),
        format!("    source: rcc::PllSource::{source},"),
        format!("    prediv: rcc::PllPreDiv::DIV{prediv},"),
        format!("    mul: rcc::PllMul::MUL{mul},"),
    ];
    // The HAL has the field for this one chip of its line.
    if resolved.app.board.chip.name.starts_with("stm32h743") {
        code.push("    fracn: None,".to_string());
    }
    code.extend([
        format!("    divp: Some(rcc::PllDiv::DIV{div}),"),
        "    divq: None,".to_string(),
        "    divr: None,".to_string(),
    ]);
    code.extend(more.iter().map(|output| format!("    {output}: None,")));
    code.extend(["});", "config.rcc.sys = rcc::Sysclk::PLL1_P;"].map(str::to_owned));
    if made.ahb_divider != 1 {
        code.push(format!("config.rcc.ahb_pre = rcc::AHBPrescaler::DIV{};", made.ahb_divider));
    }
    let voltage = made.voltage_scale.map(voltage);
    code.extend(voltage.map(|voltage| format!("config.rcc.voltage_scale = rcc::VoltageScale::{voltage};")));
    code.extend(core_supply(resolved));
    code.extend(oscillator_of_spi(resolved));
    code
}

/// What feeds the core, where the chip has a choice.
fn core_supply(resolved: &Resolved) -> Option<String> {
    let supply = match resolved.app.board.power.core_supply? {
        CoreSupply::Ldo => "LDO",
        CoreSupply::Smps => "DirectSMPS",
    };
    Some(format!("config.rcc.supply_config = rcc::SupplyConfig::{supply};"))
}

/// At reset some SPI blocks are clocked by an output of a PLL, which is off; this way it is the chip's own oscillator. They have one
/// choice together, or one each.
fn oscillator_of_spi(resolved: &Resolved) -> Vec<String> {
    let chip = &resolved.app.board.chip;
    let strips = resolved.led_strips.values().map(|wiring| wiring.block);
    let blocks = resolved.spis.values().map(|wiring| wiring.block).chain(strips);
    let switched = blocks.filter_map(|block| {
        let block = chip.block(block);
        Some(switched(block.switch.as_ref()?, block.clock.as_ref()?))
    });
    let mut code: Vec<String> = switched.collect();
    code.sort();
    code.dedup();
    code
}

/// How the HAL is told what a switch is to choose.
pub(super) fn switched(switch: &ClockSwitch, clock: &str) -> String {
    format!("config.rcc.mux.{} = rcc::mux::{}::{clock};", switch.field, switch.choice)
}

/// The dividers of the buses, where they are not the HAL's default of 1.
fn buses(clocks: &BusPllClocks, made: &BusPllSolution) -> Vec<String> {
    // The lines of a family have the same buses.
    let names = clocks.lines.first().map_or(&[][..], |limits| limits.buses.as_slice());
    let divided = names.iter().zip(made.bus_dividers).filter(|(_, divider)| *divider != 1);
    let lines = divided.map(|(bus, divider)| {
        let field = bus.name.replace("PCLK", "apb").to_lowercase();
        format!("config.rcc.{field}_pre = rcc::APBPrescaler::DIV{divider};")
    });
    lines.collect()
}
