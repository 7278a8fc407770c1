//! Which of the functions that poll tasks are being executed: where the core steps -> the chain of those it has entered.
//!
//! What lies on a stack has lain there for longer, so a return address alone does not tell whose turn it is.

use crate::chip::{FLASH_SIZE, FLASH_START};

/// The functions that are looked for, and those that are being executed, the outermost first.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    /// A bit for each half-word of the flash.
    begins: Vec<u64>,
    /// Where each begins, and the stack pointer when it was entered.
    entered: Vec<(u32, u32)>,
}

impl Calls {
    /// Looks for one more function.
    pub(crate) fn look_for(&mut self, start: u32) {
        if let Some((word, bit)) = place(start) {
            self.begins.resize(FLASH_SIZE as usize / 128, 0);
            self.begins[word] |= 1 << bit;
        }
    }

    /// Whether one of the functions begins there.
    pub(crate) fn begins_at(&self, address: u32) -> bool {
        place(address)
            .is_some_and(|(word, bit)| self.begins.get(word).is_some_and(|bits| bits >> bit & 1 == 1))
    }

    /// The core begins to execute one of the functions.
    pub(crate) fn enter(&mut self, start: u32, stack_pointer: u32) {
        self.leave(stack_pointer);
        self.entered.push((start, stack_pointer));
    }

    /// The innermost function that is not over, by where it begins.
    pub(crate) fn innermost(&mut self, stack_pointer: u32) -> Option<u32> {
        self.leave(stack_pointer);
        self.entered.last().map(|(start, _)| *start)
    }

    /// After a reset none is executed.
    pub(crate) fn forget(&mut self) {
        self.entered.clear();
    }

    /// A stack that is as short as when a function was entered shows that this is over.
    fn leave(&mut self, stack_pointer: u32) {
        while self.entered.pop_if(|(_, at_entry)| *at_entry <= stack_pointer).is_some() {}
    }
}

fn place(address: u32) -> Option<(usize, u32)> {
    let offset = address.checked_sub(FLASH_START).filter(|offset| *offset < FLASH_SIZE)? / 2;
    Some(((offset / 64) as usize, offset % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_executed_until_the_stack_is_as_short_again() {
        let (one, other) = (FLASH_START + 0x102, FLASH_START + 0x204);
        let mut calls = Calls::default();
        assert!(!calls.begins_at(one));
        calls.look_for(one);
        calls.look_for(other);
        assert!(calls.begins_at(one) && calls.begins_at(other) && !calls.begins_at(one + 2));
        assert!(!calls.begins_at(0) && !calls.begins_at(FLASH_START + FLASH_SIZE));
        calls.enter(one, 0x2000_1000);
        assert_eq!(calls.innermost(0x2000_0f00), Some(one));
        // An interrupt in the middle of it, with a task of its own.
        calls.enter(other, 0x2000_0e00);
        assert_eq!(calls.innermost(0x2000_0d00), Some(other));
        assert_eq!(calls.innermost(0x2000_0e00), Some(one));
        // The next from the same loop.
        calls.enter(other, 0x2000_1000);
        assert_eq!(calls.innermost(0x2000_0f80), Some(other));
        assert_eq!(calls.innermost(0x2000_1000), None);
    }
}
