//! The bundled files are sound, and say what the datasheets say; faults in a project's files come with their place.

use std::collections::BTreeSet;

use fwc_schema::board::Wiring;
use fwc_schema::chip::{BlockKind, ChipFile, ChipTables, FamilyFile, IdentityFile, MemoryRole, Signal};

use super::*;

fn pico() -> Arc<Board> {
    Catalog::default().board("rpi-pico").expect("it is bundled").expect("it is sound")
}

#[test]
fn every_bundled_board_loads_by_name_and_by_alias() {
    let catalog = Catalog::default();
    assert!(catalog.boards().iter().any(|head| head.name == "rpi-pico"));
    for head in catalog.boards() {
        let board = catalog.board(&head.name).unwrap().unwrap();
        let shown =
            (&board.name, &board.title, &board.aliases, &board.description, &board.vendor, &board.chip.name);
        assert_eq!(
            shown,
            (&head.name, &head.title, &head.aliases, &head.description, &head.vendor, &head.chip)
        );
        for alias in &head.aliases {
            assert!(Arc::ptr_eq(&catalog.board(alias).unwrap().unwrap(), &board), "{alias}");
        }
    }
    let mut names = catalog.board_names();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two boards share a name or alias");
}

#[test]
fn every_bundled_chip_is_called_after_its_file_and_names_its_sources() {
    assert!(chip_names().contains(&"rp2040"));
    for name in chip_names() {
        assert_eq!(chip(name).unwrap().name, name);
        let facts = facts(name);
        let json = toml::Value::try_from(&facts).unwrap();
        assert_sources(&json, name);
        assert!(json.get("source").is_some(), "{name}");
        for table in ["memory", "software-interrupts", "time-driver", "clocks", "uart"] {
            assert!(json[table].get("source").is_some(), "{name}: [{table}] has no source");
        }
    }
}

/// What is written by hand of a chip, in a file of its own or in its family's.
fn facts(name: &str) -> ChipFile {
    if let Some(file) = BOARDS.get_file(format!("chips/{name}.toml")) {
        return toml::from_str(bundled_text(file)).unwrap();
    }
    let tables = bundled_text(BOARDS.get_file(format!("chips/{name}.tables.toml")).unwrap());
    let family: FamilyFile = toml::from_str(family(tables)).unwrap();
    let tables: ChipTables = toml::from_str(tables).unwrap();
    family.chip(name, tables.part.expect("a chip of a family")).expect("it counts time")
}

/// No `source` anywhere is empty.
fn assert_sources(value: &toml::Value, place: &str) {
    if let Some(source) = value.get("source").and_then(toml::Value::as_str) {
        assert!(source.len() > 10, "{place}: a source that says nothing");
    }
    let Some(table) = value.as_table() else { return };
    for (key, inner) in table {
        assert_sources(inner, &format!("{place}.{key}"));
        for item in inner.as_array().into_iter().flatten() {
            assert_sources(item, &format!("{place}.{key}"));
        }
    }
}

#[test]
fn no_pin_is_on_two_contacts() {
    let catalog = Catalog::default();
    for head in catalog.boards() {
        let board = catalog.board(&head.name).unwrap().unwrap();
        for pin in board.chip.pin_ids() {
            let name = &board.chip.pin(pin).name;
            assert!(board.contacts_of(pin).count() <= 1, "{}: `{name}` is on two contacts", head.name);
        }
    }
}

#[test]
fn no_function_is_twice_on_a_pin_and_a_driver_finds_its_pins() {
    for name in chip_names() {
        let chip = chip(name).unwrap();
        for pin in &chip.pins {
            let functions: BTreeSet<Function> = pin.functions.iter().copied().collect();
            assert_eq!(functions.len(), pin.functions.len(), "{name}: `{}` has a function twice", pin.name);
        }
        for (kind, signal) in [
            (BlockKind::Uart, Signal::Tx),
            (BlockKind::Uart, Signal::Rx),
            (BlockKind::I2c, Signal::Sda),
            (BlockKind::I2c, Signal::Scl),
            (BlockKind::Spi, Signal::Sck),
        ] {
            for block in chip.blocks_of(kind) {
                assert!(
                    chip.pins_for(block, signal).next().is_some(),
                    "{name}: {} {signal}",
                    chip.block(block).name
                );
            }
        }
    }
}

