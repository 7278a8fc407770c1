//! Random wirings against rules that are written down a second time, and against trying everything.

use std::collections::{BTreeMap, BTreeSet};

use fwc_schema::chip::{BlockKind, Signal};
use proptest::prelude::*;

use super::invented::Invented;
use super::*;
use crate::app::{AnalogSource, PeripheralKind, PinUse, Uart};
use crate::catalog::{BlockId, Function, PinId};
use crate::resolved::{PinRole, UartDriver, UartWiring};

/// Signals of a uart and the pins that the file gives them.
fn signals(uart: &Uart) -> Vec<(Signal, PinRole, PinUse)> {
    let all = [
        (Signal::Tx, PinRole::Tx, uart.tx),
        (Signal::Rx, PinRole::Rx, uart.rx),
        (Signal::Rts, PinRole::Rts, uart.rts),
        (Signal::Cts, PinRole::Cts, uart.cts),
    ];
    all.into_iter().filter_map(|(signal, role, used)| Some((signal, role, used?))).collect()
}

fn uarts(app: &App) -> Vec<(&str, &Uart)> {
    app.peripherals
        .iter()
        .filter_map(|peripheral| match &peripheral.kind {
            PeripheralKind::Uart(uart) => Some((peripheral.name.as_str(), uart)),
            _ => None,
        })
        .collect()
}

fn all_pins(app: &App) -> Vec<PinId> {
    app.peripherals
        .iter()
        .flat_map(|peripheral| match &peripheral.kind {
            PeripheralKind::Output(output) => vec![output.pin.pin],
            PeripheralKind::Input(input) => vec![input.pin.pin],
            PeripheralKind::Pwm(pwm) => vec![pwm.pin.pin],
            PeripheralKind::LedStrip(strip) => vec![strip.pin.pin],
            PeripheralKind::Adc(adc) => match adc.source {
                AnalogSource::Pin(pin) => vec![pin.pin],
                AnalogSource::Temperature(_) => Vec::new(),
            },
            PeripheralKind::Device(_) => Vec::new(),
            PeripheralKind::I2c(i2c) => vec![i2c.sda.pin, i2c.scl.pin],
            PeripheralKind::Spi(spi) => {
                [Some(spi.sck), spi.mosi, spi.miso].into_iter().flatten().map(|used| used.pin).collect()
            }
            PeripheralKind::Watchdog(_) | PeripheralKind::UsbSerial(_) => Vec::new(),
            PeripheralKind::Uart(uart) => signals(uart).into_iter().map(|(.., used)| used.pin).collect(),
        })
        .collect()
}

/// Whether a uart may be on a block, by the table of functions itself.
fn may_be_on(app: &App, uart: &Uart, block: BlockId) -> bool {
    let chip = &app.board.chip;
    let forced = uart.instance.as_ref().is_none_or(|instance| chip.block(block).title == instance.value);
    let has = |(signal, _, used): (Signal, PinRole, PinUse)| {
        chip.pin(used.pin).functions.contains(&Function { block, signal })
    };
    chip.block(block).kind == BlockKind::Uart && forced && signals(uart).into_iter().all(has)
}

/// Whether there is any way to wire an app whose uarts nobody uses, by trying every block for every uart.
fn is_possible(app: &App) -> bool {
    let pins = all_pins(app);
    let half_flow =
        |uart: &Uart| uart.tx.is_some() && uart.rx.is_some() && uart.rts.is_some() != uart.cts.is_some();
    let sending = uarts(app).iter().filter(|(_, uart)| uart.rx.is_none() && uart.cts.is_none()).count();
    let distinct: BTreeSet<PinId> = pins.iter().copied().collect();
    distinct.len() == pins.len()
        && !uarts(app).iter().any(|(_, uart)| half_flow(uart))
        && sending <= app.board.chip.dma_channels.len()
        && blocks_suffice(app, &uarts(app).iter().map(|(_, uart)| *uart).collect::<Vec<_>>(), &mut Vec::new())
}

fn blocks_suffice(app: &App, left: &[&Uart], taken: &mut Vec<BlockId>) -> bool {
    let Some((first, rest)) = left.split_first() else { return true };
    app.board.chip.block_ids().any(|block| {
        if taken.contains(&block) || !may_be_on(app, first, block) {
            return false;
        }
        taken.push(block);
        let suffice = blocks_suffice(app, rest, taken);
        taken.pop();
        suffice
    })
}

