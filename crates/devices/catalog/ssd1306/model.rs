//! SSD1306: commands and a memory of pixels, and what is to be seen of it on a panel.
//!
//! Solomon Systech SSD1306 datasheet, revision 1.1. Modelled: the commands of table 9-1 with their arguments, the three
//! addressing modes, orientation, start line, offset, inversion, and that nothing is to be seen without the charge pump.
//! Not modelled: scrolling (its commands are taken and do nothing), contrast, timing of the panel.
//!
//! A panel shows pixels. Where they are characters of the font 5x8 in their lines, `shows` tells the text; else it tells
//! the picture, in Braille of 2 by 4 pixels.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::LazyLock;

use embedded_graphics::mono_font::MonoTextStyle;
use embedded_graphics::mono_font::iso_8859_1::FONT_5X8;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Dimensions, DrawTarget, Pixel, Point, Size};
use embedded_graphics::primitives::Rectangle;
use embedded_graphics::text::Baseline;
use embedded_graphics::text::renderer::TextRenderer;
use fwc_parts::{Acknowledge, Direction, I2cPart, Nanos, Part, Quantity, SetError};

const COLUMNS: usize = 128;
const PAGES: usize = 8;
const ROWS: usize = 8 * PAGES;

/// Section 8.1.5.2: whether another control byte follows the next byte, and whether what follows is data.
const CONTINUES: u8 = 1 << 7;
const IS_DATA: u8 = 1 << 6;

/// Section 10.1.3, "Set Memory Addressing Mode".
#[derive(Clone, Copy, PartialEq, Eq)]
enum Addressing {
    Horizontal,
    Vertical,
    Page,
}

/// What the next byte of a transfer is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Control,
    /// Commands or data to the end, or a single one.
    Bytes {
        data: bool,
        single: bool,
    },
}

/// Everything that a reset changes: table 9-1 and section 8.5.
struct Registers {
    is_on: bool,
    charge_pump: bool,
    all_on: bool,
    inverted: bool,
    /// Whether column 127 is at the left of the chip, and row 63 at its top.
    columns_turned: bool,
    rows_turned: bool,
    /// Whether rows go in turns to both sides of the chip.
    alternates: bool,
    start_line: usize,
    offset: usize,
    /// How many rows are driven.
    rows: usize,
    addressing: Addressing,
    page: usize,
    column: usize,
    pages: (usize, usize),
    columns: (usize, usize),
}

const AFTER_RESET: Registers = Registers {
    is_on: false,
    charge_pump: false,
    all_on: false,
    inverted: false,
    columns_turned: false,
    rows_turned: false,
    alternates: true,
    start_line: 0,
    offset: 0,
    rows: ROWS,
    addressing: Addressing::Page,
    page: 0,
    column: 0,
    pages: (0, PAGES - 1),
    columns: (0, COLUMNS - 1),
};

/// A simulated SSD1306 with its panel.
pub(crate) struct Model {
    /// The rows of the panel.
    height: usize,
    registers: Registers,
    memory: [[u8; COLUMNS]; PAGES],
    expected: Expected,
    /// A command that waits for its arguments, and those that came.
    command: Vec<u8>,
    /// How many bytes have come, each of which may change what is seen.
    bytes: u64,
}

impl Model {
    /// A panel of so many rows, just powered.
    pub(crate) fn new(height: usize) -> Self {
        // Section 8.5 tells nothing of the memory: on a real part it is noise after power-up.
        let noise = |page: usize, column: usize| (page * 73 + column * 151 + 1) as u8;
        let memory = std::array::from_fn(|page| std::array::from_fn(|column| noise(page, column)));
        let (expected, command) = (Expected::Control, Vec::new());
        Self { height, registers: AFTER_RESET, memory, expected, command, bytes: 0 }
    }

    fn take_command(&mut self, byte: u8) {
        self.command.push(byte);
        if self.command.len() <= arguments(self.command[0]) {
            return;
        }
        let command = std::mem::take(&mut self.command);
        self.execute(command[0], &command[1..]);
    }

