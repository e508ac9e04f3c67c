//! A gate and those who wait before it, with a store whose objects are numbers.

extern crate std;
use super::*;
use crate::{
    pool::word::NONE,
    sync::{AtomicU32, Ordering, UnsafeCell},
};
use std::vec::Vec;

#[cfg(loom)]
mod models;
mod sequential;

/// `N` slots; an object is a number, and its drop is counted.
#[derive(Debug)]
struct Shelf<const N: usize> {
    gate: Gate,
    links: [AtomicU32; N],
    objects: [UnsafeCell<u32>; N],
    drops: AtomicU32,
}

// SAFETY: an object is used by who holds its slot.
unsafe impl<const N: usize> Sync for Shelf<N> {}

impl<const N: usize> Shelf<N> {
    /// All slots are vacant.
    fn vacant() -> Self {
        Self::with(Gate::vacant(u32::try_from(N).unwrap(), true))
    }

    /// All slots are idle; slot 0 is on top.
    fn idle() -> Self {
        let shelf = Self::vacant();
        let taken: Vec<_> = (0..N).map(|_| shelf.take()).collect();
        taken.into_iter().rev().for_each(|taken| shelf.put(taken.unwrap()));
        shelf
    }

    fn with(gate: Gate) -> Self {
        Self {
            gate,
            links: core::array::from_fn(|_| AtomicU32::new(NONE)),
            objects: core::array::from_fn(|_| UnsafeCell::new(0)),
            drops: AtomicU32::new(0),
        }
    }

    /// Takes a slot as `try_get` does, with an object in it.
    fn take(&self) -> Result<u32, TryGetError> {
        self.gate.take(self).map(|taken| self.use_object(taken))
    }

    /// A wait for a slot.
    fn wait(&self) -> Wait<'_, Self> {
        Wait::new(self)
    }

    /// What a user does with an object.
    fn use_object(&self, taken: Taken<u32>) -> u32 {
        match taken {
            Taken::Vacant(index) => self.objects[index as usize].with_mut(|object| {
                // SAFETY: the slot is held.
                unsafe { *object = 1 };
                index
            }),
            Taken::Idle(index) => self.objects[index as usize].with_mut(|object| {
                // SAFETY: the slot is held.
                unsafe { *object += 1 };
                index
            }),
        }
    }

    fn put(&self, index: u32) {
        // SAFETY: callers hold the slot, and it has an object.
        unsafe { self.release(index) };
    }

    fn drops(&self) -> u32 {
        self.drops.load(Ordering::Relaxed)
    }
}

impl<const N: usize> Links for Shelf<N> {
    fn link(&self, index: u32) -> &AtomicU32 {
        &self.links[index as usize]
    }
}

impl<const N: usize> Store for Shelf<N> {
    type Slot = u32;

    fn gate(&self) -> &Gate {
        &self.gate
    }

    fn slot(&self, index: u32) -> u32 {
        index
    }

    unsafe fn drop_object(&self, index: u32) {
        // SAFETY: the slot is held.
        self.objects[index as usize].with_mut(|object| unsafe { *object = 0 });
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}
