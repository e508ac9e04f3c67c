//! Sets that any thread takes from: the tokens of a class, the free slices of a segment.
//!
//! # Protocol of the two-level index (a leaf per segment, a summary per class)
//!
//! | step | who            | operation                                | ordering |
//! |------|----------------|------------------------------------------|----------|
//! | I1   | publisher      | `leaf.fetch_or(slab)`                    | Release  |
//! | I2   | publisher      | `summary.fetch_or(leaf)`, always         | Release  |
//! | F1   | finder         | load `summary`, for each leaf            | Relaxed  |
//! | F2   | finder         | load leaf, choose a slab                 | Relaxed  |
//! | F3   | finder         | `leaf.fetch_and(!slab)`: had it -> taken | Acquire  |
//! | F4   | finder, F2 = 0 | `summary.fetch_and(!leaf)`               | Acquire  |
//! | F5   | finder         | load leaf; not 0 -> I2                   | Relaxed  |
//! | R1   | taker of a run | CAS: all bits of the run -> 0            | Acquire  |
//! | S1   | any, to look at members that stay | load leaf             | Acquire  |
//!
//! # Invariants
//!
//! * **B1** A member is taken by exactly one thread each time it is put: F3 and R1 are
//!   read-modify-writes.
//! * **B2** The summary is never a stale "no": with no operation in flight, a leaf that is not 0
//!   has its bit set. I2 and F4 are read-modify-writes of one word, so one comes first. F4 first:
//!   I2 sets the bit again. I2 first: F4 reads from it (Acquire from Release), so F5 sees I1 and
//!   sets the bit again. A publisher that looks first and skips I2 would break this.

use crate::sync::{AtomicU64, Ordering};
use core::ops::ControlFlow;

/// The members of a set that was looked at, lowest first: a step for each, not for each that there may
/// be.
pub(crate) fn each(mut members: u64) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        let lowest = (members != 0).then(|| members.trailing_zeros());
        members &= members.wrapping_sub(1);
        lowest
    })
}

/// Up to 64 members, each put by one thread and taken by exactly one.
///
/// Zeroed memory is the empty set.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Bits(AtomicU64);

impl Bits {
    /// The set of the members whose bit is 1.
    #[cfg(test)]
    pub(crate) fn new(members: u64) -> Self {
        Self(AtomicU64::new(members))
    }

    /// Puts `members` in; returns those that were in before.
    pub(crate) fn put(&self, members: u64) -> u64 {
        // Release: who takes a member sees everything this thread did to it. Pairs with:
        // Acquire in `take` and `take_run`.
        self.0.fetch_or(members, Ordering::Release) & members
    }

    /// Takes out those of `members` that are in, and returns them.
    pub(crate) fn take(&self, members: u64) -> u64 {
        // Acquire: pairs with Release in `put`.
        self.0.fetch_and(!members, Ordering::Acquire) & members
    }

    /// Takes the lowest member. Lock-free: a failed `take` means that another thread took one.
    pub(crate) fn take_lowest(&self) -> Option<u32> {
        loop {
            let lowest = self.snapshot().trailing_zeros();
            if lowest == u64::BITS {
                return None;
            }
            if self.take(1 << lowest) != 0 {
                return Some(lowest);
            }
        }
    }

    /// Takes the lowest `len` members in a row that are all in `among`; returns them.
    ///
    /// * `len`: `1..=63`.
    pub(crate) fn take_run(&self, len: usize, among: u64) -> Option<u64> {
        let mut seen = self.snapshot();
        loop {
            let run = lowest_run(seen & among, len)?;
            match self.take_exactly(seen, run) {
                Ok(()) => return Some(run),
                Err(now) => seen = now,
            }
        }
    }

    /// Takes all of `members` or none; true if it took them.
    pub(crate) fn take_all(&self, members: u64) -> bool {
        let mut seen = self.snapshot();
        while seen & members == members {
            match self.take_exactly(seen, members) {
                Ok(()) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    fn take_exactly(&self, seen: u64, members: u64) -> Result<(), u64> {
        // Acquire: pairs with Release in `put`. Failure is Relaxed: the value is only compared.
        let order = (Ordering::Acquire, Ordering::Relaxed);
        self.0.compare_exchange_weak(seen, seen & !members, order.0, order.1).map(|_| ())
    }

    /// The members, none of which is ever taken out: what was done to them is visible.
    pub(crate) fn members(&self) -> u64 {
        // Acquire: pairs with Release in `put`.
        self.0.load(Ordering::Acquire)
    }

    /// The members at some recent moment: a hint, the takes decide.
    pub(crate) fn snapshot(&self) -> u64 {
        // Relaxed: nothing is read through it.
        self.0.load(Ordering::Relaxed)
    }
}

/// The lowest `len` ones in a row.
fn lowest_run(members: u64, len: usize) -> Option<u64> {
    // Bit i of `starts`: i and the members behind it make a run of the length reached so far.
    let (mut starts, mut reached) = (members, 1);
    while reached < len {
        let more = reached.min(len - reached);
        starts &= starts >> more;
        reached += more;
    }
    if starts == 0 {
        return None;
    }
    Some(((1 << len) - 1) << starts.trailing_zeros())
}

/// I1, I2: makes the member `slab` of `leaf` findable through `summary`.
pub(crate) fn publish(leaf: &Bits, slab: u32, summary: &Bits, leaf_index: u32) {
    let before = leaf.put(1 << slab);
    debug_assert!(before == 0, "B1: published twice");
    summary.put(1 << leaf_index);
}

/// Shows `visit` the slabs of all leaves as `(leaf, slab)`, lowest first, until it breaks off; it takes
/// (F3) what it wants.
pub(crate) fn walk<'a, B>(
    summary: &Bits,
    leaf_of: impl Fn(u32) -> &'a Bits,
    mut visit: impl FnMut(u32, u32) -> ControlFlow<B>,
) -> ControlFlow<B> {
    for index in each(summary.snapshot()) {
        let leaf = leaf_of(index);
        let mut slabs = leaf.snapshot();
        if slabs == 0 {
            summary.take(1 << index);
            slabs = leaf.snapshot();
            if slabs == 0 {
                continue;
            }
            summary.put(1 << index);
        }
        for slab in each(slabs) {
            visit(index, slab)?;
        }
    }
    ControlFlow::Continue(())
}

/// Takes the lowest slab of the lowest leaf that has one, as `(leaf, slab)`.
#[cfg(test)]
pub(crate) fn find<'a>(summary: &Bits, leaf_of: impl Fn(u32) -> &'a Bits) -> Option<(u32, u32)> {
    let walked = walk(summary, &leaf_of, |leaf, slab| match leaf_of(leaf).take(1 << slab) {
        0 => ControlFlow::Continue(()),
        _ => ControlFlow::Break((leaf, slab)),
    });
    walked.break_value()
}

#[cfg(test)]
mod tests;
