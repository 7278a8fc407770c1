//! Every example to every board: what is said to work does, once it is pasted, and what is refused is refused.

use fwc_diag::Checked;

use super::{Outcome, Port, port};
use crate::catalog::Catalog;
use crate::check::CheckOptions;
use crate::resolved::Resolved;
use crate::{check_text, resolve};

macro_rules! examples {
    ($($name:literal)*) => { &[$(include_str!(concat!("../../../../examples/", $name, "/app.toml"))),*] };
}

/// Those of `examples/` that need no folder of behaviours or devices of their own.
const EXAMPLES: &[&str] = examples!(
    "battery" "blink" "blink-echo" "button" "data-logger" "echo" "led-strip" "motion" "overload" "pipeline" "thermostat"
    "usb-console" "usb-echo"
);

const HEAD: &str = "[app]\nname = \"app\"\nboard = \"rpi-pico\"\n";

fn ported(text: &str, to: &str) -> Port {
    let catalog = Catalog::default();
    let board = catalog.board(to).expect("it is bundled").expect("it is sound");
    let checked = port(text, &catalog, &options(text, None), &board);
    checked.value.unwrap_or_else(|| panic!("the app is sound: {:#?}", checked.diagnostics))
}

/// Every module that a task's `code` can name, and the board of the command line.
fn options(text: &str, board: Option<&str>) -> CheckOptions {
    let codes = text.lines().filter_map(|line| line.strip_prefix("code = \"")?.strip_suffix('"'));
    let modules = codes.map(str::to_owned).collect();
    CheckOptions { board: board.map(str::to_owned), modules, ..CheckOptions::default() }
}

fn resolved(text: &str, board: &str) -> Checked<Resolved> {
    check_text(text, &Catalog::default(), &options(text, Some(board))).and_then(resolve::resolve)
}

fn pasted(text: &str, port: &Port) -> String {
    format!("{text}\n{}", port.overrides)
}

fn entry<'a>(port: &'a Port, name: &str) -> &'a super::PortedEntry {
    port.entries.iter().find(|entry| entry.entry == name).expect("it is in the file")
}

#[test]
fn what_is_said_of_every_example_on_every_board_is_so() {
    let catalog = Catalog::default();
    let mut complete = 0;
    for text in EXAMPLES {
        for head in catalog.boards() {
            let port = ported(text, &head.name);
            if port.from.board == head.name || text.contains(&format!("[boards.{}.", head.name)) {
                continue;
            }
            let checked = resolved(&pasted(text, &port), &head.name);
            let app = format!("{} on {}", port.app, head.name);
            assert_eq!(
                port.complete,
                checked.value.is_some(),
                "{app}\n{port:#?}\n{:#?}",
                checked.diagnostics
            );
            complete += usize::from(port.complete);
        }
    }
    assert!(complete > 10, "only {complete} examples go anywhere");
}

#[test]
fn a_name_that_the_other_board_knows_stays() {
    let text = format!("{HEAD}{LED}");
    let port = ported(&text, "nucleo-f401re");
    assert_eq!(entry(&port, "peripherals.led").outcome, Outcome::Maps);
    assert_eq!(port.overrides, "");
    assert!(port.complete);
}

#[test]
fn a_light_that_is_on_when_low_gets_its_level() {
    let port = ported(&format!("{HEAD}{LED}"), "nrf52840-dk");
    assert_eq!(port.overrides, "[boards.nrf52840-dk.peripherals.led]\nactive = \"low\"\n");
    assert!(port.complete);
}

#[test]
fn a_pin_by_its_own_name_finds_the_light_again() {
    let text = format!("{HEAD}{}", LED.replace("LED", "GP25"));
    let port = ported(&text, "blackpill-f411");
    let led = &entry(&port, "peripherals.led").pins[0];
    assert_eq!(led.becomes.as_deref(), Some("LED"));
    assert!(port.complete);
}

#[test]
fn a_block_that_is_not_there_is_another_one() {
    let text = format!(
        "{HEAD}[peripherals.console]\nkind = \"uart\"\ntx = \"GP8\"\nbaud = 115200\ninstance = \"UART1\"\n{GREET}"
    );
    let port = ported(&text, "nucleo-f401re");
    assert!(port.overrides.contains("instance = \"USART"), "{port:#?}");
    assert!(resolved(&pasted(&text, &port), "nucleo-f401re").value.is_some());
    assert!(port.complete, "{port:#?}");
}