/// RP2040 datasheet, section 1.4.3: functions F1 to F4 of each GPIO; and section 4.9: GPIO26 to 29 are ADC 0 to 3.
const RP2040_FUNCTIONS: [&str; 30] = [
    "SPI0 RX, UART0 TX, I2C0 SDA, PWM0 A",
    "SPI0 CSn, UART0 RX, I2C0 SCL, PWM0 B",
    "SPI0 SCK, UART0 CTS, I2C1 SDA, PWM1 A",
    "SPI0 TX, UART0 RTS, I2C1 SCL, PWM1 B",
    "SPI0 RX, UART1 TX, I2C0 SDA, PWM2 A",
    "SPI0 CSn, UART1 RX, I2C0 SCL, PWM2 B",
    "SPI0 SCK, UART1 CTS, I2C1 SDA, PWM3 A",
    "SPI0 TX, UART1 RTS, I2C1 SCL, PWM3 B",
    "SPI1 RX, UART1 TX, I2C0 SDA, PWM4 A",
    "SPI1 CSn, UART1 RX, I2C0 SCL, PWM4 B",
    "SPI1 SCK, UART1 CTS, I2C1 SDA, PWM5 A",
    "SPI1 TX, UART1 RTS, I2C1 SCL, PWM5 B",
    "SPI1 RX, UART0 TX, I2C0 SDA, PWM6 A",
    "SPI1 CSn, UART0 RX, I2C0 SCL, PWM6 B",
    "SPI1 SCK, UART0 CTS, I2C1 SDA, PWM7 A",
    "SPI1 TX, UART0 RTS, I2C1 SCL, PWM7 B",
    "SPI0 RX, UART0 TX, I2C0 SDA, PWM0 A",
    "SPI0 CSn, UART0 RX, I2C0 SCL, PWM0 B",
    "SPI0 SCK, UART0 CTS, I2C1 SDA, PWM1 A",
    "SPI0 TX, UART0 RTS, I2C1 SCL, PWM1 B",
    "SPI0 RX, UART1 TX, I2C0 SDA, PWM2 A",
    "SPI0 CSn, UART1 RX, I2C0 SCL, PWM2 B",
    "SPI0 SCK, UART1 CTS, I2C1 SDA, PWM3 A",
    "SPI0 TX, UART1 RTS, I2C1 SCL, PWM3 B",
    "SPI1 RX, UART1 TX, I2C0 SDA, PWM4 A",
    "SPI1 CSn, UART1 RX, I2C0 SCL, PWM4 B",
    "SPI1 SCK, UART1 CTS, I2C1 SDA, PWM5 A, ADC IN0",
    "SPI1 TX, UART1 RTS, I2C1 SCL, PWM5 B, ADC IN1",
    "SPI1 RX, UART0 TX, I2C0 SDA, PWM6 A, ADC IN2",
    "SPI1 CSn, UART0 RX, I2C0 SCL, PWM6 B, ADC IN3",
];

#[test]
fn the_rp2040_generated_table_is_the_datasheets_table() {
    let chip = chip("rp2040").unwrap();
    assert_eq!(chip.pins.len(), RP2040_FUNCTIONS.len());
    for (number, expected) in RP2040_FUNCTIONS.iter().enumerate() {
        let pin = chip.pin(chip.pin_named(&format!("GPIO{number}")).unwrap());
        let titles: Vec<String> =
            pin.functions.iter().map(|function| chip.function_title(*function)).collect();
        assert_eq!(titles.join(", "), *expected, "GPIO{number}");
        assert_eq!((pin.number, pin.hal.as_str()), (number as u16, format!("PIN_{number}").as_str()));
    }
}

