//! Every message of this stage.

use super::check;

#[test]
fn a_pin_has_one_owner() {
    check(
        "a: output pin=GP4\nconsole: uart tx=GP4",
        r#"
error[pin-conflict]: `GP4` is claimed twice
  tx = "GP4" ^ also claimed by `peripherals.console`
  pin = "GP4" - first claimed by `peripherals.a`
  help: on rpi-pico, UART TX can also be `GP0`, `GP8`, `GP12`, `GP16`, `GP20` or `GP28`
"#,
    );
    check(
        "a: output pin=GP4\nconsole: uart tx=GP4 rx=GP5",
        r#"
error[pin-conflict]: `GP4` is claimed twice
  tx = "GP4" ^ also claimed by `peripherals.console`
  pin = "GP4" - first claimed by `peripherals.a`
  help: on rpi-pico, UART1 TX can also be `GP8` or `GP20`
"#,
    );
    check(
        "console: uart tx=GP4 rx=GP5\na: output pin=GP4",
        r#"
error[pin-conflict]: `GP4` is claimed twice
  pin = "GP4" ^ also claimed by `peripherals.a`
  tx = "GP4" - first claimed by `peripherals.console`
  help: on rpi-pico, `GP3`, `GP2`, `GP6`, `GP1`, `GP7`, `GP0` and 18 more are free
"#,
    );
    check(
        "led: output pin=LED\nb: output pin=GP25\nc: input pin=GPIO25",
        r#"
error[pin-conflict]: `GP25` is claimed 3 times
  pin = "GP25" ^ also claimed by `peripherals.b`
  pin = "LED" - is `GP25`, first claimed by `peripherals.led`
  pin = "GPIO25" - is `GP25`, also claimed by `peripherals.c`
  help: on rpi-pico, `GP26`, `GP27`, `GP22`, `GP28`, `GP21`, `GP20` and 20 more are free
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP0",
        r#"
error[pin-conflict]: `GP0` is claimed twice
  rx = "GP0" ^ claimed again, as `rx`
  tx = "GP0" - first claimed here, as `tx`
  help: on rpi-pico, UART0 RX can also be `GP1`, `GP13` or `GP17`
"#,
    );
    check(
        "a: output pin=GP2\nb: output pin=GP2\nc: output pin=GP2\nd: output pin=GP2\ne: output pin=GP2\nf: input pin=GP2",
        r#"
error[pin-conflict]: `GP2` is claimed 6 times
  pin = "GP2" ^ also claimed by `peripherals.b`
  pin = "GP2" - first claimed by `peripherals.a`
  pin = "GP2" - also claimed by `peripherals.c`
  pin = "GP2" - also claimed by `peripherals.d`
  note: it is claimed by `e` and `f` as well
  help: on rpi-pico, `GP1`, `GP3`, `GP0`, `GP4`, `GP5`, `GP6` and 19 more are free
"#,
    );
}

#[test]
fn a_conflict_makes_no_echo() {
    check(
        "a: output pin=GP2\nconsole: uart tx=GP2 rx=GP5",
        r#"
error[pin-conflict]: `GP2` is claimed twice
  tx = "GP2" ^ also claimed by `peripherals.console`
  pin = "GP2" - first claimed by `peripherals.a`
  help: on rpi-pico, UART1 TX can also be `GP4`, `GP8` or `GP20`
"#,
    );
    check(
        "a: output pin=GP0\nconsole: uart tx=GP0 rx=GP5",
        r#"
error[pin-conflict]: `GP0` is claimed twice
  tx = "GP0" ^ also claimed by `peripherals.console`
  pin = "GP0" - first claimed by `peripherals.a`
  help: on rpi-pico, UART1 TX can also be `GP4`, `GP8` or `GP20`
"#,
    );
    check(
        "a: uart tx=GP0 rx=GP1\nb: uart tx=GP0 rx=GP1",
        r#"
error[pin-conflict]: `GP0` is claimed twice
  tx = "GP0" ^ also claimed by `peripherals.b`
  tx = "GP0" - first claimed by `peripherals.a`
  help: on rpi-pico, UART1 TX can also be `GP4`, `GP8` or `GP20`
error[pin-conflict]: `GP1` is claimed twice
  rx = "GP1" ^ also claimed by `peripherals.b`
  rx = "GP1" - first claimed by `peripherals.a`
  help: on rpi-pico, UART1 RX can also be `GP5`, `GP9` or `GP21`
"#,
    );
    check(
        "led: output pin=GP25\nb: uart rx=GP25",
        r#"
error[pin-conflict]: `GP25` is claimed twice
  rx = "GP25" ^ also claimed by `peripherals.b`
  pin = "GP25" - first claimed by `peripherals.led`
  help: on rpi-pico, UART RX can also be `GP21`, `GP17`, `GP13`, `GP9`, `GP5` or `GP1`
"#,
    );
}

