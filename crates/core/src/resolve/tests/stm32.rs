//! Clocks, lines of edges and DMA of STM32 chips.

use super::*;
use crate::resolved::{BusClock, BusPllSetting, ClockSolution, ClockSource, UartDriver};

/// What a text resolves to on a board.
fn on(board: &str, text: &str) -> Checked<Resolved> {
    resolve(app(&file_for(board, text)))
}

/// The file for a board. Where it must say what feeds the core, that is the linear regulator.
fn file_for(board: &str, text: &str) -> String {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::default);
    let text = file(text).replace("rpi-pico", board);
    let has_choice = || CATALOG.board(board).unwrap().unwrap().chip.switched_supply;
    if board.starts_with("chip:stm32h7") && has_choice() {
        format!("{text}[boards.\"{board}\"]\ncore-supply = \"ldo\"\n")
    } else {
        text
    }
}

/// The core in hertz, the numbers of the PLL, and the buses in hertz.
#[track_caller]
fn check_clock(board: &str, clock: &str, expected: (u64, Option<[u32; 3]>, &[u32])) {
    let text = if clock.is_empty() { String::new() } else { format!("clock = \"{clock}\"") };
    let resolved = on(board, &text).value.unwrap();
    let Some(ClockSolution::BusPll(made)) = resolved.clock else { panic!("an STM32's clock is solved") };
    let pll = made.pll.map(|BusPllSetting { prediv, mul, div, .. }| [prediv, mul, div]);
    let buses = resolved.buses.iter().filter(|bus| !bus.name.ends_with("_TIM")).map(|bus| bus.hz);
    assert_eq!((resolved.core_hz, pll, &buses.collect::<Vec<_>>()[..]), expected);
    if let Some([prediv, mul, div]) = pll {
        let made = u64::from(made.source_hz) / u64::from(prediv) * u64::from(mul) / u64::from(div);
        assert_eq!(made, resolved.core_hz);
    }
}

#[test]
fn the_core_is_as_fast_as_it_may_be_or_as_asked_for() {
    check_clock("nucleo-f401re", "", (84_000_000, Some([4, 168, 4]), &[42_000_000, 84_000_000]));
    check_clock("blackpill-f411", "", (100_000_000, Some([16, 256, 4]), &[50_000_000, 100_000_000]));
    check_clock("nucleo-f401re", "48MHz", (48_000_000, Some([4, 192, 8]), &[24_000_000, 48_000_000]));
    // The source itself.
    check_clock("nucleo-f401re", "8MHz", (8_000_000, None, &[8_000_000, 8_000_000]));
}

/// The STM32H7's core, the numbers of its PLL, the bus between it and the others, these, and the voltage scale.
#[track_caller]
fn check_h7(board: &str, clock: &str, core: u64, pll: [u32; 3], ahb_hz: u64, bus: u32, scale: u8) {
    let text = if clock.is_empty() { String::new() } else { format!("clock = \"{clock}\"") };
    let resolved = on(board, &text).value.unwrap();
    let Some(ClockSolution::BusPll(made)) = resolved.clock else { panic!("an STM32's clock is solved") };
    let setting = made.pll.map(|BusPllSetting { prediv, mul, div, .. }| [prediv, mul, div]);
    assert_eq!((resolved.core_hz, setting, made.voltage_scale), (core, Some(pll), Some(scale)));
    assert_eq!(resolved.core_hz / u64::from(made.ahb_divider), ahb_hz);
    let is_bus = |of: &&BusClock| of.name.starts_with("PCLK") && !of.name.ends_with("_TIM");
    let buses: Vec<u32> = resolved.buses.iter().filter(is_bus).map(|of| of.hz).collect();
    assert_eq!(buses, [bus; 4]);
}

/// embassy-stm32 0.6.0, src/rcc/h.rs: the limits by voltage scale.
#[test]
fn the_voltage_of_an_stm32h7_follows_from_its_clock() {
    let check = |clock: &str, core, pll, ahb_hz, bus, scale| {
        check_h7("nucleo-h743zi", clock, core, pll, ahb_hz, bus, scale);
    };
    check("", 400_000_000, [1, 100, 2], 200_000_000, 100_000_000, 1);
    check("480MHz", 480_000_000, [1, 120, 2], 240_000_000, 120_000_000, 0);
    check("300MHz", 300_000_000, [1, 75, 2], 150_000_000, 75_000_000, 2);
    check("64MHz", 64_000_000, [1, 112, 14], 64_000_000, 32_000_000, 3);
    // The source's own frequency, by the PLL all the same.
    check("8MHz", 8_000_000, [1, 120, 120], 8_000_000, 8_000_000, 3);
}

/// The same by line: an undivided PLL beyond what half of its oscillator makes, and no low voltage that the HAL cannot set up.
#[test]
fn the_lines_of_the_stm32h7_have_limits_of_their_own() {
    check_h7("chip:stm32h723zg", "", 400_000_000, [4, 50, 2], 200_000_000, 100_000_000, 1);
    check_h7("chip:stm32h723zg", "520MHz", 520_000_000, [8, 65, 1], 260_000_000, 130_000_000, 0);
    check_h7("chip:stm32h735ig", "170MHz", 170_000_000, [8, 85, 4], 85_000_000, 42_500_000, 3);
    check_h7("chip:stm32h7a3zi", "", 280_000_000, [4, 35, 2], 280_000_000, 140_000_000, 0);
    check_h7("chip:stm32h7b0vb", "64MHz", 64_000_000, [4, 32, 8], 64_000_000, 64_000_000, 1);
    check_h7("chip:stm32h745zi", "480MHz", 480_000_000, [4, 60, 2], 240_000_000, 120_000_000, 0);
    check_h7("chip:stm32h7s3l8", "", 400_000_000, [4, 100, 4], 200_000_000, 100_000_000, 1);
    check_h7("chip:stm32h7r7z8", "600MHz", 600_000_000, [4, 75, 2], 300_000_000, 150_000_000, 0);
    assert!(on("chip:stm32h723zg", "clock = \"550MHz\"").value.is_none());
    assert!(on("chip:stm32h7s3l8", "clock = \"620MHz\"").value.is_none());
}