#[test]
fn the_rp2040_vectors_are_the_datasheets() {
    // RP2040 datasheet, section 2.3.2.
    let chip = chip("rp2040").unwrap();
    let number = |name: &str| chip.interrupts.iter().find(|interrupt| interrupt.name == name).unwrap().number;
    let numbers =
        ["TIMER_IRQ_0", "USBCTRL_IRQ", "DMA_IRQ_0", "IO_IRQ_BANK0", "UART0_IRQ", "I2C1_IRQ", "SWI_IRQ_5"];
    assert_eq!(numbers.map(number), [0, 5, 11, 13, 20, 24, 31]);
    assert!(chip.interrupt(chip.time_driver.interrupt).taken_by.is_some());
    for vector in &chip.software_interrupts {
        assert!(chip.interrupt(*vector).number >= 26, "only 26 to 31 are free");
    }
    assert_eq!(chip.interrupt_priority_bits, 2);
}

#[test]
fn the_rp2350_is_a_larger_rp2040() {
    let (older, newer) = (chip("rp2040").unwrap(), chip("rp2350a").unwrap());
    // RP2350 datasheet, GPIO functions: a pin of the RP2350A can be all that the RP2040's is; the slices after the eighth
    // take the place of a few of those that came round again.
    assert_eq!(newer.pins.len(), older.pins.len());
    let titles = |chip: &Chip, number: usize, kind: BlockKind| {
        let functions = chip.pins[number].functions.iter();
        functions
            .filter(|function| chip.block(function.block).kind == kind)
            .map(|function| chip.function_title(*function))
            .collect::<Vec<_>>()
    };
    for number in 0..older.pins.len() {
        for kind in [BlockKind::Uart, BlockKind::Spi, BlockKind::I2c, BlockKind::Adc] {
            for title in titles(&older, number, kind) {
                assert!(titles(&newer, number, kind).contains(&title), "GPIO{number} has {title}");
            }
        }
    }
    let count = |kind: BlockKind| (older.blocks_of(kind).count(), newer.blocks_of(kind).count());
    assert_eq!((count(BlockKind::Pwm), count(BlockKind::Pio)), ((8, 12), (2, 3)));
    assert_eq!((older.dma_channels.len(), newer.dma_channels.len()), (12, 16));
    // RP2350 datasheet, interrupts: TIMER0_IRQ_0 is the first vector, 46 to 51 are spare. The HAL keeps two of the
    // four bits of a priority.
    assert_eq!(newer.interrupt(newer.time_driver.interrupt).number, 0);
    let spare = newer.software_interrupts.iter().map(|vector| newer.interrupt(*vector).number);
    assert!(spare.into_iter().all(|number| (46..=51).contains(&number)), "the chip has 52 vectors");
    assert_eq!(newer.interrupt_priority_bits, 2);
}

#[test]
fn who_can_be_where_on_the_rp2040() {
    let chip = chip("rp2040").unwrap();
    let pin = |name: &str| chip.pin_named(name).unwrap();
    let block = |name: &str| chip.block_named(name).unwrap();
    let names = |pins: Vec<PinId>| pins.iter().map(|pin| chip.pin(*pin).name.clone()).collect::<Vec<_>>();
    assert_eq!(names(chip.pins_for(block("UART1"), Signal::Tx).collect()), ["GP4", "GP8", "GP20", "GP24"]);
    assert_eq!(chip.pins_for(block("PIO0"), Signal::Io).count(), 30);
    assert_eq!(chip.pins_for(block("UART1"), Signal::Sda).count(), 0);
    let on_gp4: Vec<BlockId> = chip.blocks_on(pin("GP4"), BlockKind::Uart, Signal::Tx).collect();
    assert_eq!(on_gp4, [block("UART1")]);
    assert!(
        chip.reaches(block("PWM0"), Signal::A, pin("GP16"))
            && !chip.reaches(block("PWM0"), Signal::B, pin("GP16"))
    );
    assert_eq!(block("PWM0"), block("PWM_SLICE0"));
    assert_eq!(chip.dma_channels_for(block("UART0"), DmaDirection::Tx).count(), 12);
    assert_eq!(chip.dma_channels_for(block("ADC"), DmaDirection::Tx).count(), 0);
    assert_eq!(chip.dma_channels_for(block("I2C0"), DmaDirection::Rx).count(), 0);
    assert_eq!(
        (chip.pin_named("gp4"), chip.pin_named("GP30"), chip.block_named("UART2")),
        (None, None, None)
    );
}

