//! The loader in the ROM of an Espressif chip on a pseudo terminal, with a flash behind it.
//!
//! Espressif, "Serial Protocol" of esptool's documentation: frames are SLIP (RFC 1055); a command is 0, its number, the
//! length, a checksum, the data; an answer is 1, the number, the length, a value, the data, and the status. A stub that was
//! put into RAM says `OHAI` and answers with a status of two bytes instead of four.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use md5::{Digest, Md5};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// Numbers of commands.
pub(crate) mod command {
    pub(crate) const MEM_BEGIN: u8 = 0x05;
    pub(crate) const MEM_END: u8 = 0x06;
    pub(crate) const SYNC: u8 = 0x08;
    pub(crate) const WRITE_REG: u8 = 0x09;
    pub(crate) const READ_REG: u8 = 0x0a;
    pub(crate) const CHANGE_BAUD: u8 = 0x0f;
    pub(crate) const DEFLATE_BEGIN: u8 = 0x10;
    pub(crate) const DEFLATE_DATA: u8 = 0x11;
    pub(crate) const DEFLATE_END: u8 = 0x12;
    pub(crate) const FLASH_BEGIN: u8 = 0x02;
    pub(crate) const FLASH_DATA: u8 = 0x03;
    pub(crate) const FLASH_MD5: u8 = 0x13;
    pub(crate) const SECURITY_INFO: u8 = 0x14;
    pub(crate) const RUN: u8 = 0xd3;
}

const END: u8 = 0xc0;
const ESCAPE: u8 = 0xdb;
const FLASH: usize = 0x40_0000;
/// W0 of the ESP32-C3's SPI controller, where the flash's identification is read: 4 MiB.
const SPI_W0: u32 = 0x6000_2058;
const FLASH_ID: u32 = 0x0016_4020;
const SYNC_ANSWERS: usize = 8;
const OTHER_ERROR: u8 = 0x06;

/// What goes wrong, at the nth command of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// From then on nothing is answered.
    Silence,
    /// The plug is pulled.
    Unplug,
    /// The loader refuses.
    Refuse,
    /// What is written is not what was sent.
    Garble,
}

/// What the loader did, when it has ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) flash: Vec<u8>,
    pub(crate) has_run: bool,
    /// How many sectors were erased.
    pub(crate) erased: usize,
    /// How often each command came.
    pub(crate) counts: HashMap<u8, usize>,
    /// The plug stays in.
    _port: Option<(File, File)>,
}

/// A chip that waits in its loader.
pub(crate) struct Rom {
    pub(crate) path: String,
    done: Receiver<Done>,
    _folder: tempfile::TempDir,
}

impl Rom {
    /// A chip by its id (5 is the ESP32-C3), with a flash, and with what goes wrong.
    pub(crate) fn start(chip: u32, flash: Option<Vec<u8>>, fault: Option<(u8, usize, Fault)>) -> Rom {
        Rom::start_in(Mode::Loader, chip, flash, fault, None)
    }

    /// A chip that runs its firmware until the lines DTR and RTS, of which each change is a byte in a named pipe, reset it into its
    /// loader.
    pub(crate) fn start_with_lines(chip: u32, lines: PathBuf) -> Rom {
        Rom::start_in(Mode::Firmware, chip, None, None, Some(lines))
    }

