//! Slabs that threads lease, detach, fill by remote frees, and claim again.
//!
//! ```text
//!                      take, put_back, drain             push (any thread)
//!                     +------------------+              +-------+
//!  open               |                  v              |       v
//! -----------------> LEASED -----------------------> DETACHED ------------------+
//!  (slices of its     ^  word 0 = idle     D1, D2     in no index               |
//!   own)              |                                 |                       | E2
//!       ^             | C2                              | V1 enough is back     | all
//!       |             |                                 v                       | back
//!       |             +------------------------------ PARTIAL ---------------> EMPTY
//!       |               C1 take the token             V2 token into    E1, E2     |
//!       |                                             the class index             |
//!       +-------------------------------------------------------------------- E3 -+
//! ```
//!
//! # Three rights
//!
//! | right     | what it allows                        | where it is                           |
//! |-----------|---------------------------------------|---------------------------------------|
//! | **block** | write the block, push it              | the program, a magazine, a batch      |
//! | **lease** | line 0: private list, mark, `gen`     | one heap, while the word is LEASED    |
//! | **token** | move the word out of PARTIAL          | publisher -> class index -> taker     |
//!
//! # Protocol
//!
//! | step | who                | operation                                        | ordering |
//! |------|--------------------|--------------------------------------------------|----------|
//! | P1   | any, holds blocks  | load word -> `seen`                              | Relaxed  |
//! | P2   | any, holds blocks  | link the chain's last node to `seen.head`        | plain    |
//! | P3   | any, holds blocks  | CAS word: `seen` -> chain on top                 | Release  |
//! | V1   | any, P1 saw DETACHED, enough back | CAS: all but one block, -> PARTIAL | Acquire |
//! | V2   | the thread of V1   | put the token into the class index               | Release  |
//! | V3   | the thread of V1   | P1 again with the block held back, the *ticket*  |          |
//! | E1   | any, P1 saw PARTIAL, has all that is out | take the token             | Acquire  |
//! | E2   | E1 won, or P1 saw DETACHED and has all that is out | CAS -> EMPTY     | Acquire  |
//! | E3   | the thread of E2   | give the slices back                             | Release  |
//! | C1   | any                | take a token from the class index                | Acquire  |
//! | C2   | the thread of C1   | `fetch_and`: PARTIAL -> LEASED, list stays       | Relaxed  |
//! | A1   | lessee             | `swap(0)`, get the remote list                   | Acquire  |
//! | D1   | lessee, nothing free | CAS: 0 -> DETACHED                             | Release  |
//! | D2   | lessee, kept one block (ticket) | CAS: LEASED -> DETACHED, list stays | Release  |
//! | D3   | the thread of D2   | P1 with the ticket                               |          |
//!
//! # Invariants
//!
//! * **W1** A block is in exactly one place: uncarved, on the private list, on the remote list,
//!   or held by somebody.
//! * **W2** Line 0 belongs to the lessee while LEASED, to who took the slices while EMPTY, to
//!   nobody else. It travels with the word (Release in D1/D2, Acquire in V1/E2), then with the
//!   token (V2, C1) or the slices (E3, `open`).
//! * **W3** While PARTIAL there is exactly one token: in the publisher's hand (V1..V2), in the
//!   class index, or in a taker's hand. In any other state there is none.
//! * **W4** Only the holder of the token moves the word out of PARTIAL.
//! * **W5** `count < lent` unless LEASED: a slab with nothing out is EMPTY at once, by one thread.
//!   One exception, for a moment: PARTIAL whose token is in a claimer's hand, who leases it all.
//! * **W6** (last touch) A thread that holds no block, lease or token of a slab does not touch its
//!   descriptor, so nobody is late: EMPTY needs every block back and the token taken, and the
//!   slices may serve another class at once. Stats and fork recovery only read atomics.
//! * **W7** With no operation in flight, a slab with `publish_at` free blocks and no lessee is in
//!   its class index.
//!
//! The ticket (V3, D3) keeps `count < lent` while the token is in the publisher's hand, so that E1
//! never runs then, and the publisher still holds a block when it looks at the word after V2.
//! There is no ABA on the list: pushes follow no link, takes take everything. `gen` is not there
//! for safety: if E1 loses, a claimer has the token and will lease all the blocks, so P3 is right,
//! but only for that claim; `gen` makes P3 fail once the slab has been detached again.

use crate::{
    protocol::{
        block::Block,
        word::{CLAIM_MASK, LEASED_IDLE, State, Word},
    },
    sync::{AtomicU16, AtomicU64, Ordering, UnsafeCell},
};

mod shape;
pub(crate) use shape::Shape;

