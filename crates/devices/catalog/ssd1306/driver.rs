//! The display SSD1306, over text and drawing of the crate `embedded-graphics`.
//!
//! The crate `ssd1306` (0.10.0) is not used: it hides what the bus says, loses its picture when the part is set up anew,
//! and forgets after a failed transfer what it still has to send.

use core::convert::Infallible;
use core::fmt::{Display, Write};

use embedded_graphics::mono_font::iso_8859_1::FONT_5X8;
use embedded_graphics::mono_font::{MonoTextStyle, MonoTextStyleBuilder};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, OriginDimensions, Pixel, Point, Size};
use embedded_graphics::text::Baseline;
use embedded_graphics::text::renderer::TextRenderer;
use embedded_hal_async::i2c::I2c;
use fwc_runtime::device::Error;

/// An SSD1306 on its bus, and the picture that it shows or is to show.
pub struct Handle<Bus> {
    bus: Bus,
    address: u8,
    options: Options,
    /// Eight rows of pixels each, as they are sent: after the control byte, each byte is a column with its top in bit 0.
    pages: [[u8; 1 + WIDTH]; PAGES],
    /// The pages that the part does not show yet, a bit each.
    changed: u8,
    is_set_up: bool,
}

/// The keys of app.toml.
pub struct Options {
    /// How many rows of pixels it has: 32 or 64.
    pub height: u8,
    /// How bright it is.
    pub contrast: u8,
    /// Whether the picture is turned by half a turn.
    pub upside_down: bool,
}

const WIDTH: usize = 128;
/// Of the taller one.
const PAGES: usize = 8;

/// The width of a character in pixels; a line is as high as a page.
const CHARACTER: usize = 5;
/// Characters in a line.
pub const COLUMNS: usize = WIDTH / CHARACTER;

// Section 8.1.5.2: what the bytes after a control byte are.
const COMMANDS: u8 = 0x00;
const DATA: u8 = 0x40;

// Table 9-1.
const DISPLAY_OFF: u8 = 0xAE;
const DISPLAY_ON: u8 = 0xAF;
const PAGE: u8 = 0xB0;
const COLUMN_LOW: u8 = 0x00;
const COLUMN_HIGH: u8 = 0x10;

impl<Bus> Handle<Bus> {
    /// How many lines of text there are: 8, or 4 of a display of 32 rows.
    pub fn lines(&self) -> usize {
        usize::from(self.options.height / 8)
    }

    /// Writes a line of the picture, of which [`COLUMNS`] characters have room; the rest of it becomes blank. The part
    /// shows it after [`Handle::show`].
    ///
    /// Text and what `format_args!` makes are both taken; characters are those of ISO 8859-1. A line that there is not
    /// is left out.
    pub fn print(&mut self, line: usize, text: impl Display) {
        if line >= self.lines() {
            return;
        }
        let mut end = Cursor { place: Point::new(0, line as i32 * 8), picture: self };
        write!(end, "{text}").ok();
        while end.place.x < WIDTH as i32 {
            end.write_char(' ').ok();
        }
    }

    /// Makes the picture dark. The part shows it after [`Handle::show`].
    pub fn clear(&mut self) {
        for (page, pixels) in self.pages.iter_mut().enumerate() {
            if pixels[1..].iter().any(|column| *column != 0) {
                pixels[1..].fill(0);
                self.changed |= 1 << page;
            }
        }
    }
}

impl<Bus: I2c> Handle<Bus> {
    /// Has the part show the picture: the pages that changed are sent, of 8 rows each. A part that has not been set up, or
    /// that failed last time, is set up first.
    ///
    /// # Errors
    /// Of the bus. The picture stays, and is shown when the part is there again.
    pub async fn show(&mut self) -> Result<(), Error<Bus::Error>> {
        if !self.is_set_up {
            return start(self).await;
        }
        let sent = self.send().await;
        self.is_set_up = sent.is_ok();
        sent
    }