    fn start_in(
        mode: Mode,
        chip: u32,
        flash: Option<Vec<u8>>,
        fault: Option<(u8, usize, Fault)>,
        lines: Option<PathBuf>,
    ) -> Rom {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let terminal = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        // The system gives the terminal's own name to the next that is made.
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("ttyUSB0");
        std::os::unix::fs::symlink(&terminal, &link).unwrap();
        let path = link.to_str().unwrap().to_owned();
        let mut raw = tcgetattr(&master).unwrap();
        raw.make_raw();
        tcsetattr(&master, OptionalActions::Now, &raw).unwrap();
        // While nobody has the other side open, reading would fail.
        let held = File::options().read(true).write(true).open(&terminal).unwrap();
        let (sender, done) = channel();
        let mode = Arc::new(Mutex::new(mode));
        if let Some(lines) = lines {
            let (mode, bell) = (Arc::clone(&mode), held.try_clone().unwrap());
            thread::spawn(move || follow_lines(&lines, &mode, bell));
        }
        thread::spawn(move || {
            let mut loader = Loader {
                port: Some((File::from(master), held)),
                link,
                mode,
                chip,
                flash: flash.unwrap_or_else(|| vec![0xff; FLASH]),
                counts: HashMap::new(),
                fault,
                is_stub: false,
                registers: HashMap::new(),
                compressed: Vec::new(),
                at: 0,
                size: 0,
                erased: 0,
                has_run: false,
            };
            loader.serve();
            let Loader { flash, has_run, erased, counts, port, .. } = loader;
            // Nobody asks where the plug was pulled.
            let _ = sender.send(Done { flash, has_run, erased, counts, _port: port });
        });
        Rom { path, done, _folder: folder }
    }

    /// What it did, after the firmware was run.
    pub(crate) fn done(self) -> Done {
        self.done.recv_timeout(std::time::Duration::from_secs(60)).expect("the loader has ended")
    }
}

/// What the chip runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Loader,
    /// What was in its flash before.
    Firmware,
    /// What was in its flash after the loader had run.
    FirmwareAgain,
}

/// A board's two transistors between the bridge's lines and the chip's pins: Espressif, "Automatic Bootloader" of esptool's
/// documentation. Where one line alone is active it pulls its pin down, RTS the reset and DTR GPIO9, which the ROM looks at when
/// the reset is over.
fn follow_lines(lines: &Path, mode: &Mutex<Mode>, mut bell: File) {
    let mut was_reset = false;
    for change in BufReader::new(File::open(lines).unwrap()).bytes() {
        let change = change.unwrap();
        let (data_terminal_ready, request_to_send) = (change & 1 != 0, change & 2 != 0);
        let is_reset = request_to_send && !data_terminal_ready;
        if was_reset && !is_reset {
            let wants_loader = data_terminal_ready && !request_to_send;
            let mut mode = mode.lock().unwrap();
            *mode = match *mode {
                _ if wants_loader => Mode::Loader,
                Mode::Firmware => Mode::Firmware,
                Mode::Loader | Mode::FirmwareAgain => Mode::FirmwareAgain,
            };
            // Who waits for a byte looks up.
            bell.write_all(&[END]).unwrap();
        }
        was_reset = is_reset;
    }
}

struct Loader {
    port: Option<(File, File)>,
    /// The name of the port.
    link: PathBuf,
    mode: Arc<Mutex<Mode>>,
    chip: u32,
    flash: Vec<u8>,
    counts: HashMap<u8, usize>,
    fault: Option<(u8, usize, Fault)>,
    is_stub: bool,
    registers: HashMap<u32, u32>,
    compressed: Vec<u8>,
    at: usize,
    size: usize,
    erased: usize,
    has_run: bool,
}

impl Loader {
    fn serve(&mut self) {
        let mut frame = Vec::new();
        let mut escaped = false;
        let mut byte = [0];
        while !self.has_run {
            let Some((port, _)) = &mut self.port else { return };
            if port.read(&mut byte).unwrap_or(0) == 0 {
                return;
            }
            match *self.mode.lock().unwrap() {
                Mode::Loader => {}
                // Nothing of what its firmware is sent is meant for a loader.
                Mode::Firmware => continue,
                Mode::FirmwareAgain => {
                    self.has_run = true;
                    continue;
                }
            }
            match (byte[0], escaped) {
                (END, _) => {
                    let whole = std::mem::take(&mut frame);
                    if whole.len() >= 8 {
                        self.obey(whole[1], &whole[8..]);
                    }
                }
                (ESCAPE, _) => escaped = true,
                (byte, true) => {
                    frame.push(if byte == 0xdc { END } else { ESCAPE });
                    escaped = false;
                }
                (byte, false) => frame.push(byte),
            }
        }
    }

