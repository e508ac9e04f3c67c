//! `alloc_zeroed`, by a user who writes to every part of the block and so leaves it dirty.

use super::{
    Session, assert_words_kept,
    request::{Requests, WORD_BYTES, give_back, take_zeroed},
};
use std::{
    alloc::GlobalAlloc,
    time::{Duration, Instant},
};

/// A zeroed block is taken, looked at, written to, and freed.
pub(crate) struct Zeroed<A: 'static> {
    allocator: &'static A,
    requests: Requests,
}

/// Bytes from one word that is looked at and written to the next: no OS page is left out.
const STRIDE_BYTES: usize = 1024;

impl<A: GlobalAlloc> Zeroed<A> {
    pub(crate) fn new(allocator: &'static A, bytes: usize) -> Self {
        assert!(bytes.is_multiple_of(WORD_BYTES), "a block must consist of whole words");
        Self { allocator, requests: Requests::of(bytes) }
    }
}

impl<A: GlobalAlloc> Session for Zeroed<A> {
    fn run(&mut self, ops: usize) -> Duration {
        let mut wrong = 0;
        let begin = Instant::now();
        for op in 0..ops {
            let (request, mark) = (self.requests.at(op), op | 1);
            let block = take_zeroed(self.allocator, request);
            let last = request.bytes() - WORD_BYTES;
            for offset in (0..last).step_by(STRIDE_BYTES).chain([last]) {
                // SAFETY: `offset` is at most one word before the block's end.
                let word = unsafe { block.add(offset) }.cast::<usize>();
                // SAFETY: the word lies in the block and is aligned: `STRIDE_BYTES` and the size
                // are multiples of a word; a zeroed block is written.
                wrong += usize::from(unsafe { word.read() } != 0);
                // SAFETY: as for the read.
                unsafe { word.write(mark) };
            }
            // SAFETY: taken above with the same request.
            wrong += unsafe { give_back(self.allocator, block, request, mark) };
        }
        let elapsed = begin.elapsed();
        assert_words_kept(wrong);
        elapsed
    }
}
