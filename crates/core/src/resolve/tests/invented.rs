//! Chips that are not there: pins with many functions, many uarts, few DMA channels.

use std::sync::Arc;

use super::*;
use crate::app::PeripheralKind;
use crate::catalog::{BlockId, Board, Chip, PinId};
use crate::resolved::UartDriver;

const FACTS: &str = include_str!("../../../../../boards/chips/rp2040.toml");
const TABLES: &str = include_str!("../../../../../boards/chips/rp2040.tables.toml");

/// A chip: the functions of each pin, and how many uarts and DMA channels there are.
#[derive(Clone, Debug)]
pub(super) struct Invented {
    pub(super) functions: Vec<Vec<String>>,
    pub(super) uarts: usize,
    pub(super) channels: usize,
}

impl Invented {
    /// Pins `GP0`, `GP1` …, each with the functions of one line, such as `UART0 TX, UART2 RX`.
    pub(super) fn new(uarts: usize, channels: usize, pins: &[&str]) -> Invented {
        let functions =
            |line: &&str| line.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Invented { functions: pins.iter().map(functions).collect(), uarts, channels }
    }

    /// The Pico with this chip, and nothing else on the board.
    fn board(&self, pico: &Board) -> Arc<Board> {
        // The limitations name pins that may be missing here.
        let facts = FACTS.split("[[limitations]]").next().unwrap();
        let chip = Chip::from_files(facts, &self.tables()).unwrap();
        let mut board = pico.clone();
        board.chip = Arc::new(chip);
        board.labels.clear();
        board.headers.clear();
        board.onboard.clear();
        Arc::new(board)
    }

    /// The RP2040's vectors, with these pins, blocks and channels.
    fn tables(&self) -> String {
        let mut tables = TABLES[..TABLES.find("pins = [").unwrap()].to_owned();
        tables.push_str("pins = [\n");
        for (number, functions) in self.functions.iter().enumerate() {
            let functions = format!("{functions:?}");
            tables.push_str(&format!(
                "{{ name = \"GP{number}\", number = {number}, hal = \"PIN_{number}\", functions = {functions} }},\n"
            ));
        }
        tables.push_str("]\nblocks = [\n");
        for number in 0..self.uarts {
            tables.push_str(&format!(
                "{{ name = \"UART{number}\", kind = \"uart\", interrupts = [\"UART0_IRQ\"], dma = {{ tx = \"T{number}\" }} }},\n"
            ));
        }
        tables.push_str("]\ndma-channels = [\n");
        for number in 0..self.channels {
            tables.push_str(&format!(
                "{{ name = \"DMA{number}\", number = {number}, interrupt = \"DMA_IRQ_0\" }},\n"
            ));
        }
        tables.push_str("]\n");
        tables.push_str(&TABLES[TABLES.find("interrupts = [\n").unwrap()..]);
        tables
    }

    /// The app of a text on this chip.
    pub(super) fn app(&self, text: &str) -> App {
        let mut app = app(text);
        app.board = self.board(&app.board);
        app
    }
}

/// What is said about a text on an invented chip.
#[track_caller]
fn check(chip: &Invented, text: &str, expected: &str) {
    let text = file(text);
    let checked = resolve(chip.app(&text));
    let said: Vec<String> = checked.diagnostics.iter().map(|diagnostic| shown(diagnostic, &text)).collect();
    assert_eq!(said.join("\n"), expected.trim_matches('\n'), "{}", said.join("\n"));
}

/// The block and the channel of each uart, by name.
#[track_caller]
fn check_taken(chip: &Invented, text: &str, expected: &[(&str, u16, Option<u16>)]) {
    let checked = resolve(chip.app(&file(text)));
    let resolved = checked.value.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    let taken = resolved.uarts.iter().map(|(id, wiring)| {
        let channel = match wiring.driver {
            UartDriver::DmaTx { tx } => tx.map(|tx| tx.0),
            UartDriver::DmaRx { .. } => panic!("the invented chip's HAL buffers a receiver"),
            _ => None,
        };
        (resolved.app.peripheral(*id).name.as_str(), wiring.block.0, channel)
    });
    assert_eq!(taken.collect::<Vec<_>>(), expected);
}

#[test]
fn a_choice_is_made_together_with_the_others() {
    // `a` would do on UART0 by itself, but it is the only one on which `b` can be.
    let chip =
        Invented::new(3, 4, &["UART0 TX, UART1 TX", "UART0 TX", "UART2 RX, UART1 RX", "UART1 TX, UART2 TX"]);
    check_taken(&chip, "a: uart tx=GP0\nb: uart tx=GP1", &[("a", 1, Some(0)), ("b", 0, Some(1))]);
    check_taken(&chip, "b: uart tx=GP1\na: uart tx=GP0", &[("b", 0, Some(1)), ("a", 1, Some(0))]);
    check_taken(
        &chip,
        "a: uart tx=GP0\nb: uart tx=GP1\nc: uart rx=GP2",
        &[("a", 1, Some(0)), ("b", 0, Some(1)), ("c", 2, None)],
    );
    check_taken(&chip, "c: uart tx=GP3 rx=GP2 instance=UART2", &[("c", 2, None)]);
}

