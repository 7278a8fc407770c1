//! An image's symbols and a chip's RAM -> the task that a stack belongs to.
//!
//! An image has no list of its tasks. But each has a static, `<crate>::tasks::<task>::POOL`, and embassy-executor 0.10
//! (`raw/mod.rs`, `TaskHeader`) keeps in its first words the address of the function that polls it. That function is on the
//! stack while the task is at work. It is learnt while the firmware is well: a stack that overflows runs over the statics.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use object::read::elf::ElfFile32;
use object::{Endianness, Object as _, ObjectSymbol as _, SymbolKind};
use probe_rs::{Core, MemoryInterface as _};

use super::Frame;

/// How many words of a task's static are looked at.
const HEADER_WORDS: usize = 12;
/// The task of an observed image that tells of the others, by a name that none of the user's can have.
const TELLING: &str = "(telling)";
/// Where a Cortex-M begins: cortex-m-rt's name for the handler of the reset.
const FIRST_FUNCTION: &str = "Reset";
/// More of a stack than this is not read.
const MOST_STACK: u64 = 64 * 1024;

/// What an image says of its tasks, and what a chip has told since.
#[derive(Debug, Default)]
pub(crate) struct Tasks {
    /// Functions: where each begins and ends.
    functions: BTreeMap<u64, u64>,
    /// Tasks whose function is not known: it is written when the task is spawned.
    unknown: Vec<Pool>,
    /// The tasks that a function polls: the linker may have made one of two that are equal.
    polled_by: BTreeMap<u64, Vec<String>>,
    /// Where the stack may reach down to, and where it begins.
    pub(crate) stack: Option<(u64, u64)>,
    /// Where the RAM begins.
    ram: u64,
}

/// The static of a task.
#[derive(Debug)]
struct Pool {
    task: String,
    address: u64,
    words: usize,
}

impl Tasks {
    /// Reads an image's symbols; one that was stripped tells nothing.
    pub(crate) fn of_elf(elf: &Path) -> Tasks {
        let mut tasks = Tasks::default();
        let Ok(bytes) = fs::read(elf) else { return tasks };
        let Ok(file) = ElfFile32::<Endianness>::parse(bytes.as_slice()) else { return tasks };
        let mut stack = (None, None);
        for symbol in file.symbols() {
            let Ok(name) = symbol.name() else { continue };
            let address = symbol.address();
            match name {
                "_stack_end" => stack.0 = Some(address),
                "_stack_start" => stack.1 = Some(address),
                "__sdata" => tasks.ram = address,
                _ => {}
            }
            // Thumb code has an odd address.
            let start = address & !1;
            if symbol.kind() == SymbolKind::Text && symbol.size() > 0 {
                tasks.functions.insert(start, start + symbol.size());
            } else if let Some(task) = task_of(name) {
                let words = HEADER_WORDS.min(usize::try_from(symbol.size() / 4).unwrap_or_default());
                tasks.unknown.push(Pool { task: task.to_owned(), address, words });
            }
        }
        tasks.stack = stack.0.zip(stack.1);
        tasks
    }

    /// Where the static of each task begins, by which the executor numbers it.
    pub(crate) fn addresses(self) -> Vec<(u64, String)> {
        self.unknown.into_iter().map(|pool| (pool.address, pool.task)).collect()
    }

    /// Looks into the chip's RAM which function polls which task. To be called again: a task is spawned after the start.
    pub(crate) fn learn(&mut self, core: &mut Core<'_>) {
        let (functions, polled_by) = (&self.functions, &mut self.polled_by);
        self.unknown.retain(|pool| {
            let mut words = [0; HEADER_WORDS];
            let words = &mut words[..pool.words];
            // What cannot be read now is read another time.
            if core.read_32(pool.address, words).is_err() {
                return true;
            }
            let is_code = |word: &&mut u32| **word % 2 == 1 && functions.contains_key(&u64::from(**word - 1));
            let Some(poll) = words.iter_mut().find(is_code) else { return true };
            polled_by.entry(u64::from(*poll - 1)).or_default().push(pool.task.clone());
            false
        });
    }

