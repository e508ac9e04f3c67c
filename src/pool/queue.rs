//! Who waits for a slot, first come first served: a list of nodes that lie in the futures.
//!
//! Every node is read and written under the lock of the [`Gate`](super::gate::Gate) whose queue it
//! is in, and by nobody else.

use crate::sync::UnsafeCell;
use core::{marker::PhantomPinned, mem, ptr, task::Waker};

/// A slot that its taker holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken<P> {
    /// There is an object in it.
    Idle(P),
    /// There is none: a permit to make one.
    Vacant(P),
}

impl<P> Taken<P> {
    /// The same, with another name for the slot.
    #[inline]
    pub(crate) fn map<Q>(self, name: impl FnOnce(P) -> Q) -> Taken<Q> {
        match self {
            Self::Idle(slot) => Taken::Idle(name(slot)),
            Self::Vacant(slot) => Taken::Vacant(name(slot)),
        }
    }
}

/// One waiting future's node. It stays where it is from [`Queue::push`] until it was popped or
/// removed: pinned, and its owner waits for the lock before it lets it go.
#[derive(Debug)]
pub(crate) struct Waiter {
    node: UnsafeCell<Node>,
    _pinned: PhantomPinned,
}

#[derive(Debug)]
struct Node {
    before: *const Waiter,
    behind: *const Waiter,
    fate: Fate,
}

/// What became of a waiter.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It is in no queue, and was given nothing.
    Out,
    /// It is in the queue; the waker is called when that changes.
    Waits(Waker),
    /// It was given a slot and is in the queue no more.
    Given(Taken<u32>),
    /// The pool was closed while it waited; it is in the queue no more.
    Closed,
}

// SAFETY: the pointers are used under the lock of the gate, by whichever thread holds it.
unsafe impl Send for Waiter {}
// SAFETY: as above; a shared reference alone gives access to nothing.
unsafe impl Sync for Waiter {}

impl Waiter {
    pub(crate) fn new() -> Self {
        let node = Node { before: ptr::null(), behind: ptr::null(), fate: Fate::Out };
        Self { node: UnsafeCell::new(node), _pinned: PhantomPinned }
    }

    /// Reads and changes what became of the waiter.
    ///
    /// # Safety
    ///
    /// The calling thread holds the lock of the gate.
    pub(crate) unsafe fn with_fate<R>(&self, f: impl FnOnce(&mut Fate) -> R) -> R {
        // SAFETY: the lock is held.
        unsafe { self.with(|node| f(&mut node.fate)) }
    }

    /// # Safety
    ///
    /// The calling thread holds the lock of the gate; `f` uses no other waiter's node.
    unsafe fn with<R>(&self, f: impl FnOnce(&mut Node) -> R) -> R {
        // SAFETY: all access is under the lock, so nobody else has a reference now.
        self.node.with_mut(|node| f(unsafe { &mut *node }))
    }
}

/// Waiters in the order in which they came.
#[derive(Debug)]
pub(crate) struct Queue {
    first: *const Waiter,
    last: *const Waiter,
    len: usize,
}

// SAFETY: the pointers are used under the lock of the gate, by whichever thread holds it.
unsafe impl Send for Queue {}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self { first: ptr::null(), last: ptr::null(), len: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Puts a waiter behind all others.
    ///
    /// # Safety
    ///
    /// The queue is the one of the gate whose lock is held. The waiter is in no queue, is pinned,
    /// and is not let go before it was popped or removed.
    pub(crate) unsafe fn push(&mut self, waiter: &Waiter, waker: Waker) {
        let last = self.last;
        let enter = |node: &mut Node| {
            *node = Node { before: last, behind: ptr::null(), fate: Fate::Waits(waker) };
        };
        // SAFETY: the lock is held.
        unsafe { waiter.with(enter) };
        // SAFETY: the neighbour is null or in the queue.
        unsafe { self.join(last, ptr::from_ref(waiter)) };
        // SAFETY: as above.
        unsafe { self.join(ptr::from_ref(waiter), ptr::null()) };
        self.len += 1;
    }

    /// Takes the first waiter out, tells it its fate, and returns its waker.
    ///
    /// # Safety
    ///
    /// The lock of the gate is held.
    pub(crate) unsafe fn pop(&mut self, fate: Fate) -> Option<Waker> {
        // SAFETY: it is null or in the queue, so its owner keeps it.
        let first = unsafe { self.first.as_ref() }?;
        // SAFETY: the lock is held, and it is in this queue.
        unsafe { self.remove(first) };
        // SAFETY: the lock is held.
        match unsafe { first.with_fate(|old| mem::replace(old, fate)) } {
            Fate::Waits(waker) => Some(waker),
            _ => None,
        }
    }

    /// Takes a waiter out.
    ///
    /// # Safety
    ///
    /// The lock of the gate is held, and the waiter is in this queue.
    pub(crate) unsafe fn remove(&mut self, waiter: &Waiter) {
        // SAFETY: the lock is held.
        let (before, behind) = unsafe { waiter.with(|node| (node.before, node.behind)) };
        // SAFETY: neighbours are null or in the queue.
        unsafe { self.join(before, behind) };
        self.len -= 1;
    }

    /// Makes two waiters neighbours; null stands for the end on that side.
    ///
    /// # Safety
    ///
    /// The lock is held; each of them is null or is in the queue.
    unsafe fn join(&mut self, before: *const Waiter, behind: *const Waiter) {
        // SAFETY: who is in the queue is kept by its owner.
        match unsafe { before.as_ref() } {
            // SAFETY: the lock is held.
            Some(before) => unsafe { before.with(|node| node.behind = behind) },
            None => self.first = behind,
        }
        // SAFETY: as above.
        match unsafe { behind.as_ref() } {
            // SAFETY: the lock is held.
            Some(behind) => unsafe { behind.with(|node| node.before = before) },
            None => self.last = before,
        }
    }
}
