//! Blocks that die on the thread they were born on: pairs, batches, random victims.

use super::{
    Session, assert_words_kept,
    request::{Requests, give_back, take},
};
use std::{
    alloc::GlobalAlloc,
    time::{Duration, Instant},
};

/// Alloc, write, read, free; one block at a time.
pub(crate) struct Pairs<A: 'static> {
    allocator: &'static A,
    requests: Requests,
}

impl<A: GlobalAlloc> Pairs<A> {
    pub(crate) fn new(allocator: &'static A, requests: Requests) -> Self {
        Self { allocator, requests }
    }
}

impl<A: GlobalAlloc> Session for Pairs<A> {
    fn run(&mut self, ops: usize) -> Duration {
        let mut wrong = 0;
        let begin = Instant::now();
        for op in 0..ops {
            let request = self.requests.at(op);
            let block = take(self.allocator, request, op);
            // SAFETY: taken on the line above with the same request.
            wrong += unsafe { give_back(self.allocator, block, request, op) };
        }
        let elapsed = begin.elapsed();
        assert_words_kept(wrong);
        elapsed
    }
}

/// In which order a batch is freed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// The newest block first.
    Lifo,
    /// The oldest block first.
    Fifo,
    /// A fixed random order.
    Shuffled,
}

/// [`Batches::BLOCKS`] blocks are taken, then all are freed.
pub(crate) struct Batches<A: 'static> {
    allocator: &'static A,
    requests: Requests,
    /// Indices into `blocks`.
    order: Vec<usize>,
    blocks: Vec<*mut u8>,
}

/// Blocks in one batch.
pub(crate) const BATCH_BLOCKS: usize = 1000;

impl<A: GlobalAlloc> Batches<A> {
    pub(crate) fn new(allocator: &'static A, requests: Requests, order: Order) -> Self {
        let mut indices: Vec<usize> = (0..BATCH_BLOCKS).collect();
        match order {
            Order::Lifo => indices.reverse(),
            Order::Fifo => {}
            Order::Shuffled => fastrand::Rng::with_seed(1000).shuffle(&mut indices),
        }
        let blocks = vec![core::ptr::null_mut(); BATCH_BLOCKS];
        Self { allocator, requests, order: indices, blocks }
    }
}

impl<A: GlobalAlloc> Session for Batches<A> {
    fn run(&mut self, ops: usize) -> Duration {
        let mut wrong = 0;
        let begin = Instant::now();
        for op in 0..ops {
            for (index, slot) in self.blocks.iter_mut().enumerate() {
                *slot = take(self.allocator, self.requests.at(index), op ^ index);
            }
            for &index in &self.order {
                let (block, request) = (self.blocks[index], self.requests.at(index));
                // SAFETY: taken above with the same request; `order` names each block once.
                wrong += unsafe { give_back(self.allocator, block, request, op ^ index) };
            }
        }
        let elapsed = begin.elapsed();
        assert_words_kept(wrong);
        elapsed
    }
}

/// Many live blocks; a random one is freed and another taken in its place.
pub(crate) struct Victims<A: GlobalAlloc + 'static> {
    allocator: &'static A,
    requests: Requests,
    live: Vec<Live>,
    rng: fastrand::Rng,
    /// Counts the requests made.
    turn: usize,
}

/// Each block holds its own number as its word.
struct Live {
    block: *mut u8,
    /// The number of the request that it was taken with.
    turn: usize,
}

/// Blocks that live at any time.
const LIVE_BLOCKS: usize = 100_000;

impl<A: GlobalAlloc> Victims<A> {
    pub(crate) fn new(allocator: &'static A, requests: Requests) -> Self {
        let live = (0..LIVE_BLOCKS)
            .map(|turn| Live { block: take(allocator, requests.at(turn), turn), turn })
            .collect();
        let rng = fastrand::Rng::with_seed(100_000);
        Self { allocator, requests, live, rng, turn: LIVE_BLOCKS }
    }
}

impl<A: GlobalAlloc> Session for Victims<A> {
    fn run(&mut self, ops: usize) -> Duration {
        let mut wrong = 0;
        let begin = Instant::now();
        for _ in 0..ops {
            let victim = &mut self.live[self.rng.usize(..LIVE_BLOCKS)];
            let request = self.requests.at(victim.turn);
            // SAFETY: every entry of `live` is live and was taken with the request of its turn; it
            // is replaced below.
            wrong += unsafe { give_back(self.allocator, victim.block, request, victim.turn) };
            let block = take(self.allocator, self.requests.at(self.turn), self.turn);
            *victim = Live { block, turn: self.turn };
            self.turn += 1;
        }
        let elapsed = begin.elapsed();
        assert_words_kept(wrong);
        elapsed
    }
}

impl<A: GlobalAlloc> Drop for Victims<A> {
    fn drop(&mut self) {
        for Live { block, turn } in self.live.drain(..) {
            // SAFETY: every entry of `live` is live and was taken with the request of its turn.
            let wrong = unsafe { give_back(self.allocator, block, self.requests.at(turn), turn) };
            // A drop during an unwinding must not panic itself.
            if !std::thread::panicking() {
                assert_words_kept(wrong);
            }
        }
    }
}
