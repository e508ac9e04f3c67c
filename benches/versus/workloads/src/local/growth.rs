//! Memory that grows: vectors and strings by pushes, large buffers by realloc.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};
use std::hint::black_box;

/// Collections that nobody gave a capacity: the reallocs of `Vec::push` and `String::push_str`.
///
/// Sizes: 32 B to 128 KiB, doubled. Lifetimes: a vector until it has been read; 64 strings at a
/// time. Remote frees: none.
pub(super) const VEC_GROWTH: Workload = Workload {
    name: "vec-growth",
    group: Group::Local,
    about: "vectors and strings pushed full from nothing, up to 128 KiB",
    run: vec_growth,
};

/// Buffers that a reader fills without knowing the end.
///
/// Sizes: 64 KiB to 24 MiB in steps of a quarter; three buffers grow in turn, so the space behind
/// one may be taken by another; then each shrinks to its half. Lifetimes: until all three are full.
/// Remote frees: none.
pub(super) const REALLOC_LARGE: Workload = Workload {
    name: "realloc-large",
    group: Group::Local,
    about: "three buffers grow in turn from 64 KiB to 24 MiB and shrink to their half",
    run: realloc_large,
};

/// Most words in a vector: 128 KiB.
const WORDS: u32 = 16 << 10;

/// Strings that are built in turn.
const STRINGS: usize = 64;

/// Pieces in a string.
const PIECES: usize = 40;

fn vec_growth(params: &Params<'_>) -> u64 {
    let lengths = Sizes::mostly_small(4, WORDS, 4);
    let pieces = Sizes::even(1..=40, 40);
    let text = "a piece of text that is longer than any that is asked for";
    let rounds = params.count(15_000);
    params.start();
    team::sum(params.threads, |_| {
        let mut sum = 0_u64;
        for round in 0..rounds {
            let mut words = Vec::new();
            for word in 0..black_box(lengths.at(round)) as u64 {
                words.push(word);
            }
            sum = words.iter().fold(sum, |sum, &word| sum.wrapping_add(word));

            let mut strings = vec![String::new(); STRINGS];
            for index in 0..STRINGS * PIECES {
                strings[index % STRINGS].push_str(&text[..pieces.at(round + index)]);
            }
            sum = strings.iter().fold(sum, |sum, string| {
                let last = string.as_bytes()[string.len() - 1];
                sum.wrapping_add(string.len() as u64).wrapping_add(last.into())
            });
        }
        sum
    })
}

/// Bytes of a buffer at first and at last.
const BUFFER_BYTES: (usize, usize) = (64 << 10, 24 << 20);

fn realloc_large(params: &Params<'_>) -> u64 {
    let rounds = params.count(18);
    params.start();
    team::sum(params.threads, |_| {
        (0..rounds).fold(0, |sum: u64, round| {
            let mut buffers: Vec<_> =
                (0..3).map(|index| Block::new(BUFFER_BYTES.0, round as u64 + index)).collect();
            let mut bytes = BUFFER_BYTES.0;
            while bytes < BUFFER_BYTES.1 {
                bytes = (bytes + bytes / 4).min(BUFFER_BYTES.1);
                buffers.iter_mut().for_each(|buffer| buffer.resize(bytes));
            }
            buffers.iter_mut().for_each(|buffer| buffer.resize(bytes / 2));
            sum.wrapping_add(free_all(buffers))
        })
    })
}
