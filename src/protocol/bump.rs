//! Memory handed out from chunks in order, and never given back: the allocator's own records.
//!
//! # Protocol
//!
//! | step | who            | operation                          | ordering |
//! |------|----------------|------------------------------------|----------|
//! | U1   | any            | load `current`                     | Acquire  |
//! | U2   | any            | `used.fetch_add(bytes)`            | Relaxed  |
//! | U3   | U2 past the end| CAS `current`: seen -> fresh chunk | Release  |
//!
//! # Invariants
//!
//! * **K1** The bytes between two values of `used` belong to the one caller whose U2 stepped over
//!   them.
//! * **K2** A chunk in `current` has its header written. Where two threads bring a chunk at once,
//!   the second one's goes back; so at most the tail of each chunk is wasted.
//!
//! There is no ABA: a chunk that was current is never given back.

use crate::sync::{AtomicPtr, AtomicUsize, Ordering};
use core::ptr::{self, NonNull};

/// Bytes in front of a chunk that are its header's; every piece is a multiple of it, so this is
/// also the alignment: two cache lines, which some processors fetch at once.
pub(crate) const ALIGN: usize = 128;

/// The start of a chunk.
#[derive(Debug)]
struct Chunk {
    /// Bytes handed out, the header included; may run past the end.
    used: AtomicUsize,
}

const _: () = assert!(size_of::<Chunk>() <= ALIGN);

/// Where chunks come from.
///
/// # Safety
///
/// `map` returns `BYTES` of zeroed memory, a multiple of [`ALIGN`], at a multiple of it, that
/// nobody else uses until `unmap`.
pub(crate) unsafe trait Source {
    /// Bytes in a chunk.
    const BYTES: usize;
    /// A chunk. `None`: there is no more memory.
    fn map(&self) -> Option<NonNull<u8>>;
    /// Gives a chunk back.
    ///
    /// # Safety
    ///
    /// `chunk` came from `map`, and is not used again.
    unsafe fn unmap(&self, chunk: NonNull<u8>);
}

/// The chunk that pieces come from.
#[derive(Debug)]
pub(crate) struct Bump(AtomicPtr<Chunk>);

impl Bump {
    /// No chunk yet.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// A piece of a chunk, zeroed, at a multiple of [`ALIGN`], for ever. `None`: no more memory.
    ///
    /// * `bytes`: a multiple of [`ALIGN`], at most `S::BYTES - ALIGN`.
    pub(crate) fn take<S: Source>(&self, bytes: usize, source: &S) -> Option<NonNull<u8>> {
        loop {
            // U1. Acquire: the header. Pairs with: Release of U3.
            let current = self.0.load(Ordering::Acquire);
            if let Some(chunk) = NonNull::new(current) {
                // SAFETY: K2; chunks stay for ever.
                let used = unsafe { &chunk.as_ref().used };
                // U2. Relaxed: K1, and the bytes were not used before.
                let start = used.fetch_add(bytes, Ordering::Relaxed);
                if start + bytes <= S::BYTES {
                    // SAFETY: inside of the chunk, as just checked.
                    return Some(unsafe { chunk.cast::<u8>().add(start) });
                }
            }
            let fresh = source.map()?;
            let header = fresh.cast::<Chunk>();
            // SAFETY: mapped just now, large enough, and nobody else knows it.
            unsafe { header.write(Chunk { used: AtomicUsize::new(ALIGN) }) };
            // U3. Release: the header. Pairs with: Acquire of U1, which reads again after a
            // failure, so that is Relaxed.
            let order = (Ordering::Release, Ordering::Relaxed);
            if self.0.compare_exchange(current, header.as_ptr(), order.0, order.1).is_err() {
                // SAFETY: mapped above, and nobody else knows it.
                unsafe { source.unmap(fresh) };
            }
        }
    }
}

#[cfg(test)]
mod tests;
