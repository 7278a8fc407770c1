//! Facts and keys in, states and frames out.

use fwc_core::catalog::Catalog;
use fwc_core::check::CheckOptions;
use fwc_core::resolved::Resolved;
use fwc_sim::LogLevel;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use snapbox::{assert_data_eq, str};

use super::*;

const APP: &str = r#"
[app]
name = "fan"
board = "rpi-pico"

[peripherals.led]
kind = "output"
pin = "LED"

[peripherals.key]
kind = "input"
pin = "GP15"
pull = "up"
active = "low"

[peripherals.door]
kind = "input"
pin = "GP14"

[peripherals.fan]
kind = "pwm"
pin = "GP16"
frequency = "25kHz"

[peripherals.knob]
kind = "adc"
pin = "A0"

[peripherals.console]
kind = "uart"
tx = "TX"
rx = "RX"
baud = 115200

[messages.Press]
values = ["short", "long"]

[peripherals.bus]
kind = "i2c"
sda = "GP4"
scl = "GP5"

[devices.screen]
driver = "ssd1306"
bus = "bus"

[channels.presses]
message = "Press"
kind = "channel"

[channels.voltage]
message = "u16"
kind = "channel"

[channels.open]
message = "bool"
kind = "channel"

[tasks.key]
behavior = "button"
input = "key"
publishes = ["presses"]

[tasks.door]
behavior = "button"
input = "door"
publishes = ["open"]

[tasks.knob]
behavior = "sample"
from = "knob"
rate = "10Hz"
publishes = ["voltage"]

[tasks.fan]
behavior = "drive"
subscribes = ["voltage"]
pwm = "fan"
from = [0.0, 3300.0]
to = ["0%", "100%"]

[tasks.lamp]
behavior = "toggle"
subscribes = ["presses"]
output = "led"

[tasks.journal]
code = "journal"
subscribes = ["open"]

[tasks.shell]
code = "shell"
uses = ["console", "screen"]
"#;

fn resolved() -> Resolved {
    let checked = fwc_core::check_text(APP, &Catalog::new(Vec::new()), &CheckOptions::default());
    let checked = checked.and_then(fwc_core::resolve::resolve);
    checked.value.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

fn view() -> View {
    View::new(&resolved().app, "simulation", true, &[])
}

fn id(view: &View, name: &str) -> PeripheralId {
    let console = view.consoles.iter().find(|console| console.name == name).map(|console| console.id);
    let thing = view.things.iter().find(|thing| thing.name == name).map(|thing| thing.id);
    thing.or(console).expect("there is such a peripheral")
}

fn ms(millis: u64) -> Nanos {
    Nanos::from_millis(millis)
}

fn tell(view: &mut View, millis: u64, what: What) {
    view.take(&Fact { at: ms(millis), what });
}

/// Some seconds of a life.
fn lived() -> View {
    let mut view = view();
    let (led, fan, console) = (id(&view, "led"), id(&view, "fan"), id(&view, "console"));
    for (millis, active) in [(500, true), (1_000, false), (1_500, true), (2_020, false), (2_060, true)] {
        tell(&mut view, millis, What::Output { output: led, active });
    }
    tell(&mut view, 1_100, What::Duty { pwm: fan, duty: 352_500 });
    tell(&mut view, 1_200, What::Sent { uart: console, bytes: b"ready\r\n> help".to_vec() });
    tell(&mut view, 1_300, What::Log { level: Some(LogLevel::Info), message: "started".into() });
    let words = "a message that is longer than a narrow window is wide, so that its end is not seen there";
    tell(&mut view, 1_400, What::Log { level: Some(LogLevel::Warn), message: words.into() });
    let values = vec![(String::new(), Scalar::Text("short".into()))];
    tell(&mut view, 1_450, What::Message { channel: ChannelId(0), values });
    let values = vec![(String::new(), Scalar::Number(1_650.0))];
    tell(&mut view, 1_460, What::Message { channel: ChannelId(1), values });
    view.reach(ms(2_100));
    view
}

/// The frame as text, without blanks at the ends of lines.
fn frame(view: &View, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test's terminal is there");
    terminal.draw(|frame| super::frame::draw(view, frame)).expect("it can be drawn on");
    let buffer = terminal.backend().buffer();
    let row = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| format!("{}\n", row(y).trim_end())).collect()
}

