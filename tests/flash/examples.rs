//! Every example onto the board, as its user does it: flashed, changed in one line, flashed again, and its log read.

use std::fs;
use std::path::{Path, PathBuf};

use fwc_sim::{BoardEvent, BoardSetup};
use fwc_tests::{Desk, edited_copy, repository};
use object::Endianness;
use object::elf::PT_LOAD;
use object::read::elf::{ElfFile32, ProgramHeader as _};

use crate::running::Running;

const FLASH: u32 = 0x1000_0000;
const SECTOR: usize = 4096;
/// No example's image is as large.
const MORE_THAN_ANY: usize = 64 * SECTOR;

/// What is changed in each example's app.toml. It shows in the image.
const CHANGES: [(&str, &str, &str); 13] = [
    ("battery", "below = 3.3", "below = 3.2"),
    ("blink", "rate = \"2Hz\"", "rate = \"5Hz\""),
    ("blink-echo", "rate = \"2Hz\"", "rate = \"5Hz\""),
    ("button", "long-press = \"600ms\"", "long-press = \"800ms\""),
    ("data-logger", "rate = \"10Hz\"", "rate = \"5Hz\""),
    ("echo", "baud = 115200", "baud = 9600"),
    ("led-strip", "every = \"20ms\"", "every = \"25ms\""),
    ("motion", "above = 1.5", "above = 2.5"),
    ("overload", "every = \"20ms\"", "every = \"25ms\""),
    ("pipeline", "baud = 115200", "baud = 9600"),
    ("thermostat", "above = 25.0", "above = 26.0"),
    ("usb-console", "product = \"fwc console\"", "product = \"my console\""),
    ("usb-echo", "kind = \"usb-serial\"", "kind = \"usb-serial\"\nproduct = \"usb-talk\""),
];

/// Puts a task onto the second core. The chip's emulator has one, and firmware that starts another waits for it for ever.
const SECOND_CORE: &str = "core = 1\n";

#[test]
fn every_example_is_flashed_changed_in_one_line_and_listened_to() {
    let changed: Vec<&str> = CHANGES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(examples(), changed, "each example has a line that is changed here");
    let mut kept = 0;
    for (name, old, new) in CHANGES {
        kept += try_example(name, old, new);
    }
    assert!(kept > 0, "of some example, a part stays where it is");
}

/// How many sectors stay as they are: where a line moves all code, which code comes where being the linker's to choose, none.
fn try_example(name: &str, old: &str, new: &str) -> usize {
    let folder = format!("examples/{name}");
    let project = edited_copy(&folder, str::to_owned);
    let elf = project.join("target/fwc/rpi-pico").join(name).with_extension("elf");
    let mut desk = Desk::with_probe(BoardSetup { filled: Some(0), ..BoardSetup::default() });

    let run = desk.fwc(&project, &["flash"]);
    assert!(run.ends(0).stderr.contains(&format!("Flashed `{name}`: ")), "{}", run.stderr);
    let first = image_of(&elf);
    assert_eq!(written_sectors(&mut desk), sectors(0..first.len()), "{name}: all is new");
    assert!(flash_of(&mut desk, first.len()) == first, "{name}: each byte of the ELF is there");

    let edited = edited_copy(&folder, |text| {
        assert!(text.contains(old), "{name} has no line `{old}` any more");
        text.replacen(old, new, 1)
    });
    assert_eq!(edited, project);
    let before = flash_of(&mut desk, MORE_THAN_ANY);
    desk.fwc(&project, &["flash", "--quiet"]).ends(0);
    let second = image_of(&elf);
    let differs = |at: &usize| before[*at] != second[*at];
    let differing = sectors((0..second.len()).filter(differs));
    let all = sectors(0..second.len());
    assert!(!differing.is_empty(), "{name}: the line shows in the image");
    assert_eq!(written_sectors(&mut desk), differing, "{name}: what differs is written, and nothing else");
    assert!(flash_of(&mut desk, second.len()) == second, "{name}: each byte of the changed ELF is there");

    edited_copy(&folder, |text| text.replacen(old, new, 1).replace(SECOND_CORE, ""));
    listen_to(&desk, &project, name);
    all.len() - differing.len()
}

/// Most examples have nothing to log while nothing is connected: of an image that tells how busy its tasks are, each task is
/// heard of.
fn listen_to(desk: &Desk, project: &Path, name: &str) {
    desk.fwc(project, &["flash", "--quiet", "--stats=100ms"]).ends(0);
    let running = Running::start(project, &["monitor", "--probe", &desk.probe()]);
    // The row of the idle core comes last.
    let seen = Running::until(&running.stdout, " stats (idle) ");
    for task in tasks_of(name) {
        let start = format!(" stats {task:<10} load ");
        assert!(seen.iter().any(|line| line.contains(&start)), "{name}: nothing of `{task}` in {seen:#?}");
    }
    assert_eq!(running.interrupt().code, Some(0));
}

/// The flash that an ELF asks for, from the flash's start on; what it leaves open is erased.
fn image_of(elf: &Path) -> Vec<u8> {
    let bytes = fs::read(elf).unwrap();
    let file = ElfFile32::<Endianness>::parse(bytes.as_slice()).unwrap();
    let mut image = Vec::new();
    for segment in file.elf_program_headers() {
        let data = segment.data(Endianness::Little, bytes.as_slice()).unwrap();
        if segment.p_type(Endianness::Little) != PT_LOAD || data.is_empty() {
            continue;
        }
        let start = (segment.p_paddr(Endianness::Little) - FLASH) as usize;
        image.resize(image.len().max(start + data.len()), 0xff);
        image[start..start + data.len()].copy_from_slice(data);
    }
    image
}

fn flash_of(desk: &mut Desk, bytes: usize) -> Vec<u8> {
    desk.board.flash(u32::try_from(bytes).unwrap()).unwrap()
}

/// The sectors that offsets lie in.
fn sectors(offsets: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut sectors: Vec<usize> = offsets.map(|offset| offset / SECTOR * SECTOR).collect();
    sectors.dedup();
    sectors
}

/// The sectors that were erased and programmed since the last look; they must be the same, and started from.
fn written_sectors(desk: &mut Desk) -> Vec<usize> {
    desk.board.wait(|event| matches!(event, BoardEvent::Boot { boot } if boot == "flash")).unwrap();
    let (mut erased, mut programmed) = (Vec::new(), Vec::new());
    for event in desk.board.events.drain(..) {
        let (list, offset, size) = match event {
            BoardEvent::Erased { erased: offset, size } => (&mut erased, offset, size),
            BoardEvent::Programmed { programmed: offset, size } => (&mut programmed, offset, size),
            BoardEvent::Misuse { misuse } => panic!("{misuse}"),
            _ => continue,
        };
        list.extend(sectors((offset..offset + size).map(|offset| offset as usize)));
    }
    for list in [&mut erased, &mut programmed] {
        list.sort_unstable();
        list.dedup();
    }
    assert_eq!(erased, programmed);
    programmed
}

/// The names of all examples.
fn examples() -> Vec<String> {
    let entries = fs::read_dir(repository().join("examples")).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("app.toml").is_file());
    let name = |path: PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = folders.map(name).collect();
    names.sort();
    names
}

fn tasks_of(example: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join("examples").join(example).join("app.toml")).unwrap();
    let heads = text.lines().filter_map(|line| line.strip_prefix("[tasks.")?.strip_suffix(']'));
    heads.map(str::to_owned).collect()
}
