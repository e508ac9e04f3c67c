//! A heap: what one thread allocates from.
//!
//! The fast paths, inlined into the caller, pop and push a magazine. Everything else is here:
//! where blocks come from when a magazine is empty, and where they go when it is full.

use crate::{
    config::{BATCH_BLOCKS, BATCH_ENTRIES, TELL_BYTES},
    engine::{
        batch::{Batch, Batches},
        home::{self, Segments},
        magazine::Magazines,
        os,
        owner::{self, Code},
        purge, run,
    },
    protocol::{
        block::Block,
        list::{Link, Linked},
        slab::{Lease, Slab},
    },
    size_class::{CLASS_COUNT, SizeClass},
    sync::{AtomicU32, Ordering, UnsafeCell},
};
use core::{
    ptr::{self, NonNull},
    slice,
};

#[cfg(feature = "c-api")]
use crate::engine::directory;

/// The heap of a thread, or one that waits for a thread. Never unmapped.
///
/// **H1** The parts that are not atomic belong to the thread that holds the heap: it made it, or
/// took it from the [`registry`](super::registry) (L1 of [`list`](crate::protocol::list)).
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct Heap {
    pub(crate) magazines: Magazines,
    /// What tells blocks that may stay here.
    pub(crate) code: Code,
    pub(crate) counters: Counters,
    link: Link<Heap>,
    own: UnsafeCell<Own>,
}

// SAFETY: `own` and the arrays behind `magazines` are the only parts that are not `Sync` by
// themselves; H1 gives them one thread at a time.
unsafe impl Sync for Heap {}

impl Linked for Heap {
    fn link(&self) -> &Link<Self> {
        &self.link
    }
}

mod counters;
mod nobody;
mod warm;
use counters::Counters;
pub(crate) use nobody::NO_HEAP;

