//! How a local pool is to be.

extern crate std;

use super::{Inner, Pool, store::Store};
use crate::pool::{
    hooks::{Create, Hooks},
    place,
    recycle::Recycle,
};
use core::{convert::Infallible, fmt, marker::PhantomData, mem::MaybeUninit, ptr::NonNull};
use std::boxed::Box;

/// How a local [`Pool`] is to be; as [`Builder`](crate::Builder).
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<T> {
    create: Create<T, Infallible>,
    hooks: Hooks<T>,
    capacity: Option<usize>,
    max_idle: usize,
    max_idle_bytes: usize,
    prefill: usize,
}

impl<T> Builder<T> {
    pub(super) fn new(create: impl Fn() -> T + 'static) -> Self {
        Self::with(Create::OfUser(Box::new(move |place: &mut MaybeUninit<T>| {
            place.write(create());
            Ok(())
        })))
    }

    /// A pool whose objects `init` makes in their slots; see
    /// [`Builder::init_in_place`](crate::Builder::init_in_place).
    pub fn init_in_place(init: impl Fn(&mut MaybeUninit<T>) -> &mut T + 'static) -> Self {
        Self::with(Create::OfUser(Box::new(move |place: &mut MaybeUninit<T>| {
            place::fill(place, &init);
            Ok(())
        })))
    }

    /// A pool of objects that [`Recycle`] makes, resets and measures.
    pub fn recycle() -> Self
    where
        T: Recycle,
    {
        let create = |place: &mut MaybeUninit<T>| {
            place.write(T::create());
            Ok(())
        };
        let mut builder = Self::with(Create::OfType(create));
        builder.hooks = Hooks::of_type(T::reset, T::footprint);
        builder
    }

    fn with(create: Create<T, Infallible>) -> Self {
        Self {
            create,
            hooks: Hooks::none(),
            capacity: None,
            max_idle: usize::MAX,
            max_idle_bytes: usize::MAX,
            prefill: 0,
        }
    }

    /// At most so many objects, in use or idle, but for what `get`, `adopt` and `clone` make beyond.
    pub fn capacity(mut self, objects: usize) -> Self {
        self.capacity = Some(objects);
        self
    }

    /// At most so many idle objects; more are dropped on release.
    pub fn max_idle(mut self, objects: usize) -> Self {
        self.max_idle = objects;
        self
    }

    /// At most so many bytes in idle objects; those that exceed it are dropped on release. An object
    /// counts with its own size and its [`footprint`](Self::footprint).
    pub fn max_idle_bytes(mut self, bytes: usize) -> Self {
        self.max_idle_bytes = bytes;
        self
    }

    /// What an idle object holds on the heap, in bytes.
    pub fn footprint(mut self, bytes: impl Fn(&T) -> usize + 'static) -> Self {
        self.hooks.set_footprint(bytes);
        self
    }

    /// So many objects are made by `build`.
    pub fn prefill(mut self, objects: usize) -> Self {
        self.prefill = objects;
        self
    }

    /// Makes an object ready for reuse: runs on release.
    pub fn reset(mut self, reset: impl Fn(&mut T) + 'static) -> Self {
        self.hooks.and_recycle(move |object| {
            reset(object);
            true
        });
        self
    }

    /// Says whether an object is kept: runs on release, in the order of the calls of this and
    /// [`reset`](Self::reset).
    pub fn keep_if(mut self, keep: impl Fn(&T) -> bool + 'static) -> Self {
        self.hooks.and_recycle(move |object| keep(object));
        self
    }

    /// Says whether an idle object is still good when it is about to be handed out.
    pub fn check_on_get(mut self, check: impl Fn(&mut T) -> bool + 'static) -> Self {
        self.hooks.and_check(check);
        self
    }

    /// The pool.
    pub fn build(self) -> Pool<T> {
        let store = Store::new(
            Inner::<T>::free,
            self.hooks,
            self.capacity,
            self.max_idle,
            self.max_idle_bytes,
        );
        let inner = Box::leak(Box::new(Inner { store, create: self.create }));
        let pool = Pool { inner: NonNull::from(inner), holds: PhantomData };
        pool.prefill(self.prefill);
        pool
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("hooks", &self.hooks)
            .field("capacity", &self.capacity)
            .field("max_idle", &self.max_idle)
            .field("max_idle_bytes", &self.max_idle_bytes)
            .field("prefill", &self.prefill)
            .finish_non_exhaustive()
    }
}
