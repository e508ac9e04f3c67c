//! Pools of one thread: no atomics, and objects that may not leave the thread.
//!
//! ```
//! use poolalloc::local::Pool;
//! use std::rc::Rc;
//!
//! let pool = Pool::builder(Vec::<Rc<str>>::new).reset(Vec::clear).capacity(2).build();
//! let (mut names, others) = (pool.get(), pool.get());
//! names.push("a".into());
//! assert!(pool.try_get().is_err());
//! drop(names);
//! assert!(pool.get().is_empty());
//! # drop(others);
//! ```

extern crate std;

use std::boxed::Box;
mod builder;
mod guard;
mod slot;
mod store;

use super::{error::TryGetError, hooks::Create, recycle::Recycle, stats::Stats};
use core::{
    cell::Cell, convert::Infallible, fmt, marker::PhantomData, mem::MaybeUninit, ptr::NonNull,
};
use store::Store;

pub use builder::Builder;
pub use guard::Pooled;

/// A store, and how its objects are made.
#[repr(C)]
struct Inner<T> {
    store: Store<T>,
    create: Create<T, Infallible>,
}

impl<T> Inner<T> {
    /// The last reference is gone.
    unsafe fn free(store: NonNull<Store<T>>) {
        // SAFETY: made by `Builder` from a box, and nothing refers to it. No object is left: each
        // has a reference.
        drop(unsafe { Box::from_raw(store.cast::<Self>().as_ptr()) });
    }
}

/// A pool of one thread. A handle: clones are of the same pool.
///
/// As [`Pool`](crate::Pool), without its atomics and without waiting. Objects, guards and handles
/// stay in their thread, so `T` need not be `Send`.
pub struct Pool<T> {
    inner: NonNull<Inner<T>>,
    /// Handles of one pool agree on its type, lifetimes included.
    holds: PhantomData<Cell<T>>,
}

fn sure<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

impl<T> Pool<T> {
    /// A pool without a capacity, whose objects `create` makes, and which are not reset.
    pub fn new(create: impl Fn() -> T + 'static) -> Self {
        Self::builder(create).build()
    }

    /// A pool without a capacity of what [`Recycle`] makes and resets.
    #[must_use]
    pub fn of() -> Self
    where
        T: Recycle,
    {
        Builder::recycle().build()
    }

    /// How a pool is to be whose objects `create` makes.
    pub fn builder(create: impl Fn() -> T + 'static) -> Builder<T> {
        Builder::new(create)
    }

    fn inner(&self) -> &Inner<T> {
        // SAFETY: it is there as long as there is a handle.
        unsafe { self.inner.as_ref() }
    }

    /// An idle object, else a new one. With a capacity, what is made beyond it, or in a closed pool,
    /// is dropped on release.
    #[inline]
    pub fn get(&self) -> Pooled<T> {
        let inner = self.inner();
        let slot = match inner.store.take_fast() {
            Some(slot) => slot,
            None => sure(inner.store.get(|place| inner.create.in_place(place))),
        };
        // SAFETY: taken just now.
        unsafe { Pooled::from_slot(slot) }
    }

    /// An idle object, else a new one within the capacity.
    ///
    /// # Errors
    ///
    /// As many objects are in use as the capacity says, or the pool is closed.
    #[inline]
    pub fn try_get(&self) -> Result<Pooled<T>, TryGetError> {
        let inner = self.inner();
        let slot = match inner.store.take_fast() {
            Some(slot) => slot,
            None => sure(inner.store.try_get(|place| inner.create.in_place(place))?),
        };
        // SAFETY: taken just now.
        Ok(unsafe { Pooled::from_slot(slot) })
    }

    /// `value` as an object in use of this pool: it is returned when it is dropped.
    pub fn adopt(&self, value: T) -> Pooled<T> {
        let fill = |place: &mut MaybeUninit<T>| {
            place.write(value);
            Ok(())
        };
        let slot = sure(self.inner().store.fill_new(fill));
        // SAFETY: made just now.
        unsafe { Pooled::from_slot(slot) }
    }

    /// Gives the pool a value, which is made ready for reuse as on release.
    ///
    /// # Errors
    ///
    /// The value itself, if it is not kept: the pool is closed, full, or keeps as much as it may,
    /// or the value did not pass `keep_if`.
    pub fn put(&self, value: T) -> Result<(), T> {
        self.inner().store.put(value)
    }

    /// Makes up to `count` objects. Returns how many were kept.
    pub fn prefill(&self, count: usize) -> usize {
        let inner = self.inner();
        inner.store.prefill(count, |place| inner.create.in_place(place))
    }

    /// From now on no call but `get` gives an object. Idle objects are dropped now, those in use
    /// when they are released.
    pub fn close(&self) {
        self.inner().store.close();
    }

    /// True after [`close`](Self::close).
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner().store.is_closed()
    }

    /// Drops the idle objects that `keep` refuses. If it panics, those not looked at yet are
    /// dropped.
    pub fn retain(&self, keep: impl FnMut(&mut T) -> bool) {
        self.inner().store.retain(keep);
    }

    /// Drops idle objects until at most `idle` are left.
    pub fn shrink_to(&self, idle: usize) {
        self.inner().store.shrink_to(idle);
    }

    /// Changes the capacity. Shrunk, idle objects are dropped at once, those in use when they are
    /// released.
    ///
    /// False, and nothing is done: the pool was built without a capacity.
    pub fn set_capacity(&self, capacity: usize) -> bool {
        self.inner().store.set_capacity(capacity)
    }

    /// What there is.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner().store.stats()
    }
}

/// A second handle of the same pool.
impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        self.inner().store.add_handle();
        Self { inner: self.inner, holds: PhantomData }
    }
}

impl<T> Drop for Pool<T> {
    fn drop(&mut self) {
        // SAFETY: the handle is gone.
        unsafe { Store::<T>::drop_handle(self.inner.cast()) };
    }
}

/// As [`Pool::of`].
impl<T: Recycle> Default for Pool<T> {
    fn default() -> Self {
        Self::of()
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}