/// The slab that a heap leases, by class.
type Leases = [Option<Lease<'static>>; CLASS_COUNT];

/// What only the heap's thread sees.
#[derive(Debug)]
#[repr(C)]
struct Own {
    leases: Leases,
    runs: run::Cache,
    /// Last, on a page that a thread which sends nothing home does not touch.
    batches: Batches,
}

/// How often all heaps were asked to flush; each compares it with what it followed last.
static ASKED: AtomicU32 = AtomicU32::new(0);

/// Asks all heaps to give everything back, each at its next slow path.
pub(crate) fn ask_to_flush() {
    ASKED.fetch_add(1, Ordering::Relaxed);
}

impl Heap {
    const fn empty(code: Code) -> Self {
        Self {
            magazines: Magazines::none(),
            code,
            own: UnsafeCell::new(Own {
                leases: [const { None }; CLASS_COUNT],
                batches: Batches::new(),
                runs: run::Cache::new(),
            }),
            counters: Counters::new(),
            link: Link::new(),
        }
    }

    /// Makes a heap in fresh, zeroed memory, held by the calling thread. `None`: out of memory.
    ///
    /// Zeros are no leases, batches and runs, counters that begin, and magazines without an array. So
    /// only what differs is written: a thread that does little touches few pages.
    pub(crate) fn found(memory: NonNull<u8>) -> Option<&'static Self> {
        let heap = memory.cast::<Self>();
        // SAFETY: the registry hands over zeroed memory of this size and alignment, which nobody else
        // knows; records are never unmapped.
        let heap: &'static mut Self = unsafe { &mut *heap.as_ptr() };
        heap.code = Code::fresh();
        heap.link = Link::new();
        let heap: &'static Self = heap;
        heap.magazines.equip().then_some(heap)
    }

    /// True for the heap of threads that have none.
    #[inline]
    pub(crate) fn is_nobody(&self) -> bool {
        ptr::eq(self, NO_HEAP.as_heap())
    }

    /// Allocates a block when the magazine is empty. `None`: out of memory.
    pub(crate) fn alloc(&self, class: SizeClass) -> Option<Block> {
        self.magazines.pop(class).or_else(|| {
            self.follow_collect();
            self.refill(class)
        })
    }

    /// Fetches blocks into an empty magazine, and takes the first.
    fn refill(&self, class: SizeClass) -> Option<Block> {
        if self.magazines.note_empty(class) && self.magazines.may_grow(class) {
            self.magazines.grow(class);
        }
        loop {
            // What this thread holds back might be just what it needs.
            if self.fetch(class) {
                return self.magazines.pop(class);
            }
            self.send_batches();
            if self.fetch(class) {
                return self.magazines.pop(class);
            }
            if !self.lease_next(class) {
                return None;
            }
        }
    }

    /// Fills an empty magazine by half from the leased slab; false if it has no free block.
    fn fetch(&self, class: SizeClass) -> bool {
        let want = self.magazines.capacity(class).div_ceil(2);
        self.own(|own| {
            let Some(lease) = own.lease(class) else { return false };
            let got = self.magazines.fill(class, want, |places| {
                // SAFETY: `take` counts from 0 to below `want`.
                lease.take(&Segments, want, |number, block| unsafe { places.put(number, block) })
            });
            got > 0
        })
    }

    /// Allocates a block that is zero for sure, one that was never used; `None` if there is none
    /// at hand.
    pub(crate) fn alloc_zeroed(&self, class: SizeClass) -> Option<Block> {
        self.own(|own| own.lease(class)?.take_zeroed(&Segments))
    }

    /// Lets the exhausted slab of `class` go and leases another: one that blocks came back to, else a
    /// fresh one; where there is no memory for that, one that is another heap's still. False: out of
    /// memory.
    fn lease_next(&self, class: SizeClass) -> bool {
        let lease = self.own(|own| own.leases[class.index()].take());
        if let Some(Err(lease)) = lease.map(Lease::detach_exhausted) {
            // A block came back in the meantime.
            self.own(|own| own.leases[class.index()] = Some(lease));
            return true;
        }
        purge::tick();
        // Only where slabs have a tenure, and there is another heap: the clock is a page of the C library
        // more in a process that does little. (What is noted as of 0 is anybody's.)
        let now_ms = if class.is_tied() && owner::heaps() > 1 { os::now_ms() } else { 0 };
        let lease = home::claim(class, self.code, now_ms)
            .or_else(|| home::open(class))
            .or_else(|| home::claim_any(class, self.code, now_ms));
        let Some(lease) = lease else { return false };
        let start = Segments.start_of(lease.slab());
        if class.is_tied() {
            home::begin_tenure(lease.slab(), self.code, now_ms);
            self.code.sign(start, class.slices());
        } else {
            owner::open(start, class.slices());
        }
        #[cfg(feature = "c-api")]
        directory::sign(start, class, ptr::from_ref(self).addr());
        self.own(|own| own.leases[class.index()] = Some(lease));
        true
    }

    /// Frees a block that was refused, or whose magazine is full, or which comes from a thread that
    /// had no heap a moment ago.
    pub(crate) fn free(&self, class: SizeClass, block: Block) {
        // A block that is not tied is refused only where its slice shares a word with another one.
        if class.is_tied() && self.code.refuses(block.as_ptr().cast()) {
            return self.give_back(class, block);
        }
        self.follow_collect();
        if !self.magazines.push(class, block) {
            if !(self.magazines.note_full(class) && self.grow(class)) {
                self.spill(class, self.magazines.capacity(class).div_ceil(2));
            }
            self.magazines.close_place(class);
            let pushed = self.magazines.push(class, block);
            debug_assert!(pushed, "M1: no room was made");
        }
    }

    /// Doubles a magazine, at the cost of those that are idle if need be.
    fn grow(&self, class: SizeClass) -> bool {
        if !self.magazines.may_grow(class) {
            return false;
        }
        while !self.magazines.grow(class) {
            let Some(idle) = self.magazines.idle_class(class) else { return false };
            let (len, room) = (self.magazines.entries(idle), self.magazines.capacity(idle) / 2);
            self.spill(idle, len.saturating_sub(room));
            self.magazines.shrink(idle);
        }
        true
    }

    /// Gives the `count` oldest blocks of a magazine back to their slabs.
    fn spill(&self, class: SizeClass, count: usize) {
        let spilled = count.min(self.magazines.len(class));
        if spilled == 0 {
            return;
        }
        self.count_batched(class, spilled);
        self.magazines.spill(class, spilled, |blocks| self.add_to_batches(class, blocks));
        self.send_if_many();
    }

    /// Gives a block back to its slab, in a batch.
    fn give_back(&self, class: SizeClass, block: Block) {
        self.count_batched(class, 1);
        self.add_to_batches(class, slice::from_ref(&block));
        self.send_if_many();
    }

    /// Collects blocks, which the program freed and nobody holds any more, for their slabs.
    fn add_to_batches(&self, class: SizeClass, mut blocks: &[Block]) {
        self.own(|own| {
            while !blocks.is_empty() {
                // SAFETY: the program freed the blocks.
                let (added, batch) = unsafe { own.batches.add(class, blocks) };
                if let Some(batch) = batch {
                    self.send(&mut own.leases, batch);
                }
                blocks = blocks.get(added..).unwrap_or_default();
            }
        });
    }

    fn send_if_many(&self) {
        if self.own(|own| own.batches.are_many()) {
            self.send_batches();
        }
    }

    fn send_batches(&self) {
        self.own(|own| own.batches.take_all(|batch| self.send(&mut own.leases, batch)));
    }

    /// Brings a batch home: into the private list if this heap leases the slab, else with one
    /// compare-and-swap.
    fn send(&self, leases: &mut Leases, batch: Batch) {
        let (class, slab, blocks) = (batch.class(), batch.slab(), batch.chain.count());
        let batched = &self.counters.batched[class.index()];
        batched.store(batched.load(Ordering::Relaxed).wrapping_sub(blocks), Ordering::Relaxed);
        let lease = leases[class.index()].as_mut();
        if let Some(lease) = lease.filter(|lease| ptr::eq(lease.slab(), slab)) {
            // SAFETY: the batch holds its blocks, which are of this slab.
            return unsafe { lease.put_back(&Segments, batch.chain) };
        }
        self.counters.count(blocks);
        // SAFETY: as above.
        unsafe { slab.push(&Segments, batch.chain) };
        self.counters.tell_of(usize::from(blocks) * class.block_bytes(), TELL_BYTES);
    }

    fn count_batched(&self, class: SizeClass, more: usize) {
        let batched = &self.counters.batched[class.index()];
        #[expect(clippy::cast_possible_truncation, reason = "a magazine has at most 1024 blocks")]
        let now = batched.load(Ordering::Relaxed).wrapping_add(more as u16);
        batched.store(now, Ordering::Relaxed);
    }

    /// Allocates a run; also says whether it is zero. `None`: out of memory.
    pub(crate) fn alloc_run(&self, slices: usize) -> Option<(NonNull<u8>, bool)> {
        match self.runs(|runs| runs.take(slices)) {
            Some(start) => Some((start, false)),
            None => run::alloc(slices),
        }
    }

    /// Frees a run.
    pub(crate) fn free_run(&self, start: NonNull<u8>, slices: usize) {
        run::check(start);
        if !self.runs(|runs| runs.keep(start, slices)) {
            run::give_back(start, slices);
        }
    }

    /// True if this heap keeps the run at `start`, which so is free.
    #[cfg(feature = "c-api")]
    pub(crate) fn keeps_run(&self, start: NonNull<u8>) -> bool {
        !self.is_nobody() && self.own(|own| own.runs.has(start))
    }

    fn runs<T>(&self, f: impl FnOnce(&mut run::Cache) -> T) -> T {
        self.own(|own| {
            let result = f(&mut own.runs);
            self.counters.run_bytes.store(own.runs.bytes(), Ordering::Relaxed);
            result
        })
    }

    /// Flushes everything if a thread called `collect` since the last look.
    pub(crate) fn follow_collect(&self) {
        // Relaxed: a heap that sees it late follows at its next slow path.
        let asked = ASKED.load(Ordering::Relaxed);
        if self.counters.collected.load(Ordering::Relaxed) != asked {
            self.counters.collected.store(asked, Ordering::Relaxed);
            self.flush();
        }
    }

    /// Gives back all that this heap holds: magazines, batches, leases, runs.
    pub(crate) fn flush(&self) {
        for class in SizeClass::all() {
            self.spill(class, usize::MAX);
        }
        self.send_batches();
        for class in SizeClass::all() {
            if let Some(lease) = self.own(|own| own.leases[class.index()].take()) {
                lease.detach(&Segments);
            }
        }
        self.give_runs_back();
        self.counters.tell_of(0, 1);
    }

    fn give_runs_back(&self) {
        while let Some((start, slices)) = self.runs(run::Cache::pop) {
            run::give_back(start, slices);
        }
    }

    /// In the child of a fork: what a vanished thread held is lost.
    pub(crate) fn forget(&self) {
        self.magazines.forget();
        self.own(|own| {
            for lease in &mut own.leases {
                // The slab itself was recovered from its word.
                let _ = lease.take();
            }
            own.batches = Batches::new();
            own.runs = run::Cache::new();
        });
        for batched in &self.counters.batched {
            batched.store(0, Ordering::Relaxed);
        }
        self.counters.run_bytes.store(0, Ordering::Relaxed);
        self.set_warm(false);
    }

    /// True if this heap leases `slab`. Its own thread only, or the one that is left after a fork.
    pub(crate) fn leases(&self, slab: &Slab) -> bool {
        self.own(|own| own.leases.iter().flatten().any(|lease| ptr::eq(lease.slab(), slab)))
    }

    fn own<T>(&self, f: impl FnOnce(&mut Own) -> T) -> T {
        debug_assert!(!self.is_nobody(), "the heap of nobody is never written");
        // SAFETY: H1: the calling thread holds this heap, and no `f` comes back here.
        self.own.with_mut(|own| f(unsafe { &mut *own }))
    }
}

impl Own {
    fn lease(&mut self, class: SizeClass) -> Option<&mut Lease<'static>> {
        self.leases[class.index()].as_mut()
    }
}

const _: () = assert!(
    BATCH_BLOCKS as usize * BATCH_ENTRIES < 1 << 16,
    "the open batches of a class fit in a u16"
);
