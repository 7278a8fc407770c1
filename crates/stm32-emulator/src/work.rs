//! Which task is at work: where the core stands and what its stack holds -> a name of app.toml.
//!
//! An image has no list of its tasks. But each has a static, `<crate>::tasks::<task>::POOL`, and embassy-executor 0.10
//! (`raw/mod.rs`, `TaskHeader`) keeps in its first words the address of the function that polls it. That function is in
//! the chain of calls while the task is at work: its code is where the core stands, or a return address on the stack
//! leads into it. Of several, as when one task interrupts another, the innermost is meant.

use std::collections::HashMap;

use crate::chip::{FLASH_START, RAM_SIZE, RAM_START};
use crate::image::{Image, Span};

const HEADER_WORDS: u32 = 12;

/// What is known of an image's tasks.
#[derive(Debug)]
pub(crate) struct Work {
    functions: Vec<Span>,
    /// Tasks whose function is not known: it is written when the task is spawned.
    unknown: Vec<Span>,
    /// The tasks that a function polls: the linker may have made one of two that are equal.
    polled_by: HashMap<u32, Vec<String>>,
}

impl Work {
    /// An image that was stripped has neither functions nor statics.
    pub(crate) fn new(image: &Image) -> Work {
        let pools = image.statics.iter().filter_map(|span| {
            let task = task_of(&span.name)?;
            Some(Span { name: task.to_owned(), ..span.clone() })
        });
        Work { functions: image.functions.clone(), unknown: pools.collect(), polled_by: HashMap::new() }
    }

    /// Looks for the functions that poll the tasks. To be called from time to time: what has overwritten the RAM does not
    /// matter then. Gives those that it has found.
    pub(crate) fn learn(&mut self, ram: &[u8]) -> Vec<u32> {
        let mut news = Vec::new();
        let Work { functions, unknown, polled_by } = self;
        unknown.retain(|pool| {
            let words = (pool.start..pool.end.min(pool.start + 4 * HEADER_WORDS)).step_by(4);
            let found = words.filter_map(|at| word(ram, at)).find(|word| {
                word % 2 == 1 && functions.binary_search_by_key(&(word & !1), |span| span.start).is_ok()
            });
            let Some(poll) = found else { return true };
            polled_by.entry(poll & !1).or_default().push(pool.name.clone());
            news.push(poll & !1);
            false
        });
        news
    }

    /// The tasks that a function polls, by where it begins.
    pub(crate) fn tasks_of(&self, start: u32) -> Option<String> {
        Some(self.polled_by.get(&start)?.join("` or `"))
    }

    /// Whether the function of each task is known.
    pub(crate) fn knows_all(&self) -> bool {
        self.unknown.is_empty()
    }

    /// The name of the task that the core works for; of several that share their code, all.
    pub(crate) fn task(&self, program_counter: u32, stack_pointer: u32, ram: &[u8]) -> Option<String> {
        if let Some(here) = self.polls(program_counter) {
            return Some(here);
        }
        // A stack that has grown below the RAM ends where that begins.
        let top = stack_pointer.max(RAM_START) & !3;
        (top..RAM_START + RAM_SIZE).step_by(4).find_map(|at| {
            let word = word(ram, at)?;
            (word % 2 == 1 && word > FLASH_START).then(|| self.polls(word - 1)).flatten()
        })
    }

    /// The tasks whose polling function has its code around an address.
    fn polls(&self, address: u32) -> Option<String> {
        let behind = self.functions.partition_point(|span| span.start <= address);
        let found = self.functions.get(behind.checked_sub(1)?).filter(|span| address < span.end)?;
        self.tasks_of(found.start)
    }
}

fn word(ram: &[u8], address: u32) -> Option<u32> {
    let at = address.checked_sub(RAM_START)? as usize;
    let bytes = ram.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// The task that a static belongs to. Both manglings of Rust write a path as its parts, each behind its length:
/// `…5tasks4echo4POOL…`.
fn task_of(symbol: &str) -> Option<&str> {
    let (_, rest) = symbol.split_once("5tasks")?;
    let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let length: usize = rest[..digits].parse().ok()?;
    let (task, rest) = rest[digits..].split_at_checked(length)?;
    rest.starts_with("4POOL").then_some(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_static_names_its_task_in_both_manglings() {
        assert_eq!(task_of("_RNvNtNtCs1234_4disco5tasks4echo4POOL"), Some("echo"));
        assert_eq!(task_of("_ZN5disco5tasks11blink_green4POOL17h0123456789abcdefE"), Some("blink_green"));
        assert_eq!(task_of("_ZN5disco5tasks4echo5OTHER17hE"), None);
        assert_eq!(task_of("_ZN5disco8channels4POOL17hE"), None);
    }

    #[test]
    fn the_task_is_the_one_whose_function_the_core_is_in_or_returns_to() {
        let span = |name: &str, start, end| Span { name: name.to_owned(), start, end };
        let image = Image {
            functions: vec![
                span("poll", FLASH_START + 0x100, FLASH_START + 0x180),
                span("other", FLASH_START + 0x200, FLASH_START + 0x240),
            ],
            statics: vec![span("_ZN1a5tasks4echo4POOL17hE", RAM_START + 8, RAM_START + 40)],
            ..Image::default()
        };
        let mut work = Work::new(&image);
        let mut ram = vec![0; RAM_SIZE as usize];
        ram[12..16].copy_from_slice(&(FLASH_START + 0x101).to_le_bytes());
        assert_eq!(work.learn(&ram), [FLASH_START + 0x100]);
        assert!(work.knows_all());
        let task = |at, stack, ram: &[u8]| work.task(at, stack, ram);
        assert_eq!(task(FLASH_START + 0x17e, RAM_START + RAM_SIZE, &ram), Some("echo".to_owned()));
        assert_eq!(task(FLASH_START + 0x200, RAM_START + RAM_SIZE, &ram), None);
        ram[0x1000..0x1004].copy_from_slice(&(FLASH_START + 0x123).to_le_bytes());
        assert_eq!(task(FLASH_START + 0x200, RAM_START + 0x0ffc, &ram), Some("echo".to_owned()));
        assert_eq!(task(FLASH_START + 0x200, RAM_START + 0x1004, &ram), None);
    }
}
