//! Chance, always the same from the same seed.

use chrono::{Days, NaiveDate};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

use crate::db::{Id, Instant};

/// A generator whose algorithm has a name, so that no update of a library makes another province of a seed.
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// `stream` tells generators of one seed apart.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }

    /// `0..n`; 0 when there is nothing to choose from.
    pub(super) fn below(&mut self, n: usize) -> usize {
        if n < 2 { 0 } else { self.0.random_range(0..n) }
    }

    /// Both ends included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        if low >= high { low } else { self.0.random_range(low..=high) }
    }

    pub(super) fn factor(&mut self, low: f64, high: f64) -> f64 {
        self.0.random_range(low..high)
    }

    /// A day of `from..=to`; `from` when there is none.
    pub(super) fn day(&mut self, from: NaiveDate, to: NaiveDate) -> NaiveDate {
        let span = u64::try_from((to - from).num_days()).unwrap_or(0);
        from + Days::new(self.between(0, span))
    }

    /// One of a list that is not empty.
    pub(super) fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0.random()
    }
}

/// Things of different weight.
pub(super) struct Weighted<T> {
    items: Vec<T>,
    up_to: Vec<u64>,
}

impl<T: Copy> Weighted<T> {
    pub(super) fn of(weights: impl IntoIterator<Item = (T, u64)>) -> Self {
        let mut total = 0;
        let (items, up_to) = weights
            .into_iter()
            .map(|(item, weight)| {
                total += weight;
                (item, total)
            })
            .unzip();
        Self { items, up_to }
    }

    pub(super) fn roll(&self, dice: &mut Dice) -> T {
        let total = self.up_to.last().copied().unwrap_or(0);
        let at = dice.between(1, total.max(1));
        self.items[self.up_to.partition_point(|up_to| *up_to < at)]
    }
}

/// Ids of version 7 in rising order, the same from the same seed on the same day.
pub(super) struct Ids {
    start: u64,
    made: u64,
    dice: Dice,
}

impl Ids {
    pub(super) fn new(seed: u64, stream: u64, from: Instant) -> Self {
        let start = u64::try_from(from.millis()).unwrap_or(0) + stream * 10_000;
        Self { start, made: 0, dice: Dice::new(seed, 1_000 + stream) }
    }

    pub(super) fn make(&mut self) -> Id {
        let (millis, step) = (self.start + self.made / 4096, self.made % 4096);
        self.made += 1;
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6..8].copy_from_slice(&(0x7000 | step as u16).to_be_bytes());
        bytes[8..].copy_from_slice(&(0x8000_0000_0000_0000 | (self.dice.bits() >> 2)).to_be_bytes());
        Id::from_bytes(&bytes).unwrap_or_else(Id::nil)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_and_are_of_version_7() {
        let mut ids = Ids::new(7, 1, Instant::from_millis(1_790_000_000_000));
        let made: Vec<Id> = (0..10_000).map(|_| ids.make()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]) && made.iter().all(Id::is_v7));
        assert_eq!(made[3], Ids::new(7, 1, Instant::from_millis(1_790_000_000_000)).make_nth(3));
    }

    impl Ids {
        fn make_nth(&mut self, n: usize) -> Id {
            (0..n).for_each(|_| {
                self.make();
            });
            self.make()
        }
    }

    #[test]
    fn weights_weigh() {
        let (mut dice, weighted) = (Dice::new(1, 1), Weighted::of([("a", 1), ("b", 0), ("c", 3)]));
        let rolled: Vec<_> = (0..4000).map(|_| weighted.roll(&mut dice)).collect();
        let count = |item| rolled.iter().filter(|rolled| **rolled == item).count();
        assert_eq!(count("b"), 0);
        assert!((2800..3200).contains(&count("c")));
    }
}