#[test]
fn a_pin_must_have_the_function() {
    check(
        "console: uart tx=GP2",
        r#"
error[pin-function]: `GP2` cannot be UART TX
  tx = "GP2" ^ can be UART0 CTS
  help: on rpi-pico, UART TX can be `GP0`, `GP4`, `GP8`, `GP12`, `GP16`, `GP20` or `GP28`
"#,
    );
    check(
        "console: uart tx=GP2 rx=GP5",
        r#"
error[pin-function]: `GP2` cannot be UART TX
  tx = "GP2" ^ can be UART0 CTS
  help: on rpi-pico, UART1 TX can be `GP4`, `GP8` or `GP20`
"#,
    );
    check(
        "console: uart tx=GP3 rx=GP2",
        r#"
error[pin-function]: `GP3` cannot be UART TX
  tx = "GP3" ^ can be UART0 RTS
  help: on rpi-pico, UART TX can be `GP4`, `GP0`, `GP8`, `GP12`, `GP16`, `GP20` or `GP28`
error[pin-function]: `GP2` cannot be UART RX
  rx = "GP2" ^ can be UART0 CTS
  help: on rpi-pico, UART RX can be `GP1`, `GP5`, `GP9`, `GP13`, `GP17` or `GP21`
"#,
    );
}

#[test]
fn pins_the_wrong_way_round() {
    check(
        "console: uart tx=GP1 rx=GP0",
        r#"
error[pin-function]: `tx` and `rx` are the wrong way round
  tx = "GP1" ^ can be UART0 RX
  rx = "GP0" - can be UART0 TX
  help: exchange them: `tx = "GP0"`, `rx = "GP1"`
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP1 rts=GP2 cts=GP3",
        r#"
error[pin-function]: `rts` and `cts` are the wrong way round
  rts = "GP2" ^ can be UART0 CTS
  cts = "GP3" - can be UART0 RTS
  help: exchange them: `rts = "GP3"`, `cts = "GP2"`
"#,
    );
    check(
        "console: uart tx=GP1 rx=GP4",
        r#"
error[pin-function]: `GP1` cannot be UART TX
  tx = "GP1" ^ can be UART0 RX
  help: on rpi-pico, UART TX can be `GP0`, `GP8`, `GP12`, `GP16`, `GP20` or `GP28`
error[pin-function]: `GP4` cannot be UART RX
  rx = "GP4" ^ can be UART1 TX
  help: on rpi-pico, UART RX can be `GP5`, `GP9`, `GP13`, `GP17` or `GP21`
"#,
    );
}

#[test]
fn pins_of_one_uart_are_on_one_block() {
    check(
        "console: uart tx=GP0 rx=GP5",
        r#"
error[pin-function]: `tx` and `rx` of `console` are not on one uart
  rx = "GP5" ^ `GP5` is UART1 RX
  tx = "GP0" - `GP0` is UART0 TX
  help: for UART0, `rx` can be `GP1`, `GP13` or `GP17`
  help: for UART1, `tx` can be `GP4`, `GP8` or `GP20`
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP1 rts=GP3 cts=GP6",
        r#"
error[pin-function]: `tx`, `rx`, `rts` and `cts` of `console` are not on one uart
  cts = "GP6" ^ `GP6` is UART1 CTS
  tx = "GP0" - `GP0` is UART0 TX
  rx = "GP1" - `GP1` is UART0 RX
  rts = "GP3" - `GP3` is UART0 RTS
  help: for UART0, `cts` can be `GP2`, `GP14` or `GP18`
"#,
    );
}

