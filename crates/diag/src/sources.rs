//! The texts that spans point into, and lines and columns in them.

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

    /// The line and column of a byte offset.
    pub fn place(&self, offset: u32) -> Place {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        let end = (offset as usize).clamp(start, self.text.len());
        let column = String::from_utf8_lossy(&self.text.as_bytes()[start..end]).chars().count();
        Place { line: line as u32, column: column as u32 + 1 }
    }
}

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
