//! What is to happen, by its moment: of one moment, what was asked for first comes first.
//!
//! Nearly all of it is tasks that sleep. Those that wake at one moment share an entry, so that the heap grows with the
//! number of moments and not of tasks, and once the room for them has been made nothing is allocated any more.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::task::Waker;

/// How many moments are found again without looking through the heap; a power of two.
const OPEN: usize = 1 << OPEN_BITS;
const OPEN_BITS: u32 = 5;

/// A moment that no run comes to.
const NEVER: u64 = u64::MAX;

/// Things of a kind, and tasks to be woken.
pub(crate) struct Agenda<T> {
    entries: BinaryHeap<Reverse<Entry>>,
    count: u64,
    things: Slab<T>,
    /// The crowd that was joined last, which the next task joins most likely: it is not among the others.
    newest: Crowd,
    crowds: Slab<Vec<Waker>>,
    /// Crowds that a waker for their moment may still join, each at the place of its moment.
    open: [(u64, usize); OPEN],
    /// Emptied, and with room.
    spare: Vec<Vec<Waker>>,
}

/// What is due.
pub(crate) enum Due<T> {
    /// Tasks, in the order in which they asked. Their room is given back by [`Agenda::recycle`].
    Wakers(Vec<Waker>),
    /// Something else.
    Thing(T),
}

/// Tasks that are woken at one moment, and where their place among the crowds is.
struct Crowd {
    at: u64,
    /// What the moment was called by those who asked for it.
    alias: u64,
    place: usize,
    wakers: Vec<Waker>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: u64,
    order: u64,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Crowd(usize),
    Thing(usize),
}

impl<T> Agenda<T> {
    /// Nothing is to happen.
    pub(crate) const fn new() -> Self {
        Self {
            entries: BinaryHeap::new(),
            count: 0,
            things: Slab::new(),
            newest: Crowd { at: NEVER, alias: NEVER, place: 0, wakers: Vec::new() },
            crowds: Slab::new(),
            open: [(NEVER, 0); OPEN],
            spare: Vec::new(),
        }
    }

    /// Something is to happen at a moment.
    pub(crate) fn push(&mut self, at: u64, thing: T) {
        let place = self.things.put(thing);
        self.enter(at, What::Thing(place));
        // What wakes at this moment from now on comes behind it.
        if self.newest.at == at {
            self.put_newest_down();
        }
        let open = &mut self.open[index(at)];
        if open.0 == at {
            open.0 = NEVER;
        }
    }

    /// A task is to be woken at a moment.
    pub(crate) fn push_waker(&mut self, at: u64, waker: &Waker) {
        if at == NEVER {
            return;
        }
        if self.newest.at != at {
            self.find_crowd(at);
        }
        self.newest.join(waker);
    }

    /// The same for who calls the moment by another name: those that ask by it next join without a look at the time.
    #[cold]
    #[inline(never)]
    pub(crate) fn push_waker_as(&mut self, alias: u64, at: u64, waker: &Waker) {
        self.push_waker(at, waker);
        if at != NEVER {
            self.newest.alias = alias;
        }
    }

    /// Lets a task join those that asked last, if it asks for the same; says whether it does.
    pub(crate) fn join_newest(&mut self, alias: u64, waker: &Waker) -> bool {
        let is_same = self.newest.alias == alias && alias != NEVER;
        if is_same {
            self.newest.join(waker);
        }
        is_same
    }

    /// From now on, names of moments mean others.
    pub(crate) fn forget_names(&mut self) {
        self.newest.alias = NEVER;
    }

    /// All who wait for a moment, in the order in which they would be woken. They go on waiting.
    pub(crate) fn sleepers(&mut self) -> Vec<Waker> {
        self.put_newest_down();
        let mut entries: Vec<Entry> = self.entries.iter().map(|Reverse(entry)| *entry).collect();
        entries.sort();
        let mut sleepers = Vec::new();
        for entry in entries {
            if let What::Crowd(place) = entry.what {
                sleepers.extend_from_slice(self.crowds.get(place));
            }
        }
        sleepers
    }

