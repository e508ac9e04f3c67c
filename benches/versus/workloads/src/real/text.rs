//! Text that looks like text to a library: few words are frequent, many are rare.

use std::fmt::Write;

/// Words of 2 to 12 letters.
#[derive(Debug)]
pub(super) struct Vocabulary(Vec<String>);

impl Vocabulary {
    /// That many words, some of them twice.
    pub(super) fn new(words: usize, rng: &mut fastrand::Rng) -> Self {
        let word = |_| (0..rng.usize(2..=12)).map(|_| rng.lowercase()).collect();
        Self((0..words).map(word).collect())
    }

    /// A word; the first ones are the most frequent, the last ones are very rare.
    pub(super) fn word(&self, rng: &mut fastrand::Rng) -> &str {
        // One even draw bounds the next: each doubling of the rank is about as likely as the next.
        let mut rank = self.0.len();
        for _ in 0..3 {
            rank = rng.usize(..=rank.min(self.0.len() - 1));
        }
        &self.0[rank]
    }

    /// That many words, with spaces between them and a line end after every twelfth.
    pub(super) fn text(&self, words: usize, rng: &mut fastrand::Rng) -> String {
        let mut text = String::new();
        for index in 1..=words {
            let end = if index % 12 == 0 { '\n' } else { ' ' };
            write!(text, "{}{end}", self.word(rng)).expect("a string takes all text");
        }
        text
    }
}

/// A number that depends on every byte and its place (FNV-1a, 64 bits).
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