#[track_caller]
fn check_rate(core_hz: u32, baud: u32, divider_in_64ths: u64) {
    let rate = chip("rp2040").unwrap().uart_rate(core_hz, baud).expect("within reach");
    assert_eq!(
        rate.millibaud,
        u64::from(core_hz) * 64_000 / (16 * divider_in_64ths),
        "{baud} baud at {core_hz} Hz"
    );
    let wanted = f64::from(baud) * 1e3;
    let error = (rate.millibaud as f64 - wanted) / wanted * 1e6;
    assert!((rate.error_ppm as f64 - error).abs() <= 1.0, "{} ppm, not {error}", rate.error_ppm);
}

#[test]
fn uart_rates_are_those_of_the_registers() {
    // RP2040 datasheet, section 4.2.7.1: its worked example is 115200 baud at 125 MHz, divider 67 + 52/64.
    check_rate(125_000_000, 115_200, 67 * 64 + 52);
    check_rate(125_000_000, 921_600, 8 * 64 + 31);
    check_rate(125_000_000, 7_812_500, 64);
    // The fraction would be 63.67/64, is rounded to 64/64 and lost: the whole part stays 2.
    check_rate(48_000_000, 1_002_606, 2 * 64);
    let chip = chip("rp2040").unwrap();
    let rates = chip.uart_rates(125_000_000);
    assert_eq!(rates, 120..=7_812_500);
    for baud in [*rates.start(), *rates.end()] {
        assert!(chip.uart_rate(125_000_000, baud).is_some(), "{baud}");
    }
    for baud in [0, *rates.start() - 1, *rates.end() + 1, u32::MAX] {
        assert_eq!(chip.uart_rate(125_000_000, baud), None, "{baud}");
    }
}

#[test]
fn the_pico_links_as_embassys_own_examples_do() {
    let regions = pico().link_regions();
    let shown: Vec<(&str, MemoryRole, u32, u32)> = regions
        .iter()
        .map(|region| (region.name.as_str(), region.role, region.origin, region.length))
        .collect();
    assert_eq!(
        shown,
        [
            ("BOOT2", MemoryRole::Boot, 0x1000_0000, 0x100),
            ("FLASH", MemoryRole::Flash, 0x1000_0100, 2048 * 1024 - 0x100),
            ("RAM", MemoryRole::Ram, 0x2000_0000, 264 * 1024),
        ]
    );
    assert_eq!(pico().bytes_of(MemoryRole::Ram), 264 * 1024);
}

#[test]
fn the_picos_pins() {
    let board = pico();
    let name = |pin: PinId| board.chip.pin(pin).name.as_str();
    assert_eq!(board.pin("LED").map(name), Some("GP25"));
    assert_eq!(board.pin("GP25"), board.pin("GPIO25"));
    assert_eq!(board.pin("led"), None);
    assert_eq!(board.onboard(board.pin("LED").unwrap()).unwrap().wiring, Wiring::Indicator);
    let off_header: Vec<&str> =
        board.chip.pin_ids().filter(|pin| board.contacts_of(*pin).count() == 0).map(name).collect();
    assert_eq!(off_header, ["GP23", "GP24", "GP25", "GP29"]);
    let names: Vec<&str> = board.pin_names().collect();
    assert!(names.iter().all(|name| board.pin(name).is_some()));
    assert_eq!(names.len(), 12 + 2 * 30);
}

