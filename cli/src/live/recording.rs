//! What the user did to a board -> the text of a scenario that does it again.

use fwc_core::app::App;
use fwc_parts::Nanos;
use fwc_scenario::Action;
use fwc_schema::units::{Duration, Voltage};
use fwc_sim::BusFault;

/// A file for `tests/`. The run ends with a whole millisecond, so that nothing lies behind it.
pub(crate) fn scenario(app: &App, given: &[(Nanos, Action)], end: Nanos) -> String {
    const MILLI: u64 = 1_000_000;
    let whole = Duration(end.0.div_ceil(MILLI).max(1) * MILLI);
    let mut text = format!(
        "# Recorded by `fwc run --record`: add an `[[expect]]` of what should have come of it.\nrun-for = \"{whole}\"\n"
    );
    let name = |id| &app.peripheral(id).name.value;
    for (at, action) in given {
        let what = match action {
            Action::Input { input, active } => format!("set = {{ {} = {active} }}", name(*input)),
            Action::Voltage { adc, millivolts } => {
                format!("set = {{ {} = \"{}\" }}", name(*adc), Voltage((*millivolts).into()))
            }
            Action::Reading { device, quantity, value } => {
                format!("set = {{ {} = {{ {quantity} = {value:?} }} }}", name(*device))
            }
            Action::Disturb { bus, fault } => {
                format!("fault = {{ {} = {} }}", name(*bus), fault_word(*fault))
            }
            Action::Noise { adc, millivolts: 0, .. } => format!("fault = {{ {} = \"none\" }}", name(*adc)),
            Action::Noise { adc, millivolts, seed } => {
                let noise = Voltage((*millivolts).into());
                format!("fault = {{ {} = {{ noise = \"{noise}\", seed = {seed} }} }}", name(*adc))
            }
            Action::Framing { uart, broken } => {
                format!("fault = {{ {} = \"{}\" }}", name(*uart), if *broken { "framing" } else { "none" })
            }
            Action::Drift { millionths } => format!("chip = {{ drift = \"{millionths}ppm\" }}"),
            Action::BrownOut => "chip = \"brown-out\"".to_string(),
            Action::Send { uart, bytes } => {
                format!("send = {{ {} = {} }}", name(*uart), quoted(&String::from_utf8_lossy(bytes)))
            }
        };
        text.push_str(&format!("\n[[step]]\nat = \"{}\"\n{what}\n", Duration(at.0)));
    }
    text
}

fn fault_word(fault: BusFault) -> String {
    match fault {
        BusFault::None => quoted("none"),
        BusFault::Nack => quoted("nack"),
        BusFault::Stuck => quoted("stuck"),
        BusFault::Hung => quoted("hung"),
        BusFault::Short(bytes) => format!("{{ short = {bytes} }}"),
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\r' => quoted.push_str("\\r"),
            '\n' => quoted.push_str("\\n"),
            control if control.is_control() => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