    fn obey(&mut self, number: u8, data: &[u8]) {
        use command::*;
        let count = self.counts.entry(number).or_default();
        *count += 1;
        let mut garbles = false;
        if let Some((of, nth, fault)) = self.fault
            && of == number
            && *count >= nth
        {
            match fault {
                Fault::Silence => return,
                Fault::Unplug => {
                    std::fs::remove_file(&self.link).unwrap();
                    self.port = None;
                    return;
                }
                Fault::Refuse => return self.answer(number, 0, &[], Some(OTHER_ERROR)),
                Fault::Garble => garbles = true,
            }
        }
        let word = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().unwrap());
        match number {
            SYNC => (0..SYNC_ANSWERS).for_each(|_| self.answer(number, 0, &[], None)),
            SECURITY_INFO => {
                let mut info = [0; 20];
                info[12..16].copy_from_slice(&self.chip.to_le_bytes());
                self.answer(number, 0, &info, None);
            }
            READ_REG if word(0) == SPI_W0 => self.answer(number, FLASH_ID, &[], None),
            // A command register reads as done at once.
            READ_REG => self.answer(number, 0, &[], None),
            WRITE_REG => {
                self.registers.insert(word(0), word(4));
                self.answer(number, 0, &[], None);
            }
            MEM_END => {
                self.answer(number, 0, &[], None);
                self.is_stub = true;
                self.send(b"OHAI");
            }
            DEFLATE_BEGIN | FLASH_BEGIN => {
                (self.size, self.at) = (word(0) as usize, word(12) as usize);
                self.compressed.clear();
                let sectors = self.size.div_ceil(4096);
                self.erased += sectors;
                self.flash[self.at..self.at + sectors * 4096].fill(0xff);
                self.answer(number, 0, &[], None);
            }
            DEFLATE_DATA => {
                self.compressed.extend(&data[16..16 + word(0) as usize]);
                if let Ok(bytes) = miniz_oxide::inflate::decompress_to_vec_zlib(&self.compressed) {
                    self.flash[self.at..self.at + bytes.len()].copy_from_slice(&bytes);
                }
                self.flash[self.at] ^= u8::from(garbles);
                self.answer(number, 0, &[], None);
            }
            FLASH_DATA => {
                let bytes = &data[16..16 + word(0) as usize];
                let at = self.at + word(4) as usize * bytes.len();
                let length = bytes.len().min(self.at + self.size - at);
                self.flash[at..at + length].copy_from_slice(&bytes[..length]);
                self.answer(number, 0, &[], None);
            }
            FLASH_MD5 => {
                let (at, size) = (word(0) as usize, word(4) as usize);
                let digest = Md5::digest(&self.flash[at..at + size]);
                self.answer(number, 0, &digest, None);
            }
            RUN => {
                self.answer(number, 0, &[], None);
                self.has_run = true;
            }
            _ => self.answer(number, 0, &[], None),
        }
    }

    fn answer(&mut self, number: u8, value: u32, data: &[u8], error: Option<u8>) {
        let mut status = vec![u8::from(error.is_some()), error.unwrap_or(0)];
        if !self.is_stub {
            status.extend([0, 0]);
        }
        let length = (data.len() + status.len()) as u16;
        let mut frame = vec![1, number];
        frame.extend(length.to_le_bytes());
        frame.extend(value.to_le_bytes());
        frame.extend(data);
        frame.extend(status);
        self.send(&frame);
    }

    fn send(&mut self, frame: &[u8]) {
        let Some((port, _)) = &mut self.port else { return };
        let mut bytes = vec![END];
        for byte in frame {
            match *byte {
                END => bytes.extend([ESCAPE, 0xdc]),
                ESCAPE => bytes.extend([ESCAPE, 0xdd]),
                byte => bytes.push(byte),
            }
        }
        bytes.push(END);
        port.write_all(&bytes).unwrap();
    }
}