#[test]
fn a_row_says_where_a_pin_is_and_what_can_be_there() {
    let rows = pin_rows(&pico());
    assert_eq!(rows.len(), 30);
    let a0 = &rows[26];
    assert_eq!((a0.pin.as_str(), a0.contacts.as_slice()), ("GP26", ["31".to_owned()].as_slice()));
    assert_eq!(a0.labels, ["A0"]);
    assert_eq!(
        a0.functions,
        ["SPI1 SCK", "UART1 CTS", "I2C1 SDA", "PWM5 A", "ADC IN0", "PIO0 IO", "PIO1 IO"]
    );
    assert!(a0.limitations[0].starts_with("`GP26` has a diode"));
    assert_eq!(rows[24].onboard.as_deref(), Some("VBUS sense: high while USB supplies the board"));
    assert_eq!(rows[24].contacts, Vec::<String>::new());
}

const OWN_BOARD: &str = r#"
name = "gadget"
title = "Gadget"
aliases = ["thing"]
description = "RP2040 in a box"
vendor = "us"
chip = "rp2040"
sources = ["schematic of the gadget, revision B"]
crystal-hz = 12_000_000
flash-chip = { part = "W25Q128JV", bytes = 0x100_0000 }
power = { regulator = "ldo", part = "AP2112K", logic-millivolts = 3300, input-millivolts = [3500, 6000] }
flash = [{ method = "probe" }]

[labels]
LAMP = "GP3"
"#;

#[track_caller]
fn faults(from: &str, to: &str) -> Vec<(String, String, Option<String>)> {
    assert!(OWN_BOARD.contains(from), "the fault is nowhere: {from}");
    let text = OWN_BOARD.replacen(from, to, 1);
    let catalog = Catalog::new([("boards/gadget.toml".to_owned(), text.clone())]);
    let faults = catalog.board("gadget").expect("found by its file").expect_err("faulty");
    faults
        .iter()
        .map(|fault| {
            assert_eq!(fault.file, "boards/gadget.toml");
            (text[fault.range.clone()].to_owned(), fault.message.clone(), fault.help.clone())
        })
        .collect()
}

fn fault(at: &str, message: &str, help: Option<&str>) -> Vec<(String, String, Option<String>)> {
    vec![(at.to_owned(), message.to_owned(), help.map(str::to_owned))]
}

#[test]
fn a_projects_board_is_found_and_hides_a_bundled_one_of_its_name() {
    let own = |file: &str, text: String| Catalog::new([(file.to_owned(), text)]);
    let catalog = own("boards/gadget.toml", OWN_BOARD.to_owned());
    let board = catalog.board("thing").unwrap().unwrap();
    assert_eq!(board.pin("LAMP"), board.pin("GP3"));
    assert_eq!(board.bytes_of(MemoryRole::Flash), 16 * 1024 * 1024 - 0x100);
    assert!(catalog.board("rpi-pico").is_some() && catalog.board("nothing").is_none());

    let hiding = own("boards/rpi-pico.toml", OWN_BOARD.replace("gadget", "rpi-pico"));
    assert_eq!(hiding.board("rpi-pico").unwrap().unwrap().title, "Gadget");
    assert_eq!(hiding.boards().iter().filter(|head| head.name == "rpi-pico").count(), 1);
}