#[test]
fn a_choice_among_several_blocks_says_so() {
    let chip = Invented::new(2, 1, &["UART0 TX, UART1 TX"]);
    let resolved = resolve(chip.app(&file("a: uart tx=GP0"))).value.unwrap();
    let reasons: Vec<&str> = resolved.uarts.values().map(|wiring| wiring.reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["UART0, which `GP0` reaches and the others leave free; sent by DMA, since it cannot receive"]
    );
}

#[test]
fn three_uarts_between_two_blocks() {
    let chip = Invented::new(
        4,
        4,
        &["UART0 TX, UART1 TX", "UART0 TX, UART1 TX", "UART1 RX", "UART2 TX", "UART3 TX"],
    );
    check(
        &chip,
        "a: uart tx=GP0\nb: uart tx=GP1\nc: uart rx=GP2\nd: uart tx=GP3",
        r#"
error[block-exhausted]: `a`, `b` and `c` need 3 uarts among UART0 and UART1
  rx = "GP2" ^ `c` needs UART1
  tx = "GP0" - `a` needs UART0 or UART1
  tx = "GP1" - `b` needs UART0 or UART1
  note: UART2 is held by `d`
  help: UART3 is free: `b` fits there with `tx = "GP4"`
"#,
    );
}

#[test]
fn a_pin_that_reaches_the_free_block_stays() {
    let chip = Invented::new(2, 2, &["UART0 TX, UART1 TX", "UART0 RX", "UART1 RX", "UART0 TX"]);
    check(
        &chip,
        "a: uart tx=GP3\nb: uart tx=GP0 rx=GP1 instance=UART0",
        r#"
error[block-exhausted]: `a` and `b` both need UART0
  instance = "UART0" ^ `b` needs UART0
  tx = "GP3" - `a` needs UART0
  help: UART1 is free: `b` fits there with `instance = "UART1"` and `rx = "GP2"`
"#,
    );
}

#[test]
fn who_could_be_elsewhere_is_not_in_the_same_straits() {
    let chip = Invented::new(2, 3, &["UART0 TX", "UART0 TX", "UART0 TX, UART1 TX"]);
    check(
        &chip,
        "a: uart tx=GP0\nb: uart tx=GP1\nc: uart tx=GP2",
        r#"
error[block-exhausted]: `a` and `b` both need UART0
  tx = "GP1" ^ `b` needs UART0
  tx = "GP0" - `a` needs UART0
  note: UART1 is held by `c`
  help: RP2040 has 2 uarts, the app 3: remove one of `a` and `b`
"#,
    );
}

#[test]
fn every_crowd_is_named_in_one_run() {
    let chip = Invented::new(2, 4, &["UART0 TX", "UART0 TX", "UART1 TX", "UART1 RX", "UART1 TX"]);
    check(
        &chip,
        "a: uart tx=GP0\nb: uart tx=GP1\nc: uart tx=GP2\nd: uart rx=GP3\ne: uart tx=GP4",
        r#"
error[block-exhausted]: `a` and `b` both need UART0
  tx = "GP1" ^ `b` needs UART0
  tx = "GP0" - `a` needs UART0
  note: UART1 is wanted by `c`, `d` and `e`
  help: RP2040 has 2 uarts, the app 5: remove one of `a` and `b`
error[block-exhausted]: `c` and `d` both need UART1
  rx = "GP3" ^ `d` needs UART1
  tx = "GP2" - `c` needs UART1
  note: `e` needs it as well
  note: UART0 is wanted by `a` and `b`
  help: RP2040 has 2 uarts, the app 5: remove 2 of `c`, `d` and `e`
"#,
    );
}

#[test]
fn dma_channels_run_out_as_well() {
    let chip = Invented::new(3, 1, &["UART0 TX", "UART1 TX", "UART2 RX"]);
    check(
        &chip,
        "a: uart tx=GP0\nb: uart tx=GP1\nc: uart rx=GP2",
        r#"
error[block-exhausted]: there are not enough DMA channels for `a` and `b`
  tx = "GP1" ^ `b` needs UART1
  tx = "GP0" - `a` needs UART0
  note: RP2040 has 1; a uart that is only written takes one
  help: remove one of `a` and `b`
"#,
    );
    check_taken(&chip, "b: uart tx=GP1\nc: uart rx=GP2", &[("b", 1, Some(0)), ("c", 2, None)]);
}