/// The oscillator of their PLL spans less than an octave in its upper range: between what halves of it make there is the lower one,
/// which is for a slower input.
#[test]
fn the_lower_range_of_a_pll_makes_what_the_upper_one_skips() {
    for (board, clock) in
        [("h563zi", "100MHz"), ("h563zi", "200MHz"), ("h503cb", "200MHz"), ("h7a3zi", "160MHz")]
    {
        let resolved = on(&format!("chip:stm32{board}"), &format!("clock = \"{clock}\"")).value.unwrap();
        let Some(ClockSolution::BusPll(made)) = resolved.clock else { panic!("an STM32's clock is solved") };
        let BusPllSetting { prediv, mul, .. } = made.pll.unwrap();
        let (input, vco) = (made.source_hz / prediv, made.source_hz / prediv * mul);
        assert!((1_000_000..2_000_000).contains(&input), "{board} {clock}: {input}");
        assert!((150_000_000..=420_000_000).contains(&vco), "{board} {clock}: {vco}");
    }
}

/// The switched regulator of an STM32H745 makes no voltage for 480 MHz, that of an STM32H7A3 makes each. The name of the one core
/// that firmware is for is its chip's.
#[test]
fn what_feeds_the_core_limits_its_clock() {
    let fed = |board: &str, supply: &str, clock: &str| {
        let text = file_for(board, clock).replace("\"ldo\"", &format!("\"{supply}\""));
        resolve(app(&text))
    };
    let core = |checked: Checked<Resolved>| checked.value.map(|resolved| resolved.core_hz);
    let fast = "clock = \"480MHz\"";
    assert_eq!(core(fed("chip:stm32h745zi", "ldo", fast)), Some(480_000_000));
    assert_eq!(core(fed("chip:stm32h745zi", "smps", fast)), None);
    assert_eq!(core(fed("chip:stm32h745zi-cm7", "smps", "")), Some(400_000_000));
    assert_eq!(core(fed("chip:stm32h7a3zi", "smps", "")), Some(280_000_000));
    let board = fed("chip:stm32h745zi", "smps", "").value.unwrap().app.board.clone();
    assert_eq!((&*board.name, &*board.chip.title), ("stm32h745zi-cm7", "STM32H745ZI"));
    // Of its two banks, the second is the other core's.
    assert_eq!(board.chip.memory.iter().map(|region| region.length).max(), Some(Some(0x10_0000)));
}

#[test]
fn an_stm32h7_has_its_data_where_dma_reaches_it() {
    let chip = on("nucleo-h743zi", "").value.unwrap().app.board.chip.clone();
    let memory: Vec<(&str, u32)> =
        chip.memory.iter().map(|region| (region.name.as_str(), region.origin)).collect();
    assert_eq!(memory, [("FLASH", 0x0800_0000), ("AXISRAM", 0x2400_0000)]);
    assert!(chip.dma_channels.iter().all(|channel| channel.name.starts_with("DMA")));
    for name in crate::catalog::bare_chip_names() {
        let chip = on(&format!("chip:{name}"), "").value.unwrap().app.board.chip.clone();
        assert!(chip.memory.iter().all(|region| !region.name.contains("TCM")), "{name}");
    }
}

#[test]
fn the_temperature_is_read_by_the_converter_that_has_its_sensor() {
    for (board, converter) in [
        ("nucleo-h743zi", "ADC3"),
        ("chip:stm32h7a3zi", "ADC2"),
        ("chip:stm32h757xi", "ADC3"),
        ("chip:stm32h7r3v8", "ADC1"),
    ] {
        let resolved = on(board, "a: adc pin=TEMPERATURE").value.unwrap();
        let block = resolved.adcs.values().next().unwrap().block;
        assert_eq!(resolved.app.board.chip.block(block).name, converter, "{board}");
    }
    let refused = on("chip:stm32h723zg", "a: adc pin=TEMPERATURE");
    let said = format!("{:?}", refused.diagnostics);
    assert!(said.contains("does not drive the converter"), "{said}");
    assert!(on("chip:stm32h723zg", "a: adc pin=PA0").value.is_some());
}

#[test]
fn without_a_crystal_the_chip_s_own_oscillator_does() {
    let mut app = app(&file("").replace("rpi-pico", "blackpill-f411"));
    std::sync::Arc::make_mut(&mut app.board).crystal_hz = None;
    let resolved = resolve(app).value.unwrap();
    let Some(ClockSolution::BusPll(made)) = resolved.clock else { panic!("an STM32's clock is solved") };
    assert_eq!(
        (made.source, made.source_hz, resolved.core_hz),
        (ClockSource::Internal, 16_000_000, 100_000_000)
    );
}