#[test]
fn a_forced_block() {
    check("console: uart tx=GP0 rx=GP1 instance=UART0", "");
    check(
        "console: uart tx=GP0 rx=GP1 instance=UART1",
        r#"
error[pin-function]: the pins of `console` do not lead to UART1
  instance = "UART1" ^ forced here
  tx = "GP0" - `GP0` is UART0 TX
  rx = "GP1" - `GP1` is UART0 RX
  help: for UART1, `tx` can be `GP4`, `GP8` or `GP20` and `rx` can be `GP5`, `GP9` or `GP21`
  help: remove `instance`, and the uart follows from the pins
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP5 instance=UART1",
        r#"
error[pin-function]: `tx` and `rx` of `console` are not on one uart
  tx = "GP0" ^ `GP0` is UART0 TX
  rx = "GP5" - `GP5` is UART1 RX
  help: for UART1, `tx` can be `GP4`, `GP8` or `GP20`
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP1 instance=UART2",
        r#"
error[unknown-name]: RP2040 has no uart `UART2`
  instance = "UART2" ^
  help: the uarts of RP2040 are `UART0` and `UART1`
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP1 instance=uart0",
        r#"
error[unknown-name]: RP2040 has no uart `uart0`
  instance = "uart0" ^
  help: did you mean `UART0`?
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP1 instance=SPI0",
        r#"
error[wrong-kind]: `SPI0` is not a uart
  instance = "SPI0" ^
  help: the uarts of RP2040 are `UART0` and `UART1`
"#,
    );
}

#[test]
fn flow_control_goes_both_ways() {
    check("console: uart tx=GP0 rx=GP1 rts=GP3 cts=GP2", "");
    check(
        "console: uart tx=GP0 rx=GP1 cts=GP2",
        r#"
error[not-applicable]: `console` has `cts` without `rts`
  cts = "GP2" ^
  note: the HAL's driver of a uart that is both read and written has flow control in both directions or in none
  help: add `rts`, which can be `GP3`, `GP15` or `GP19`, or remove `cts`
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP1 rts=GP3",
        r#"
error[not-applicable]: `console` has `rts` without `cts`
  rts = "GP3" ^
  note: the HAL's driver of a uart that is both read and written has flow control in both directions or in none
  help: add `cts`, which can be `GP2`, `GP14` or `GP18`, or remove `rts`
"#,
    );
    check("console: uart tx=GP0 cts=GP2", "");
    check("console: uart rx=GP1 rts=GP3", "");
}

#[test]
fn blocks_are_exclusive() {
    check(
        "console: uart tx=GP0 rx=GP1\ngps: uart tx=GP12 rx=GP13",
        r#"
error[block-exhausted]: `console` and `gps` both need UART0
  tx = "GP12" ^ `gps` needs UART0
  tx = "GP0" - `console` needs UART0
  help: UART1 is free: `gps` fits there with `tx = "GP8"` and `rx = "GP9"`
"#,
    );
    check(
        "gps: uart tx=GP12 rx=GP13\nconsole: uart tx=GP0 rx=GP1",
        r#"
error[block-exhausted]: `console` and `gps` both need UART0
  tx = "GP0" ^ `console` needs UART0
  tx = "GP12" - `gps` needs UART0
  help: UART1 is free: `gps` fits there with `tx = "GP8"` and `rx = "GP9"`
"#,
    );
    check(
        "console: uart tx=GP0 rx=GP1\ngps: uart tx=GP12 rx=GP13\nmodem: uart tx=GP4\nsensor: uart rx=GP17",
        r#"
error[block-exhausted]: `console` and `gps` both need UART0
  tx = "GP12" ^ `gps` needs UART0
  tx = "GP0" - `console` needs UART0
  note: `sensor` needs it as well
  note: UART1 is held by `modem`
  help: RP2040 has 2 uarts, the app 4: remove 2 of `console`, `gps` and `sensor`
"#,
    );
}

