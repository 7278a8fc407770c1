//! The driver of the MCP23017 on its simulated part.

#[path = "driver.rs"]
mod driver;

use driver::{Options, Reading, measure, new, start};
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

use crate::bench::{Bench, run, told};

const INPUTS: Options = Options { outputs: 0, initial: 0, pull_ups: 0xFFFF };

#[test]
fn each_input_is_its_own_bit() {
    let bench = Bench::of("mcp23017");
    let mut expander = new(bench.i2c(0x20), 0x20, INPUTS);
    run(async {
        start(&mut expander).await.unwrap();
        assert_eq!(measure(&mut expander).await, Ok(Reading { a: 0xFF, b: 0xFF }));
        for bit in 0..16_u16 {
            let name = format!("{}{}", if bit < 8 { "a" } else { "b" }, bit % 8);
            bench.set(&name, 0.0);
            assert_eq!(expander.levels().await, Ok(!(1 << bit)));
            bench.set(&name, 1.0);
        }
    });
}

#[test]
fn outputs_are_driven_and_keep_their_level_over_a_loss_of_supply() {
    let bench = Bench::of("mcp23017");
    let options = Options { outputs: 0x0F0F, initial: 0x0101, pull_ups: 0xF0F0 };
    let mut expander = new(bench.i2c(0x27), 0x27, options);
    run(async {
        start(&mut expander).await.unwrap();
        assert_eq!(bench.shows(), ["a: 1000----", "b: 1000----"]);
        expander.drive(0x0003, 0x0002).await.unwrap();
        expander.drive(0x0800, 0xFFFF).await.unwrap();
        assert_eq!(bench.shows(), ["a: 0100----", "b: 1001----"]);
        bench.unplug(true);
        assert!(matches!(expander.drive(0x0002, 0).await, Err(Error::Bus(_))));
        bench.unplug(false);
        assert_eq!(bench.shows(), ["a: --------", "b: --------"]);
        start(&mut expander).await.unwrap();
        assert_eq!(bench.shows(), ["a: 0100----", "b: 1001----"]);
    });
}

#[test]
fn whatever_an_earlier_program_left_is_put_right() {
    let bench = Bench::of("mcp23017");
    let mut bus = bench.i2c(0x20);
    let mut expander = new(bench.i2c(0x20), 0x20, INPUTS);
    run(async {
        // The other order of registers, byte mode, everything an output and inverted.
        bus.write(0x20, &[0x02, 0xFF, 0xFF]).await.unwrap();
        bus.write(0x20, &[0x00, 0x00, 0x00]).await.unwrap();
        bus.write(0x20, &[0x0A, 0xA0]).await.unwrap();
        start(&mut expander).await.unwrap();
        assert_eq!(measure(&mut expander).await, Ok(Reading { a: 0xFF, b: 0xFF }));
    });
}

#[test]
fn a_measurement_moves_as_many_bytes_as_device_toml_says() {
    let bench = Bench::of("mcp23017");
    let mut expander = new(bench.i2c(0x20), 0x20, INPUTS);
    run(async {
        start(&mut expander).await.unwrap();
        assert_eq!(bench.moved(measure(&mut expander)).await, told("mcp23017"));
    });
}