    /// Table 9-1.
    fn execute(&mut self, command: u8, arguments: &[u8]) {
        let argument = usize::from(arguments.first().copied().unwrap_or_default());
        let low = usize::from(command & 0x0F);
        let registers = &mut self.registers;
        match command {
            0x00..=0x0F => registers.column = registers.column & 0x70 | low,
            0x10..=0x1F => registers.column = (low << 4 | registers.column & 0x0F) % COLUMNS,
            0x20 => {
                registers.addressing = match argument & 3 {
                    0 => Addressing::Horizontal,
                    1 => Addressing::Vertical,
                    _ => Addressing::Page,
                }
            }
            // Sections 10.1.4 and 10.1.5: the pointers go to the beginnings.
            0x21 => {
                registers.columns = (argument % COLUMNS, usize::from(arguments[1]) % COLUMNS);
                registers.column = registers.columns.0;
            }
            0x22 => {
                registers.pages = (argument % PAGES, usize::from(arguments[1]) % PAGES);
                registers.page = registers.pages.0;
            }
            0x40..=0x7F => registers.start_line = usize::from(command & 0x3F),
            0x8D => registers.charge_pump = argument & 0x04 != 0,
            0xA0 | 0xA1 => registers.columns_turned = command == 0xA1,
            0xA4 | 0xA5 => registers.all_on = command == 0xA5,
            0xA6 | 0xA7 => registers.inverted = command == 0xA7,
            // Section 10.1.11: fewer than 16 rows there are not.
            0xA8 if (15..ROWS).contains(&argument) => registers.rows = argument + 1,
            0xAE | 0xAF => registers.is_on = command == 0xAF,
            0xB0..=0xB7 => registers.page = low,
            0xC0 | 0xC8 => registers.rows_turned = command == 0xC8,
            0xD3 => registers.offset = argument % ROWS,
            0xDA => registers.alternates = argument & 0x10 != 0,
            _ => {}
        }
    }

    /// Section 10.1.3: where the pointers go after a byte of data.
    fn take_data(&mut self, byte: u8) {
        let registers = &mut self.registers;
        self.memory[registers.page][registers.column] = byte;
        let step = |at: &mut usize, (first, last): (usize, usize), end: usize| {
            let turns = *at == last;
            *at = if turns { first } else { (*at + 1) % end };
            turns
        };
        match registers.addressing {
            Addressing::Page => registers.column = (registers.column + 1) % COLUMNS,
            Addressing::Horizontal => {
                if step(&mut registers.column, registers.columns, COLUMNS) {
                    step(&mut registers.page, registers.pages, PAGES);
                }
            }
            Addressing::Vertical => {
                if step(&mut registers.page, registers.pages, PAGES) {
                    step(&mut registers.column, registers.columns, COLUMNS);
                }
            }
        }
    }

    /// Whether a pixel of the panel is lit. Panels are mounted so that their first column and row are the chip's last.
    fn is_lit(&self, x: usize, y: usize) -> bool {
        let registers = &self.registers;
        if registers.all_on {
            return true;
        }
        let column = if registers.columns_turned { x } else { COLUMNS - 1 - x };
        let line = if registers.rows_turned { y } else { self.height - 1 - y };
        // Section 10.1.18: a panel of more than 32 rows is wired in turns to both sides; told otherwise, the chip drives one
        // side after the other.
        let wired_in_turns = self.height > 32;
        let line = match (wired_in_turns, registers.alternates) {
            (true, false) => line % 2 * (self.height / 2) + line / 2,
            (false, true) => (line * 2) % self.height + line / (self.height / 2),
            _ => line,
        };
        if line >= registers.rows {
            return false;
        }
        let row = (line + registers.start_line + registers.offset) % ROWS;
        (self.memory[row / 8][column] >> (row % 8) & 1 == 1) != registers.inverted
    }

    /// Eight pixels of a column of the panel, the top in bit 0.
    fn column(&self, x: usize, line: usize) -> u8 {
        (0..8).fold(0, |bits, row| bits | u8::from(self.is_lit(x, 8 * line + row)) << row)
    }

    /// The lines of text; none where something else is to be seen.
    fn text(&self) -> Option<Vec<String>> {
        (0..self.height / 8)
            .map(|line| {
                let columns: Vec<u8> = (0..COLUMNS).map(|x| self.column(x, line)).collect();
                let cells = columns.chunks_exact(WIDTH);
                let rest = cells.remainder();
                let text: Option<String> = cells.map(|cell| FONT.get(cell).copied()).collect();
                let is_blank = rest.iter().all(|column| *column == 0);
                text.filter(|_| is_blank).map(|text| text.trim_end().to_owned())
            })
            .collect()
    }