#[test]
fn faults_of_a_projects_board_come_with_their_place() {
    assert_eq!(faults("\"GP3\"", "\"GP33\""), fault("\"GP33\"", "RP2040 has no pin `GP33`", None));
    assert_eq!(
        faults("\"rp2040\"", "\"RP2040\""),
        fault("\"RP2040\"", "there is no chip `RP2040`", Some("did you mean `rp2040`?"))
    );
    assert_eq!(
        faults("\"gadget\"", "\"gadgets\""),
        fault(
            "\"gadgets\"",
            "the board `gadgets` is in a file of another name",
            Some("write `gadget`, or rename the file")
        )
    );
    assert_eq!(faults("LAMP", "GP5"), fault("GP5", "the label `GP5` is a pin's own name", None));
    assert_eq!(
        faults("flash-chip = { part = \"W25Q128JV\", bytes = 0x100_0000 }", ""),
        fault("\"rp2040\"", "RP2040 has no flash of its own: the board needs `[flash-chip]`", None)
    );
    assert_eq!(
        faults("12_000_000", "50_000_000"),
        fault("50_000_000", "RP2040 takes a crystal of 1_000_000 to 15_000_000 hertz", None)
    );
    assert_eq!(
        faults("crystal-hz = 12_000_000", ""),
        fault("\"rp2040\"", "RP2040 is clocked by a crystal: the board needs `crystal-hz`", None)
    );
    assert_eq!(
        faults("0x100_0000 }", "0x100_0001 }"),
        fault(
            "{ part = \"W25Q128JV\", bytes = 0x100_0001 }",
            "RP2040 can use a flash chip of at most 16_777_216 bytes",
            None
        )
    );
}

#[test]
fn unknown_keys_and_bad_text_are_faults_too() {
    let [(at, message, _)] = faults("vendor", "maker").try_into().unwrap();
    assert_eq!(at, "maker");
    assert_eq!(message, "unknown key `maker`");
    let [(_, message, _)] = faults("title =", "title ==").try_into().unwrap();
    assert!(!message.is_empty());
}

#[test]
fn all_faults_of_the_tables_are_said_at_once() {
    let text = format!("{OWN_BOARD}LIGHT = \"GP77\"\nBELL = \"P0.1\"\n");
    let catalog = Catalog::new([("gadget.toml".to_owned(), text)]);
    assert_eq!(catalog.board("gadget").unwrap().unwrap_err().len(), 2);
}

#[test]
fn the_example_of_the_readme_is_a_board() {
    let readme = bundled_text(BOARDS.get_file("README.md").unwrap());
    let (_, rest) = readme.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let catalog = Catalog::new([("boards/gadget.toml".to_owned(), example.to_owned())]);
    let board = catalog.board("thing").unwrap().unwrap();
    assert_eq!(board.contacts_of(board.pin("LED").unwrap()).count(), 1);
    assert_eq!(board.flash.len(), 2);
}