fn actions(view: &mut View, keys: &[Key]) -> Vec<Action> {
    let asked = keys.iter().filter_map(|key| view.press(*key));
    let action = |ask| match ask {
        Ask::Act(action) => action,
        Ask::Quit => panic!("nobody asked for the end"),
    };
    asked.map(action).collect()
}

#[test]
fn a_narrow_frame() {
    assert_data_eq!(
        frame(&lived(), 40, 20),
        str![[r#"
fan · rpi-pico · simulation        2.1 s
── board ───────────────────────────────
 ● led  on   ▁▁▁▁▁█████▁▁▁▁▁█████▌█ GP25
›□ key  [1] off ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ GP15
 □ door [2] off ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ GP14
 ~ fan  ████░░░░░░ 35.2%            GP16
 ◇ knob ░░░░░░░░░░ 0 mV             GP26
── channels ────────────────────────────
  presses     1  short
  voltage     1  1650
  open        0
── console ─────────────────────────────
ready
> help

── log ─────────────────────────────────
   1.300 info  started
   1.400 warn  a message that is longer…

Space tap  Enter hold  Tab next  q quit

"#]]
    );
}

#[test]
fn a_frame_of_a_usual_terminal() {
    assert_data_eq!(
        frame(&lived(), 80, 16),
        str![[r#"
fan · rpi-pico · simulation                                                2.1 s
── board ─────────────────────────── ── console ────────────────────────────────
 ● led  on  ▁▁█████▁▁▁▁▁█████▌█ GP25 ready
›□ key  [1] off ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ GP15 > help
 □ door [2] off ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ GP14
 ~ fan  ████░░░░░░ 35.2%        GP16
 ◇ knob ░░░░░░░░░░ 0 mV         GP26
── channels ────────────────────────
  presses     1  short               ── log ────────────────────────────────────
  voltage     1  1650                   1.300 info  started
  open        0                         1.400 warn  a message that is longer th…




Space tap  Enter hold  Tab next  q quit  p pause

"#]]
    );
}

#[test]
fn a_wide_frame() {
    let mut view = lived();
    view.press(Key::Tab);
    view.press(Key::Tab);
    actions(&mut view, &[Key::Right { fine: false }, Key::Right { fine: true }]);
    view.speed = Some(12.34);
    assert_data_eq!(
        frame(&view, 120, 16),
        str![[r#"
fan · rpi-pico · simulation                                                                                   ×12  2.1 s
── board ───────────────────────────────────────────── ── console ──────────────────────────────────────────────────────
 ● led  on                 ▁▁▁▁▁█████▁▁▁▁▁█████▌█ GP25 ready
 □ key  [1] off            ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ GP15 > help
 □ door [2] off            ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ GP14
 ~ fan  ████░░░░░░ 35.2%                          GP16
›◇ knob ░░░░░░░░░░ 55 mV                          GP26
── channels ──────────────────────────────────────────
  presses     1  short                                 ── log ──────────────────────────────────────────────────────────
  voltage     1  1650                                     1.300 info  started
  open        0                                           1.400 warn  a message that is longer than a narrow window is …




←→ turn  Tab next  q quit  p pause

"#]]
    );
}

#[test]
fn what_is_typed_is_seen_and_keys_of_commands_are_not() {
    let mut view = lived();
    view.press(Key::BackTab);
    actions(&mut view, &[Key::Char('l'), Key::Char('q'), Key::Backspace, Key::Char('s')]);
    assert_data_eq!(
        frame(&view, 40, 16),
        str![[r#"
fan · rpi-pico · simulation        2.1 s
── board ───────────────────────────────
 ● led  on   ▁▁▁▁▁█████▁▁▁▁▁█████▌█ GP25
 □ key  [1] off ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ GP15
 □ door [2] off ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁ GP14
 ~ fan  ████░░░░░░ 35.2%            GP16
 ◇ knob ░░░░░░░░░░ 0 mV             GP26
── channels ────────────────────────────
  presses     1  short
  voltage     1  1650
  open        0
── console ─────────────────────────────
› ls▏
── log ─────────────────────────────────
   1.400 warn  a message that is longer…
type to the console  Ctrl-C quit

"#]]
    );
}

#[test]
fn no_window_is_too_small() {
    let mut view = lived();
    for _ in 0..4 {
        for width in 0..130 {
            for height in 0..12 {
                let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
                terminal.draw(|frame| super::frame::draw(&view, frame)).unwrap();
            }
        }
        view.press(Key::Tab);
    }
}

#[test]
fn a_tap_presses_and_lets_go_again() {
    let mut view = view();
    let key = id(&view, "key");
    view.reach(ms(10));
    let on = Action::Input { input: key, active: true };
    assert_eq!(actions(&mut view, &[Key::Char('1')]), [on]);
    tell(&mut view, 11, What::Input { input: key, active: true });
    assert_eq!(view.reach(ms(100)), []);
    // A key that is held repeats, and the button stays down.
    assert_eq!(actions(&mut view, &[Key::Char(' ')]), []);
    assert_eq!(view.reach(ms(219)), []);
    let off = Action::Input { input: key, active: false };
    assert_eq!(view.reach(ms(220)), [off]);
    assert_eq!(view.reach(ms(500)), []);
}

#[test]
fn enter_holds_a_button_until_the_next_one() {
    let mut view = view();
    let door = id(&view, "door");
    let is = |active| Action::Input { input: door, active };
    assert_eq!(actions(&mut view, &[Key::Tab, Key::Enter]), [is(true)]);
    tell(&mut view, 1, What::Input { input: door, active: true });
    assert_eq!(view.reach(ms(5_000)), []);
    assert_eq!(actions(&mut view, &[Key::Enter]), [is(false)]);
}

#[test]
fn arrows_turn_a_voltage_within_its_limits() {
    let mut view = view();
    let knob = id(&view, "knob");
    let is = |millivolts| Action::Voltage { adc: knob, millivolts };
    let (left, right) = (Key::Left { fine: false }, Key::Right { fine: false });
    let turned =
        actions(&mut view, &[Key::Tab, Key::Tab, left, right, right, Key::Right { fine: true }, left]);
    assert_eq!(turned, [is(50), is(100), is(105), is(55)]);
    assert_eq!(actions(&mut view, &[right; 70]).last(), Some(&is(3_300)));
}

#[test]
fn arrows_turn_what_a_device_measures() {
    let resolved = resolved();
    // Any peripheral does, as long as it is none of the others.
    const QUANTITIES: &[Quantity] =
        &[Quantity { name: "celsius", unit: "°C", least: -40.0, most: 125.0, initial: 21.0 }];
    let console = PeripheralId(5);
    let mut view = View::new(&resolved.app, "emulator", false, &[(console, QUANTITIES)]);
    let is = |value| Action::Reading { device: console, quantity: "celsius".into(), value };
    let (left, fine) = (Key::Left { fine: false }, Key::Right { fine: true });
    let turned = actions(&mut view, &[Key::Up, Key::Up, left, fine, fine, fine]);
    assert_eq!(turned, [is(20.0), is(20.1), is(20.2), is(20.3)]);
    assert!(
        frame(&view, 60, 20).contains("›◇ console.celsius ████░░░░░░ 20.3 °C"),
        "{}",
        frame(&view, 60, 20)
    );
    assert_eq!(actions(&mut view, &[left; 80]).last(), Some(&is(-40.0)));
}

#[test]
fn keys_go_to_what_is_selected() {
    let mut view = view();
    let console = id(&view, "console");
    assert_eq!(view.selected(), Some(Control::Thing(1)));
    for expected in [Control::Thing(2), Control::Thing(4), Control::Console(0), Control::Thing(1)] {
        view.press(Key::Tab);
        assert_eq!(view.selected(), Some(expected));
    }
    view.press(Key::Up);
    let sent = |bytes: &[u8]| Action::Send { uart: console, bytes: bytes.to_vec() };
    assert_eq!(actions(&mut view, &[Key::Char('q'), Key::Enter]), [sent(b"q"), sent(b"\r\n")]);
    view.press(Key::Escape);
    assert_eq!(view.press(Key::Char('q')), Some(Ask::Quit));
    assert_eq!(view.press(Key::Interrupt), Some(Ask::Quit));
    assert!(!view.paused);
    view.press(Key::Char('p'));
    assert!(view.paused);
}

#[test]
fn what_devices_show_is_among_the_things_from_when_they_show_something() {
    let resolved = resolved();
    let screen = PeripheralId(resolved.app.peripherals.len() as u32 - 1);
    let mut view = View::new(&resolved.app, "simulation", true, &[]);
    assert!(view.things.iter().all(|thing| thing.name != "screen"));
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let colours = lines(&["#FF0000 #00FF00"]);
    tell(&mut view, 10, What::Shown { device: screen, lines: lines(&["21.5 °C", "", "fan: on"]) });
    assert_data_eq!(
        frame(&view, 40, 26),
        str![[r#"
fan · rpi-pico · simulation        0.0 s
── board ───────────────────────────────
 ○ led    off                     ▁ GP25
›□ key    [1] off                 ▁ GP15
 □ door   [2] off                 ▁ GP14
 ~ fan    ░░░░░░░░░░ 0.0%           GP16
 ◇ knob   ░░░░░░░░░░ 0 mV           GP26
 ▣ screen 21.5 °C

          fan: on
── channels ────────────────────────────
  presses     0
  voltage     0
  open        0
── console ─────────────────────────────










Space tap  Enter hold  Tab next  q quit

"#]]
    );
    tell(&mut view, 20, What::Shown { device: screen, lines: colours });
    let text = frame(&view, 40, 20);
    assert!(text.contains(" ▣ screen #FF0000 #00FF00"), "{text}");
}

#[test]
fn a_message_is_shown_as_print_writes_it() {
    let values =
        [("celsius", Scalar::Number(21.456)), ("valid", Scalar::Bool(true)), ("n", Scalar::Number(3.0))];
    let values: Vec<(String, Scalar)> = values.map(|(name, value)| (name.to_owned(), value)).into();
    assert_eq!(values_text(&values), "celsius=21.46 valid=true n=3");
    assert_eq!(values_text(&[(String::new(), Scalar::Text("long".into()))]), "long");
}

#[test]
fn a_recorded_session_is_a_scenario_of_the_app() {
    use crate::live::recording;

    let resolved = resolved();
    let app = &resolved.app;
    let mut view = View::new(app, "simulation", true, &[]);
    let keys = [
        Key::Char('1'),
        Key::Tab,
        Key::Tab,
        Key::Right { fine: false },
        Key::Tab,
        Key::Char('"'),
        Key::Enter,
    ];
    let given: Vec<(Nanos, Action)> =
        (1..).map(|step| Nanos(step * 1_001_000)).zip(actions(&mut view, &keys)).collect();
    let text = recording::scenario(app, &given, Nanos(5_000_001));
    let mut sources = fwc_diag::Sources::of("app.toml", APP);
    let source = sources.add("tests/mine.toml", text.as_str());
    let checked = fwc_scenario::check("mine", source, &text, app);
    let scenario = checked.value.expect("it is one");
    let steps: Vec<(Nanos, Action)> = scenario.steps.into_iter().map(|step| (step.at, step.action)).collect();
    assert_eq!((steps, scenario.run_for), (given, ms(6)));
}