    /// The picture in Braille (Unicode, U+2800): the dots of the left column are bits 0, 1, 2, 6, those of the right one
    /// 3, 4, 5, 7.
    fn picture(&self) -> Vec<String> {
        const DOTS: [[u32; 2]; 4] = [[0, 3], [1, 4], [2, 5], [6, 7]];
        let dots = |x: usize, y: usize| {
            let lit = (0..4).flat_map(|row| (0..2).map(move |column| (row, column)));
            lit.fold(0x2800, |bits, (row, column)| {
                bits | u32::from(self.is_lit(x + column, y + row)) << DOTS[row][column]
            })
        };
        (0..self.height)
            .step_by(4)
            .map(|y| (0..COLUMNS).step_by(2).filter_map(|x| char::from_u32(dots(x, y))).collect())
            .collect()
    }
}

/// How many bytes follow a command.
fn arguments(command: u8) -> usize {
    match command {
        0x20 | 0x81 | 0x8D | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB => 1,
        0x21 | 0x22 | 0xA3 => 2,
        0x26 | 0x27 => 6,
        0x29 | 0x2A => 5,
        _ => 0,
    }
}

/// The pixels of a character that are read as text.
const WIDTH: usize = 5;

/// The characters of the font by their columns.
static FONT: LazyLock<BTreeMap<[u8; WIDTH], char>> = LazyLock::new(|| {
    let printable = (' '..='~').chain('\u{A1}'..='\u{FF}');
    let mut font = BTreeMap::new();
    for character in printable {
        let mut glyph = Glyph::default();
        let style = MonoTextStyle::new(&FONT_5X8, BinaryColor::On);
        let Ok(_) =
            style.draw_string(character.encode_utf8(&mut [0; 4]), Point::zero(), Baseline::Top, &mut glyph);
        font.entry(glyph.0).or_insert(character);
    }
    font
});

/// What a character is drawn on.
#[derive(Default)]
struct Glyph([u8; WIDTH]);

impl Dimensions for Glyph {
    fn bounding_box(&self) -> Rectangle {
        Rectangle::new(Point::zero(), Size::new(WIDTH as u32, 8))
    }
}

impl DrawTarget for Glyph {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(place, color) in pixels {
            let column = usize::try_from(place.x).ok().and_then(|x| self.0.get_mut(x));
            if let (Some(column), 0..8, true) = (column, place.y, color.is_on()) {
                *column |= 1 << place.y;
            }
        }
        Ok(())
    }
}

impl Part for Model {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn set(&mut self, _quantity: &str, _value: f64, _now: Nanos) -> Result<(), SetError> {
        Err(SetError::Unknown)
    }

    /// Its lines of text, or its picture; nothing while the panel is off.
    fn shows(&self) -> Vec<String> {
        if !(self.registers.is_on && self.registers.charge_pump) {
            return Vec::new();
        }
        self.text().unwrap_or_else(|| self.picture())
    }

    fn face(&self) -> Option<u64> {
        Some(self.bytes)
    }

    fn power_up(&mut self, _now: Nanos) {
        *self = Self { bytes: self.bytes + 1, ..Self::new(self.height) };
    }
}

impl I2cPart for Model {
    fn start(&mut self, _direction: Direction, _now: Nanos) -> Acknowledge {
        self.expected = Expected::Control;
        Acknowledge::Ack
    }

    fn write(&mut self, byte: u8, _now: Nanos) -> Acknowledge {
        match self.expected {
            Expected::Control => {
                let (data, single) = (byte & IS_DATA != 0, byte & CONTINUES != 0);
                self.expected = Expected::Bytes { data, single };
            }
            Expected::Bytes { data, single } => {
                self.bytes += 1;
                if data {
                    self.take_data(byte);
                } else {
                    self.take_command(byte);
                }
                if single {
                    self.expected = Expected::Control;
                }
            }
        }
        Acknowledge::Ack
    }

    /// Table 9-2, "Status register read": bit 6 says that the display is off.
    fn read(&mut self, _now: Nanos) -> u8 {
        if self.registers.is_on { 0x00 } else { 0x40 }
    }

    fn stop(&mut self, _now: Nanos) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: &[u8] = &[0x00, 0x8D, 0x14, 0xA1, 0xC8, 0xAF];

    fn write(part: &mut Model, bytes: &[u8]) {
        part.start(Direction::Write, Nanos(0));
        for byte in bytes {
            part.write(*byte, Nanos(0));
        }
        part.stop(Nanos(0));
    }

