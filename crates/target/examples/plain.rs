//! What the probe-rs library does by itself, with nothing of fwc: the yardstick of `cargo xtask bench flash`.
//!
//! `plain download CHIP PROBE ELF [verify]` writes a file to the flash, starts the chip and prints how long that took in
//! milliseconds. `plain attach CHIP PROBE ELF` starts the chip and prints its log as `probe-rs attach` does, until it is
//! ended.

use std::error::Error;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use defmt_decoder::{DecodeError, Table};
use object::{Object as _, ObjectSymbol as _};
use probe_rs::flashing::{DownloadOptions, ElfLoader, ElfOptions, download_file_with_options};
use probe_rs::probe::DebugProbeSelector;
use probe_rs::probe::list::Lister;
use probe_rs::rtt::{ChannelMode, Rtt, ScanRegion};
use probe_rs::{Permissions, Session};

/// The pause of `probe-rs attach` between two looks that find nothing.
const PAUSE: Duration = Duration::from_millis(1);
const HALT: Duration = Duration::from_millis(500);

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["download", chip, probe, elf] => download(session(chip, probe)?, Path::new(elf), false),
        ["download", chip, probe, elf, "verify"] => download(session(chip, probe)?, Path::new(elf), true),
        ["attach", chip, probe, elf] => attach(session(chip, probe)?, Path::new(elf)),
        _ => Err("usage: plain download CHIP PROBE ELF [verify] | plain attach CHIP PROBE ELF".into()),
    }
}

fn session(chip: &str, probe: &str) -> Result<Session, Box<dyn Error>> {
    let selector: DebugProbeSelector = probe.parse()?;
    Ok(Lister::new().open(selector)?.attach(chip, Permissions::new())?)
}

fn download(mut session: Session, elf: &Path, verify: bool) -> Outcome {
    let begun = Instant::now();
    let mut options = DownloadOptions::new();
    options.verify = verify;
    download_file_with_options(&mut session, elf, ElfLoader(ElfOptions::default()), options)?;
    session.core(0)?.reset()?;
    println!("{:.3}", begun.elapsed().as_secs_f64() * 1000.0);
    Ok(())
}

fn attach(mut session: Session, elf: &Path) -> Outcome {
    let bytes = std::fs::read(elf)?;
    let table = Table::parse(&bytes)?.ok_or("there are no log tables")?;
    let places = table.get_locations(&bytes)?;
    let file = object::File::parse(bytes.as_slice())?;
    let block = file.symbols().find(|symbol| symbol.name() == Ok("_SEGGER_RTT")).ok_or("there is no log")?;
    let region = ScanRegion::Exact(block.address());
    let mut core = session.core(0)?;
    core.reset_and_halt(HALT)?;
    Rtt::clear_control_block(&mut core, &region)?;
    core.run()?;
    let mut rtt = loop {
        match Rtt::attach_region(&mut core, &region) {
            Ok(rtt) => break rtt,
            Err(_) => sleep(PAUSE),
        }
    };
    let channel = rtt.up_channel(0).ok_or("the log has no channel")?;
    channel.set_mode(&mut core, ChannelMode::BlockIfFull)?;
    let mut frames = table.new_stream_decoder();
    let mut buffer = [0; 1024];
    loop {
        let count = channel.read(&mut core, &mut buffer)?;
        frames.received(&buffer[..count]);
        loop {
            match frames.decode() {
                Ok(frame) => {
                    let place = places.get(&frame.index());
                    let place = place.map(|place| format!("{}:{}", place.file.display(), place.line));
                    println!("{} ({})", frame.display(false), place.unwrap_or_default());
                }
                Err(DecodeError::UnexpectedEof) => break,
                Err(DecodeError::Malformed) => {}
            }
        }
        if count == 0 {
            sleep(PAUSE);
        }
    }
}