/// embassy-stm32 0.6.0, src/rcc/f247.rs and f013.rs, the modules max.
#[test]
fn families_are_as_fast_as_the_hal_lets_them_be() {
    check_clock("chip:stm32f746zg", "", (216_000_000, Some([8, 216, 2]), &[54_000_000, 108_000_000]));
    check_clock("chip:stm32f072rb", "", (48_000_000, Some([2, 12, 1]), &[48_000_000, 8_000_000]));
    check_clock(
        "chip:stm32h563zi",
        "",
        (250_000_000, Some([16, 125, 2]), &[250_000_000, 250_000_000, 250_000_000, 64_000_000]),
    );
    check_clock(
        "chip:stm32u575zi",
        "",
        (160_000_000, Some([1, 20, 2]), &[160_000_000, 160_000_000, 160_000_000]),
    );
    check_clock(
        "chip:stm32wba52cg",
        "",
        (100_000_000, Some([1, 25, 4]), &[100_000_000, 100_000_000, 100_000_000]),
    );
    check_clock("chip:stm32u385rg", "", (96_000_000, None, &[96_000_000, 96_000_000, 96_000_000]));
    check_clock("chip:stm32u385rg", "12MHz", (12_000_000, Some([1, 1, 8]), &[12_000_000; 3]));
    check_clock("chip:stm32l552ze", "", (110_000_000, Some([4, 55, 2]), &[110_000_000, 110_000_000]));
    check_clock("chip:stm32wb55rg", "", (64_000_000, Some([1, 20, 5]), &[64_000_000, 64_000_000]));
    check_clock("chip:stm32wle5jc", "", (48_000_000, Some([1, 21, 7]), &[48_000_000, 48_000_000]));
    check_clock("chip:stm32u083rc", "", (56_000_000, Some([1, 21, 6]), &[56_000_000]));
    // Half of the chip's own oscillator by 16.
    check_clock("chip:stm32f303re", "", (64_000_000, Some([2, 16, 1]), &[32_000_000, 64_000_000, 8_000_000]));
}

/// Datasheets of the lines: the HAL asserts the STM32F103's limits for all of them. The STM32F105 multiplies by 4 to 9.
#[test]
fn a_line_of_the_stm32f1_is_as_fast_as_it_may_be_itself() {
    check_clock("chip:stm32f100rb", "", (24_000_000, Some([2, 6, 1]), &[24_000_000, 24_000_000]));
    check_clock("chip:stm32f101zg", "", (36_000_000, Some([2, 9, 1]), &[36_000_000, 36_000_000]));
    check_clock("chip:stm32f102c4", "", (48_000_000, Some([2, 12, 1]), &[24_000_000, 48_000_000]));
    check_clock("chip:stm32f102c4", "32MHz", (32_000_000, Some([2, 8, 1]), &[16_000_000, 32_000_000]));
    check_clock("chip:stm32f103rb", "", (64_000_000, Some([2, 16, 1]), &[32_000_000, 64_000_000]));
    check_clock("chip:stm32f105r8", "", (36_000_000, Some([2, 9, 1]), &[36_000_000, 36_000_000]));
    let fastest = |chip: &str, crystal: u32| {
        let mut app = app(&file("").replace("rpi-pico", chip));
        std::sync::Arc::make_mut(&mut app.board).crystal_hz = Some(crystal);
        let resolved = resolve(app).value.unwrap();
        let Some(ClockSolution::BusPll(made)) = resolved.clock else { panic!("it is an STM32") };
        let pll = made.pll.unwrap();
        let input = crystal / pll.prediv;
        (resolved.core_hz, input, pll.mul)
    };
    assert_eq!(fastest("chip:stm32f107vc", 8_000_000), (72_000_000, 8_000_000, 9));
    assert_eq!(fastest("chip:stm32f107vc", 16_000_000), (72_000_000, 8_000_000, 9));
    assert_eq!(fastest("chip:stm32f107vc", 24_000_000), (72_000_000, 12_000_000, 6));
    assert_eq!(fastest("chip:stm32f107vc", 25_000_000), (50_000_000, 6_250_000, 8));
    assert_eq!(fastest("chip:stm32f100rb", 8_000_000), (24_000_000, 8_000_000, 3));
}

/// The multipliers that a chip has, and the range of its voltage: the lowest at which the core and the PLL's oscillator are
/// allowed (stm32l0xx_ll_utils.c, UTILS_MAX_FREQUENCY_SCALE2 and UTILS_PLLVCO_OUTPUT_SCALE2).
#[test]
fn the_voltage_of_an_stm32l0_follows_from_its_core_and_its_pll() {
    let made = |chip: &str, crystal: Option<u32>, megahertz: u32| {
        let text = file(&format!("clock = \"{megahertz}MHz\"")).replace("rpi-pico", chip);
        let mut app = app(&text);
        std::sync::Arc::make_mut(&mut app.board).crystal_hz = crystal;
        let Some(ClockSolution::BusPll(made)) = resolve(app).value?.clock else { panic!("it is an STM32") };
        Some((made.pll.map(|pll| [pll.mul, pll.div]), made.voltage_scale.unwrap()))
    };
    for chip in ["chip:stm32l073rz", "chip:stm32l152re", "chip:stm32l151c6-a"] {
        assert_eq!(made(chip, None, 32), Some((Some([6, 3]), 1)), "{chip}");
        assert_eq!(made(chip, None, 16), Some((None, 2)), "{chip}");
        assert_eq!(made(chip, None, 12), Some((Some([3, 4]), 2)), "{chip}");
        // There is no multiplier of 5 or 10.
        assert_eq!(made(chip, Some(8_000_000), 20), None, "{chip}");
        // 64 MHz by 4 would need the higher voltage.
        assert_eq!(made(chip, Some(4_000_000), 16), Some((Some([12, 3]), 2)), "{chip}");
        // 60 MHz by 4 is the only way.
        assert_eq!(made(chip, Some(20_000_000), 15), Some((Some([3, 4]), 1)), "{chip}");
        assert_eq!(made(chip, Some(6_000_000), 18), Some((Some([12, 4]), 1)), "{chip}");
        assert_eq!(made(chip, Some(8_000_000), 24), Some((Some([12, 4]), 1)), "{chip}");
        assert_eq!(made(chip, Some(12_000_000), 16), Some((Some([4, 3]), 2)), "{chip}");
    }
}