#[test]
fn a_chip_without_uarts() {
    let chip = Invented::new(0, 0, &["", ""]);
    check(&chip, "a: output pin=GP0", "");
    let text = file("a: uart tx=GP0\nb: uart rx=GP1");
    let said = resolve(chip.app(&text)).diagnostics;
    let titles: Vec<&str> = said.iter().map(|fault| fault.title.as_str()).collect();
    assert_eq!(titles, ["RP2040 has no uart for `a`", "RP2040 has no uart for `b`"]);
}

#[test]
fn a_chip_without_pwms_and_usb() {
    let chip = Invented::new(1, 1, &["UART0 TX", ""]);
    check(
        &chip,
        "a: pwm pin=GP1 frequency=1kHz",
        r#"
error[pin-function]: `GP1` cannot be the pwm `a`
  pin = "GP1" ^ leads to no pwm slice
"#,
    );
    check(
        &chip,
        "a: usb-serial",
        r#"
error[block-exhausted]: RP2040 has no USB controller
  [peripherals. = a ^
  help: use a uart, or a board whose chip has one
"#,
    );
}

#[test]
fn a_search_that_is_stopped_says_so() {
    let chip = Invented::new(2, 2, &["UART0 TX, UART1 TX", "UART0 TX, UART1 TX"]);
    let text = file("a: uart tx=GP0\nb: uart tx=GP1");
    let said = resolve_within(chip.app(&text), 0).diagnostics;
    let said: Vec<String> = said.iter().map(|fault| shown(fault, &text)).collect();
    assert_eq!(
        said.join("\n"),
        r#"error[block-exhausted]: no way was found to give every uart and bus its hardware
  tx = "GP0" ^
  note: the search was stopped: the pins leave too many ways open
  help: force some of them by `instance`"#
    );
}

/// An app of so many uarts that each have a pin of their own, on a chip where each pin reaches both uarts.
fn crowded(count: usize) -> App {
    let chip = Invented {
        functions: vec![vec!["UART0 TX".into(), "UART1 TX".into()]; count],
        uarts: 2,
        channels: 12,
    };
    let mut app = chip.app(&file("a: uart tx=GP0"));
    let first = app.peripherals[0].clone();
    app.peripherals = (0..count)
        .map(|number| {
            let mut peripheral = first.clone();
            peripheral.name.value = format!("uart{number:04}");
            if let PeripheralKind::Uart(uart) = &mut peripheral.kind {
                uart.tx = uart.tx.map(|used| crate::app::PinUse { pin: PinId(number as u16), ..used });
            }
            peripheral
        })
        .collect();
    app
}

#[test]
fn a_thousand_uarts_are_refused_in_few_words() {
    let said = resolve(crowded(1_000)).diagnostics;
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].title, "`uart0000`, `uart0001` and `uart0002` need 3 uarts, and RP2040 has 2");
    assert_eq!(
        said[0].notes,
        ["`uart0003`, `uart0004`, `uart0005`, `uart0006`, `uart0007` and 992 more need one of them as well"]
    );
    assert_eq!(
        said[0].helps,
        [
            "RP2040 has 2 uarts, the app 1000: remove 998 of `uart0000`, `uart0001`, `uart0002`, `uart0003`, `uart0004` and 995 more"
        ]
    );
    assert_eq!(said[0].labels.len(), 3);
}

#[test]
fn a_full_chip_is_wired() {
    let chip = Invented {
        functions: (0..30).map(|pin| (0..=pin).map(|uart| format!("UART{uart} TX")).collect()).collect(),
        uarts: 30,
        channels: 30,
    };
    // The last pin could have any block and gets the only one that the others leave.
    let lines: Vec<String> = (0..30).rev().map(|pin| format!("u{pin:02}: uart tx=GP{pin}")).collect();
    let resolved = resolve(chip.app(&file(&lines.join("\n")))).value.expect("there is one way");
    for (id, wiring) in &resolved.uarts {
        assert_eq!(wiring.block, BlockId(29 - id.0 as u16));
    }
}

#[test]
fn ten_thousand_claims_are_one_message() {
    let mut app = app(&file("a: output pin=GP3"));
    let output = app.peripherals[0].clone();
    app.peripherals = vec![output; 10_000];
    let said = resolve(app).diagnostics;
    let titles: Vec<&str> = said.iter().map(|fault| fault.title.as_str()).collect();
    assert_eq!(titles, ["`GP3` is claimed 10000 times"]);
    assert_eq!(said[0].labels.len(), 4);
}
