//! A board to a small app.toml that runs on it and explains the language as it goes, and a scenario that tests it.

use fwc_core::catalog::{Board, ContactKind, PinId};
use fwc_schema::board::Level;

/// The pins that the starter uses.
struct Pins {
    led: Option<PinId>,
    /// Of a button, and of the console that tells of its presses.
    press: Option<(PinId, PinId)>,
}

impl Pins {
    /// Those of a board: a console is on a chip whose uarts fwc drives.
    fn of(board: &Board) -> Pins {
        let tx = labelled(board, "TX").filter(|_| board.chip.drives("uart"));
        Pins { led: labelled(board, "LED"), press: button_pin(board).zip(tx) }
    }
}

/// The text of app.toml. It uses what the board has: a part that it lacks is left out.
pub(crate) fn app_toml(app: &str, board: &Board) -> String {
    let pins = Pins::of(board);
    let mut text = head(app, board);
    if let Some(led) = pins.led {
        text.push_str(&blink(board, led));
    }
    if let Some((button, tx)) = pins.press {
        text.push_str(&press(board, button, tx));
    }
    if board.lacks_core_supply() {
        text.push_str(&core_supply(board));
    }
    text.push_str(OWN_CODE);
    text
}

/// The table in which the user says what feeds the core.
fn core_supply(board: &Board) -> String {
    let (title, section) = (&board.chip.title, board.written_key());
    format!(
        "
# Which of its regulators feeds the core of the {title} is for the board's schematic to say: \"ldo\", the linear one, or \"smps\", the
# switched one. With the wrong one the chip stops in its start, so this line is yours to write.
[boards.{section}]
# core-supply = \"ldo\"
"
    )
}

/// The text of a scenario for that app.toml: it presses the button, or watches the LED where there is no button.
pub(crate) fn scenario(board: &Board) -> Option<(&'static str, String)> {
    match Pins::of(board) {
        Pins { led: None, press: None } => None,
        Pins { led: None, press: Some(_) } => Some(("tests/press.toml", PRESS.to_owned())),
        Pins { led: Some(_), press: Some(_) } => Some(("tests/press.toml", format!("{PRESS}{LED_EDGES}"))),
        Pins { led: Some(_), press: None } => Some(("tests/blink.toml", format!("{BLINK}{LED_EDGES}"))),
    }
}

const PRESS: &str = "\
# What `fwc test` does and then looks for, in simulated time: a press of 100 ms becomes a line on the console.
run-for = \"2s\"

[[step]]
at = \"500ms\"
set = { button = true }

[[step]]
at = \"600ms\"
set = { button = false }

[[expect]]
by = \"700ms\"
uart = \"console\"
contains = \"presses: short\"
";

const BLINK: &str = "\
# What `fwc test` looks for, in simulated time.
run-for = \"2s\"
";

const LED_EDGES: &str = "
# 2 Hz: on or off each half second, whatever else goes on.
[[expect]]
between = [\"100ms\", \"1900ms\"]
output = \"led\"
edges = 3
";

fn head(app: &str, board: &Board) -> String {
    let name = board.written();
    format!(
        "\
# What this firmware is made of. `fwc check` checks it, `fwc plan` shows what follows from it, `fwc build` builds it.

[app]
name = \"{app}\"
board = \"{name}\"

# Each [peripherals.NAME] is a thing at a pin, each [tasks.NAME] something that goes on by itself.
# `fwc boards {name}` shows every pin and what can be there.
"
    )
}

fn blink(board: &Board, led: PinId) -> String {
    let pin = &board.chip.pin(led).name;
    let active = match board.onboard(led).and_then(|part| part.active) {
        Some(Level::Low) => "active = \"low\"\n",
        _ => "",
    };
    format!(
        "
[peripherals.led]
kind = \"output\"
pin = \"LED\" # the board's name for {pin}
{active}
[tasks.heartbeat]
behavior = \"blink\"
output = \"led\"
rate = \"2Hz\"
"
    )
}

fn press(board: &Board, button: PinId, tx: PinId) -> String {
    let (pin, wire) = (&board.chip.pin(button).name, wire(board, button));
    // The pull is the rest of a circuit that lacks its resistor, and does no harm to one that has it.
    let (pull, active) = match board.onboard(button).and_then(|part| part.active) {
        Some(Level::High) => ("down", "high"),
        _ => ("up", "low"),
    };
    let tx_pin = &board.chip.pin(tx).name;
    let tx_wire = wire_name(board, tx);
    let serial = match &board.serial_port {
        Some(port) => {
            format!("to {port}, which makes a serial port of it: `fwc monitor --serial PORT` shows that too.")
        }
        None => "to the RX of a USB serial adapter with the board's voltage. Ground to ground.".to_owned(),
    };
    format!(
        "
# {wire}
[peripherals.button]
kind = \"input\"
pin = \"{pin}\"
pull = \"{pull}\"
active = \"{active}\"

# {tx_pin}{tx_wire}: {serial}
[peripherals.console]
kind = \"uart\"
tx = \"TX\"
baud = 115200

# A message is a type; a channel carries messages from task to task.
[messages.Press]
values = [\"short\", \"long\"]

[channels.presses]
message = \"Press\"
kind = \"channel\"

# Bounces are filtered out, and a press of 600 ms or more is a long one.
[tasks.button]
behavior = \"button\"
input = \"button\"
publishes = [\"presses\"]

# Each press becomes a line: `presses: short`.
[tasks.journal]
behavior = \"print\"
subscribes = [\"presses\"]
to = \"console\"
"
    )
}

const OWN_CODE: &str = "
# A task can be code of your own. Take the `#` away, run `fwc generate`, and go on in src/control.rs.
#
# [tasks.control]
# code = \"control\"
# every = \"1s\"
";

fn labelled(board: &Board, label: &str) -> Option<PinId> {
    board.labels.get(label).copied()
}

/// Whether the app has nothing in it yet, since fwc knows no part of the board.
pub(crate) fn is_bare(board: &Board) -> bool {
    matches!(Pins::of(board), Pins { led: None, press: None })
}

/// The board's own button, else the last pin of a header that has no other use: there is room for wires.
fn button_pin(board: &Board) -> Option<PinId> {
    labelled(board, "BUTTON").or_else(|| {
        let contacts = board.headers.iter().flat_map(|header| &header.contacts);
        let pins = contacts.filter_map(|contact| match contact.kind {
            ContactKind::Pin(pin) => Some(pin),
            ContactKind::Rail(_) => None,
        });
        pins.filter(|pin| is_plain(board, *pin)).reduce(|_, later| later)
    })
}

fn is_plain(board: &Board, pin: PinId) -> bool {
    board.labels_of(pin).next().is_none()
        && board.onboard(pin).is_none()
        && board.chip.limitations_of(pin).next().is_none()
}

fn wire(board: &Board, button: PinId) -> String {
    if board.onboard(button).is_some() {
        return "The board's button.".to_owned();
    }
    format!("A push button between this pin{} and ground.", wire_name(board, button))
}

/// Where the pin is on the board: ` (contact 20)`.
fn wire_name(board: &Board, pin: PinId) -> String {
    match board.contacts_of(pin).next() {
        Some((header, contact)) => match &header.name {
            Some(header) => format!(" ({header}, contact {})", contact.number),
            None => format!(" (contact {})", contact.number),
        },
        None => String::new(),
    }
}
