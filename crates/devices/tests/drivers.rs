//! Each driver of the catalogue on its simulated part: the same text that a generated crate gets, run on the host.
#![allow(dead_code, unreachable_pub, reason = "a driver offers more to user code than its test needs")]

mod bench;
mod consistency;

#[path = "../catalog/ads1115/test.rs"]
mod ads1115;
#[path = "../catalog/at24c/test.rs"]
mod at24c;
#[path = "../catalog/bh1750/test.rs"]
mod bh1750;
#[path = "../catalog/bme280/test.rs"]
mod bme280;
#[path = "../catalog/ds3231/test.rs"]
mod ds3231;
#[path = "../catalog/hcsr04/test.rs"]
mod hcsr04;
#[path = "../catalog/ina219/test.rs"]
mod ina219;
#[path = "../catalog/max31855/test.rs"]
mod max31855;
#[path = "../catalog/mcp23017/test.rs"]
mod mcp23017;
#[path = "../catalog/mcp3008/test.rs"]
mod mcp3008;
#[path = "../catalog/mcp9808/test.rs"]
mod mcp9808;
#[path = "../catalog/mpu6050/test.rs"]
mod mpu6050;
#[path = "../catalog/rotary/test.rs"]
mod rotary;
#[path = "../catalog/servo/test.rs"]
mod servo;
#[path = "../catalog/sht3x/test.rs"]
mod sht3x;
#[path = "../catalog/ssd1306/test.rs"]
mod ssd1306;
#[path = "../catalog/tmp117/test.rs"]
mod tmp117;
#[path = "../catalog/w25q/test.rs"]
mod w25q;
#[path = "../catalog/ws2812/test.rs"]
mod ws2812;
