//! Programs of a few instructions, assembled here, run on the installed emulator: no toolchain, no board.
#![allow(missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use fwc_sim::{
    Driver, Edge, Emulator, EmulatorError, EndReason, Event, Job, Level, Nanos, Pace, Pin, Stimulus, Uart,
    UsbPort,
};

const IO_BANK0: u32 = 0x4001_4000;
const PADS_BANK0: u32 = 0x4001_c000;
const CLK_PERI_CTRL: u32 = 0x4000_8048;
const UART0: u32 = 0x4003_4000;
const SIO: u32 = 0xd000_0000;

const FLASH: u32 = 0x1000_0000;
const VECTOR_TABLE: u32 = FLASH + 0x100;
const CODE: u32 = FLASH + 0x200;
const STACK_TOP: u32 = 0x2001_0000;

/// The emulator is installed once for all runs of these tests.
fn emulator() -> &'static Emulator {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    EMULATOR.get_or_init(|| {
        Emulator::install(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap_or_else(|error| panic!("{error}"))
    })
}

/// A program that writes each value of `setup` to its address, then runs `body` with `r0` and `r1` as given.
fn program(setup: &[(u32, u32)], r0: u32, r1: u32, body: &[u16]) -> Vec<u8> {
    const PROLOGUE: [u16; 8] = [
        0x4c03, //        ldr   r4, table
        0x4804, //        ldr   r0, first
        0x4904, //        ldr   r1, second
        0xccc0, // next:  ldmia r4!, {r6, r7}
        0x2e00, //        cmp   r6, #0
        0xd007, //        beq   body
        0x6037, //        str   r7, [r6]
        0xe7fa, //        b     next
    ];
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(2), 0xbf00);
    let table = CODE + 2 * 8 + 4 * 3 + 2 * u32::try_from(body.len()).unwrap();
    let mut image = vec![0; (CODE - VECTOR_TABLE) as usize];
    image[..4].copy_from_slice(&STACK_TOP.to_le_bytes());
    image[4..8].copy_from_slice(&(CODE | 1).to_le_bytes());
    image.extend(PROLOGUE.iter().flat_map(|halfword| halfword.to_le_bytes()));
    image.extend([table, r0, r1].iter().flat_map(|word| word.to_le_bytes()));
    image.extend(body.iter().flat_map(|halfword| halfword.to_le_bytes()));
    for (address, value) in setup.iter().chain(&[(0, 0)]) {
        image.extend(address.to_le_bytes());
        image.extend(value.to_le_bytes());
    }
    elf_file(&image)
}

