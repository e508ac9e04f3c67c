//! A vector that grows by pushes: alloc, reallocs, free. `Vec` itself would use the program's
//! global allocator, so there is a small one here.

use super::{
    Session,
    request::{Request, WORD_BYTES, give_back, regrow, take},
};
use std::{
    alloc::GlobalAlloc,
    hint::black_box,
    time::{Duration, Instant},
};

/// Words in the first block, as in `Vec<usize>`; every further one has twice as many.
const FIRST_WORDS: usize = 4;

/// A growing array of words. Invariant: if `capacity` is not zero, `words` came from `allocator`
/// with `Request::new(capacity * WORD_BYTES)`; the first `length <= capacity` words are written.
struct Words<A: GlobalAlloc + 'static> {
    allocator: &'static A,
    words: *mut u8,
    length: usize,
    capacity: usize,
}

impl<A: GlobalAlloc> Words<A> {
    fn new(allocator: &'static A) -> Self {
        Self { allocator, words: core::ptr::null_mut(), length: 0, capacity: 0 }
    }

    #[inline]
    fn push(&mut self, word: usize) {
        if self.length == self.capacity {
            self.grow();
        }
        // SAFETY: the invariant: `length < capacity` words fit.
        let end = unsafe { self.words.cast::<usize>().add(self.length) };
        // SAFETY: `end` lies in the block, aligned for a word.
        unsafe { end.write(word) };
        self.length += 1;
    }

    #[inline(never)]
    fn grow(&mut self) {
        if self.capacity == 0 {
            self.capacity = FIRST_WORDS;
            self.words = take(self.allocator, Request::new(FIRST_WORDS * WORD_BYTES), 0);
        } else {
            let from = Request::new(self.capacity * WORD_BYTES);
            self.capacity *= 2;
            let to = Request::new(self.capacity * WORD_BYTES);
            // SAFETY: the invariant.
            self.words = unsafe { regrow(self.allocator, self.words, from, to) };
        }
    }

    fn at(&self, index: usize) -> usize {
        assert!(index < self.length, "a word must have been pushed before it is read");
        // SAFETY: `index < length`, so the word lies in the block.
        let word = unsafe { self.words.cast::<usize>().add(index) };
        // SAFETY: the invariant: the first `length` words are written.
        unsafe { word.read() }
    }
}

impl<A: GlobalAlloc> Drop for Words<A> {
    fn drop(&mut self) {
        if self.capacity != 0 {
            let (request, first) = (Request::new(self.capacity * WORD_BYTES), self.at(0));
            // SAFETY: the invariant; nothing uses the words after drop.
            let _kept = unsafe { give_back(self.allocator, self.words, request, first) };
        }
    }
}

/// A vector is pushed full, looked at, and dropped.
pub(crate) struct Growth<A: 'static> {
    allocator: &'static A,
    /// How many pushes.
    words: usize,
}

impl<A: GlobalAlloc> Growth<A> {
    pub(crate) fn new(allocator: &'static A, words: usize) -> Self {
        Self { allocator, words }
    }
}

impl<A: GlobalAlloc> Session for Growth<A> {
    fn run(&mut self, ops: usize) -> Duration {
        let begin = Instant::now();
        for op in 0..ops {
            let mut vector = Words::new(self.allocator);
            for index in 0..black_box(self.words) {
                vector.push(op ^ index);
            }
            for index in [0, self.words / 2, self.words - 1] {
                assert_eq!(vector.at(index), op ^ index, "a word was lost when its vector grew");
            }
        }
        begin.elapsed()
    }
}
