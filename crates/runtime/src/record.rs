//! A message becomes a line of text, CSV or JSON, without core::fmt.
//!
//! Generated code implements [`Record`] for each message type. A line is rendered into a small buffer; one that does
//! not fit is rendered again for each further piece, so that no line is cut and no memory is set aside for a long one.

use core::marker::PhantomData;

use embassy_time::Instant;
use heapless::VecView;

use crate::decimal;

/// The three forms of a line.
#[derive(Clone, Copy)]
enum Style {
    Text,
    Csv,
    Json,
}

/// The form of a line: [`Text`], [`Csv`] or [`Json`]. A type, so that only the forms in use are in the image.
pub trait Format: sealed::Styled {
    /// What a line says of the time: milliseconds since boot, or nothing, which then takes no room.
    type Time: Copy;

    /// The time that a line which is written now has.
    fn now() -> Self::Time;
}

/// `<channel>: <field>=<value> <field>=<value>`; a plain value: `<channel>: <value>`.
pub struct Text;

/// `<channel>,<milliseconds since boot>,<value>,…`
pub struct Csv;

/// One object with `"channel"`, `"ms"` and the fields; a plain value has the key `"value"`.
pub struct Json;

mod sealed {
    /// What a format does to a line; keeps the set of formats closed.
    pub trait Styled: Sized {
        #[allow(private_interfaces)]
        const STYLE: super::Style;

        /// Writes what stands before the values.
        fn head(line: &mut super::Line<'_>, channel: &str, time: Self::Time)
        where
            Self: super::Format;
    }
}

impl sealed::Styled for Text {
    #[allow(private_interfaces)]
    const STYLE: Style = Style::Text;

    fn head(line: &mut Line<'_>, channel: &str, (): ()) {
        line.bytes(channel.as_bytes());
        line.byte(b':');
    }
}

impl sealed::Styled for Csv {
    #[allow(private_interfaces)]
    const STYLE: Style = Style::Csv;

    fn head(line: &mut Line<'_>, channel: &str, millis: u64) {
        line.bytes(channel.as_bytes());
        line.byte(b',');
        decimal::unsigned_64(line, millis);
    }
}

impl sealed::Styled for Json {
    #[allow(private_interfaces)]
    const STYLE: Style = Style::Json;

    fn head(line: &mut Line<'_>, channel: &str, millis: u64) {
        line.bytes(b"{\"channel\":\"");
        line.bytes(channel.as_bytes());
        line.bytes(b"\",\"ms\":");
        decimal::unsigned_64(line, millis);
    }
}

impl Format for Text {
    type Time = ();

    fn now() {}
}

impl Format for Csv {
    type Time = u64;

    fn now() -> u64 {
        Instant::now().as_millis()
    }
}

impl Format for Json {
    type Time = u64;

    fn now() -> u64 {
        Instant::now().as_millis()
    }
}

/// A value that can be printed: a plain value, an array, or a message with fields.
pub trait Record {
    /// Whether the value has named parts, as a message does.
    const HAS_FIELDS: bool = false;

    /// Writes the value.
    fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>);
}

/// One piece of a line: as many of its bytes from `start` on as there is room for.
pub struct Line<'a> {
    piece: &'a mut VecView<u8, u8>,
    start: usize,
    length: usize,
}

impl<'a> Line<'a> {
    /// A line of which `piece`, which is cleared, takes the bytes from `start` on.
    pub fn new(piece: &'a mut VecView<u8, u8>, start: usize) -> Self {
        piece.clear();
        Self { piece, start, length: 0 }
    }

    /// The length of the line so far, from its start to its end.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Renders a message of `channel` as a line.
    pub fn record<F: Format>(&mut self, channel: &str, time: F::Time, message: &impl Record) {
        F::head(self, channel, time);
        message.record(&mut Encoder::<F> {
            line: self,
            path: None,
            place: Place::Top,
            first: false,
            format: PhantomData,
        });
        if let Style::Json = F::STYLE {
            self.byte(b'}');
        }
        self.bytes(b"\r\n");
    }

    // Inlined, these would be most of the code of a task that prints.
    #[inline(never)]
    pub(crate) fn byte(&mut self, byte: u8) {
        if self.length >= self.start {
            // What there is no room for is in another piece.
            let _ = self.piece.push(byte);
        }
        self.length += 1;
    }

    #[inline(never)]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    /// A byte of a string, in JSON's escape form where it is a control character.
    fn escaped(&mut self, byte: u8) {
        match byte {
            b'\n' => self.bytes(b"\\n"),
            b'\r' => self.bytes(b"\\r"),
            b'\t' => self.bytes(b"\\t"),
            0..0x20 | 0x7F => {
                self.bytes(b"\\u00");
                for digit in [byte >> 4, byte & 0xF] {
                    self.byte(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
                }
            }
            _ => self.byte(byte),
        }
    }
}

/// Where in a message a value is: the step to it, and what that step was taken in.
struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step,
}

/// One step from a message into it.
#[derive(Clone, Copy)]
enum Step {
    Field(&'static str),
    Element(u32),
}

impl Path<'_> {
    fn write(&self, line: &mut Line<'_>) {
        if let Some(parent) = self.parent {
            parent.write(line);
            line.byte(b'.');
        }
        match self.step {
            Step::Field(name) => line.bytes(name.as_bytes()),
            Step::Element(index) => decimal::unsigned(line, index),
        }
    }
}

/// What a value is part of.
#[derive(Clone, Copy)]
enum Place {
    /// Nothing: it is the whole message.
    Top,
    /// A message.
    Field,
    /// An array in brackets.
    Element,
}

