//! `fwc boards`.

use snapbox::str;

use crate::sandbox::Sandbox;

#[test]
fn the_list() {
    Sandbox::new().fwc(&["boards"]).shows(
        0,
        str![[r#"
BOARD                    ALSO CALLED                      CHIP         WHAT IT IS
adafruit-feather-rp2040  feather-rp2040                   rp2040       Adafruit Feather RP2040:
                                                                       RP2040, 8 MiB flash, 21 pins
                                                                       on the headers, LED, a light
                                                                       on GP16, a socket for I2C
blackpill-f411           blackpill                        stm32f411ce  WeAct Black Pill: STM32F411CE,
                                                                       512 KiB flash in the chip,
                                                                       LED, button, USB connector
bluepill-f103            bluepill, stm32_min_dev          stm32f103c8  Blue Pill: STM32F103C8, 64 KiB
                                                                       flash in the chip, one LED
esp32-c3-devkitm         esp32c3, esp32-c3-devkitm-1      esp32c3      ESP32-C3-DevKitM-1: ESP32-C3,
                                                                       4 MiB flash, 15 pins on the
                                                                       headers, a light on GPIO8, a
                                                                       radio that fwc does not drive
esp32-c6-devkitc         esp32c6, esp32-c6-devkitc-1      esp32c6      ESP32-C6-DevKitC-1: ESP32-C6,
                                                                       8 MiB flash, 22 pins on the
                                                                       headers, a light on GPIO8,
                                                                       radios that fwc does not drive
microbit-v1                                               nrf51822     BBC micro:bit V1: nRF51822,
                                                                       256 KiB flash in the chip, a
                                                                       matrix of 25 LEDs, two
                                                                       buttons, debug probe on the
                                                                       board
microbit-v2              microbit                         nrf52833     BBC micro:bit V2: nRF52833,
                                                                       512 KiB flash in the chip, a
                                                                       matrix of 25 LEDs, two
                                                                       buttons, debug probe on the
                                                                       board
nrf52-dk                 nrf52dk, pca10040                nrf52832     nRF52 DK: nRF52832, 512 KiB
                                                                       flash in the chip, four LEDs,
                                                                       four buttons, debug probe on
                                                                       the board
nrf52840-dk              nrf52840dk, pca10056             nrf52840     nRF52840 DK: nRF52840, 1 MiB
                                                                       flash in the chip, four LEDs,
                                                                       four buttons, debug probe on
                                                                       the board
nucleo-f401re                                             stm32f401re  NUCLEO-F401RE: STM32F401RE,
                                                                       512 KiB flash in the chip,
                                                                       LED, button, debug probe on
                                                                       the board
nucleo-g071rb                                             stm32g071rb  NUCLEO-G071RB: STM32G071RB,
                                                                       128 KiB flash in the chip,
                                                                       LED, button, debug probe on
                                                                       the board
nucleo-h743zi            nucleo_h743zi, nucleo-h743zi2    stm32h743zi  NUCLEO-H743ZI2: STM32H743ZI, 2
                                                                       MiB flash in the chip, three
                                                                       LEDs, button, debug probe on
                                                                       the board
nucleo-l476rg                                             stm32l476rg  NUCLEO-L476RG: STM32L476RG, 1
                                                                       MiB flash in the chip, LED,
                                                                       button, debug probe on the
                                                                       board
rpi-pico                 pico, rp2040                     rp2040       Raspberry Pi Pico: RP2040, 2
                                                                       MiB flash, 26 pins on the
                                                                       header, one LED
rpi-pico-2               pico2, rp2350                    rp2350a      Raspberry Pi Pico 2: RP2350A,
                                                                       4 MiB flash, 26 pins on the
                                                                       header, one LED
rpi-pico-w               pico-w                           rp2040       Raspberry Pi Pico W: RP2040, 2
                                                                       MiB flash, 26 pins on the
                                                                       header, a radio that fwc does
                                                                       not drive yet
stm32f4-discovery        stm32f4_disco, stm32f407g-disc1  stm32f407vg  STM32F4DISCOVERY: STM32F407VG,
                                                                       1 MiB flash in the chip, four
                                                                       LEDs, button, debug probe on
                                                                       the board

"#]],
        str![[r#"
hint: `chip:NAME` in place of a board is an STM32 by itself: `fwc boards chip:stm32g431cb` shows one

"#]],
    );
}

#[test]
fn a_board_by_name_alias_and_option() {
    let sandbox = Sandbox::new();
    let run = sandbox.fwc(&["boards", "rpi-pico"]);
    let head: String = run.ends(0).stdout.lines().take(14).map(|line| format!("{line}\n")).collect();
    crate::sandbox::check(
        &head,
        str![[r#"
Raspberry Pi Pico
  board     `rpi-pico` or `pico` or `rp2040`
  chip      RP2040, 2 cores (cortex-m0plus), built for thumbv6m-none-eabi
  memory    2 MiB flash, 264 KiB RAM
  flashed   by a debug probe, or by copying a UF2 file to its boot drive RPI-RP2
  source    Raspberry Pi Pico datasheet, sections 2.1 (pinout), 2.3 (operating conditions), 4.2
            (GPIO), 4.4 (powerchain)
  source    Raspberry Pi Pico SDK 2.2.0, src/boards/include/boards/pico.h (default uart, i2c and
            spi, on-board pins)

PIN   CONTACT  LABELS  WHAT CAN BE THERE BESIDES AN INPUT OR OUTPUT
GP0   1        TX      SPI0 RX, UART0 TX, I2C0 SDA, PWM0 A, PIO0 IO, PIO1 IO
GP1   2        RX      SPI0 CSn, UART0 RX, I2C0 SCL, PWM0 B, PIO0 IO, PIO1 IO
GP2   4                SPI0 SCK, UART0 CTS, I2C1 SDA, PWM1 A, PIO0 IO, PIO1 IO

"#]],
    );
    assert_eq!(run.stdout.lines().filter(|line| line.starts_with("GP")).count(), 30);
    assert_eq!(sandbox.fwc(&["boards", "pico"]).stdout, run.stdout);
    assert_eq!(sandbox.fwc(&["boards", "--board", "rp2040"]).stdout, run.stdout);
}

#[test]
fn a_board_that_is_none() {
    let sandbox = Sandbox::new();
    sandbox.fwc(&["boards", "rpi-picco"]).says(
        2,
        str![[r#"
error: there is no board `rpi-picco`
  help: did you mean `rpi-pico`? `fwc boards` lists them all

"#]],
    );
    sandbox.fwc(&["boards", "teensy"]).says(
        2,
        str![[r#"
error: there is no board `teensy`
  help: `fwc boards` lists all boards; `chip:NAME` is an STM32 by itself, and a project brings its own board as `boards/NAME.toml`

"#]],
    );
    sandbox.fwc(&["boards", "chip:STM32F103C8T6"]).says(
        2,
        str![[r#"
error: there is no board `chip:STM32F103C8T6`
  help: did you mean `chip:stm32f103c8`, the name without its package?

"#]],
    );
    sandbox.fwc(&["boards", "chip:stm32h745zi-cm4"]).says(
        2,
        str![[r#"
error: there is no board `chip:stm32h745zi-cm4`
  note: of its two cores, fwc makes firmware for the Cortex-M7
  help: did you mean `chip:stm32h745zi`?

"#]],
    );
    sandbox.fwc(&["new", "fan", "--board", "stm32l031k6"]).says(
        2,
        str![[r#"
error: there is no board `stm32l031k6`
  help: `chip:stm32l031k6` is the chip by itself; `fwc boards` lists the boards

"#]],
    );
}

#[test]
fn a_faulty_board_of_the_projects_own() {
    let sandbox = Sandbox::with_app("");
    sandbox.write("boards/mine.toml", "name = \"mine\"\ntitle = 1\n");
    sandbox.fwc(&["boards", "mine"]).says(
        1,
        str![[r#"
error: the board `mine` cannot be read
  note: boards/mine.toml:2:9: `title` must be a text in quotes, not a number

"#]],
    );
}