#[test]
fn bit_rates() {
    check(
        "console: uart tx=GP0 baud=10",
        r#"
error[baud-out-of-reach]: a uart of RP2040 cannot run at 10 baud
  baud = 10 ^
  note: with the core at 125MHz it can be from 120 to 7812500 baud
  help: the nearest rate is 120 baud
"#,
    );
    check(
        "console: uart tx=GP0 baud=8000000",
        r#"
error[baud-out-of-reach]: a uart of RP2040 cannot run at 8000000 baud
  baud = 8000000 ^
  note: with the core at 125MHz it can be from 120 to 7812500 baud
  help: the nearest rate is 7812500 baud
"#,
    );
    check(
        "clock = \"48MHz\"\nconsole: uart tx=GP0 baud=1002606",
        r#"
error[baud-out-of-reach]: a uart of RP2040 cannot run at 1002606 baud
  baud = 1002606 ^ would be 1500000 baud, 49.6 % too fast
  help: the nearest rates are 1000000 and 1002611 baud
"#,
    );
}

#[test]
fn clocks() {
    check(
        "clock = \"250MHz\"",
        r#"
error[clock-out-of-reach]: RP2040 cannot run at 250MHz
  clock = "250MHz" ^ its core runs at up to 200MHz
  help: the highest is `"200MHz"`
"#,
    );
    check(
        "clock = \"131.313MHz\"",
        r#"
error[clock-out-of-reach]: the crystal of rpi-pico cannot be turned into exactly 131.313MHz
  clock = "131.313MHz" ^
  note: the clock is the crystal's 12MHz, multiplied and divided by whole numbers
  help: the nearest are `"131.25MHz"` and `"131.4MHz"`
"#,
    );
    check(
        "clock = \"1MHz\"",
        r#"
error[clock-out-of-reach]: the crystal of rpi-pico cannot be turned into exactly 1MHz
  clock = "1MHz" ^
  note: the clock is the crystal's 12MHz, multiplied and divided by whole numbers
  help: the lowest is `"18MHz"`
"#,
    );
    check(
        "clock = \"0.5Hz\"",
        r#"
error[clock-out-of-reach]: the crystal of rpi-pico cannot be turned into exactly 0.5Hz
  clock = "0.5Hz" ^
  note: the clock is the crystal's 12MHz, multiplied and divided by whole numbers
  help: the lowest is `"18MHz"`
"#,
    );
}

#[test]
fn pins_of_the_board() {
    check("lamp: output pin=LED\nvbus: input pin=GP24 pull=up\nsaver: output pin=GP23", "");
    check(
        "vbus: output pin=GP24",
        r#"
warning[used-on-board]: on rpi-pico, `GP24` belongs to the board: VBUS sense
  pin = "GP24" ^ high while USB supplies the board
  help: on rpi-pico, `GP22`, `GP26`, `GP21`, `GP27`, `GP20`, `GP28` and 20 more are free
"#,
    );
    check(
        "lamp: input pin=LED",
        r#"
warning[used-on-board]: on rpi-pico, `GP25` belongs to the board: LED
  pin = "LED" ^ is `GP25`, the green LED
  help: on rpi-pico, `GP26`, `GP27`, `GP22`, `GP28`, `GP21`, `GP20` and 20 more are free
"#,
    );
    check(
        "a: input pin=GP26\nb: input pin=GP27 pull=up\nc: output pin=GP28",
        r#"
warning[pin-limit]: `GP26` has a diode to the supply: its voltage must never be above the supply's, also when the chip is off
  pin = "GP26" ^
  help: take another pin, a part that keeps the voltage down, or a contact to ground with `pull = "up"`
"#,
    );
    check(
        "gps: uart tx=GP28 rx=GP29",
        r#"
warning[used-on-board]: on rpi-pico, `GP29` belongs to the board: VSYS sense
  rx = "GP29" ^ analog channel 3 reads a third of VSYS
  help: on rpi-pico, UART0 RX can also be `GP17`, `GP13` or `GP1`
warning[pin-limit]: `GP29` has a diode to the supply: its voltage must never be above the supply's, also when the chip is off
  rx = "GP29" ^
  help: take another pin, or a part that keeps the voltage down
"#,
    );
}
