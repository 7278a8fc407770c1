//! What is chosen, and why.

use super::*;
use crate::resolved::{ClockSolution, Mutex, PinRole, RpSolution, UartDriver};

#[track_caller]
fn resolved(text: &str) -> Resolved {
    let checked = resolve(app(&file(text)));
    checked.value.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

/// The wiring of every uart, in the order of the file.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let resolved = resolved(text);
    let chip = &resolved.app.board.chip;
    let shown = resolved.uarts.iter().map(|(id, wiring)| {
        let driver = match wiring.driver {
            UartDriver::DmaTx { tx: Some(tx) } => format!("DmaTx {}", chip.dma_channel(tx).name),
            UartDriver::DmaTx { tx: None } => "DmaTx".to_owned(),
            other => format!("{other:?}"),
        };
        let name = &resolved.app.peripheral(*id).name.value;
        format!("{name}: {driver}, {} baud: {}", wiring.actual_baud, wiring.reason)
    });
    assert_eq!(shown.collect::<Vec<String>>(), expected);
}

const ECHO: &str = "[tasks.echo]\nbehavior = \"echo\"\nfrom = \"console\"\nto = \"console\"";
const LEVELS: &str = "[channels.levels]\nmessage = \"bool\"\nkind = \"pubsub\"\n\
    [tasks.press]\nbehavior = \"button\"\ninput = \"key\"\npublishes = [\"levels\"]";

fn print(name: &str, to: &str) -> String {
    format!("[tasks.{name}]\nbehavior = \"print\"\nsubscribes = [\"levels\"]\nto = \"{to}\"")
}

#[test]
fn a_uart_that_is_read_is_buffered() {
    check(
        &format!("console: uart tx=GP0 rx=GP1\n{ECHO}"),
        &["console: Buffered, 115207 baud: UART0, the only uart that `GP0` and `GP1` reach; \
           buffered by its interrupt, so that the task `echo` misses no byte"],
    );
    check(
        "console: uart tx=GP4 rx=GP5\n[tasks.shell]\ncode = \"shell\"\nuses = [\"console\"]",
        &["console: Buffered, 115207 baud: UART1, the only uart that `GP4` and `GP5` reach; \
           buffered by its interrupt, so that the task `shell` misses no byte"],
    );
}

#[test]
fn a_uart_without_a_writer_receives_only() {
    check(
        "console: uart tx=GP0 rx=GP1\nother: uart tx=GP4 rx=GP5\n\
         [tasks.bridge]\nbehavior = \"echo\"\nfrom = \"console\"\nto = \"other\"",
        &[
            "console: BufferedRx, 115207 baud: UART0, the only uart that `GP0` and `GP1` reach; \
             received by its interrupt, so that the task `bridge` misses no byte; nothing writes it",
            "other: DmaTx DMA_CH0, 115207 baud: UART1, the only uart that `GP4` and `GP5` reach; \
             sent by DMA, since it is only written, by the task `bridge`",
        ],
    );
    check(
        "gps: uart rx=GP13 baud=9600\n[tasks.navigate]\ncode = \"navigate\"\nuses = [\"gps\"]",
        &["gps: BufferedRx, 9600 baud: UART0, the only uart that `GP13` reaches; \
           received by its interrupt, so that the task `navigate` misses no byte; nothing writes it"],
    );
}

#[test]
fn a_uart_that_is_only_written_sends_by_dma_on_the_lowest_channel() {
    let printing =
        format!("key: input pin=GP15\n{LEVELS}\n{}\n{}", print("one", "zulu"), print("two", "alpha"));
    check(
        &format!("zulu: uart tx=GP0\nalpha: uart tx=GP4 instance=UART1\n{printing}"),
        &[
            "zulu: DmaTx DMA_CH1, 115207 baud: UART0, the only uart that `GP0` reaches; \
             sent by DMA, since it is only written, by the task `one`",
            "alpha: DmaTx DMA_CH0, 115207 baud: UART1, as `instance` says; \
             sent by DMA, since it is only written, by the task `two`",
        ],
    );
}

#[test]
fn the_log_writes_too() {
    check(
        "log-over = \"console\"\nconsole: uart tx=GP0",
        &["console: DmaTx DMA_CH0, 115207 baud: UART0, the only uart that `GP0` reaches; \
           sent by DMA, since it is only written, by the log"],
    );
    check(
        "log-over = \"console\"\nconsole: uart tx=GP0 rx=GP1\nother: uart tx=GP4\n\
         [tasks.bridge]\nbehavior = \"echo\"\nfrom = \"console\"\nto = \"other\"",
        &[
            "console: Buffered, 115207 baud: UART0, the only uart that `GP0` and `GP1` reach; \
             buffered by its interrupt, so that the task `bridge` misses no byte",
            "other: DmaTx DMA_CH0, 115207 baud: UART1, the only uart that `GP4` reaches; \
             sent by DMA, since it is only written, by the task `bridge`",
        ],
    );
}

#[test]
fn flow_control_of_a_sender_needs_the_buffered_driver() {
    check(
        &format!("key: input pin=GP15\nmodem: uart tx=GP0 cts=GP2\n{LEVELS}\n{}", print("dial", "modem")),
        &["modem: BufferedTx, 115207 baud: UART0, the only uart that `GP0` and `GP2` reach; \
           sent by its interrupt, which minds `cts`; only the task `dial` writes it"],
    );
}

#[test]
fn a_uart_that_nobody_uses_is_ready_for_all_that_its_pins_allow() {
    check(
        "a: uart tx=GP0 rx=GP1\nb: uart tx=GP4",
        &[
            "a: Buffered, 115207 baud: UART0, the only uart that `GP0` and `GP1` reach; \
             buffered by its interrupt, since nothing says how it will be used",
            "b: DmaTx DMA_CH0, 115207 baud: UART1, the only uart that `GP4` reaches; \
             sent by DMA, since it cannot receive",
        ],
    );
}

