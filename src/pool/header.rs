//! What lies in front of every object: where it goes home to, and its place in a list.
//!
//! **Right** Whoever holds a slot, by a guard or by having taken it off a list, is the only one
//! that reads or writes its header, but for `home`, which never changes while others can see it, and
//! the count of those who hold it together.

use crate::{
    pool::holders::Holders,
    sync::{AtomicU32, UnsafeCell},
};
use core::{
    cell::Cell,
    ptr::{self, NonNull},
};

/// What a slot belongs to. The first field of a shard.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Home {
    /// The store that it is a part of; the store says of which type.
    pub(crate) store: NonNull<()>,
}

/// The header of a slot.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Header {
    /// The thread on whose private list the slot was last, [`NOBODY`] or [`SEATED`].
    owner: Cell<usize>,
    home: Cell<NonNull<Home>>,
    /// The slot below it in a list.
    link: UnsafeCell<*mut Header>,
    /// While idle: the bytes that are counted for it.
    bytes: Cell<usize>,
    /// While shared: how many hold it.
    holders: AtomicU32,
    /// Its object was pinned: it is dropped where it is.
    pinned: Cell<bool>,
}

/// No thread's token.
pub(crate) const NOBODY: usize = 0;
/// No thread's token: the slot has a seat in a store with a capacity.
pub(crate) const SEATED: usize = 2;

impl Header {
    /// A header that nobody's private list has seen.
    pub(crate) fn new(home: NonNull<Home>) -> Self {
        Self {
            owner: Cell::new(NOBODY),
            home: Cell::new(home),
            link: UnsafeCell::new(ptr::null_mut()),
            bytes: Cell::new(0),
            holders: AtomicU32::new(0),
            pinned: Cell::new(false),
        }
    }

    /// The thread whose private list may have the slot back without asking.
    #[inline(always)]
    pub(crate) fn owner(&self) -> usize {
        self.owner.get()
    }

    #[inline(always)]
    pub(crate) fn home(&self) -> NonNull<Home> {
        self.home.get()
    }

    /// The slot now belongs to `home`, whose thread is `owner`.
    pub(crate) fn settle(&self, home: NonNull<Home>, owner: usize) {
        self.home.set(home);
        self.owner.set(owner);
    }

    /// The private list that has the slot is now that of `owner`.
    pub(crate) fn set_owner(&self, owner: usize) {
        self.owner.set(owner);
    }

    /// The slot, which has a seat, gets an object: it may be kept, whatever became of the last one.
    pub(crate) fn seat(&self) {
        self.owner.set(SEATED);
        self.pinned.set(false);
    }

    #[inline(always)]
    pub(crate) fn link(&self) -> *mut Header {
        // SAFETY: the caller holds the slot.
        self.link.with(|link| unsafe { *link })
    }

    #[inline(always)]
    pub(crate) fn set_link(&self, below: *mut Header) {
        // SAFETY: the caller holds the slot.
        self.link.with_mut(|link| unsafe { *link = below });
    }

    /// Bytes that are counted for the idle object.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    pub(crate) fn set_bytes(&self, bytes: usize) {
        self.bytes.set(bytes);
    }

    /// The count of holders of a shared object.
    pub(crate) fn holders(&self) -> Holders<'_> {
        Holders::new(&self.holders)
    }

    /// True if the object was pinned and so must not be handed out again.
    pub(crate) fn is_pinned(&self) -> bool {
        self.pinned.get()
    }

    /// Sends the object past every private list when it is released.
    pub(crate) fn pin(&self) {
        self.pinned.set(true);
        self.owner.set(NOBODY);
    }
}
