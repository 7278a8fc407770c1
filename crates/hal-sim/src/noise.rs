//! Noise on analog inputs: drawn from a seed, so that it is the same in each run.

use std::cell::RefCell;

use crate::world::Random;

/// Channels of the converter that have noise: their number, the most that it is, and what it is drawn from.
type Noisy = Vec<(u8, u16, Random)>;

thread_local! {
    static NOISY: RefCell<Noisy> = const { RefCell::new(Vec::new()) };
}

/// From now on a channel has so many millivolts of noise at most, up or down.
pub(crate) fn set(channel: u8, millivolts: u16, seed: u64) {
    NOISY.with_borrow_mut(|noisy| {
        noisy.retain(|(other, ..)| *other != channel);
        if millivolts > 0 {
            noisy.push((channel, millivolts, Random(seed)));
        }
    });
}

/// What a channel measures in place of its voltage, this time.
pub(crate) fn on(channel: u8, millivolts: u16) -> u16 {
    NOISY.with_borrow_mut(|noisy| {
        let Some((_, most, random)) = noisy.iter_mut().find(|(other, ..)| *other == channel) else {
            return millivolts;
        };
        let spread = 2 * u64::from(*most) + 1;
        let noise = (random.next() % spread) as i32 - i32::from(*most);
        (i32::from(millivolts) + noise).clamp(0, u16::MAX.into()) as u16
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_for_the_same_seed_and_never_more_than_said() {
        let draw = |seed| {
            set(1, 20, seed);
            (0..200).map(|_| on(1, 1_000)).collect::<Vec<u16>>()
        };
        let first = draw(7);
        assert_eq!(first, draw(7));
        assert_ne!(first, draw(8));
        assert!(first.iter().all(|value| (980..=1_020).contains(value)));
        assert!(first.contains(&980) && first.contains(&1_020), "both ends are reached");
        assert_eq!(on(2, 500), 500, "another channel has none");
        set(1, 0, 0);
        assert_eq!(on(1, 1_000), 1_000);
    }

    // `it is drawn as the simulation draws it` in crates/sim/emulator/test/noise.test.mjs has the same numbers.
    #[test]
    fn it_is_drawn_as_the_emulator_draws_it() {
        set(3, 20, 7);
        let first: Vec<u16> = (0..6).map(|_| on(3, 1_000)).collect();
        assert_eq!(first, [993, 1_017, 1_009, 1_010, 994, 1_017]);
    }
}
