//! Draws that are the same for the same seed.
#![allow(dead_code, reason = "each test program uses its own part")]

/// Where the draws begin, as with the random tests; 1 if nothing is said.
pub(crate) fn seed() -> u64 {
    match std::env::var("PROPTEST_RNG_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_unset) => 1,
    }
}

/// Draws the same for the same seed and purpose.
///
/// *Source:* `SplitMix64`, Steele, Lea and Flood 2014.
pub(crate) struct Draw(u64);

impl Draw {
    /// The draws of a seed for one purpose.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut draw = Self(seed);
        Self(draw.next() ^ purpose.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0, below a limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap();
        usize::try_from(self.next() % limit).unwrap()
    }

    /// One of these.
    pub(crate) fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}