#[test]
fn the_stm32f401s_tables_are_the_datasheets() {
    // STM32F401xD/xE datasheet, alternate functions (AF07, AF08); RM0368, DMA request mapping and vector table.
    let chip = chip("stm32f401re").unwrap();
    let titles = |name: &str| {
        let functions = chip.pin(chip.pin_named(name).unwrap()).functions.iter();
        functions.map(|function| chip.function_title(*function)).collect::<Vec<_>>().join(", ")
    };
    for (pin, functions) in [
        ("PA2", "USART2 TX"),
        ("PA9", "USART1 TX"),
        ("PA11", "USART1 CTS, USART6 TX"),
        ("PB7", "USART1 RX"),
        ("PC6", "USART6 TX"),
        ("PC13", ""),
    ] {
        let uarts: Vec<String> =
            titles(pin).split(", ").filter(|title| title.starts_with("USART")).map(str::to_owned).collect();
        assert_eq!(uarts.join(", "), functions, "{pin}");
    }
    let channels = |block: &str, direction| {
        let channels = chip.dma_channels_for(chip.block_named(block).unwrap(), direction);
        channels.map(|channel| chip.dma_channel(channel).name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(channels("USART2", DmaDirection::Tx), ["DMA1_CH6"]);
    assert_eq!(channels("USART6", DmaDirection::Tx), ["DMA2_CH6", "DMA2_CH7"]);
    assert_eq!(channels("USART1", DmaDirection::Rx), ["DMA2_CH2", "DMA2_CH5"]);
    let vector = |name: &str| chip.edge_line(chip.pin_named(name).unwrap());
    let number = |name: &str| vector(name).map(|(line, vector)| (line, chip.interrupt(vector).number));
    assert_eq!(["PA0", "PB5", "PC13"].map(number), [Some((0, 6)), Some((5, 23)), Some((13, 40))]);
    assert_eq!(chip.interrupt_priority_bits, 4);
}

#[test]
fn an_stm32s_uart_has_the_rate_of_the_nearest_divider() {
    // RM0090, USART, error calculation for programmed baud rates at 42 MHz, oversampling by 16: 22.8125 for 115.2 kbit/s.
    let rate = chip("stm32f401re").unwrap().uart_rate(42_000_000, 115_200).unwrap();
    assert_eq!((rate.millibaud, rate.error_ppm), (115_068_493, -1_141));
    // The same table, oversampling by 8, ends at 5.25 Mbit/s.
    let rates = chip("stm32f401re").unwrap().uart_rates(42_000_000);
    assert_eq!(*rates.end(), 5_250_000);
    for baud in [*rates.start(), *rates.end()] {
        assert!(chip("stm32f401re").unwrap().uart_rate(42_000_000, baud).is_some(), "{baud}");
    }
    for baud in [*rates.start() - 1, *rates.end() * 11 / 10] {
        assert_eq!(chip("stm32f401re").unwrap().uart_rate(42_000_000, baud), None, "{baud}");
    }
}

/// stm32-metapac has a file for each; all of the families are there, and each is a whole chip.
#[test]
fn every_archived_chip_is_whole() {
    let names = bare_chip_names();
    assert!(names.len() > 1465 && names.is_sorted(), "{}", names.len());
    for name in names {
        let chip = archived(name).unwrap();
        assert_eq!(chip.name, name);
        for role in [MemoryRole::Flash, MemoryRole::Ram] {
            assert_eq!(chip.memory.iter().filter(|region| region.role == role).count(), 1, "{name}");
        }
        assert!(chip.blocks_of(BlockKind::Uart).count() > 0 && chip.edges.len() == 16, "{name}");
        assert!(chip.software_interrupts.len() >= 2, "{name} has a vector for each priority");
        let time = chip.interrupt(chip.time_driver.interrupt);
        assert!(time.taken_by.is_some(), "{name}");
    }
    assert!(archived("stm32").is_none() && archived("").is_none());
}

#[test]
fn the_chips_of_boards_are_in_the_archive_as_well() {
    for name in ["stm32f401re", "stm32f407vg", "stm32f411ce", "stm32g071rb", "stm32l476rg"] {
        let (own, packed) = (chip(name).unwrap(), archived(name).unwrap());
        assert_eq!(
            (&own.pins, &own.blocks, &own.dma_channels),
            (&packed.pins, &packed.blocks, &packed.dma_channels)
        );
        assert_eq!((&own.memory, &own.part), (&packed.memory, &packed.part));
    }
}

/// Two chips with one identity could not be told apart, and a wrong one would be flashed.
#[test]
fn every_chip_is_told_from_every_other() {
    let all = super::identities();
    assert!(all.iter().any(|(chips, _)| chips == "RP2040"), "{all:?}");
    assert!(all.iter().any(|(chips, _)| chips.starts_with("STM32F405/STM32F407")), "{all:?}");
    let of = |one: &IdentityFile| (one.address, one.core_part);
    let mut values: Vec<_> =
        all.iter().flat_map(|(_, one)| one.values.iter().map(move |value| (of(one), *value))).collect();
    assert!(all.iter().all(|(_, one)| one.values.iter().all(|value| value & one.mask == *value)));
    let count = values.len();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), count);
    // Where the core tells two apart, it is said of both.
    for ((address, part), value) in &values {
        let same = values.iter().filter(|(of, one)| (of.0, *one) == (*address, *value));
        assert!(part.is_some() || same.count() == 1, "{value:#x}");
    }
}
