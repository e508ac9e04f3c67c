//! Unit test and loom model of the memory for records.

extern crate std;
use super::*;
use core::alloc::Layout;
use std::{sync::Mutex, vec::Vec};

/// Chunks of two pieces, which live as long as this value.
struct Chunks {
    /// Address of each chunk that was mapped and not given back.
    mapped: Mutex<Vec<NonNull<u8>>>,
    at_most: usize,
}

const LAYOUT: Layout = match Layout::from_size_align(3 * ALIGN, ALIGN) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

// SAFETY: the memory is allocated, zeroed, with this layout, and freed by `unmap` and `drop` only.
unsafe impl Source for Chunks {
    const BYTES: usize = LAYOUT.size();

    fn map(&self) -> Option<NonNull<u8>> {
        let mut mapped = self.mapped.lock().unwrap();
        if mapped.len() == self.at_most {
            return None;
        }
        // SAFETY: the layout is not of size zero.
        let chunk = NonNull::new(unsafe { std::alloc::alloc_zeroed(LAYOUT) }).unwrap();
        mapped.push(chunk);
        Some(chunk)
    }

    unsafe fn unmap(&self, chunk: NonNull<u8>) {
        let mut mapped = self.mapped.lock().unwrap();
        let at = mapped.iter().position(|&one| one == chunk).expect("K2: given back twice");
        mapped.swap_remove(at);
        // SAFETY: came from `map`, and is not used again, by the caller's promise.
        unsafe { std::alloc::dealloc(chunk.as_ptr(), LAYOUT) };
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        for chunk in self.mapped.get_mut().unwrap() {
            // SAFETY: came from `map`; whoever drops the chunks has no piece of them any more.
            unsafe { std::alloc::dealloc(chunk.as_ptr(), LAYOUT) };
        }
    }
}

impl Chunks {
    fn new(at_most: usize) -> Self {
        Self { mapped: Mutex::new(Vec::new()), at_most }
    }

    /// Checks K1 for pieces of `ALIGN` bytes, and K2 for chunks that they fill without a rest.
    fn audit(&self, mut pieces: Vec<NonNull<u8>>) {
        let mapped = self.mapped.lock().unwrap().clone();
        pieces.sort();
        assert!(pieces.is_sorted_by(|a, b| a < b), "K1: a piece was handed out twice");
        for piece in &pieces {
            let address = piece.addr().get();
            let offsets = mapped.iter().map(|chunk| address.wrapping_sub(chunk.addr().get()));
            let inside = |offset: usize| offset == ALIGN || offset == 2 * ALIGN;
            assert_eq!(offsets.filter(|&o| inside(o)).count(), 1, "K1: a piece of no chunk");
        }
        assert_eq!(mapped.len(), pieces.len().div_ceil(2), "K2: a chunk nobody takes from");
    }
}

#[cfg(not(loom))]
#[test]
fn pieces_come_in_order_and_end_with_the_memory() {
    let (chunks, bump) = (Chunks::new(2), Bump::new());
    let pieces: Vec<_> = core::iter::from_fn(|| bump.take(ALIGN, &chunks)).collect();
    assert_eq!(pieces.len(), 4, "K2: not all of two chunks");
    assert_eq!(pieces[1].addr().get() - pieces[0].addr().get(), ALIGN, "not in order");
    chunks.audit(pieces);
}

#[cfg(loom)]
#[test]
fn pieces_taken_at_once_never_overlap_and_no_chunk_is_lost() {
    use loom::{sync::Arc, thread};

    loom::model(|| {
        // A third chunk is there for a moment, until its thread has seen that it came second.
        let shared = Arc::new((Bump::new(), Chunks::new(3)));
        let take = |shared: &(Bump, Chunks)| shared.0.take(ALIGN, &shared.1).unwrap();
        let other = {
            let shared = shared.clone();
            thread::spawn(move || take(&shared))
        };
        let mut pieces = Vec::from([take(&shared), take(&shared)]);
        pieces.push(other.join().unwrap());
        shared.1.audit(pieces);
    });
}