/// embassy-stm32 0.6.0, src/rcc/u5.rs: the limits by voltage range, and what needs the booster that the third range lacks.
#[test]
fn the_voltage_of_an_stm32u5_follows_from_its_core_and_its_pll() {
    let made = |megahertz: u32| {
        let resolved = on("chip:stm32u575zi", &format!("clock = \"{megahertz}MHz\"")).value.unwrap();
        let Some(ClockSolution::BusPll(made)) = resolved.clock else { panic!("it is an STM32") };
        (made.pll.map(|pll| [pll.mul, pll.div]), made.voltage_scale.unwrap())
    };
    assert_eq!(made(16), (None, 3));
    // 480 MHz by 10 would need a higher voltage.
    assert_eq!(made(48), (Some([18, 6]), 3));
    assert_eq!(made(54), (Some([27, 4]), 3));
    assert_eq!(made(55), (Some([55, 8]), 2));
    assert_eq!(made(110), (Some([55, 4]), 2));
    assert_eq!(made(112), (Some([28, 4]), 1));
}

/// An STM32U5's smaller DMA controller does not reach what firmware has its data in.
#[test]
fn an_stm32u5_has_its_bytes_moved_by_the_controller_that_reaches_them() {
    let chip = on("chip:stm32u575zi", "").value.unwrap().app.board.chip.clone();
    assert!(chip.dma_channels.iter().all(|channel| channel.name.starts_with("GPDMA1")));
    let memory: Vec<_> = chip.memory.iter().map(|region| (region.origin, region.length.unwrap())).collect();
    assert_eq!(memory, [(0x0800_0000, 2 << 20), (0x2000_0000, 768 << 10)]);
}

/// An STM32U3 has no PLL, and the lower voltage up to 48 MHz (embassy-stm32 0.6.0, src/rcc/u3.rs).
#[test]
fn the_voltage_of_an_stm32u3_follows_from_its_core() {
    let made = |megahertz: u32| {
        let resolved = on("chip:stm32u385rg", &format!("clock = \"{megahertz}MHz\"")).value?;
        let Some(ClockSolution::BusPll(made)) = resolved.clock else { panic!("it is an STM32") };
        Some((made.pll.map_or(1, |pll| pll.div), made.voltage_scale.unwrap()))
    };
    assert_eq!([96, 48, 24, 12, 6].map(made), [(1, 1), (2, 2), (4, 2), (8, 2), (16, 2)].map(Some));
    assert_eq!([3, 16, 64].map(made), [None; 3]);
}

/// Later ones have another, which fwc does not drive.
#[test]
fn an_stm32u5_has_usb_of_either_kind() {
    for chip in ["chip:stm32u575zi", "chip:stm32u535cb"] {
        assert!(on(chip, "a: usb-serial").value.is_some(), "{chip}");
    }
    assert!(on("chip:stm32u5a9zj", "a: usb-serial").value.is_none());
}

/// embassy-stm32 0.6.0, src/rcc/c0.rs and the modules max of f247.rs and f013.rs.
#[test]
fn a_chip_without_a_pll_divides_what_it_starts_from() {
    check_clock("chip:stm32c031k6", "", (48_000_000, None, &[48_000_000]));
    check_clock("chip:stm32c031k6", "12MHz", (12_000_000, Some([1, 1, 4]), &[12_000_000]));
    check_clock("chip:stm32f207zg", "", (120_000_000, Some([16, 240, 2]), &[30_000_000, 60_000_000]));
    check_clock("chip:stm32f373cc", "", (64_000_000, Some([2, 16, 1]), &[32_000_000, 64_000_000, 8_000_000]));
    let said = format!("{:?}", on("chip:stm32c031k6", "clock = \"20MHz\"").diagnostics);
    assert!(said.contains("clock-out-of-reach"), "{said}");
}

/// The HAL has no driver of the STM32F37's converters.
#[test]
fn a_kind_that_is_not_driven_on_one_line_is_on_the_others() {
    assert!(on("chip:stm32f303re", "a: adc pin=PA0").value.is_some());
    let refused = on("chip:stm32f373cc", "a: adc pin=PA0");
    let said = format!("{:?}", refused.diagnostics);
    assert!(refused.value.is_none() && said.contains("fwc does not drive `adc` of STM32F373CC"), "{said}");
    assert!(on("chip:stm32f373cc", "a: uart tx=PA9\nb: pwm pin=PA6 frequency=1kHz").value.is_some());
}

