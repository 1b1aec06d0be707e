//! Draws that are the same for the same seed.

/// Where the draws begin, as with the random tests; 1 if nothing is said.
///
/// # Panics
/// When what is said is no number.
#[expect(clippy::expect_used, reason = "a test can't go on without")]
pub fn seed() -> u64 {
    match std::env::var("PROPTEST_RNG_SEED") {
        Ok(seed) => seed.parse().expect("PROPTEST_RNG_SEED is a number"),
        Err(_unset) => 1,
    }
}

/// Draws the same for the same seed and purpose.
///
/// *Source:* `SplitMix64`, Steele, Lea and Flood 2014.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// The draws of a seed for one purpose.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut draw = Self(seed);
        Self(draw.next() ^ purpose.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0, below a limit that is above 0.
    ///
    /// # Panics
    /// Where the limit is 0.
    #[expect(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        reason = "below a usize"
    )]
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// One of these, of which there are some.
    ///
    /// # Panics
    /// Where there are none.
    #[expect(clippy::indexing_slicing, reason = "below their number")]
    pub fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}