/// Every promise about the wiring, one by one.
fn verify(resolved: &Resolved) {
    let app = &resolved.app;
    let pins = all_pins(app);
    assert_eq!(resolved.pins.len(), pins.len());
    let mut blocks = BTreeSet::new();
    let mut channels = BTreeSet::new();
    assert_eq!(resolved.uarts.len(), uarts(app).len());
    for (id, UartWiring { block, driver, actual_baud, .. }) in &resolved.uarts {
        let PeripheralKind::Uart(uart) = &app.peripheral(*id).kind else { panic!("no uart") };
        assert!(may_be_on(app, uart, *block));
        assert!(blocks.insert(*block), "two uarts on one block");
        assert!(actual_baud.abs_diff(uart.baud.value) <= uart.baud.value / 50);
        for (_, role, used) in signals(uart) {
            let owner = resolved.pins[&used.pin];
            assert_eq!((owner.peripheral, owner.role), (*id, role));
        }
        match driver {
            UartDriver::Buffered => assert!(uart.tx.is_some() && uart.rx.is_some()),
            UartDriver::BufferedRx => assert!(uart.tx.is_none() && uart.rx.is_some()),
            UartDriver::BufferedTx => assert!(uart.rx.is_none() && uart.cts.is_some()),
            UartDriver::DmaRx { .. } => panic!("the HAL buffers a receiver"),
            UartDriver::DmaTx { tx } => {
                assert!(uart.rx.is_none() && uart.cts.is_none());
                let tx = tx.expect("a uart of these chips has no DMA of its own");
                assert!(channels.insert(tx), "two uarts on one channel");
            }
        }
    }
    // The lowest channels are taken.
    assert!(channels.into_iter().map(|channel| usize::from(channel.0)).eq(0..channels_used(resolved)));
}

fn channels_used(resolved: &Resolved) -> usize {
    resolved.uarts.values().filter(|wiring| matches!(wiring.driver, UartDriver::DmaTx { .. })).count()
}

/// The names that the labels of a conflict over blocks begin with.
fn named(fault: &Diagnostic) -> Vec<String> {
    fault.labels.iter().filter_map(|label| Some(label.text.split('`').nth(1)?.to_owned())).collect()
}

/// The app with those uarts alone.
fn only(app: &App, kept: &dyn Fn(&str) -> bool) -> App {
    let mut app = app.clone();
    app.peripherals.retain(|peripheral| kept(&peripheral.name));
    app
}

/// Accepted, it keeps every promise; refused, there is no way, and what is named in a conflict is all in it.
fn judge(app: &App) {
    let checked = resolve(app.clone());
    assert_eq!(checked.value.is_some(), is_possible(app), "{:#?}", checked.diagnostics);
    if let Some(resolved) = &checked.value {
        verify(resolved);
    }
    let errors: Vec<&Diagnostic> =
        checked.diagnostics.iter().filter(|fault| fault.severity == Severity::Error).collect();
    if errors.iter().any(|fault| fault.code != fwc_diag::codes::BLOCK_EXHAUSTED) {
        return;
    }
    for fault in errors {
        let names = named(fault);
        assert!(!names.is_empty(), "{fault:#?}");
        assert!(!is_possible(&only(app, &|name| names.iter().any(|named| named == name))), "{names:?}");
        for left_out in &names {
            let rest = only(app, &|name| name != left_out && names.iter().any(|named| named == name));
            assert!(is_possible(&rest), "{left_out} is not in the conflict of {names:?}");
        }
    }
}

/// What of a message must not depend on the order of the file: all but who came first and what it is advised.
fn essence(text: &str, fault: &Diagnostic) -> String {
    if fault.code == fwc_diag::codes::PIN_CONFLICT {
        return fault.title.clone();
    }
    let shown = shown(fault, text).replace(" ^", "").replace(" - ", " ");
    let mut lines: Vec<&str> =
        shown.lines().filter(|line| !line.contains("can be")).map(str::trim_end).collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// The wiring of each uart and the essence of each message.
type Verdict = (Option<BTreeMap<String, UartWiring>>, BTreeSet<String>);

fn verdict(text: &str, chip: Option<&Invented>) -> Verdict {
    let app = chip.map_or_else(|| app(text), |chip| chip.app(text));
    let checked = resolve(app);
    let said = checked.diagnostics.iter().map(|fault| essence(text, fault)).collect();
    let wirings = checked.value.map(|resolved| {
        let name = |id: &crate::app::PeripheralId| resolved.app.peripheral(*id).name.value.clone();
        resolved.uarts.iter().map(|(id, wiring)| (name(id), wiring.clone())).collect()
    });
    (wirings, said)
}

/// A line for one peripheral without its name. Pins are drawn from few, so that conflicts and fits are both frequent.
fn any_line(pins: u32, blocks: u32) -> impl Strategy<Value = String> {
    let pin = move || 0..pins;
    let simple = (prop::bool::ANY, pin())
        .prop_map(|(output, pin)| format!("{} pin=GP{pin}", if output { "output" } else { "input" }));
    let optional = move || prop::option::weighted(0.25, pin());
    let instance = prop::option::weighted(0.15, 0..blocks);
    let uart = (0_u32..3, pin(), pin(), optional(), optional(), instance).prop_map(
        |(which, tx, rx, rts, cts, instance)| {
            let mut line = "uart".to_owned();
            if which != 1 {
                line.push_str(&format!(" tx=GP{tx}"));
                line.push_str(&cts.map(|cts| format!(" cts=GP{cts}")).unwrap_or_default());
            }
            if which != 0 {
                line.push_str(&format!(" rx=GP{rx}"));
                line.push_str(&rts.map(|rts| format!(" rts=GP{rts}")).unwrap_or_default());
            }
            line.push_str(&instance.map(|block| format!(" instance=UART{block}")).unwrap_or_default());
            line
        },
    );
    // On the Pico four in five random pins are wrong; half of the uarts are right by themselves.
    let sound = (0_usize..8).prop_map(|at| {
        let pins = [
            "tx=GP0 rx=GP1",
            "tx=GP4 rx=GP5",
            "tx=GP8 rx=GP9",
            "tx=GP12 rx=GP13",
            "tx=GP16",
            "rx=GP17",
            "tx=GP20",
            "rx=GP21",
        ];
        format!("uart {}", pins[at])
    });
    prop_oneof![1 => simple, 2 => uart, 2 => sound]
}

fn any_wiring(pins: u32, blocks: u32) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any_line(pins, blocks), 0..6)
        .prop_map(|lines| lines.into_iter().enumerate().map(|(at, line)| format!("p{at}: {line}")).collect())
}