/// embassy-stm32 0.6.0, src/rcc/f247.rs, the module max of the STM32F7: no clock is below 12.5 MHz.
#[test]
fn a_core_is_no_slower_than_the_hal_lets_it_be() {
    let at = |megahertz: u32| {
        let text = file(&format!("clock = \"{megahertz}MHz\"")).replace("rpi-pico", "chip:stm32f746zg");
        let mut app = app(&text);
        std::sync::Arc::make_mut(&mut app.board).crystal_hz = Some(8_000_000);
        resolve(app)
    };
    let said = format!("{:?}", at(8).diagnostics);
    assert!(at(8).value.is_none() && said.contains("clock-out-of-reach"), "{said}");
    assert!(at(20).value.is_some());
}

/// At reset the I2Cs of these families run on the chip's own oscillator of 8 MHz, whatever the core does.
#[test]
fn an_i2c_of_an_stm32f0_is_as_fast_as_its_oscillator_lets_it_be() {
    let at = |frequency: &str| {
        on("chip:stm32f072rb", &format!("a: i2c sda=PB7 scl=PB6 frequency={frequency}")).value.is_some()
    };
    assert!(at("100kHz") && at("400kHz") && !at("1MHz"));
}

/// Every whole megahertz: what is accepted keeps to the limits of the family's file, and what is refused names only
/// frequencies that are accepted.
#[test]
fn every_clock_that_is_accepted_is_within_the_limits() {
    let (mut accepted, mut refused) = (0, 0);
    for megahertz in 1..=110 {
        let checked = on("blackpill-f411", &format!("clock = \"{megahertz}MHz\""));
        let Some(resolved) = checked.value else {
            let help = format!("{:?}", checked.diagnostics);
            for named in help.split("`\\\"").skip(1).filter_map(|rest| rest.split('\\').next()) {
                assert!(on("blackpill-f411", &format!("clock = \"{named}\"")).value.is_some(), "{named}");
            }
            refused += 1;
            continue;
        };
        assert_eq!(resolved.core_hz, megahertz * 1_000_000);
        let bus = |name: &str| resolved.buses.iter().find(|bus| bus.name == name).unwrap().hz;
        assert!(bus("PCLK1") <= 50_000_000 && bus("PCLK2") <= 100_000_000);
        // TIM9 counts time, on the second bus.
        assert_eq!(bus("PCLK2_TIM") % 1_000_000, 0);
        accepted += 1;
    }
    assert!(accepted > 50 && refused > 10, "{accepted} {refused}");
}

#[test]
fn each_direction_of_a_uart_has_a_stream_that_its_request_is_wired_to() {
    let text = "a: uart tx=PA9\nb: uart tx=PA11\nc: uart rx=PA3";
    let resolved = on("nucleo-f401re", text).value.unwrap();
    let chip = &resolved.app.board.chip;
    let taken = resolved.uarts.values().map(|wiring| match wiring.driver {
        UartDriver::DmaTx { tx: Some(dma) } | UartDriver::DmaRx { rx: dma } => {
            format!("{} {}", chip.block(wiring.block).name, chip.dma_channel(dma).name)
        }
        other => panic!("{other:?}"),
    });
    // USART1 can send by stream 7 only, so USART6, which could use it too, has the other one.
    assert_eq!(taken.collect::<Vec<_>>(), ["USART1 DMA2_CH7", "USART6 DMA2_CH6", "USART2 DMA1_CH5"]);
}

#[test]
fn an_input_whose_line_is_taken_is_told_of_pins_with_free_lines_only() {
    let checked = on("blackpill-f411", "a: input pin=PA1\nb: input pin=PB1");
    let said = format!("{:?}", checked.diagnostics);
    assert!(said.contains("`PA1` and `PB1` cannot both be inputs"), "{said}");
    let help = said.split("on blackpill-f411, ").nth(1).expect("a proposal");
    let (pins, _) = help.split_once(" are free").expect("several pins");
    for pin in pins.split('`').filter(|word| word.starts_with('P')) {
        assert!(
            on("blackpill-f411", &format!("a: input pin=PA1\nb: input pin={pin}")).value.is_some(),
            "{pin}"
        );
    }
}

/// The clocks of each chip that `chip:` can name come out, from its own oscillator, and near what it can do.
#[test]
fn every_archived_chip_has_a_clock() {
    for name in crate::catalog::bare_chip_names() {
        let resolved = on(&format!("chip:{name}"), "").value.unwrap_or_else(|| panic!("{name}"));
        // The STM32F105 and F107 have a PLL that multiplies by 9 at most.
        let fast = match &name[..7] {
            "stm32f1" => match &name[..9] {
                "stm32f100" => 24_000_000,
                "stm32f101" | "stm32f105" | "stm32f107" => 36_000_000,
                "stm32f102" => 48_000_000,
                _ => 64_000_000,
            },
            "stm32l0" | "stm32l1" => 32_000_000,
            "stm32f0" | "stm32c0" | "stm32wl" => 48_000_000,
            "stm32u0" => 56_000_000,
            _ => 64_000_000,
        };
        assert!(resolved.core_hz >= fast, "{name}: {} Hz", resolved.core_hz);
    }
}

/// The output of each pwm and the timer that counts time.
fn pulses(board: &str, text: &str) -> (Vec<String>, String) {
    let resolved = on(board, text).value.unwrap();
    let chip = &resolved.app.board.chip;
    let outputs = resolved.pwms.values().map(|wiring| {
        assert_ne!(chip.block(wiring.block).name, chip.time_driver.timer);
        format!("{} {}", chip.block(wiring.block).name, wiring.signal)
    });
    assert!(chip.interrupt(chip.time_driver.interrupt).taken_by.is_some());
    (outputs.collect(), chip.time_driver.timer.clone())
}