/// Writes the value at one place of a message.
pub struct Encoder<'a, 'l, F> {
    line: &'a mut Line<'l>,
    path: Option<&'a Path<'a>>,
    place: Place,
    /// Whether the next field is the first of its JSON object.
    first: bool,
    format: PhantomData<F>,
}

impl<'l, F: Format> Encoder<'_, 'l, F> {
    /// Writes a message: `fields` calls [`field`](Self::field) for each of its fields.
    pub fn message(&mut self, fields: impl FnOnce(&mut Self)) {
        match (F::STYLE, self.place) {
            (Style::Json, Place::Field | Place::Element) => {
                self.line.byte(b'{');
                self.first = true;
                fields(self);
                self.line.byte(b'}');
            }
            _ => fields(self),
        }
    }

    /// Writes one field of a message.
    pub fn field(&mut self, name: &'static str, value: &impl Record) {
        if let Style::Json = F::STYLE {
            if !self.first {
                self.line.byte(b',');
            }
            self.line.byte(b'"');
            self.line.bytes(name.as_bytes());
            self.line.bytes(b"\":");
        }
        self.first = false;
        value.record(&mut self.at(&Path { parent: self.path, step: Step::Field(name) }, Place::Field));
    }

    /// Writes the name of an enum's value.
    pub fn name(&mut self, name: &str) {
        self.begin();
        if let Style::Json = F::STYLE {
            self.line.byte(b'"');
        }
        self.line.bytes(name.as_bytes());
        if let Style::Json = F::STYLE {
            self.line.byte(b'"');
        }
    }

    /// An encoder for a value inside this one.
    fn at<'b>(&'b mut self, path: &'b Path<'b>, place: Place) -> Encoder<'b, 'l, F> {
        Encoder { line: self.line, path: Some(path), place, first: true, format: PhantomData }
    }

    /// Writes what stands before a value that is one piece: a plain value or an array in brackets.
    fn begin(&mut self) {
        match (F::STYLE, self.place) {
            (Style::Text, Place::Top) => self.line.byte(b' '),
            (Style::Text, Place::Field) => {
                self.line.byte(b' ');
                if let Some(path) = self.path {
                    path.write(self.line);
                }
                self.line.byte(b'=');
            }
            (Style::Csv, _) => self.line.byte(b','),
            (Style::Json, Place::Top) => self.line.bytes(b",\"value\":"),
            (Style::Text | Style::Json, Place::Element) | (Style::Json, Place::Field) => {}
        }
    }

    fn array<T: Record>(&mut self, elements: &[T]) {
        match F::STYLE {
            Style::Csv => {
                for element in elements {
                    element.record(self);
                }
            }
            Style::Text if T::HAS_FIELDS => {
                for (index, element) in elements.iter().enumerate() {
                    let step = Step::Element(index as u32);
                    element.record(&mut self.at(&Path { parent: self.path, step }, Place::Field));
                }
            }
            Style::Text | Style::Json => {
                self.begin();
                self.line.byte(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        self.line.byte(b',');
                    }
                    let outer = core::mem::replace(&mut self.place, Place::Element);
                    element.record(self);
                    self.place = outer;
                }
                self.line.byte(b']');
            }
        }
    }

    fn string(&mut self, string: &str) {
        self.begin();
        let bytes = string.as_bytes();
        match F::STYLE {
            Style::Text => bytes.iter().for_each(|byte| self.line.escaped(*byte)),
            Style::Csv => {
                // RFC 4180, section 2: such a field is put in quotes, and a quote in it is doubled.
                let quoted = bytes.iter().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'));
                if quoted {
                    self.line.byte(b'"');
                }
                for byte in bytes {
                    if *byte == b'"' {
                        self.line.byte(b'"');
                    }
                    self.line.byte(*byte);
                }
                if quoted {
                    self.line.byte(b'"');
                }
            }
            Style::Json => {
                self.line.byte(b'"');
                for byte in bytes {
                    if matches!(byte, b'"' | b'\\') {
                        self.line.byte(b'\\');
                    }
                    self.line.escaped(*byte);
                }
                self.line.byte(b'"');
            }
        }
    }

    /// JSON has no number that is not finite.
    fn null_unless(&mut self, finite: bool) -> bool {
        let null = matches!(F::STYLE, Style::Json) && !finite;
        if null {
            self.line.bytes(b"null");
        }
        null
    }
}

impl Record for bool {
    fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>) {
        to.begin();
        to.line.bytes(if *self { b"true" } else { b"false" });
    }
}

/// Plain numbers, by the function that writes them.
macro_rules! numbers {
    ($($write:ident as $wide:ty: $($number:ty),+;)+) => {$($(
        impl Record for $number {
            fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>) {
                to.begin();
                decimal::$write(to.line, <$wide>::from(*self));
            }
        }
    )+)+};
}

numbers! {
    unsigned as u32: u8, u16, u32;
    signed as i32: i8, i16, i32;
    unsigned_64 as u64: u64;
    signed_64 as i64: i64;
}

impl Record for f32 {
    fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>) {
        to.begin();
        if !to.null_unless(self.is_finite()) {
            decimal::hundredths_32(to.line, *self);
        }
    }
}

impl Record for f64 {
    fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>) {
        to.begin();
        if !to.null_unless(self.is_finite()) {
            decimal::hundredths_64(to.line, *self);
        }
    }
}

impl<const N: usize> Record for heapless::String<N> {
    fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>) {
        to.string(self);
    }
}

impl<T: Record, const N: usize> Record for [T; N] {
    const HAS_FIELDS: bool = T::HAS_FIELDS;

    fn record<F: Format>(&self, to: &mut Encoder<'_, '_, F>) {
        to.array(self);
    }
}