#[test]
fn every_pin_has_its_owner() {
    let resolved = resolved("led: output pin=LED\nmodem: uart tx=GP0 rx=GP1 rts=GP3 cts=GP2");
    let owners: Vec<String> = resolved
        .pins
        .iter()
        .map(|(pin, owner)| {
            let name = &resolved.app.peripheral(owner.peripheral).name.value;
            format!("{} {name} {}", resolved.app.board.chip.pin(*pin).name, owner.role.key())
        })
        .collect();
    assert_eq!(owners, ["GP0 modem tx", "GP1 modem rx", "GP2 modem cts", "GP3 modem rts", "GP25 led pin"]);
    assert_eq!(resolved.pins.values().filter(|owner| owner.role == PinRole::Gpio).count(), 1);
}

#[test]
fn rates_are_those_that_the_core_gives() {
    check(
        "clock = \"48MHz\"\na: uart tx=GP0 baud=921600",
        &["a: DmaTx DMA_CH0, 923077 baud: UART0, the only uart that `GP0` reaches; \
           sent by DMA, since it cannot receive"],
    );
}

#[track_caller]
fn check_clock(clock: &str, expected: Option<[u32; 5]>) {
    let resolved = resolved(&format!("clock = \"{clock}\""));
    let shown =
        resolved.clock.map(rp).map(|RpSolution { refdiv, fbdiv, postdiv1, postdiv2, core_millivolts }| {
            [refdiv.into(), fbdiv.into(), postdiv1.into(), postdiv2.into(), core_millivolts.into()]
        });
    assert_eq!(shown, expected, "{clock}");
    if let Some([refdiv, fbdiv, postdiv1, postdiv2, _]) = expected {
        assert_eq!(resolved.core_hz, u64::from(12_000_000 / refdiv * fbdiv / (postdiv1 * postdiv2)));
    }
}

fn rp(solution: ClockSolution) -> RpSolution {
    match solution {
        ClockSolution::Rp(solution) => solution,
        ClockSolution::BusPll(_) => panic!("it is no STM32"),
    }
}

#[test]
fn the_core_runs_as_asked_for() {
    assert_eq!((resolved("").core_hz, resolved("").clock), (125_000_000, None));
    check_clock("125MHz", None);
    // What embassy-rp 0.10.0's `ClockConfig::system_freq` finds.
    check_clock("133MHz", Some([1, 133, 6, 2, 1100]));
    check_clock("200MHz", Some([1, 100, 6, 1, 1150]));
    check_clock("48MHz", Some([1, 120, 6, 5, 1100]));
    check_clock("120MHz", Some([1, 120, 6, 2, 1100]));
    // Only a slower reference makes these.
    check_clock("131.4MHz", Some([2, 219, 5, 2, 1100]));
}

/// The default numbers follow from the same order of preference, so that a board of another crystal gets their like.
#[test]
fn another_crystal_gives_the_same_or_the_next_lower_frequency() {
    let with_crystal = |crystal_hz: u32| {
        let mut app = app(HEAD);
        let mut board = (*app.board).clone();
        board.crystal_hz = Some(crystal_hz);
        app.board = std::sync::Arc::new(board);
        let resolved = resolve(app).value.unwrap();
        (resolved.core_hz, resolved.clock.map(rp).map(|clock| (clock.fbdiv, clock.postdiv1, clock.postdiv2)))
    };
    assert_eq!(with_crystal(12_000_000), (125_000_000, None));
    assert_eq!(with_crystal(10_000_000), (125_000_000, Some((150, 6, 2))));
    assert!(with_crystal(14_318_180).1.is_some());
    assert!((120_000_000..125_000_000).contains(&with_crystal(14_318_180).0));
}

#[test]
fn usb_has_its_48_megahertz_from_each_crystal_that_gives_them() {
    let with_crystal = |crystal_hz: u32| {
        let mut app = app(&format!("{HEAD}log-over = \"usb\"\n"));
        let mut board = (*app.board).clone();
        board.crystal_hz = Some(crystal_hz);
        app.board = std::sync::Arc::new(board);
        let resolved = resolve(app).value?;
        Some(resolved.usb_clock.map(|clock| {
            [u16::from(clock.refdiv), clock.fbdiv, clock.postdiv1.into(), clock.postdiv2.into()]
        }))
    };
    assert_eq!(with_crystal(12_000_000), Some(None), "the HAL's own");
    // 10 MHz × 144 / 6 / 5.
    assert_eq!(with_crystal(10_000_000), Some(Some([1, 144, 6, 5])));
    assert_eq!(with_crystal(14_318_180), None);
}

#[test]
fn usb_and_a_core_of_its_own_pace_go_together() {
    let at = |clock: &str| {
        resolve(app(&format!("{HEAD}log-over = \"usb\"\nclock = \"{clock}\"\n"))).value.is_some()
    };
    assert!(at("48MHz") && at("133MHz") && at("200MHz"));
    assert!(!at("47MHz") && !at("24MHz"));
}

#[test]
fn channels_between_tasks_of_one_executor_need_no_lock() {
    let text = format!("key: input pin=GP15\nconsole: uart tx=GP0\n{LEVELS}\n{}", print("show", "console"));
    let resolved = resolved(&text);
    assert_eq!(resolved.channels.len(), 1);
    assert_eq!(resolved.channels[0].mutex, Mutex::Noop);
    assert_eq!(resolved.channels[0].reason, "all its tasks run on one executor, so none interrupts another");
    assert_eq!(resolved.executors.len(), 2);
}