    /// The task that the core works for; of several that share their code, all. Of a task that interrupts another, the
    /// innermost is meant.
    pub(crate) fn at_work(&self, core: &mut Core<'_>, frames: &[Frame]) -> Vec<String> {
        if let Some(tasks) = frames.iter().find_map(|frame| self.polled_around(frame.address)) {
            return tasks.to_vec();
        }
        // A stack that was followed to its beginning has told all. What else lies on it was left by calls that are over.
        if frames.last().is_some_and(|frame| frame.function == FIRST_FUNCTION) {
            return Vec::new();
        }
        self.on_stack(core).unwrap_or_default()
    }

    /// By the return addresses among all that is on the stack: nothing has to be as debug information describes it.
    fn on_stack(&self, core: &mut Core<'_>) -> Option<Vec<String>> {
        let (_, start) = self.stack?;
        let pointer: u64 = core.read_core_reg(core.stack_pointer()).ok()?;
        let from = pointer.max(self.ram) & !3;
        let length = start.checked_sub(from)?.min(MOST_STACK) / 4;
        let mut words = vec![0u32; usize::try_from(length).ok()?];
        core.read_32(from, &mut words).ok()?;
        let returns = words.iter().filter(|word| **word % 2 == 1).map(|word| u64::from(*word - 1));
        returns.into_iter().find_map(|address| self.polled_around(address)).map(<[String]>::to_vec)
    }

    /// By how many bytes the stack has left its place.
    pub(crate) fn overflow(&self, core: &mut Core<'_>) -> Option<u64> {
        let (end, _) = self.stack?;
        let pointer: u64 = core.read_core_reg(core.stack_pointer()).ok()?;
        end.checked_sub(pointer).filter(|bytes| *bytes > 0)
    }

    /// The tasks whose polling function has its code around an address.
    fn polled_around(&self, address: u64) -> Option<&[String]> {
        let (start, end) = self.functions.range(..=address).next_back()?;
        self.polled_by.get(start).filter(|_| address < *end).map(Vec::as_slice)
    }
}

/// The task that a static belongs to. Both manglings of Rust write a path as its parts, each behind its length:
/// `…5tasks4echo4POOL…`.
fn task_of(symbol: &str) -> Option<&str> {
    if symbol.contains("12fwc_observed6report4POOL") {
        return Some(TELLING);
    }
    let (_, rest) = symbol.split_once("5tasks")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = rest[..digits].parse().ok()?;
    let (task, rest) = rest[digits..].split_at_checked(length)?;
    rest.starts_with("4POOL").then_some(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_static_tells_its_task() {
        assert_eq!(task_of("_ZN5blink5tasks9heartbeat4POOL17he1cbb883068ee5b9E"), Some("heartbeat"));
        assert_eq!(task_of("_RNvNvNtCs1_3app5tasks4echo4POOL"), Some("echo"));
        assert_eq!(task_of("_ZN5blink5tasks9heartbeat3RUN17he1cbb883068ee5b9E"), None);
        assert_eq!(task_of("_ZN3app12fwc_observed6report4POOL17h0E"), Some("(telling)"));
        assert_eq!(task_of("_ZN3app5tasks6report4POOL17h0E"), Some("report"));
        assert_eq!(task_of("_ZN5tasks99x"), None);
        assert_eq!(task_of("main"), None);
    }

    #[test]
    fn a_function_polls_from_its_first_byte_to_its_last() {
        let tasks = Tasks {
            functions: BTreeMap::from([(0x100, 0x110), (0x110, 0x120)]),
            polled_by: BTreeMap::from([(0x100, vec!["echo".to_owned()])]),
            ..Tasks::default()
        };
        let echo = ["echo".to_owned()];
        assert_eq!(tasks.polled_around(0xFE), None);
        assert_eq!(tasks.polled_around(0x100), Some(echo.as_slice()));
        assert_eq!(tasks.polled_around(0x10E), Some(echo.as_slice()));
        assert_eq!(tasks.polled_around(0x110), None);
    }
}