    async fn command(&mut self, commands: &[u8]) -> Result<(), Error<Bus::Error>> {
        Ok(self.bus.write(self.address, commands).await?)
    }

    async fn send(&mut self) -> Result<(), Error<Bus::Error>> {
        for page in 0..self.lines() {
            if self.changed >> page & 1 == 1 {
                self.command(&[COMMANDS, PAGE | page as u8, COLUMN_LOW, COLUMN_HIGH]).await?;
                self.bus.write(self.address, &self.pages[page]).await?;
                self.changed &= !(1 << page);
            }
        }
        Ok(())
    }
}

/// Where text goes on in a picture.
struct Cursor<'a, Bus> {
    place: Point,
    picture: &'a mut Handle<Bus>,
}

impl<Bus> Write for Cursor<'_, Bus> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        const STYLE: MonoTextStyle<'static, BinaryColor> = MonoTextStyleBuilder::new()
            .font(&FONT_5X8)
            .text_color(BinaryColor::On)
            .background_color(BinaryColor::Off)
            .build();
        let Ok(end) = STYLE.draw_string(text, self.place, Baseline::Top, self.picture);
        self.place = end;
        Ok(())
    }
}

impl<Bus> OriginDimensions for Handle<Bus> {
    fn size(&self) -> Size {
        Size::new(WIDTH as u32, self.options.height.into())
    }
}

/// Draws into the picture, whatever `embedded_graphics` has to draw. The part shows it after [`Handle::show`].
impl<Bus> DrawTarget for Handle<Bus> {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(Point { x, y }, color) in pixels {
            let within = (0..WIDTH as i32).contains(&x) && (0..i32::from(self.options.height)).contains(&y);
            if !within {
                continue;
            }
            let (page, bit) = (y as usize / 8, 1_u8 << (y % 8));
            let column = &mut self.pages[page][1 + x as usize];
            let before = *column;
            *column = if color.is_on() { before | bit } else { before & !bit };
            if *column != before {
                self.changed |= 1 << page;
            }
        }
        Ok(())
    }
}

/// Makes the handle with a dark picture, and asks the part nothing.
pub fn new<Bus: I2c>(bus: Bus, address: u8, options: Options) -> Handle<Bus> {
    let mut pages = [[0; 1 + WIDTH]; PAGES];
    for page in &mut pages {
        page[0] = DATA;
    }
    Handle { bus, address, options, pages, changed: u8::MAX, is_set_up: false }
}

/// Sets the part up and has it show the picture. Until all of it is there the display is off.
pub async fn start<Bus: I2c>(handle: &mut Handle<Bus>) -> Result<(), Error<Bus::Error>> {
    handle.is_set_up = false;
    let Options { height, contrast, upside_down } = handle.options;
    // Sections 10.1.8 and 10.1.13: which of its ends columns and rows begin at.
    let (columns, rows) = if upside_down { (0xA0, 0xC0) } else { (0xA1, 0xC8) };
    // Section 10.1.18: the rows of the taller panel are wired in turns to both sides of the chip.
    let wiring = if height == 64 { 0x12 } else { 0x02 };
    let set_up = [
        COMMANDS,
        DISPLAY_OFF,
        // One page after the other, each from its own beginning.
        0x20,
        0x02,
        // Application note, figure 2: rows, offset, first row, orientation, wiring, contrast; show the memory, a 1 as light.
        0xA8,
        height - 1,
        0xD3,
        0,
        0x40,
        columns,
        rows,
        0xDA,
        wiring,
        0x81,
        contrast,
        0xA4,
        0xA6,
        // The clock as after a reset, no scrolling, and the charge pump that makes the panel's voltage.
        0xD5,
        0x80,
        0x2E,
        0x8D,
        0x14,
    ];
    handle.command(&set_up).await?;
    handle.changed = u8::MAX;
    handle.send().await?;
    handle.command(&[COMMANDS, DISPLAY_ON]).await?;
    handle.is_set_up = true;
    Ok(())
}