    /// When the next thing happens.
    pub(crate) fn next(&self) -> Option<u64> {
        self.entries.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the first thing that is due.
    pub(crate) fn take(&mut self, now: u64) -> Option<Due<T>> {
        let Reverse(entry) = self.entries.peek()?;
        if entry.at > now {
            return None;
        }
        let Reverse(Entry { at, what, .. }) = self.entries.pop()?;
        Some(match what {
            What::Thing(place) => Due::Thing(self.things.take(place)),
            What::Crowd(place) => {
                if (self.newest.at, self.newest.place) == (at, place) {
                    self.put_newest_down();
                }
                let open = &mut self.open[index(at)];
                if *open == (at, place) {
                    open.0 = NEVER;
                }
                Due::Wakers(self.crowds.take(place))
            }
        })
    }

    /// Takes the room of woken tasks back.
    pub(crate) fn recycle(&mut self, wakers: Vec<Waker>) {
        self.spare.push(wakers);
    }

    /// Makes the crowd of a moment the newest, or begins one.
    #[cold]
    #[inline(never)]
    fn find_crowd(&mut self, at: u64) {
        self.put_newest_down();
        let open = &mut self.open[index(at)];
        self.newest = if open.0 == at {
            Crowd { at, alias: NEVER, place: open.1, wakers: std::mem::take(self.crowds.get(open.1)) }
        } else {
            let place = self.crowds.put(Vec::new());
            *open = (at, place);
            self.enter(at, What::Crowd(place));
            Crowd { at, alias: NEVER, place, wakers: self.spare.pop().unwrap_or_default() }
        };
    }

    /// Puts the newest crowd among the others.
    fn put_newest_down(&mut self) {
        if self.newest.at != NEVER {
            *self.crowds.get(self.newest.place) = std::mem::take(&mut self.newest.wakers);
            (self.newest.at, self.newest.alias) = (NEVER, NEVER);
        }
    }

    fn enter(&mut self, at: u64, what: What) {
        self.count += 1;
        self.entries.push(Reverse(Entry { at, order: self.count, what }));
    }
}

impl Crowd {
    fn join(&mut self, waker: &Waker) {
        // The data alone tells tasks of one executor apart, so it is looked at first.
        let is_last = |last: &Waker| last.data() == waker.data() && last.will_wake(waker);
        if !self.wakers.last().is_some_and(is_last) {
            self.wakers.push(waker.clone());
        }
    }
}

/// Where a moment stands among the open ones: by Fibonacci hashing, which spreads multiples of a period.
fn index(at: u64) -> usize {
    (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - OPEN_BITS)) as usize
}

/// Things at places that are used again.
struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<usize>,
}

impl<T> Slab<T> {
    const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    fn put(&mut self, thing: T) -> usize {
        if let Some(place) = self.free.pop() {
            self.places[place] = Some(thing);
            return place;
        }
        self.places.push(Some(thing));
        self.places.len() - 1
    }

    fn get(&mut self, place: usize) -> &mut T {
        self.places[place].as_mut().expect("a place is kept until its entry is due")
    }

    fn take(&mut self, place: usize) -> T {
        self.free.push(place);
        self.places[place].take().expect("an entry is due once")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::task::Wake;

    use super::*;

    /// Notes its number when it is woken.
    struct Sleeper(usize, Arc<Mutex<Vec<usize>>>);

    impl Wake for Sleeper {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(self.0);
        }
    }

    /// Takes all that is due: numbers of things, and those of sleepers.
    fn take_all(agenda: &mut Agenda<usize>, now: u64, woken: &Mutex<Vec<usize>>) -> Vec<usize> {
        while let Some(due) = agenda.take(now) {
            match due {
                Due::Thing(thing) => woken.lock().unwrap().push(thing),
                Due::Wakers(mut wakers) => {
                    wakers.drain(..).for_each(Waker::wake);
                    agenda.recycle(wakers);
                }
            }
        }
        std::mem::take(&mut *woken.lock().unwrap())
    }