#[test]
fn pwms_share_a_timer_at_one_frequency_and_have_one_each_at_several() {
    let together = "a: pwm pin=PA0 frequency=1kHz\nb: pwm pin=PA1 frequency=1kHz";
    assert_eq!(pulses("blackpill-f411", together).0, ["TIM2 CH1", "TIM2 CH2"]);
    let apart = "a: pwm pin=PA0 frequency=1kHz\nb: pwm pin=PA1 frequency=2kHz";
    assert_eq!(pulses("blackpill-f411", apart).0, ["TIM2 CH1", "TIM5 CH2"]);
}

/// TIM9 counts time on the STM32F411, as long as its output is not the only one that a pwm can have.
#[test]
fn time_is_counted_by_another_timer_where_a_pwm_needs_the_usual_one() {
    let free = "a: pwm pin=PA2 frequency=1kHz\nb: pwm pin=PA3 frequency=2kHz";
    assert_eq!(pulses("blackpill-f411", free).1, "TIM9");
    let needed = format!("{free}\nc: pwm pin=PA5 frequency=2kHz");
    assert_eq!(
        pulses("blackpill-f411", &needed),
        (vec!["TIM5 CH3".into(), "TIM2 CH4".into(), "TIM2 CH1".into()], "TIM9".into())
    );
    let forced = "a: pwm pin=PA2 frequency=1kHz instance=TIM9";
    assert_eq!(pulses("blackpill-f411", forced), (vec!["TIM9 CH1".into()], "TIM4".into()));
    let more = "a: pwm pin=PA2 frequency=1kHz instance=TIM9\nb: pwm pin=PB6 frequency=50Hz";
    assert_eq!(pulses("blackpill-f411", more).1, "TIM3");
}

#[test]
fn an_input_is_measured_by_the_converter_that_its_pin_leads_to() {
    let text = "a: adc pin=PA0\nb: adc pin=PA4\nc: adc pin=PA1 instance=ADC2\nd: adc pin=TEMPERATURE";
    let resolved = on("chip:stm32g431cb", text).value.unwrap();
    let chip = &resolved.app.board.chip;
    let blocks: Vec<&str> =
        resolved.adcs.values().map(|wiring| chip.block(wiring.block).name.as_str()).collect();
    assert_eq!(blocks, ["ADC1", "ADC2", "ADC2", "ADC1"]);
}

/// RM0008, tables 42 and 43: USART1 is on PA9 and PA10, or on PB6 and PB7.
#[test]
fn pins_of_an_stm32f1_s_block_are_of_one_remap() {
    let resolved =
        on("bluepill-f103", "a: uart tx=PB6 rx=PB7\nb: spi sck=PB3 mosi=PB5 frequency=1MHz").value.unwrap();
    let chip = &resolved.app.board.chip;
    assert_eq!(chip.block(resolved.uarts.values().next().unwrap().block).name, "USART1");
    assert_eq!(chip.block(resolved.spis.values().next().unwrap().block).name, "SPI1");
    assert!(on("bluepill-f103", "a: uart tx=PA9 rx=PB7").value.is_none());
    assert!(on("bluepill-f103", "a: spi sck=PA5 mosi=PB5 frequency=1MHz").value.is_none());
}

#[test]
fn outputs_of_an_stm32f1_s_timer_are_of_one_remap() {
    let remaps = |text: &str| {
        let resolved = on("bluepill-f103", text).value?;
        Some(resolved.pwms.into_values().map(|wiring| wiring.remap.unwrap()).collect::<Vec<_>>())
    };
    let all = "a: pwm pin=PA15 frequency=1kHz\nb: pwm pin=PA2 frequency=1kHz";
    assert_eq!(remaps(all), Some(vec!["AfioRemap<1>".to_owned(), "AfioRemap<1>".to_owned()]));
    let full = "a: pwm pin=PA15 frequency=1kHz\nb: pwm pin=PB10 frequency=1kHz";
    assert_eq!(remaps(full), Some(vec!["AfioRemap<3>".to_owned(), "AfioRemap<3>".to_owned()]));
    assert_eq!(remaps("a: pwm pin=PA0 frequency=1kHz\nb: pwm pin=PB3 frequency=1kHz"), None);
}

/// A uart that sends and an SPI that receives would have DMA's channel 4 of an STM32F1 both.
#[test]
fn requests_of_an_stm32f1_have_one_channel_each() {
    let text = "a: uart tx=PA9\nb: spi sck=PB13 miso=PB14 frequency=1MHz";
    let checked = on("bluepill-f103", text);
    assert!(checked.value.is_none());
    let said = format!("{:?}", checked.diagnostics);
    assert!(said.contains("`a` can send by DMA1_CH4"), "{said}");
}

/// Whether pwms have outputs of their own, one frequency a timer, beside a timer that counts time: by trying everything.
fn some_way(
    chip: &crate::catalog::Chip,
    pwms: &[(crate::catalog::PinId, u32)],
    timers: &mut Vec<(String, String, u32)>,
) -> bool {
    let Some(((pin, frequency), rest)) = pwms.split_first() else {
        let counts = |timer: &str| timers.iter().all(|(taken, _, _)| taken != timer);
        let others = chip.other_time_drivers.iter().map(|driver| driver.timer.as_str());
        return std::iter::once(chip.time_driver.timer.as_str()).chain(others).any(counts);
    };
    chip.pin(*pin).functions.iter().any(|function| {
        let (timer, output) = (&chip.block(function.block).name, function.signal.to_string());
        let stands = timer.starts_with("TIM")
            && timers.iter().all(|(of, taken, at)| of != timer || (*taken != output && at == frequency));
        stands && {
            timers.push((timer.clone(), output, *frequency));
            let is_possible = some_way(chip, rest, timers);
            timers.pop();
            is_possible
        }
    })
}

