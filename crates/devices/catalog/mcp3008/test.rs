//! The driver of the MCP3008 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, measure, new, start};
use fwc_devices::Settings;
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

#[test]
fn each_input_is_its_own_and_the_reference_is_the_end() {
    for reference in [1_024_u16, 3_300, 5_000] {
        let bench = Bench::with("mcp3008", &Settings::new([("reference".to_string(), f64::from(reference))]));
        let mut converter = new(bench.spi(), Options { reference });
        let step = f64::from(reference) / 1_024.0;
        run(async {
            start(&mut converter).await.unwrap();
            let voltages: Vec<f64> = (0..8).map(|input| f64::from(input) * step * 146.0).collect();
            for (input, voltage) in voltages.iter().enumerate() {
                bench.set(&format!("ch{input}"), *voltage);
            }
            let reading = measure(&mut converter).await.unwrap();
            let measured = [
                reading.ch0,
                reading.ch1,
                reading.ch2,
                reading.ch3,
                reading.ch4,
                reading.ch5,
                reading.ch6,
                reading.ch7,
            ];
            for (measured, voltage) in measured.iter().zip(voltages) {
                assert!((f64::from(*measured) - voltage).abs() <= step, "{measured} of {voltage}");
            }
            bench.set("ch2", 5_500.0);
            assert_eq!(converter.convert(2).await, Ok(1_023));
        });
    }
}

#[test]
fn a_line_that_nobody_drives_is_no_voltage() {
    let bench = Bench::of("mcp3008");
    let mut converter = new(bench.spi(), Options { reference: 3_300 });
    run(async {
        bench.unplug(true);
        assert_eq!(start(&mut converter).await, Err(Error::Corrupt));
        assert_eq!(measure(&mut converter).await, Err(Error::Corrupt));
        bench.unplug(false);
        start(&mut converter).await.unwrap();
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("mcp3008");
    let mut converter = new(bench.spi(), Options { reference: 3_300 });
    run(async {
        start(&mut converter).await.unwrap();
        assert_eq!(bench.moved(measure(&mut converter)).await, told("mcp3008"));
    });
}