    #[test]
    fn of_one_moment_what_was_asked_for_first_comes_first() {
        let woken = Arc::new(Mutex::new(Vec::new()));
        let sleeper = |number| Waker::from(Arc::new(Sleeper(number, woken.clone())));
        let mut agenda = Agenda::new();
        agenda.push_waker(20, &sleeper(1));
        agenda.push_waker(10, &sleeper(2));
        agenda.push_waker(20, &sleeper(3));
        agenda.push(20, 4);
        agenda.push_waker(20, &sleeper(5));
        agenda.push(10, 6);
        assert_eq!(agenda.next(), Some(10));
        assert_eq!(take_all(&mut agenda, 9, &woken), []);
        assert_eq!(take_all(&mut agenda, 10, &woken), [2, 6]);
        assert_eq!(take_all(&mut agenda, 25, &woken), [1, 3, 4, 5]);
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn any_order_of_asking_comes_out_as_a_sorted_list_does() {
        let woken = Arc::new(Mutex::new(Vec::new()));
        let mut random = 7_u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let (mut agenda, mut expected, mut now) = (Agenda::new(), Vec::new(), 0);
        for number in 0..2_000 {
            let at = now + next(60);
            match next(3) {
                0 => agenda.push(at, number),
                _ => agenda.push_waker(at, &Waker::from(Arc::new(Sleeper(number, woken.clone())))),
            }
            expected.push((at, number));
            if next(8) == 0 {
                now += next(40);
                let due: Vec<(u64, usize)> = expected.extract_if(.., |(at, _)| *at <= now).collect();
                let mut due = due;
                due.sort();
                let due: Vec<usize> = due.into_iter().map(|(_, number)| number).collect();
                assert_eq!(take_all(&mut agenda, now, &woken), due);
            }
        }
    }

    #[test]
    fn who_calls_a_moment_by_the_same_name_joins_and_a_moment_that_never_comes_wakes_nobody() {
        let woken = Arc::new(Mutex::new(Vec::new()));
        let sleeper = |number| Waker::from(Arc::new(Sleeper(number, woken.clone())));
        let mut agenda = Agenda::<usize>::new();
        agenda.push_waker(NEVER, &sleeper(1));
        agenda.push_waker_as(NEVER, NEVER, &sleeper(2));
        assert!(!agenda.join_newest(NEVER, &sleeper(3)));
        assert!(!agenda.join_newest(3, &sleeper(4)));
        agenda.push_waker_as(3, 3_000, &sleeper(5));
        agenda.push_waker(NEVER, &sleeper(6));
        assert!(agenda.join_newest(3, &sleeper(7)));
        agenda.forget_names();
        assert!(!agenda.join_newest(3, &sleeper(8)));
        agenda.push_waker_as(4, 4_000, &sleeper(9));
        assert_eq!(take_all(&mut agenda, 3_000, &woken), [5, 7]);
        assert!(agenda.join_newest(4, &sleeper(10)));
        assert_eq!(take_all(&mut agenda, NEVER - 1, &woken), [9, 10]);
        assert!(!agenda.join_newest(4, &sleeper(11)), "that moment is over");
        assert_eq!(agenda.next(), None);
    }

    #[test]
    fn sleepers_are_those_who_wait_and_go_on_waiting() {
        let woken = Arc::new(Mutex::new(Vec::new()));
        let sleeper = |number| Waker::from(Arc::new(Sleeper(number, woken.clone())));
        let mut agenda = Agenda::new();
        agenda.push_waker(20, &sleeper(1));
        agenda.push(5, 2);
        agenda.push_waker_as(1, 10, &sleeper(3));
        agenda.push_waker(10, &sleeper(4));
        agenda.push_waker(NEVER, &sleeper(5));
        agenda.sleepers().into_iter().for_each(Waker::wake);
        assert_eq!(std::mem::take(&mut *woken.lock().unwrap()), [3, 4, 1]);
        agenda.push_waker(10, &sleeper(6));
        assert_eq!(take_all(&mut agenda, 20, &woken), [2, 3, 4, 6, 1]);
    }

    #[test]
    fn a_task_that_asks_twice_in_a_row_is_woken_once() {
        static WOKEN: AtomicUsize = AtomicUsize::new(0);
        struct Counter;
        impl Wake for Counter {
            fn wake(self: Arc<Self>) {
                WOKEN.fetch_add(1, Ordering::Relaxed);
            }
        }
        let (mut agenda, waker) = (Agenda::<usize>::new(), Waker::from(Arc::new(Counter)));
        agenda.push_waker(5, &waker);
        agenda.push_waker(5, &waker);
        take_all(&mut agenda, 5, &Mutex::new(Vec::new()));
        assert_eq!(WOKEN.load(Ordering::Relaxed), 1);
    }
}
