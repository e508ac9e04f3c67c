//! The operations that random programs are made of. The model test makes their bytes from a seed,
//! the fuzzer from its corpus.

use arbitrary::{Arbitrary, Result, Unstructured};

/// Threads of a random program.
pub(crate) const LANES: u8 = 4;

/// Places for blocks in each thread; a power of two.
pub(crate) const SLOTS: u8 = 64;

/// What one thread does. A `slot` that holds no block makes `Free`, `Realloc` and `Send` do
/// nothing; one that holds a block is freed before it is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// Fill `slot` with a block.
    Alloc { slot: u8, size: usize, align: usize },
    /// Fill `slot` with a zeroed block.
    Zeroed { slot: u8, size: usize, align: usize },
    /// Grow or shrink the block at `slot`.
    Realloc { slot: u8, size: usize },
    /// Free the block at `slot`.
    Free { slot: u8 },
    /// Hand the block at `slot` to the thread `lane`.
    Send { slot: u8, lane: u8 },
    /// `PoolAlloc::collect()`.
    Collect,
    /// End the thread; a new one goes on with its blocks.
    ThreadExit,
}

/// One operation of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) lane: u8,
    pub(crate) op: Op,
}

impl<'a> Arbitrary<'a> for Step {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let lane = bytes.arbitrary::<u8>()? % LANES;
        let kind: u8 = bytes.arbitrary()?;
        let slot = bytes.arbitrary::<u8>()? % SLOTS;
        let op = match kind {
            0..90 => Op::Alloc { slot, size: size(bytes)?, align: align(bytes)? },
            90..120 => Op::Zeroed { slot, size: size(bytes)?, align: align(bytes)? },
            120..160 => Op::Realloc { slot, size: size(bytes)? },
            160..200 => Op::Free { slot },
            200..252 => Op::Send { slot, lane: bytes.arbitrary::<u8>()? % LANES },
            252 | 253 => Op::Collect,
            254.. => Op::ThreadExit,
        };
        Ok(Self { lane, op })
    }

    fn size_hint(_depth: usize) -> (usize, Option<usize>) {
        (3, Some(10))
    }
}

/// A size: small ones often, each order of magnitude alike; one in 32 is above 32 KiB, one in 128
/// above 1 MiB.
fn size(bytes: &mut Unstructured<'_>) -> Result<usize> {
    let bits = match bytes.arbitrary::<u8>()? {
        choice @ 0..192 => choice % 11,
        choice @ 192..248 => 11 + choice % 5,
        choice @ 248..254 => 15 + choice % 6,
        254.. => 22,
    };
    let below = bytes.arbitrary::<u32>()? % (1 << bits);
    let half = if bits == 0 { 1 } else { 1 << (bits - 1) };
    Ok(half + usize::try_from(below).expect("usize has 32 bits") / 2)
}

/// An alignment: mostly that of a word, seldom up to 4 MiB.
fn align(bytes: &mut Unstructured<'_>) -> Result<usize> {
    Ok(match bytes.arbitrary::<u8>()? {
        choice @ 0..160 => 1 << (choice % 4),
        choice @ 160..240 => 1 << (choice % 8),
        choice @ 240..254 => 1 << (choice % 17),
        choice @ 254.. => 1 << (17 + u32::from(choice) % 6),
    })
}

/// The program that `bytes` spell.
pub(crate) fn decode(bytes: &[u8]) -> Vec<Step> {
    let mut bytes = Unstructured::new(bytes);
    let mut steps = Vec::new();
    while !bytes.is_empty() {
        let Ok(step) = Step::arbitrary(&mut bytes) else { break };
        steps.push(step);
    }
    steps
}

/// The program of `seed`: `length` bytes of it.
pub(crate) fn from_seed(seed: u64, length: usize) -> Vec<Step> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; length];
    rng.fill(&mut bytes);
    decode(&bytes)
}
