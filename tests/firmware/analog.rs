//! `adc` and `sample`: voltages from outside, as numbers in the firmware.

use fwc_sim::{Analog, Level, Pin, Stimulus, Uart};
use fwc_tests::milliseconds;

use crate::{edges_from, job, run};

fn volts(channel: u8, millivolts: u16) -> Stimulus {
    Stimulus::Voltage { channel: Analog(channel), millivolts }
}

#[test]
fn channels_share_the_converter_and_each_has_its_own_voltage() {
    let job = job("analog", milliseconds(65))
        .at(milliseconds(1), volts(0, 1_400))
        .at(milliseconds(1), volts(1, 3_000))
        .at(milliseconds(25), volts(0, 1_600))
        .at(milliseconds(35), volts(0, 1_350))
        .at(milliseconds(45), volts(0, 1_299))
        .at(milliseconds(45), volts(4, 706 - 172));
    let trace = run(&job);
    let lines: Vec<String> = trace.uart_lines(Uart(0)).into_iter().map(|line| line.text).collect();
    let of = |channel: &str| -> Vec<f32> {
        let texts = lines.iter().filter_map(|line| line.strip_prefix(channel));
        texts.map(|text| text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))).collect()
    };
    // A step of the converter is 0.8 mV.
    let near = |found: Vec<f32>, expected: [f32; 6]| {
        assert_eq!(found.len(), 6, "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 1.0, "{found} is not {expected}");
        }
    };
    near(of("voltage: "), [1_400.0, 1_400.0, 1_600.0, 1_350.0, 1_299.0, 1_299.0]);
    near(of("slide: "), [3_000.0; 6]);
    // 1.721 mV less for each degree more: 172 mV are 100 degrees.
    near(of("celsius: "), [27.0, 27.0, 27.0, 27.0, 127.0, 127.0]);
    // On above 1500 mV, off 200 mV below that.
    let lamp: Vec<(u64, Level)> = edges_from(&trace, Pin(16), milliseconds(2))
        .iter()
        .map(|edge| (edge.at.0 / 1_000_000, edge.level))
        .collect();
    assert_eq!(lamp, [(30, Level::High), (50, Level::Low)]);
}