/// The place of a slab: where its blocks lie, and where its token and its slices go.
pub(crate) trait Home {
    /// The first block.
    fn base(&self, slab: &Slab) -> Block;
    /// V2: puts the token, which is in this thread's hand, into the class index.
    fn publish(&self, slab: &Slab);
    /// E1, C1 of one slab: takes the token out of the class index; false if it is not there.
    fn take_token(&self, slab: &Slab) -> bool;
    /// E3: the slices are this thread's own and go back.
    fn release(&self, slab: &Slab);
}

/// The part of line 0 that only the holder of the lease reads (W2).
#[derive(Debug)]
struct Private {
    /// Where the newest node of the private list lies, in units from the first block; the list
    /// has `Slab::listed` blocks.
    list: u16,
    generation: u16,
    /// The uncarved blocks are zero.
    zeroed: bool,
}

/// The descriptor of a slab. It lies in the segment header, apart from the blocks.
///
/// Zeroed memory is a slab that was never opened.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Slab {
    // Line 0: written by the lessee. The two counters are atomic for the eyes of stats.
    private: UnsafeCell<Private>,
    listed: AtomicU16,
    carved: AtomicU16,
    shared: Shared,
}

/// Line 1: written by whoever frees.
#[derive(Debug)]
#[repr(C, align(64))]
struct Shared {
    word: AtomicU64,
    /// [`Shape`], packed; written while the slices are one thread's own.
    shape: AtomicU64,
}

// SAFETY: `private` is the only part that is not `Sync` by itself. W2 gives it one user at a
// time, handed on through the Release/Acquire pairs of the table.
unsafe impl Sync for Slab {}

/// The right to line 0 of one slab. (Transparent, so that zeroed memory is `None` of an `Option` of it.)
#[derive(Debug)]
#[must_use = "dropping a lease loses its slab"]
#[repr(transparent)]
pub(crate) struct Lease<'a>(&'a Slab);

impl Slab {
    /// A slab whose slices are free, outside of any segment, for tests.
    #[cfg(test)]
    fn new_closed() -> Self {
        let private = Private { list: 0, generation: 0, zeroed: false };
        Self {
            private: UnsafeCell::new(private),
            listed: AtomicU16::new(0),
            carved: AtomicU16::new(0),
            shared: Shared { word: AtomicU64::new(Word::EMPTY.pack()), shape: AtomicU64::new(0) },
        }
    }

    /// Leases a fresh slab.
    ///
    /// * `zeroed`: the blocks lie in memory that is zero.
    ///
    /// # Safety
    ///
    /// The slices are the calling thread's own (W2), and hold a slab of this shape.
    pub(crate) unsafe fn open(&self, shape: Shape, zeroed: bool) -> Lease<'_> {
        let mut lease = Lease(self);
        lease.line_0(|private| {
            *private = Private { list: 0, generation: private.generation, zeroed };
        });
        // Relaxed: whoever pushes here has its block from this lessee, after these stores.
        self.listed.store(0, Ordering::Relaxed);
        self.carved.store(0, Ordering::Relaxed);
        self.shared.shape.store(shape.pack(), Ordering::Relaxed);
        self.shared.word.store(LEASED_IDLE, Ordering::Relaxed);
        lease
    }

    /// C2: leases a slab that another thread has let go.
    ///
    /// # Safety
    ///
    /// The calling thread took the slab's token out of the class index (C1).
    pub(crate) unsafe fn claim(&self) -> Lease<'_> {
        // Relaxed: line 0 came with the token, the blocks on the list come with `drain`.
        let was = Word::unpack(self.shared.word.fetch_and(CLAIM_MASK, Ordering::Relaxed));
        debug_assert_eq!(was.state, State::Partial, "W4: left PARTIAL without the token");
        Lease(self)
    }

    fn load(&self) -> Word {
        // Relaxed: the value is compared and stored, no list is followed from it.
        Word::unpack(self.shared.word.load(Ordering::Relaxed))
    }

    fn swap_if(&self, seen: Word, next: Word, order: Ordering) -> Result<(), Word> {
        let (seen, next) = (seen.pack(), next.pack());
        match self.shared.word.compare_exchange(seen, next, order, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(now) => Err(Word::unpack(now)),
        }
    }

    /// The word, if the slab is PARTIAL: as long as it is the same, nobody gave back or took.
    ///
    /// Reads an atomic (W6), so the caller needs no right.
    #[cfg(not(loom))]
    pub(crate) fn partial_word(&self) -> Option<u64> {
        let word = self.load();
        (word.state == State::Partial).then(|| word.pack())
    }

    /// What the slab is made of. Stable for who holds a block, lease or token of it.
    pub(crate) fn shape(&self) -> Shape {
        // Relaxed: it came with the block, lease or token.
        Shape::unpack(self.shared.shape.load(Ordering::Relaxed))
    }
}

mod census;
#[cfg(not(loom))]
mod fork;
mod lease;
mod push;
mod sweep;
#[cfg(test)]
mod tests;
