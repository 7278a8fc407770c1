//! The texts that spans point into, and lines and columns in them.

use std::ops::Range;

use fwc_schema::{SourceId, Span};
use serde::Serialize;

/// A file that diagnostics can point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name as messages show it, such as `app.toml`.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Where each line starts.
    line_starts: Vec<u32>,
}

/// All source files of one run; the first is app.toml.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<Source>,
}

/// A place for people: line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Source {
    /// A file with its text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let after_newline = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(after_newline.map(|(at, _)| at as u32 + 1)).collect();
        Source { name: name.into(), text, line_starts }
    }

    /// The line and column of a byte offset; an offset that nothing can be shown at counts as the nearest before it.
    pub fn place(&self, offset: u32) -> Place {
        self.place_at(self.visible_offset(offset as usize))
    }

    /// The line and column of an end of a visible range.
    pub(crate) fn place_at(&self, offset: usize) -> Place {
        let line = self.line_of(offset);
        let column = self.text[self.line_content(line).start..offset].chars().count();
        Place { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// The part of a span that can be shown: inside of the text, on whole characters, without line ends at its end.
    pub fn visible_range(&self, span: Span) -> Range<usize> {
        let start = self.visible_offset(span.start as usize);
        let mut end = (span.end as usize).clamp(start, self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        start..start + self.text[start..end].trim_end_matches(LINE_ENDS).len()
    }

    /// The number of the line, from 0, that holds a byte offset.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start as usize <= offset).saturating_sub(1)
    }

    /// The bytes of a line, counted from 0, without its line end.
    pub(crate) fn line_content(&self, line: usize) -> Range<usize> {
        let start = self.line_starts[line] as usize;
        let end = self.line_starts.get(line + 1).map_or(self.text.len(), |next| *next as usize);
        let line = &self.text[start..end];
        let content = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        start..start + content.len()
    }

    /// The nearest offset at or before `offset` that is on a whole character and not in a line end. The end of the
    /// file counts as the end of its last line with text, where a reader looks for what is missing.
    fn visible_offset(&self, offset: usize) -> usize {
        if offset >= self.text.len() {
            return self.text.trim_end_matches(LINE_ENDS).len();
        }
        let mut offset = offset;
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset.min(self.line_content(self.line_of(offset)).end)
    }
}

const LINE_ENDS: [char; 2] = ['\r', '\n'];

impl Sources {
    /// A run with one file, app.toml.
    pub fn of(name: impl Into<String>, text: impl Into<String>) -> Sources {
        Sources { files: vec![Source::new(name, text)] }
    }

    /// Adds a file.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.files.push(Source::new(name, text));
        SourceId((self.files.len() - 1) as u16)
    }

    /// The file that a span lies in.
    pub fn file(&self, source: SourceId) -> Option<&Source> {
        self.files.get(usize::from(source.0))
    }

    /// All files.
    pub fn files(&self) -> &[Source] {
        &self.files
    }

    /// Line and column of a span's start.
    pub fn place(&self, span: Span) -> Option<Place> {
        self.file(span.source).map(|file| file.place(span.start))
    }
}
