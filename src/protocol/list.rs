//! A list that only grows, of nodes that one thread at a time holds: all heaps.
//!
//! A node whose holder lets it go waits for the next one; it never leaves the list.
//!
//! # Protocol
//!
//! | step | who          | operation                       | ordering |
//! |------|--------------|---------------------------------|----------|
//! | H1   | next holder  | CAS `held`: false -> true       | Acquire  |
//! | H2   | holder       | store `held` = false            | Release  |
//! | N1   | first holder | CAS `first`: old -> new node    | Release  |
//! | N2   | any          | load `first`, follow `next`     | Acquire  |
//! | I1   | before H2    | `idle` + 1                      | Relaxed  |
//! | I2   | after H1     | `idle` - 1                      | Relaxed  |
//!
//! # Invariants
//!
//! * **L1** A node is held by one thread at a time, from N1 or H1 to H2.
//! * **L2** What was written to a node before N1 is visible to who finds it. Older nodes came
//!   with it: each N1 reads from the one before, so all of them are of one release sequence.
//! * **L3** `idle` is a hint and never below zero: I1, H2, H1, I2 of one round are in this order.
//!
//! There is no ABA: a node is entered once, so `first` never goes back to an old value.

use crate::sync::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use core::ptr::{self, NonNull};

/// What a [`List`] needs in each of its nodes.
#[derive(Debug)]
pub(crate) struct Link<T: 'static> {
    held: AtomicBool,
    /// The node before; written before N1.
    next: AtomicPtr<T>,
}

/// A type whose values can be nodes of a list.
pub(crate) trait Linked: Sized + Sync + 'static {
    fn link(&self) -> &Link<Self>;
}

/// Nodes that live for ever.
#[derive(Debug)]
pub(crate) struct List<T: 'static> {
    first: AtomicPtr<T>,
    /// Nodes that wait: a hint that spares a thread the walk.
    idle: AtomicUsize,
}

impl<T> Link<T> {
    /// The link of a node that is in no list, and held by who makes it.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { held: AtomicBool::new(true), next: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    fn new() -> Self {
        Self { held: AtomicBool::new(true), next: AtomicPtr::new(ptr::null_mut()) }
    }

    /// True if some thread holds the node: a snapshot.
    #[cfg(not(loom))]
    fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }
}

impl<T: Linked> List<T> {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()), idle: AtomicUsize::new(0) }
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    fn new() -> Self {
        Self { first: AtomicPtr::new(ptr::null_mut()), idle: AtomicUsize::new(0) }
    }

    /// Takes a node that waits and is wanted, if one is seen.
    ///
    /// * `is_wanted`: looks at nodes that another thread may hold.
    pub(crate) fn take(&self, is_wanted: impl Fn(&T) -> bool) -> Option<&'static T> {
        // Relaxed: a hint.
        if self.idle.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let taken = self.iter().filter(|node| is_wanted(node)).find(|node| {
            // H1. Acquire: all that the last holder did to the node. Pairs with: Release in
            // `let_go`. Failure is Relaxed: another thread has it, nothing is read.
            let (held, order) = (&node.link().held, (Ordering::Acquire, Ordering::Relaxed));
            !held.load(Ordering::Relaxed)
                && held.compare_exchange(false, true, order.0, order.1).is_ok()
        })?;
        let before = self.idle.fetch_sub(1, Ordering::Relaxed);
        debug_assert!(before > 0, "L3: more nodes were taken than waited");
        Some(taken)
    }

    /// Lets a node go that the calling thread holds.
    pub(crate) fn let_go(&self, node: &'static T) {
        self.idle.fetch_add(1, Ordering::Relaxed);
        // H2. Release: what this thread did to the node. Pairs with: Acquire in `take`.
        node.link().held.store(false, Ordering::Release);
    }

    /// Enters a new node, which the calling thread made and goes on to hold.
    pub(crate) fn enter(&self, node: &'static T) {
        let new = ptr::from_ref(node).cast_mut();
        // Relaxed: the value is only stored and compared.
        let mut first = self.first.load(Ordering::Relaxed);
        loop {
            node.link().next.store(first, Ordering::Relaxed);
            // N1. Release: the node and its `next`. Pairs with: Acquire in `iter`.
            let order = (Ordering::Release, Ordering::Relaxed);
            match self.first.compare_exchange(first, new, order.0, order.1) {
                Ok(_) => return,
                Err(now) => first = now,
            }
        }
    }

    /// All nodes, newest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static T> + use<T> {
        // N2. Acquire: the nodes (L2). Pairs with: Release in `enter`.
        let first = self.first.load(Ordering::Acquire);
        // SAFETY: only `enter` writes such pointers, from references that live for ever.
        let node = |node: *mut T| NonNull::new(node).map(|node| unsafe { node.as_ref() });
        // Relaxed: written before the node was entered, and never again.
        core::iter::successors(node(first), move |one| {
            node(one.link().next.load(Ordering::Relaxed))
        })
    }

    /// The nodes that nobody holds: where no other thread is, as in the child of a fork.
    #[cfg(not(loom))]
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &'static T> + use<T> {
        self.iter().filter(|node| !node.link().is_held())
    }

    /// In the child of a fork: lets the nodes go that vanished threads held, after `forget` has
    /// made each of them fit for the next holder.
    ///
    /// * `own`: what the only thread left holds.
    #[cfg(not(loom))]
    pub(crate) fn recover(&self, own: &T, forget: impl Fn(&'static T)) {
        for node in self.iter().filter(|node| !ptr::eq(*node, own)) {
            if node.link().is_held() {
                forget(node);
                node.link().held.store(false, Ordering::Relaxed);
            }
        }
        // A vanished thread may have been between I1 and H2, or between H1 and I2.
        self.idle.store(self.waiting().count(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