#[test]
fn more_uarts_than_the_board_has_are_refused_with_a_reason() {
    let uart =
        |name: &str, tx: &str| format!("[peripherals.{name}]\nkind = \"uart\"\ntx = \"{tx}\"\nbaud = 9600\n");
    let mut text = HEAD.replace("rpi-pico", "nucleo-f401re");
    let pins = ["PA2", "PA9", "PA11"];
    for (name, pin) in ["one", "two", "three"].into_iter().zip(pins) {
        text.push_str(&uart(name, pin));
    }
    text.push_str(
        "[channels.pulse]\nmessage = \"bool\"\nkind = \"pubsub\"\n\
         [peripherals.button]\nkind = \"input\"\npin = \"PC13\"\npull = \"up\"\nactive = \"low\"\n\
         [tasks.press]\nbehavior = \"button\"\ninput = \"button\"\npublishes = \"pulse\"\n",
    );
    for name in ["one", "two", "three"] {
        text.push_str(&format!(
            "[tasks.print_{name}]\nbehavior = \"print\"\nsubscribes = \"pulse\"\nto = \"{name}\"\n"
        ));
    }
    let port = ported(&text, "rpi-pico");
    let refused: Vec<_> = port.entries.iter().filter(|entry| entry.outcome == Outcome::Cannot).collect();
    let [refused] = refused.as_slice() else { panic!("one of three has no block: {port:#?}") };
    assert!(refused.reasons[0].contains("no free block"), "{refused:#?}");
    assert!(refused.reasons[1].contains("needed by `tasks.print_"), "{refused:#?}");
    assert!(!port.complete);
}

#[test]
fn an_app_label_is_defined_for_the_other_board() {
    let text = format!(
        "{HEAD}[boards.rpi-pico.pins]\nfan = \"GP16\"\n[peripherals.fan]\nkind = \"output\"\npin = \"fan\"\n\
         [tasks.turn]\nbehavior = \"blink\"\noutput = \"fan\"\nrate = \"1Hz\"\n"
    );
    let port = ported(&text, "nrf52840-dk");
    assert!(port.overrides.starts_with("[boards.nrf52840-dk.pins]\nfan = "), "{}", port.overrides);
    assert!(resolved(&pasted(&text, &port), "nrf52840-dk").value.is_some());
}

const LED: &str = "[peripherals.led]\nkind = \"output\"\npin = \"LED\"\n\
    [tasks.blink]\nbehavior = \"blink\"\noutput = \"led\"\nrate = \"1Hz\"\n";

const GREET: &str = "[peripherals.button]\nkind = \"input\"\npin = \"GP14\"\npull = \"up\"\nactive = \"low\"\n\
    [channels.pulse]\nmessage = \"bool\"\nkind = \"channel\"\n\
    [tasks.press]\nbehavior = \"button\"\ninput = \"button\"\npublishes = \"pulse\"\n\
    [tasks.say]\nbehavior = \"print\"\nsubscribes = \"pulse\"\nto = \"console\"\n";

#[test]
fn pins_that_the_other_chip_maps_together_move_together() {
    let bus = "[peripherals.bus]\nkind = \"spi\"\nsck = \"PB3\"\nmosi = \"PA7\"\nmiso = \"PB4\"\nfrequency = \"1MHz\"\n\
        [tasks.talk]\ncode = \"talk\"\nuses = [\"bus\"]\n";
    let head = HEAD.replace("rpi-pico", "blackpill-f411");
    let text = format!("{head}{bus}");
    let port = ported(&text, "bluepill-f103");
    // An STM32F411 has each pin by itself. An STM32F103 has SPI1 on `PA5` to `PA7`, or on `PB3` to `PB5`.
    assert_eq!(port.overrides, "[boards.bluepill-f103.peripherals.bus]\nsck = \"SCK\"\nmiso = \"MISO\"\n");
    assert!(port.complete, "{port:#?}");
    assert!(resolved(&pasted(&text, &port), "bluepill-f103").value.is_some());

    let fans = "[peripherals.left]\nkind = \"pwm\"\npin = \"PA15\"\nfrequency = \"25kHz\"\n\
        [peripherals.right]\nkind = \"pwm\"\npin = \"PA1\"\nfrequency = \"25kHz\"\n\
        [peripherals.middle]\nkind = \"pwm\"\npin = \"PA2\"\nfrequency = \"25kHz\"\n\
        [peripherals.far]\nkind = \"pwm\"\npin = \"PB10\"\nfrequency = \"25kHz\"\n\
        [tasks.turn]\ncode = \"turn\"\nuses = [\"left\", \"right\", \"middle\", \"far\"]\n";
    let text = format!("{head}{fans}");
    let port = ported(&text, "bluepill-f103");
    assert!(port.complete, "{port:#?}");
    assert!(resolved(&pasted(&text, &port), "bluepill-f103").value.is_some());
}