fn any_functions(blocks: u32) -> impl Strategy<Value = Vec<String>> {
    let function = (0..blocks, 0_usize..4)
        .prop_map(|(block, signal)| format!("UART{block} {}", ["TX", "RX", "TX", "RX"][signal]));
    prop::collection::btree_set(function, 0..5).prop_map(|functions| functions.into_iter().collect())
}

fn any_chip() -> impl Strategy<Value = Invented> {
    (1_u32..5, 0_usize..4).prop_flat_map(|(uarts, channels)| {
        prop::collection::vec(any_functions(uarts), 30).prop_map(move |functions| Invented {
            functions,
            uarts: uarts as usize,
            channels,
        })
    })
}

/// The text with each pin that a message advises, in place of the one at fault.
fn advised(text: &str, fault: &Diagnostic) -> Vec<String> {
    let advice = fault.helps.iter().filter(|help| help.starts_with("on rpi-pico, "));
    let pins = advice.flat_map(|help| help.split('`')).filter(|word| word.starts_with("GP"));
    let range = fault.span().range();
    pins.map(|pin| format!("{}\"{pin}\"{}", &text[..range.start], &text[range.end..])).collect()
}

/// Whoever follows the advice of a message is rid of its fault.
fn judge_advice(text: &str) {
    let is_about_pins = |fault: &&Diagnostic| {
        [fwc_diag::codes::PIN_CONFLICT, fwc_diag::codes::PIN_FUNCTION].contains(&fault.code)
    };
    for fault in resolve(app(text)).diagnostics.iter().filter(is_about_pins) {
        for better in advised(text, fault) {
            let said = resolve(app(&better)).diagnostics;
            let still =
                said.iter().filter(is_about_pins).find(|again| again.span().start == fault.span().start);
            assert!(still.is_none(), "{}\n{better}\n{}", shown(fault, text), shown(still.unwrap(), &better));
        }
    }
}

/// Uarts whose pins are sound and their own: they compete for blocks and DMA channels, and for nothing else. So many
/// blocks, so many channels, and for each uart whether it receives and where it can be.
fn any_competition() -> impl Strategy<Value = (Invented, String)> {
    let uart = (prop::bool::weighted(0.3), prop::collection::btree_set(0_usize..6, 1..4));
    (prop::collection::vec(uart, 1..8), 0_usize..5).prop_map(|(uarts, channels)| {
        let signal = |receives: bool| if receives { "rx" } else { "tx" };
        let functions = uarts.iter().map(|(receives, blocks)| {
            let function = |block: &usize| format!("UART{block} {}", signal(*receives).to_uppercase());
            blocks.iter().map(function).collect()
        });
        let lines = uarts
            .iter()
            .enumerate()
            .map(|(at, (receives, _))| format!("p{at}: uart {}=GP{at}\n", signal(*receives)));
        (Invented { functions: functions.collect(), uarts: 6, channels }, lines.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_the_pico(lines in any_wiring(30, 2)) {
        judge(&app(&file(&lines.join("\n"))));
    }

    #[test]
    fn on_any_chip(chip in any_chip(), lines in any_wiring(24, 4)) {
        judge(&chip.app(&file(&lines.join("\n"))));
    }

    #[test]
    fn advice_helps(lines in any_wiring(30, 2)) {
        // Three pins of a uart on two blocks are a second fault, which no advice about the fourth mends.
        prop_assume!(!lines.iter().any(|line| line.contains("ts=")));
        judge_advice(&file(&lines.join("\n")));
    }

    #[test]
    fn where_uarts_only_compete((chip, text) in any_competition()) {
        judge(&chip.app(&file(&text)));
    }

    #[test]
    fn the_order_of_the_file_changes_nothing(
        chip in prop::option::of(any_chip()),
        (lines, shuffled) in any_wiring(20, 2).prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
    ) {
        let one = verdict(&file(&lines.join("\n")), chip.as_ref());
        let other = verdict(&file(&shuffled.join("\n")), chip.as_ref());
        prop_assert_eq!(one, other);
    }
}