/// Small random sets of pwms on a chip with few timers: accepted exactly where a search of all ways finds one.
#[test]
fn pwms_are_placed_exactly_where_there_is_a_way() {
    let (mut state, mut accepted, mut refused) = (1_u32, 0, 0);
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % below
    };
    for board in ["chip:stm32g031k8", "blackpill-f411"] {
        let chip = on(board, "").value.unwrap().app.board.chip.clone();
        let able = |pin: &crate::catalog::PinId| {
            let name =
                |function: &crate::catalog::Function| chip.block(function.block).name.starts_with("TIM");
            chip.pin(*pin).functions.iter().any(name)
        };
        let pins: Vec<_> = chip.pin_ids().filter(able).collect();
        for _ in 0..300 {
            let mut pwms: Vec<_> =
                (0..1 + random(5)).map(|_| (pins[random(pins.len())], 1_000 + random(3) as u32)).collect();
            pwms.sort_unstable();
            pwms.dedup_by_key(|(pin, _)| *pin);
            let line = |(index, (pin, hz)): (usize, &(crate::catalog::PinId, u32))| {
                format!("p{index}: pwm pin={} frequency={hz}Hz", chip.pin(*pin).name)
            };
            let text = pwms.iter().enumerate().map(line).collect::<Vec<_>>().join("\n");
            let is_accepted = on(board, &text).value.is_some();
            assert_eq!(is_accepted, some_way(&chip, &pwms, &mut Vec::new()), "{board}\n{text}");
            if is_accepted { accepted += 1 } else { refused += 1 }
        }
    }
    assert!(accepted > 100 && refused > 100, "{accepted} {refused}");
}

/// Every core of whole megahertz beside USB, against trying every number of the PLL by the reference manual's formulas:
/// core = source / m × n / p, and USB = source / m × n / q.
#[test]
fn a_core_beside_usb_is_had_exactly_where_numbers_of_the_pll_give_both() {
    for source in [4, 8, 12, 16, 25, 26] {
        let possible = |core: u32| {
            let inputs = (2..=63).filter(|m| source * 1_000_000 % m == 0);
            let inputs =
                inputs.map(|m| source * 1_000_000 / m).filter(|hz| (1_000_000..=2_000_000).contains(hz));
            let mut oscillators = inputs.flat_map(|hz| (50..=432).map(move |n| hz * n));
            oscillators.any(|vco| {
                let both = [2, 4, 6, 8].into_iter().any(|p| vco == core * p)
                    && (2..=15).any(|q| vco == 48_000_000 * q);
                both && (100_000_000..=432_000_000).contains(&vco)
            })
        };
        for megahertz in 1..=100 {
            let text = file(&format!("clock = \"{megahertz}MHz\"\nlog-over = \"usb\"\n"));
            let mut app = app(&text.replace("rpi-pico", "blackpill-f411"));
            let mut board = (*app.board).clone();
            board.crystal_hz = Some(source * 1_000_000);
            app.board = std::sync::Arc::new(board);
            let checked = resolve(app);
            let core = megahertz * 1_000_000;
            let wanted = core >= 14_200_000 && possible(core);
            assert_eq!(
                checked.value.is_some(),
                wanted,
                "{source} MHz to {megahertz}: {:?}",
                checked.diagnostics
            );
            let Some(resolved) = checked.value else { continue };
            let Some(ClockSolution::BusPll(made)) = resolved.clock else { panic!("it has a PLL") };
            let pll = made.pll.unwrap();
            let vco = u64::from(source) * 1_000_000 / u64::from(pll.prediv) * u64::from(pll.mul);
            assert_eq!(vco, u64::from(core) * u64::from(pll.div));
            assert_eq!(vco, 48_000_000 * u64::from(pll.usb_div.unwrap()));
            let lines = resolved.usb.unwrap().lines.unwrap();
            assert_eq!(lines.map(|pin| resolved.app.board.chip.pin(pin).name.clone()), ["PA12", "PA11"]);
        }
    }
}

