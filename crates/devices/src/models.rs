//! The simulated parts by their drivers' names: one module and one line for each.

use fwc_parts::Wired;

use crate::Settings;

#[path = "../catalog/ads1115/model.rs"]
mod ads1115;
#[path = "../catalog/at24c/model.rs"]
mod at24c;
#[path = "../catalog/bh1750/model.rs"]
mod bh1750;
#[path = "../catalog/bme280/model.rs"]
mod bme280;
#[path = "../catalog/ds3231/model.rs"]
mod ds3231;
#[path = "../catalog/hcsr04/model.rs"]
mod hcsr04;
#[path = "../catalog/ina219/model.rs"]
mod ina219;
#[path = "../catalog/max31855/model.rs"]
mod max31855;
#[path = "../catalog/mcp23017/model.rs"]
mod mcp23017;
#[path = "../catalog/mcp3008/model.rs"]
mod mcp3008;
#[path = "../catalog/mcp9808/model.rs"]
mod mcp9808;
#[path = "../catalog/mpu6050/model.rs"]
mod mpu6050;
#[path = "../catalog/rotary/model.rs"]
mod rotary;
#[path = "../catalog/servo/model.rs"]
mod servo;
#[path = "../catalog/sht3x/model.rs"]
mod sht3x;
#[path = "../catalog/ssd1306/model.rs"]
mod ssd1306;
#[path = "../catalog/tmp117/model.rs"]
mod tmp117;
#[path = "../catalog/w25q/model.rs"]
mod w25q;
#[path = "../catalog/ws2812/model.rs"]
mod ws2812;

/// A new part, just powered; none for a name that the catalogue does not have.
pub fn part(driver: &str, settings: &Settings) -> Option<Wired> {
    Some(match driver {
        "ads1115" => Wired::I2c(Box::new(ads1115::Model::default())),
        "at24c" => Wired::I2c(Box::new(at24c::Model::new(whole(settings, "bytes", 32_768)))),
        "bh1750" => Wired::I2c(Box::new(bh1750::Model::default())),
        "bme280" => Wired::I2c(Box::new(bme280::Model::default())),
        "ds3231" => Wired::I2c(Box::new(ds3231::Model::default())),
        "ina219" => Wired::I2c(Box::new(ina219::Model::new(settings.number("shunt").unwrap_or(0.1)))),
        "mcp23017" => Wired::I2c(Box::new(mcp23017::Model::default())),
        "mcp9808" => Wired::I2c(Box::new(mcp9808::Model::default())),
        "mpu6050" => Wired::I2c(Box::new(mpu6050::Model::default())),
        "sht3x" => Wired::I2c(Box::new(sht3x::Model::default())),
        "ssd1306" => Wired::I2c(Box::new(ssd1306::Model::new(whole(settings, "height", 64)))),
        "tmp117" => Wired::I2c(Box::new(tmp117::Model::default())),
        "max31855" => Wired::Spi(Box::new(max31855::Model::default())),
        "mcp3008" => {
            Wired::Spi(Box::new(mcp3008::Model::new(settings.number("reference").unwrap_or(3_300.0))))
        }
        "w25q" => Wired::Spi(Box::new(w25q::Model::new(whole(settings, "bytes", 4_194_304)))),
        "hcsr04" => Wired::Pins(Box::new(hcsr04::Model::default())),
        "rotary" => Wired::Pins(Box::new(rotary::Model::new(whole(settings, "edges", 4) as i64))),
        "servo" => Wired::Pins(Box::new(servo::Model::default())),
        "ws2812" => Wired::Pins(Box::new(ws2812::Model::new(whole(settings, "lights", 1)))),
        _ => return None,
    })
}

/// A whole number among the keys, or what device.toml has as its default.
fn whole(settings: &Settings, key: &str, default: usize) -> usize {
    settings.number(key).map_or(default, |number| number as usize)
}