/// The smallest ELF file with one segment at the vector table.
fn elf_file(image: &[u8]) -> Vec<u8> {
    let size = u32::try_from(image.len()).unwrap();
    let halves = |values: &[u16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let words = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let mut file = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend(halves(&[2, 40]));
    file.extend(words(&[1, CODE | 1, 52, 0, 0x0500_0000]));
    file.extend(halves(&[52, 32, 1, 40, 0, 0]));
    file.extend(words(&[1, 84, VECTOR_TABLE, VECTOR_TABLE, size, size, 5, 4]));
    file.extend(image);
    file
}

/// A file of this test's own, below the build directory.
fn write(name: &str, elf: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.elf"));
    fs::write(&path, elf).unwrap();
    path
}

/// Copies the level of pin 3, which has a pull-down, to pin 2.
fn follower(name: &str) -> PathBuf {
    let setup = [(IO_BANK0 + 0x14, 5), (SIO + 0x24, 1 << 2), (PADS_BANK0 + 0x10, 0x44)];
    let body = [
        0x6842, // again: ldr  r2, [r0, #4]
        0x400a, //        ands r2, r1
        0x0852, //        lsrs r2, r2, #1
        0x6102, //        str  r2, [r0, #0x10]
        0xe7fa, //        b    again
    ];
    write(name, &program(&setup, SIO, 1 << 3, &body))
}

/// Sends back what UART0 receives on pin 1 through pin 0, at about 115200 baud from the crystal.
fn echo(name: &str) -> PathBuf {
    let setup = [
        (IO_BANK0 + 0x04, 2),
        (IO_BANK0 + 0x0c, 2),
        (CLK_PERI_CTRL, 0x880),
        (UART0 + 0x24, 6),
        (UART0 + 0x28, 33),
        (UART0 + 0x2c, 0x70),
        (UART0 + 0x30, 0x301),
    ];
    let body = [
        0x2310, //        movs r3, #16
        0x6981, // again: ldr  r1, [r0, #0x18]
        0x4219, //        tst  r1, r3
        0xd1fc, //        bne  again
        0x6802, //        ldr  r2, [r0]
        0x6002, //        str  r2, [r0]
        0xe7f9, //        b    again
    ];
    write(name, &program(&setup, UART0, 0, &body))
}

#[test]
fn a_pin_follows_what_drives_another() {
    let job = Job::new(follower("follows"), Nanos::from_millis(1))
        .drive(Nanos::from_micros(100), Pin(3), Level::High)
        .release(Nanos::from_micros(300), Pin(3));
    let trace = emulator().run(&job).unwrap();
    let input: Vec<Edge> = trace.edges(Pin(3)).collect();
    assert_eq!(
        input,
        [
            Edge { at: Nanos::from_micros(100), level: Level::High },
            Edge { at: Nanos::from_micros(300), level: Level::Low },
        ]
    );
    let output: Vec<Edge> = trace.edges(Pin(2)).collect();
    assert_eq!(output.iter().map(|edge| edge.level).collect::<Vec<_>>(), [Level::High, Level::Low]);
    for (cause, effect) in input.iter().zip(&output) {
        assert!(effect.at > cause.at && effect.at - cause.at < Nanos::from_micros(3), "{cause:?} {effect:?}");
    }
    assert_eq!(trace.level_at(Pin(2), Nanos::from_micros(200)), Level::High);
    assert!(matches!(trace.events()[0], Event::Level { driver: Driver::Outside, .. }));
    assert_eq!(trace.end().reason, EndReason::Time);
    assert_eq!(trace.faults(), Vec::<String>::new());
}

#[test]
fn a_uart_echoes_lines() {
    let job = Job::new(echo("echoes"), Nanos::from_millis(10)).send(
        Nanos::from_millis(1),
        Uart(0),
        *b"one\r\ntwo\r\nthr",
    );
    let trace = emulator().run(&job).unwrap();
    assert_eq!(trace.uart_text(Uart(0)), "one\r\ntwo\r\nthr");
    let lines = trace.uart_lines(Uart(0));
    assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert!(lines[1].at - lines[0].at > Nanos::from_micros(430), "five frames of ten bits");
    assert_eq!(trace.uart_text(Uart(1)), "");
}

#[test]
fn two_runs_are_the_same() {
    let job = Job::new(echo("twice"), Nanos::from_millis(5)).send(Nanos(123_457), Uart(0), *b"same");
    let [first, second] = [(); 2].map(|()| emulator().run(&job).unwrap());
    assert_eq!(first.events(), second.events());
    assert_eq!(first.end(), second.end());
}

#[test]
fn a_program_that_goes_wrong_is_told_by_its_fault() {
    let undefined_instruction = program(&[], 0, 0, &[0xde00]);
    let trace =
        emulator().run(&Job::new(write("fault", &undefined_instruction), Nanos::from_millis(1))).unwrap();
    // There is no HardFault handler at address 0 either.
    let faults = trace.faults();
    assert!(faults[0].ends_with("HardFault at 0x1000021c: undefined instruction"), "{faults:?}");
    assert!(faults[1].contains("lockup"), "{faults:?}");
}

#[test]
fn what_is_no_image_is_refused_with_what_to_do() {
    let path = write("text", b"hello, this is no image at all, but it is long enough to look at");
    let error = emulator().run(&Job::new(&path, Nanos(1))).unwrap_err();
    let EmulatorError::Refused { what, place, .. } = &error else { panic!("{error:?}") };
    assert_eq!((what.as_str(), place.as_str()), ("this is not an ELF file", path.to_str().unwrap()));
}

#[test]
fn a_run_that_is_too_slow_ends_with_the_wall_limit() {
    let job = Job::new(follower("slow"), Nanos::from_secs(1_000)).wall_limit(Duration::from_millis(200));
    let trace = emulator().run(&job).unwrap();
    assert_eq!(trace.end().reason, EndReason::WallLimit);
    assert!(trace.end().at < Nanos::from_secs(1_000));
}

#[test]
fn a_live_run_takes_stimuli_and_stops() {
    let job = Job::new(follower("live"), Nanos::from_secs(60)).pace(Pace::Real);
    let mut live = emulator().start(&job).unwrap();
    live.apply(None, &Stimulus::Drive { pin: Pin(3), level: Some(Level::High) }).unwrap();
    let mut levels = Vec::new();
    while let Some(event) = live.next_event().unwrap() {
        match event {
            Event::Level { pin, level, .. } => {
                levels.push((pin, level));
                if pin == Pin(2) {
                    live.apply(None, &Stimulus::Stop).unwrap();
                }
            }
            Event::End(end) => assert_eq!(end.reason, EndReason::Stopped),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(levels, [(Pin(3), Level::High), (Pin(2), Level::High)]);
}

#[test]
fn a_run_by_steps_goes_as_far_as_it_is_told_and_stimuli_act_at_their_moments() {
    let job = Job::new(follower("steps"), Nanos::from_secs(60)).pace(Pace::Steps);
    let mut live = emulator().start(&job).unwrap();
    let drive = Stimulus::Drive { pin: Pin(3), level: Some(Level::High) };
    let mut steps = [
        (Nanos::from_millis(1), vec![]),
        (Nanos::from_millis(2), vec![(Nanos(1_500_000), drive), (Nanos(1_900_000), Stimulus::Stop)]),
    ]
    .into_iter();
    let mut seen = Vec::new();
    while let Some(event) = live.next_event().unwrap() {
        match event {
            Event::Reached { at } => {
                seen.push(format!("reached {}", at.0 / 1_000));
                let (until, stimuli) = steps.next().expect("it stops in the second step");
                live.go_on(until, &stimuli).unwrap();
            }
            Event::Level { at, pin, .. } => seen.push(format!("pin {} {}", pin.0, at.0 / 100_000)),
            Event::End(end) => assert_eq!(end.reason, EndReason::Stopped),
            other => panic!("{other:?}"),
        }
    }
    assert!(live.has_ended());
    assert_eq!(seen, ["reached 0", "reached 1000", "pin 3 15", "pin 2 15"]);
}

#[test]
fn a_live_run_that_is_dropped_ends() {
    let job = Job::new(follower("dropped"), Nanos::from_secs(3_600)).pace(Pace::Real);
    let live = emulator().start(&job).unwrap();
    let started = std::time::Instant::now();
    drop(live);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_directory_without_an_emulator_says_what_to_run() {
    let error = Emulator::at(Path::new("/nowhere")).unwrap_err();
    assert_eq!(error.to_string(), "there is no installed RP2040 emulator in /nowhere: run `npm ci` there");
}

/// RP2040 datasheet, section 4.1.4: MAIN_CTRL enables the controller, SIE_CTRL's bit 16 is the pull-up.
#[test]
fn a_usb_device_that_never_answers_is_given_up() {
    const MAIN_CTRL: u32 = 0x5011_0040;
    const SIE_CTRL: u32 = 0x5011_004c;
    let image = program(&[(MAIN_CTRL, 1), (SIE_CTRL, 1 << 16)], 0, 0, &[0xe7fe]);
    let job = Job::new(write("usb-silent", &image), Nanos::from_secs(1)).open_usb(Nanos(0), UsbPort(0));
    let trace = emulator().run(&job).unwrap();
    let failed = trace.events().iter().find_map(|event| match event {
        Event::UsbFailed { at, reason } => Some((at.0 / 1_000_000, reason.as_str())),
        _ => None,
    });
    // The host waits 120 ms for the bus, and half a second for the answer to its first question.
    assert_eq!(failed, Some((620, "no packet on endpoint 0 in time")));
    assert_eq!((trace.usb_devices().count(), trace.usb_text(UsbPort(0))), (0, String::new()));
}