/// An application with peripherals of the keys given, and a task that uses all of them.
fn with_all(board: &str, peripherals: &[&str]) -> String {
    let mut text = format!("[app]\nname = \"app\"\nboard = \"{board}\"\n");
    let names: Vec<String> = (0..peripherals.len()).map(|at| format!("p{at}")).collect();
    for (name, keys) in names.iter().zip(peripherals) {
        let mut words = keys.split(' ');
        text.push_str(&format!("[peripherals.{name}]\nkind = \"{}\"\n", words.next().unwrap()));
        let keys = words.map(|word| word.split_once('=').unwrap()).map(|(key, value)| match key {
            "baud" => format!("baud = {value}\n"),
            _ => format!("{key} = \"{value}\"\n"),
        });
        text.extend(keys);
    }
    text.push_str(&format!("[tasks.control]\ncode = \"control\"\nuses = {names:?}\n"));
    text
}

#[test]
fn dma_channels_are_minded_where_pins_are_looked_for() {
    let text = with_all(
        "chip:stm32u575zi",
        &[
            "pwm pin=PE6 frequency=1kHz",
            "i2c sda=PG8 scl=PG7",
            "uart tx=PG9 baud=9600",
            "uart tx=PB10 baud=9600",
            "spi sck=PB3 mosi=PA12 miso=PG3 frequency=1MHz",
        ],
    );
    let port = ported(&text, "chip:stm32l073rz");
    assert!(port.complete, "{port:#?}");
    assert!(resolved(&pasted(&text, &port), "chip:stm32l073rz").value.is_some());
}

#[test]
fn a_lack_of_dma_channels_is_no_lack_of_pins() {
    let text = with_all(
        "chip:stm32u575zi",
        &["uart rx=PA15 baud=9600", "spi sck=PB10 mosi=PC3 miso=PC2 frequency=1MHz", "uart tx=PC4 baud=9600"],
    );
    let port = ported(&text, "chip:stm32c031c6");
    let refused: Vec<_> = port.entries.iter().filter(|entry| entry.outcome == Outcome::Cannot).collect();
    let [refused] = refused.as_slice() else { panic!("one of three has no channel: {port:#?}") };
    assert!(refused.reasons[0].contains("no DMA channel"), "{refused:#?}");
}

#[test]
fn a_pwm_leaves_the_counter_of_time_alone() {
    let text = with_all("chip:stm32l073rz", &["pwm pin=PB4 frequency=1kHz"]);
    let port = ported(&text, "chip:stm32c031c6");
    assert_eq!(entry(&port, "peripherals.p0").outcome, Outcome::Moves, "{port:#?}");
    assert!(port.complete, "{port:#?}");
    assert!(resolved(&pasted(&text, &port), "chip:stm32c031c6").value.is_some());
}

#[test]
fn what_waits_for_a_decision_does_not_stand_as_it_is_written() {
    let text = with_all("rpi-pico", &["usb-serial"]);
    let port = ported(&text, "nucleo-l476rg");
    assert_eq!(entry(&port, "peripherals.p0").outcome, Outcome::Open, "{port:#?}");
    let report = super::report(&port);
    assert!(!report.contains("stands as it is written") && report.contains("open: waits"), "{report}");
    assert!(!port.complete);
}
