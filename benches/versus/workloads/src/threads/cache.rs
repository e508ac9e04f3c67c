//! False sharing that an allocator induces: the pattern of Hoard's `cache-scratch` and
//! `cache-thrash` (Berger et al., ASPLOS 2000).
//!
//! Two blocks on one cache line, written to by two threads, make the line travel. *Actively*
//! (thrash): the allocator gives blocks of one line to two threads. *Passively* (scratch): one
//! thread takes blocks of one line and hands them to others, which free them and get them again.
//!
//! Nearly all of the time goes into writes to the blocks, so a row says what the layout costs and
//! not what the calls cost. Each size has a twin whose blocks are padded to 128 B and aligned to
//! them: two lines, since some machines fetch lines in pairs. In the twin no line has two writers,
//! whoever the allocator is.

use crate::{Group, Params, Workload, team};
use std::hint::black_box;

/// Blocks that each thread writes to. The published benchmark has one; with eight,
/// neighbours of one line belong to two threads wherever the first block lies.
const BLOCKS: usize = 8;

/// Times that a thread frees its blocks and takes others.
const LIVES: u32 = 1000;

/// Writes to the blocks of a thread in each life.
const WRITES: usize = 400_000;

/// What is written to.
trait Words: Send {
    fn new() -> Self;
    fn words(&mut self) -> &mut [u64];
}

/// As large as its words.
struct Plain<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Words for Plain<WORDS> {
    fn new() -> Self {
        Self([0; WORDS])
    }

    fn words(&mut self) -> &mut [u64] {
        &mut self.0
    }
}

/// On lines of its own.
#[repr(align(128))]
struct Padded<const WORDS: usize>([u64; WORDS]);

impl<const WORDS: usize> Words for Padded<WORDS> {
    fn new() -> Self {
        Self([0; WORDS])
    }

    fn words(&mut self) -> &mut [u64] {
        &mut self.0
    }
}

/// The blocks of one thread.
type Hand<W> = Vec<Box<W>>;

/// Where a thread writes, step by step: which block, which word of it. Drawn at random: two threads
/// that went through their blocks in order would fall into a step in which they never meet.
struct Walk(Vec<(usize, usize)>);

impl Walk {
    const STEPS: usize = 2000;

    fn new<W: Words>(thread: usize) -> Self {
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        let words = W::new().words().len();
        Self((0..Self::STEPS).map(|_| (rng.usize(..BLOCKS), rng.usize(..words))).collect())
    }

    /// Adds one wherever it leads.
    fn write<W: Words>(&self, hand: &mut Hand<W>) {
        for _ in 0..WRITES / Self::STEPS {
            for &(block, word) in &self.0 {
                hand[block].words()[word] += 1;
            }
            black_box(&mut *hand);
        }
    }
}

/// What was written, and the blocks freed.
fn free<W: Words>(hand: &mut Hand<W>) -> u64 {
    hand.drain(..).fold(0, |sum, mut block| {
        block.words().iter().fold(sum, |sum: u64, &word| sum.wrapping_add(word))
    })
}

/// Writes to `hand`, frees it, takes as many blocks, and so on.
fn lives<W: Words>(mut hand: Hand<W>, walk: &Walk, count: usize) -> u64 {
    (0..count).fold(0, |sum: u64, _| {
        if hand.is_empty() {
            hand.extend((0..BLOCKS).map(|_| Box::new(W::new())));
        }
        walk.write(&mut hand);
        sum.wrapping_add(free(&mut hand))
    })
}

/// One for each thread.
fn walks<W: Words>(params: &Params<'_>) -> Vec<Walk> {
    (0..params.threads).map(Walk::new::<W>).collect()
}

/// Each thread takes its own blocks.
fn thrash<W: Words>(params: &Params<'_>) -> u64 {
    let (count, walks) = (params.count(LIVES), walks::<W>(params));
    params.start();
    team::sum(params.threads, |thread| {
        lives::<W>(Vec::with_capacity(BLOCKS), &walks[thread], count)
    })
}

/// The first blocks of all threads are taken by one thread, in turn.
fn scratch<W: Words>(params: &Params<'_>) -> u64 {
    let (count, walks) = (params.count(LIVES), walks::<W>(params));
    params.start();
    let mut hands: Vec<Hand<W>> = (0..params.threads).map(|_| Vec::with_capacity(BLOCKS)).collect();
    for _ in 0..BLOCKS {
        hands.iter_mut().for_each(|hand| hand.push(Box::new(W::new())));
    }
    std::thread::scope(|scope| {
        let team = hands
            .into_iter()
            .zip(&walks)
            .map(|(hand, walk)| scope.spawn(move || lives(hand, walk, count)));
        team::join_all(team.collect())
    })
}

const fn row(name: &'static str, about: &'static str, run: fn(&Params<'_>) -> u64) -> Workload {
    Workload { name, group: Group::Threads, about, run }
}

const SCRATCHED: &str = "threads write to blocks that one thread took, free them, take others";
const THRASHED: &str = "threads take blocks, write to them, free them";

/// Passive false sharing. Sizes: 8 to 96 B. Lifetimes: 400 000 writes of the thread. Remote frees:
/// one in 1000, the first blocks of each thread.
pub(super) const SCRATCH: [Workload; 10] = [
    row("cache-scratch-8", SCRATCHED, scratch::<Plain<1>>),
    row("cache-scratch-8-padded", SCRATCHED, scratch::<Padded<1>>),
    row("cache-scratch-48", SCRATCHED, scratch::<Plain<6>>),
    row("cache-scratch-48-padded", SCRATCHED, scratch::<Padded<6>>),
    row("cache-scratch-64", SCRATCHED, scratch::<Plain<8>>),
    row("cache-scratch-64-padded", SCRATCHED, scratch::<Padded<8>>),
    row("cache-scratch-72", SCRATCHED, scratch::<Plain<9>>),
    row("cache-scratch-72-padded", SCRATCHED, scratch::<Padded<9>>),
    row("cache-scratch-96", SCRATCHED, scratch::<Plain<12>>),
    row("cache-scratch-96-padded", SCRATCHED, scratch::<Padded<12>>),
];

/// Active false sharing. Sizes: 8 to 96 B. Lifetimes: 400 000 writes of the thread. Remote frees:
/// none.
pub(super) const THRASH: [Workload; 10] = [
    row("cache-thrash-8", THRASHED, thrash::<Plain<1>>),
    row("cache-thrash-8-padded", THRASHED, thrash::<Padded<1>>),
    row("cache-thrash-48", THRASHED, thrash::<Plain<6>>),
    row("cache-thrash-48-padded", THRASHED, thrash::<Padded<6>>),
    row("cache-thrash-64", THRASHED, thrash::<Plain<8>>),
    row("cache-thrash-64-padded", THRASHED, thrash::<Padded<8>>),
    row("cache-thrash-72", THRASHED, thrash::<Plain<9>>),
    row("cache-thrash-72-padded", THRASHED, thrash::<Padded<9>>),
    row("cache-thrash-96", THRASHED, thrash::<Plain<12>>),
    row("cache-thrash-96-padded", THRASHED, thrash::<Padded<12>>),
];
