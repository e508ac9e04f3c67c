//! How every workload calls the allocator under test: the same few functions for all of them.
//!
//! The calls are direct `GlobalAlloc` calls: what an allocator marks `#[inline]` may be inlined.
//! The layouts come from a table in memory, so no size is known when the bench is compiled, and no
//! arithmetic on a size can leave the measured loop. A block's address goes through a register that
//! the compiler cannot see into, so an alloc and its free cannot be merged; unlike
//! [`std::hint::black_box`] this costs no trip through the stack.

use core::arch::asm;
use std::alloc::{GlobalAlloc, Layout, handle_alloc_error};

/// A layout with room for the word that the workloads write. Invariant: at least [`WORD_BYTES`]
/// bytes, aligned to a word.
#[derive(Clone, Copy)]
pub(crate) struct Request(Layout);

/// Bytes of the word that marks a block.
pub(crate) const WORD_BYTES: usize = size_of::<usize>();

impl Request {
    /// A request for `bytes`, aligned as a `Box` of words is.
    pub(crate) fn new(bytes: usize) -> Self {
        assert!(bytes >= WORD_BYTES, "a block must have room for the word that marks it");
        Self(Layout::from_size_align(bytes, WORD_BYTES).expect("a size far below isize::MAX"))
    }

    /// Bytes asked for.
    pub(crate) fn bytes(self) -> usize {
        self.0.size()
    }
}

/// Requests in memory, to be read one after the other for ever.
pub(crate) struct Requests(Box<[Request; Requests::COUNT]>);

impl Requests {
    /// A power of two; 8 KiB of table leaves most of a first-level cache to the blocks.
    const COUNT: usize = 512;

    /// Every request asks for `bytes`.
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Box::new([Request::new(bytes); Self::COUNT]))
    }

    /// Sizes drawn evenly from 16..=512, the same in every run.
    pub(crate) fn mixed() -> Self {
        let mut rng = fastrand::Rng::with_seed(16_512);
        Self(Box::new(std::array::from_fn(|_| Request::new(rng.usize(16..=512)))))
    }

    /// The request number `index`, counted round the table.
    #[inline]
    pub(crate) fn at(&self, index: usize) -> Request {
        self.0[index % Self::COUNT]
    }
}

/// `block`, of which the compiler no longer knows where it came from.
#[inline]
fn opaque(mut block: *mut u8) -> *mut u8 {
    // SAFETY: no instruction is executed, so nothing but the compiler's knowledge changes.
    unsafe { asm!("/* {0} */", inout(reg) block, options(nostack, preserves_flags)) };
    block
}

/// A new block that holds `word`.
#[inline]
pub(crate) fn take<A: GlobalAlloc>(allocator: &A, request: Request, word: usize) -> *mut u8 {
    // SAFETY: the invariant of `Request`: the size is not zero.
    let block = opaque(unsafe { allocator.alloc(request.0) });
    if block.is_null() {
        handle_alloc_error(request.0);
    }
    // SAFETY: the allocator's contract and the invariant of `Request`: an aligned word fits.
    unsafe { block.cast::<usize>().write(word) };
    opaque(block)
}

/// A new block of zeros.
#[inline]
pub(crate) fn take_zeroed<A: GlobalAlloc>(allocator: &A, request: Request) -> *mut u8 {
    // SAFETY: the invariant of `Request`: the size is not zero.
    let block = opaque(unsafe { allocator.alloc_zeroed(request.0) });
    if block.is_null() {
        handle_alloc_error(request.0);
    }
    block
}

/// Frees a block; 1 if it did not hold `word` any more, else 0.
///
/// # Safety
///
/// `block` is live and came from `allocator` with `request`; its first word was written; it is not
/// used again.
#[inline]
#[must_use]
pub(crate) unsafe fn give_back<A: GlobalAlloc>(
    allocator: &A,
    block: *mut u8,
    request: Request,
    word: usize,
) -> usize {
    // SAFETY: the caller's promise, and the invariant of `Request`: an aligned word is there.
    let found = unsafe { block.cast::<usize>().read() };
    // SAFETY: the caller's promise.
    unsafe { allocator.dealloc(opaque(block), request.0) };
    usize::from(found != word)
}

/// The block moved to one of `to`, where its first bytes are what they were.
///
/// # Safety
///
/// `block` is live and came from `allocator` with `from`; it is not used again.
#[inline]
pub(crate) unsafe fn regrow<A: GlobalAlloc>(
    allocator: &A,
    block: *mut u8,
    from: Request,
    to: Request,
) -> *mut u8 {
    // SAFETY: the caller's promise; the new size is not zero and, aligned to a word, far below
    // isize::MAX: `Request::new` built a layout of it.
    let block = opaque(unsafe { allocator.realloc(block, from.0, to.bytes()) });
    if block.is_null() {
        handle_alloc_error(to.0);
    }
    block
}