/// The same on an STM32F103, whose USB has the core's clock by 1 or 1.5, and on an STM32L476: core = source / m × n / r, and
/// USB = source / m × n / q.
#[test]
fn a_core_beside_usb_is_had_on_other_families_where_their_plls_give_both() {
    let f103 = |source: u32, core: u32| {
        let inputs = [1, 2].map(|m| source * 1_000_000 / m);
        let mut made = inputs.into_iter().flat_map(|hz| (2..=16).map(move |n| hz * n));
        [48_000_000, 72_000_000].contains(&core) && made.any(|hz| hz == core)
    };
    let l476 = |source: u32, core: u32| {
        let inputs =
            (1..=8).filter(|m| (source * 1_000_000).is_multiple_of(*m)).map(|m| source * 1_000_000 / m);
        let inputs = inputs.filter(|hz| (4_000_000..=16_000_000).contains(hz));
        let mut oscillators = inputs.flat_map(|hz| (8..=86).map(move |n| hz * n));
        let both = |vco: u32| {
            let by = |hz: u32| [2, 4, 6, 8].into_iter().any(|divider| vco == hz * divider);
            (64_000_000..=344_000_000).contains(&vco) && by(core) && by(48_000_000)
        };
        (14_200_000..=80_000_000).contains(&core) && oscillators.any(both)
    };
    type Possible = fn(u32, u32) -> bool;
    let possible: [(&str, u32, Possible); 2] = [("stm32f103c8", 72, f103), ("stm32l476rg", 80, l476)];
    for (chip, fastest, possible) in possible {
        let mut had = 0;
        for (source, megahertz) in
            [4, 6, 8, 12, 16].into_iter().flat_map(|source| (1..=fastest).map(move |core| (source, core)))
        {
            let text = file(&format!("clock = \"{megahertz}MHz\"\nlog-over = \"usb\"\n"));
            let mut app = app(&text.replace("rpi-pico", &format!("chip:{chip}")));
            let mut board = (*app.board).clone();
            board.crystal_hz = Some(source * 1_000_000);
            app.board = std::sync::Arc::new(board);
            let checked = resolve(app);
            let wanted = possible(source, megahertz * 1_000_000);
            let is_had = checked.value.is_some();
            assert_eq!(is_had, wanted, "{chip}, {source} MHz to {megahertz}: {:?}", checked.diagnostics);
            had += u32::from(is_had);
        }
        assert!(had > 3, "{chip}: {had}");
    }
}

/// What a board's file says of a pin is told of a use that works against it, and of no other.
#[test]
fn pins_that_lead_to_something_on_the_board() {
    let said = |board: &str, text: &str| -> Vec<String> {
        let told = on(board, text).diagnostics;
        told.iter().map(|fault| fault.title.rsplit_once(": ").unwrap().1.to_owned()).collect()
    };
    let nothing: [&str; 0] = [];
    let serial = "console: uart tx=TX rx=RX";
    for board in [
        "nucleo-f401re",
        "nucleo-g071rb",
        "nucleo-h743zi",
        "nucleo-l476rg",
        "nrf52840-dk",
        "esp32-c3-devkitm",
    ] {
        assert_eq!(said(board, serial), nothing, "{board}");
        assert_eq!(said(board, "sniffer: input pin=RX"), nothing, "{board}");
        assert_eq!(said(board, "lamp: output pin=RX"), ["serial port"], "{board}");
        assert_eq!(said(board, "lamp: output pin=TX"), nothing, "{board}");
    }
    // Its labels TX and RX are a proposal.
    assert_eq!(said("stm32f4-discovery", "lamp: output pin=RX"), nothing);
    // Half-way wrong: the chip would send where the board sends.
    assert_eq!(said("nrf52840-dk", "console: uart tx=RX rx=TX"), ["serial port"]);
    // A bus may be shared, and have the part's chip select.
    assert_eq!(said("stm32f4-discovery", "bus: i2c sda=SDA scl=SCL"), nothing);
    let bus = "bus: spi sck=SCK mosi=MOSI miso=MISO frequency=1MHz";
    assert_eq!(said("stm32f4-discovery", bus), nothing);
    assert_eq!(said("stm32f4-discovery", &format!("{bus}\ncs: output pin=PE3")), nothing);
    assert_eq!(said("stm32f4-discovery", "lamp: output pin=PE3"), ["accelerometer"]);
    assert_eq!(said("stm32f4-discovery", "clock: output pin=SCK"), ["accelerometer"]);
    let flash = "bus: spi sck=P0.19 mosi=P0.20 miso=P0.21 frequency=1MHz\ncs: output pin=P0.17";
    assert_eq!(said("nrf52840-dk", flash), nothing);
    assert_eq!(said("nrf52840-dk", "lamp: output pin=P0.17"), ["flash chip"]);
    assert_eq!(said("nucleo-h743zi", "lamp: output pin=PG11"), ["Ethernet PHY"]);
    assert_eq!(said("rpi-pico-w", "led: output pin=GP25"), ["radio's chip select"]);
    assert_eq!(said("rpi-pico-w", "vsys: adc pin=GP29"), nothing);
}

/// Where an STM32 has a USB controller, its lines are pins of the package, it has a vector, and a firmware can have it, with a crystal
/// where the core's PLL gives it its clock.
#[test]
fn every_archived_chip_with_a_usb_controller_can_have_a_port() {
    let mut with_usb = 0;
    for name in crate::catalog::bare_chip_names() {
        let text = file_for(&format!("chip:{name}"), "log-over = \"usb\"\n");
        let mut app = app(&text);
        let has_controller = app.board.chip.blocks_of(fwc_schema::chip::BlockKind::Usb).next().is_some();
        let is_driven = !app.board.chip.not_driven.iter().any(|kind| kind == "usb-serial");
        let mut board = (*app.board).clone();
        let own = matches!(board.chip.usb_clock(), Some(fwc_schema::chip::UsbClock::Hsi48 {}));
        board.crystal_hz = Some(8_000_000).filter(|_| !own);
        app.board = std::sync::Arc::new(board);
        let checked = resolve(app);
        assert_eq!(checked.value.is_some(), has_controller && is_driven, "{name}: {:?}", checked.diagnostics);
        let Some(resolved) = checked.value else { continue };
        let wiring = resolved.usb.expect("the log needs it");
        assert!(wiring.lines.is_some(), "{name} has no pins for the lines of USB");
        assert_eq!(resolved.app.board.chip.block(wiring.block).interrupts.len(), 1, "{name}");
        with_usb += 1;
    }
    assert!(with_usb > 400, "{with_usb}");
}
