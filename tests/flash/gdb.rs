//! A debugger's session over `fwc attach --gdb`, packet by packet, as GDB's manual has them ("Remote Serial Protocol").

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use fwc_sim::{Act, BoardEvent, BoardSetup};
use fwc_tests::{Desk, Firmware, build_project};
use object::{Object, ObjectSymbol};

use crate::expected_flash;
use crate::running::Running;

const LED: u8 = 25;
const PC: usize = 15;
const FREE_RAM: u32 = 0x2003_0000;

/// The debugger's side.
struct Debugger(TcpStream);

impl Debugger {
    fn connect(serving: &Running) -> Debugger {
        let lines = Running::until(&serving.stderr, "Serving GDB on ");
        let address = lines.last().unwrap().split(" on ").nth(1).unwrap().split(';').next().unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Debugger(stream)
    }

    fn send(&mut self, packet: &str) {
        let sum = packet.bytes().fold(0u8, u8::wrapping_add);
        write!(self.0, "${packet}#{sum:02x}").unwrap();
    }

    fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.0.read_exact(&mut byte).unwrap();
        byte[0]
    }

    /// The next packet, acknowledged; runs of a character are written out.
    fn receive(&mut self) -> String {
        while self.byte() != b'$' {}
        let mut text = Vec::new();
        loop {
            match self.byte() {
                b'#' => break,
                b'*' => {
                    let (last, count) = (*text.last().unwrap(), self.byte() - 29);
                    text.extend(vec![last; count.into()]);
                }
                byte => text.push(byte),
            }
        }
        // The sum is TCP's matter.
        self.0.read_exact(&mut [0; 2]).unwrap();
        self.0.write_all(b"+").unwrap();
        String::from_utf8(text).unwrap()
    }

    fn ask(&mut self, packet: &str) -> String {
        self.send(packet);
        self.receive()
    }

    fn registers(&mut self) -> Vec<u32> {
        let text = self.ask("g");
        let word = |hex: &[u8]| {
            u32::from_str_radix(std::str::from_utf8(hex).unwrap(), 16).map(u32::swap_bytes).unwrap()
        };
        text.as_bytes().chunks_exact(8).map(word).collect()
    }

    fn pc(&mut self) -> u32 {
        self.registers()[PC]
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn address_of(elf: &Path, name: &str) -> u32 {
    let bytes = fs::read(elf).unwrap();
    let file = object::File::parse(bytes.as_slice()).unwrap();
    let symbol = file.symbols().find(|symbol| symbol.name() == Ok(name)).unwrap();
    symbol.address() as u32 & !1
}

fn flashed() -> (Firmware, Desk) {
    let firmware = build_project("examples/blink", "rpi-pico");
    let desk = Desk::with_probe(BoardSetup::default());
    desk.fwc(&firmware.project, &["flash", "--quiet"]).ends(0);
    (firmware, desk)
}

fn serve(firmware: &Firmware, desk: &Desk) -> Running {
    let probe = desk.probe();
    Running::start(&firmware.project, &["attach", "--gdb", "127.0.0.1:0", "--probe", &probe])
}

#[test]
fn a_debugger_reads_writes_stops_steps_and_resets() {
    let (firmware, mut desk) = flashed();
    let serving = serve(&firmware, &desk);
    let mut debugger = Debugger::connect(&serving);
    assert!(debugger.ask("qSupported:hwbreak+;swbreak+").contains("qXfer:features:read+"));
    assert!(debugger.ask("qXfer:features:read:target.xml:0,fff").contains("org.gnu.gdb.arm.m-profile"));
    assert!(
        debugger.ask("qXfer:memory-map:read::0,fff").contains(r#"<memory type="rom" start="0x10000000""#)
    );
    // Both cores are threads, and they stand.
    assert!(debugger.ask("qfThreadInfo").contains("m01,02"));
    assert!(debugger.ask("?").starts_with("T05"));
    assert_eq!(debugger.ask("Hg1"), "OK");

    let flash = expected_flash(&firmware.elf);
    assert_eq!(debugger.ask("m10000000,40"), hex(&flash[..0x40]));
    assert_eq!(debugger.ask(&format!("M{FREE_RAM:x},4:c0ffee01")), "OK");
    assert_eq!(debugger.ask(&format!("m{FREE_RAM:x},4")), "c0ffee01");
    assert!(debugger.ask("mb0000000,4").starts_with('E'), "where nothing is, nothing can be read");

    // The alarm's interrupt comes whenever the task is to be woken.
    let handler = address_of(&firmware.elf, "TIMER_IRQ_0");
    assert_eq!(debugger.ask(&format!("Z1,{handler:x},2")), "OK");
    assert!(debugger.ask("vCont;c").starts_with("T05"));
    assert_eq!(debugger.pc(), handler);
    assert!(debugger.ask("vCont;s:1").starts_with("T05"));
    let after = debugger.pc();
    assert!(after != handler && after.abs_diff(handler) <= 4, "{after:#x} after {handler:#x}");
    assert!(debugger.ask("vCont;c").starts_with("T05"));
    assert_eq!(debugger.pc(), handler, "it stops there each time");

    // R7 by itself, as GDB writes it.
    assert_eq!(debugger.ask("P7=78563412"), "OK");
    assert_eq!(debugger.registers()[7], 0x1234_5678);

    debugger.send(&format!("qRcmd,{}", hex(b"reset")));
    assert!(debugger.receive().starts_with('O'));
    assert_eq!(debugger.receive(), "OK");
    assert!(debugger.pc() < 0x4000, "a reset begins in the mask ROM");
    assert_eq!(debugger.ask(&format!("z1,{handler:x},2")), "OK");

    debugger.send("vCont;c");
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
    debugger.0.write_all(&[3]).unwrap();
    assert!(debugger.receive().starts_with("T02"), "interrupted");
    assert_eq!(debugger.ask("D"), "OK");
    Running::until(&serving.stderr, "Disconnected the cores run");
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, .. })).unwrap();
    assert_eq!(serving.interrupt().code, Some(0));
}

#[test]
fn a_debugger_that_is_gone_leaves_the_chip_running() {
    let (firmware, mut desk) = flashed();
    let serving = serve(&firmware, &desk);
    let mut debugger = Debugger::connect(&serving);
    let handler = address_of(&firmware.elf, "TIMER_IRQ_0");
    assert_eq!(debugger.ask(&format!("Z0,{handler:x},2")), "OK");
    drop(debugger);
    Running::until(&serving.stderr, "Disconnected the debugger has closed the connection; the cores run");
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 0 })).unwrap();

    // Ctrl-C does the same for one that is there.
    serving.interrupt();
    let serving = serve(&firmware, &desk);
    let _debugger = Debugger::connect(&serving);
    Running::until(&serving.stderr, "Connected 127.0.0.1:");
    assert_eq!(serving.interrupt().code, Some(0));
    desk.board.wait(|event| matches!(event, BoardEvent::Pin { pin: LED, level: 1 })).unwrap();
}

#[test]
fn a_probe_that_is_pulled_ends_it() {
    let (firmware, mut desk) = flashed();
    let serving = serve(&firmware, &desk);
    let mut debugger = Debugger::connect(&serving);
    assert!(debugger.ask("?").starts_with("T05"));
    desk.act(&Act { unplug: true, ..Act::default() });
    debugger.send("vCont;c");
    let lines = Running::until(&serving.stderr, "error: the probe is gone");
    assert!(lines.len() < 20, "{lines:#?}");
}
