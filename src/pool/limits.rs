//! How much a pool keeps idle: `max_idle` and `max_idle_bytes`.
//!
//! Each shard counts for itself, and tells the pool once it has a batch: so nobody writes a shared
//! line for every object. The pool's count is behind by less than a batch per thread.

use crate::{
    pool::shard::Private,
    sync::{AtomicUsize, Ordering},
};

/// Bounds on idle objects, and what is known of them.
#[derive(Debug)]
pub(crate) struct Limits {
    objects: usize,
    bytes: usize,
    /// Told by the shards. As differences come in any order, these may be below 0 for a moment.
    idle: AtomicUsize,
    idle_bytes: AtomicUsize,
}

/// Most objects in a batch; where fewer than 16 of them may be idle, a batch is one.
const BATCH: usize = 16;

impl Limits {
    pub(crate) fn new(objects: usize, bytes: usize) -> Self {
        Self { objects, bytes, idle: AtomicUsize::new(0), idle_bytes: AtomicUsize::new(0) }
    }

    /// True if there is something to count.
    pub(crate) fn is_bounded(&self) -> bool {
        self.objects != usize::MAX || self.bytes != usize::MAX
    }

    fn batch(&self) -> usize {
        (self.objects / 16).clamp(1, BATCH)
    }

    /// The owner of `private` keeps one more, of so many bytes, if it may.
    pub(crate) fn admit(&self, private: &mut Private, bytes: usize) -> bool {
        // Relaxed: counts; nothing is read through them.
        let idle = self.idle.load(Ordering::Relaxed).wrapping_add_signed(private.uncounted);
        let held = self.idle_bytes.load(Ordering::Relaxed);
        let held = held.wrapping_add_signed(private.uncounted_bytes);
        if !self.fits(idle, held, bytes) {
            return false;
        }
        private.uncounted += 1;
        private.uncounted_bytes += bytes.cast_signed();
        self.tell_batch(private);
        true
    }

    /// The owner of `private` takes one of so many bytes.
    pub(crate) fn remove(&self, private: &mut Private, bytes: usize) {
        private.uncounted -= 1;
        private.uncounted_bytes -= bytes.cast_signed();
        self.tell_batch(private);
    }

    /// Somebody keeps one more, outside of any private list.
    pub(crate) fn admit_shared(&self, bytes: usize) -> bool {
        let idle = self.idle.fetch_add(1, Ordering::Relaxed);
        let held = self.idle_bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = self.fits(idle, held, bytes);
        if !fits {
            self.remove_shared(bytes);
        }
        fits
    }

    /// Somebody takes one of so many bytes, outside of any private list.
    pub(crate) fn remove_shared(&self, bytes: usize) {
        self.idle.fetch_sub(1, Ordering::Relaxed);
        self.idle_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn fits(&self, idle: usize, held: usize, bytes: usize) -> bool {
        // Below 0 is above `isize::MAX` here.
        let (idle, held) = (idle.cast_signed().max(0), held.cast_signed().max(0));
        idle.cast_unsigned() < self.objects
            && held.cast_unsigned().saturating_add(bytes) <= self.bytes
    }

    fn tell_batch(&self, private: &mut Private) {
        if private.uncounted.unsigned_abs() >= self.batch()
            || private.uncounted_bytes.unsigned_abs() > self.bytes / 16
        {
            self.tell(private);
        }
    }

    /// Adds what `private` has counted.
    pub(crate) fn tell(&self, private: &mut Private) {
        let objects = core::mem::take(&mut private.uncounted);
        let bytes = core::mem::take(&mut private.uncounted_bytes);
        self.idle.fetch_add(objects.cast_unsigned(), Ordering::Relaxed);
        self.idle_bytes.fetch_add(bytes.cast_unsigned(), Ordering::Relaxed);
    }
}