    /// A part with a dark memory that is on.
    fn dark(height: usize) -> Model {
        let mut part = Model::new(height);
        write(&mut part, ON);
        write(&mut part, &[0x00, 0x20, 0x00, 0x21, 0, 127, 0x22, 0, 7]);
        let mut zeros = [0; 1 + COLUMNS * PAGES];
        zeros[0] = 0x40;
        write(&mut part, &zeros);
        part
    }

    #[test]
    fn nothing_is_seen_without_the_charge_pump_or_off() {
        let mut part = dark(64);
        assert_eq!(part.shows(), [""; 8]);
        write(&mut part, &[0x00, 0x8D, 0x10]);
        assert_eq!(part.shows(), [""; 0]);
        write(&mut part, &[0x80, 0x8D, 0x80, 0x14, 0x80, 0xAE]);
        assert_eq!(part.shows(), [""; 0]);
        assert_eq!(part.read(Nanos(0)), 0x40);
    }

    #[test]
    fn the_memory_is_noise_until_it_is_written() {
        let mut part = Model::new(64);
        write(&mut part, ON);
        assert_eq!(part.shows().len(), 16, "a picture");
    }

    #[test]
    fn letters_are_read_and_anything_else_is_a_picture() {
        let mut part = dark(64);
        let letter = |wanted: char| {
            let found = FONT.iter().find(|(_, character)| **character == wanted);
            *found.unwrap_or_else(|| panic!("{wanted} is no character")).0
        };
        let mut bytes = vec![0x40];
        bytes.extend(letter('°'));
        bytes.extend(letter('C'));
        write(&mut part, &[0x00, 0x20, 0x02, 0xB2, 0x05, 0x10]);
        write(&mut part, &bytes);
        assert_eq!(part.shows()[..4], ["", "", " °C", ""]);
        // One pixel more, at the left of the top.
        write(&mut part, &[0x00, 0xB0, 0x00, 0x10]);
        write(&mut part, &[0x40, 0x01]);
        let picture = part.shows();
        assert_eq!((picture.len(), picture[0].chars().count()), (16, 64));
        assert!(picture[0].starts_with("\u{2801}\u{2800}"), "{}", picture[0]);
    }

    #[test]
    fn data_goes_by_columns_by_rows_or_stays_in_its_page() {
        let mut part = dark(64);
        write(&mut part, &[0x00, 0x20, 0x00, 0x21, 126, 127, 0x22, 0, 1]);
        write(&mut part, &[0x40, 1, 2, 3, 4, 5]);
        assert_eq!((part.memory[0][126], part.memory[0][127]), (5, 2));
        assert_eq!((part.memory[1][126], part.memory[1][127]), (3, 4));
        write(&mut part, &[0x00, 0x20, 0x01, 0x21, 0, 1, 0x22, 6, 7]);
        write(&mut part, &[0x40, 1, 2, 3]);
        assert_eq!((part.memory[6][0], part.memory[7][0], part.memory[6][1]), (1, 2, 3));
        write(&mut part, &[0x00, 0x20, 0x02, 0xB3, 0x0F, 0x17]);
        write(&mut part, &[0x40, 1, 2]);
        assert_eq!((part.memory[3][127], part.memory[3][0]), (1, 2));
    }

    #[test]
    fn orientation_start_line_and_inversion() {
        let mut part = dark(32);
        // A panel of 32 rows is not wired in turns.
        write(&mut part, &[0x00, 0xDA, 0x02, 0xA8, 31, 0x20, 0x02, 0xB0, 0x00, 0x10]);
        write(&mut part, &[0x40, 0x02]);
        assert!(part.is_lit(0, 1) && !part.is_lit(0, 0));
        write(&mut part, &[0x00, 0x41]);
        assert!(part.is_lit(0, 0));
        write(&mut part, &[0x00, 0x40, 0xA0, 0xC0]);
        assert!(part.is_lit(127, 30));
        write(&mut part, &[0x00, 0xA7]);
        assert!(part.is_lit(0, 0) && !part.is_lit(127, 30));
        write(&mut part, &[0x00, 0xA6, 0xA5]);
        assert!(part.is_lit(0, 0));
    }

    #[test]
    fn a_panel_that_is_wired_otherwise_mixes_its_rows_up() {
        let mut part = dark(64);
        write(&mut part, &[0x00, 0x20, 0x02, 0xB0, 0x00, 0x10]);
        write(&mut part, &[0x40, 0x02]);
        assert!(part.is_lit(0, 1));
        write(&mut part, &[0x00, 0xDA, 0x02]);
        assert!(part.is_lit(0, 2) && !part.is_lit(0, 1));
    }
}
