//! `Pool`: objects that any thread gets and returns. And what it shares with `TryPool`.

mod builder;
mod fallible;
mod get;
mod upkeep;

extern crate std;

use super::{
    blocking,
    error::{Closed, GetTimeoutError, TryGetError},
    guard::Pooled,
    hooks::Create,
    recycle::Recycle,
    shard::Next,
    slot::Held,
    stats::Stats,
    store::{self, Store},
};
use crate::{
    pool::core::Core,
    sync::{AtomicPtr, Ordering},
};
use core::{
    convert::Infallible,
    fmt,
    marker::PhantomData,
    mem::MaybeUninit,
    ptr::{self, NonNull},
    time::Duration,
};
use std::boxed::Box;

use get::Get;
use upkeep::upkeep;

pub use builder::Builder;
pub use fallible::TryPool;

/// A store, and how its objects are made.
#[repr(C)]
pub(crate) struct Inner<T, E> {
    pub(crate) store: Store<T>,
    pub(crate) create: Create<T, E>,
}

// SAFETY: as its store; the builder asks for `Send` and `Sync` of the function that makes objects,
// and errors stay where they come up.
unsafe impl<T: Send, E> Send for Inner<T, E> {}
// SAFETY: as above.
unsafe impl<T: Send, E> Sync for Inner<T, E> {}

/// Why there is no object: the pool refused, or making one failed.
pub(crate) enum Miss<R, E> {
    Refused(R),
    Create(E),
}

impl<T, E> Inner<T, E> {
    /// The last reference is gone.
    pub(crate) unsafe fn free(core: NonNull<Core>) {
        // SAFETY: made by `Builder` from a box, and nothing refers to it. No object is left: each
        // has a reference.
        drop(unsafe { Box::from_raw(core.cast::<Self>().as_ptr()) });
    }

    fn init(&self) -> impl FnMut(&mut MaybeUninit<T>) -> Result<(), E> {
        |place| self.create.in_place(place)
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> Result<Pooled<T>, E> {
        let slot = match self.store.take_next() {
            Ok(slot) => slot,
            Err(Next::Disputed(slot)) => self.store.get_disputed(slot, self.init())?,
            Err(_) => self.store.get_listed(self.init())?,
        };
        // SAFETY: taken just now.
        Ok(unsafe { Pooled::from_slot(slot) })
    }

    #[inline(always)]
    pub(crate) fn try_get(&self) -> Result<Pooled<T>, Miss<TryGetError, E>> {
        let slot = match &self.store.seats {
            Some(seats) => match self.store.try_get_seated(seats, self.init()) {
                Ok(made) => made.map_err(Miss::Create)?,
                Err(refused) => return Err(Miss::Refused(refused)),
            },
            None => match self.store.take_next() {
                Ok(slot) => slot,
                Err(next) => self.try_get_listed(next)?,
            },
        };
        // SAFETY: taken just now.
        Ok(unsafe { Pooled::from_slot(slot) })
    }

    /// As [`try_get`](Self::try_get), where the calling thread's shard has none that goes out next.
    #[inline(never)]
    fn try_get_listed(&self, next: Next) -> Result<Held<T>, Miss<TryGetError, E>> {
        match self.store.take_own(next) {
            Some(slot) => Ok(slot),
            None if self.store.core.is_closed() => Err(Miss::Refused(TryGetError::Closed)),
            None => self.store.get_slow(self.init()).map_err(Miss::Create),
        }
    }
}

/// One handle of a store.
pub(crate) struct Handle<T, E> {
    /// Null: not made yet.
    inner: AtomicPtr<Inner<T, E>>,
    /// Makes it, if it is made late.
    make: Option<fn() -> Handle<T, E>>,
    /// For Send and Sync.
    refers: PhantomData<Inner<T, E>>,
}

impl<T, E> Handle<T, E> {
    /// # Safety
    ///
    /// The handle of a new store, which lies in a box.
    pub(crate) unsafe fn new(inner: NonNull<Inner<T, E>>) -> Self {
        Self { inner: AtomicPtr::new(inner.as_ptr()), make: None, refers: PhantomData }
    }

    const fn late(make: fn() -> Self) -> Self {
        Self { inner: AtomicPtr::new(ptr::null_mut()), make: Some(make), refers: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn inner(&self) -> &Inner<T, E> {
        // Acquire: the store. Pairs with: Release in `make`.
        let inner = self.inner.load(Ordering::Acquire);
        if inner.is_null() {
            return self.make();
        }
        // SAFETY: it is there as long as there is a handle.
        unsafe { &*inner }
    }

    #[cold]
    #[inline(never)]
    fn make(&self) -> &Inner<T, E> {
        if let Some(make) = self.make {
            let made = make();
            let new = made.inner.load(Ordering::Relaxed);
            // Release: the store. Pairs with: Acquire in `inner`. Where another was first, this one
            // is dropped.
            let order = (Ordering::Release, Ordering::Relaxed);
            if self.inner.compare_exchange(ptr::null_mut(), new, order.0, order.1).is_ok() {
                core::mem::forget(made);
            }
        }
        // Acquire: as in `inner`.
        let inner = self.inner.load(Ordering::Acquire);
        debug_assert!(!inner.is_null(), "a handle without a store has a way to make it");
        // SAFETY: made, by this thread or another; handles without a store have `make`.
        unsafe { &*inner }
    }
}

impl<T, E> Clone for Handle<T, E> {
    fn clone(&self) -> Self {
        let inner = self.inner();
        inner.store.core.add_handle();
        Self {
            inner: AtomicPtr::new(ptr::from_ref(inner).cast_mut()),
            make: None,
            refers: PhantomData,
        }
    }
}

impl<T, E> Drop for Handle<T, E> {
    fn drop(&mut self) {
        // Relaxed: nobody else uses this handle.
        if let Some(inner) = NonNull::new(self.inner.load(Ordering::Relaxed)) {
            // SAFETY: the handle is gone.
            unsafe { store::drop_handle(inner.cast::<Store<T>>()) };
        }
    }
}

/// A pool of objects that any thread gets and any thread returns. A handle: clones are of the same
/// pool.
///
/// * [`get`](Self::get) takes an idle object, else makes one. It never fails and never waits.
/// * [`try_get`](Self::try_get) keeps to the [`capacity`](Builder::capacity).
/// * [`get_async`](Self::get_async), [`get_blocking`](Self::get_blocking) and
///   [`get_timeout`](Self::get_timeout) wait for an object, first come, first served.
///
/// An object goes home when its guard is dropped, from any thread: `reset` and `keep_if` see it,
/// and it is idle again. What exceeds [`max_idle`](Builder::max_idle) or
/// [`max_idle_bytes`](Builder::max_idle_bytes), or what `reset` or `keep_if` refuses, is dropped. If
/// the pool is gone, the object is dropped where it is. Objects never move.
///
/// *Without* a capacity each thread has a shard of its own, from which it takes and to which it
/// returns without an atomic read-modify-write. What other threads return comes back to the shard
/// in one list. What [`prefill`](Self::prefill) made, what others [`put`](Self::put), and what
/// threads leave that end, is in a reserve, where every thread looks before it makes an object.
/// *With* a capacity there is one store: an object that is idle anywhere is found by every call.
///
/// ```
/// use poolalloc::Pool;
///
/// let pool = Pool::builder(|| Vec::<u8>::with_capacity(1024)).reset(Vec::clear).build();
/// let mut buffer = pool.get();
/// buffer.extend_from_slice(b"hello");
/// std::thread::spawn(move || assert_eq!(&buffer[..], b"hello")).join().unwrap();
/// assert!(pool.get().is_empty());
/// ```
///
/// User code, which is the functions given to the [`Builder`] and `Drop` of the object, runs while
/// nothing is locked: it may use the pool. If it panics its object is dropped, and its place is free.
pub struct Pool<T> {
    pub(crate) handle: Handle<T, Infallible>,
}

fn sure<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

impl From<Miss<Self, Infallible>> for Closed {
    fn from(miss: Miss<Self, Infallible>) -> Self {
        refused(miss)
    }
}

fn refused<R>(miss: Miss<R, Infallible>) -> R {
    match miss {
        Miss::Refused(refused) => refused,
        Miss::Create(never) => match never {},
    }
}

impl<T: Send> Pool<T> {
    /// A pool without a capacity, whose objects `create` makes, and which are not reset.
    pub fn new(create: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::builder(create).build()
    }

    /// A pool without a capacity of what [`Recycle`] makes and resets: for a `static`.
    ///
    /// The pool is made at its first use.
    ///
    /// ```
    /// use poolalloc::Pool;
    ///
    /// static BUFFERS: Pool<String> = Pool::of();
    ///
    /// let mut line = BUFFERS.get();
    /// line.push_str("reused");
    /// ```
    #[must_use]
    pub const fn of() -> Self
    where
        T: Recycle,
    {
        Self { handle: Handle::late(|| Builder::<T>::recycle().build().into_handle()) }
    }

    /// How a pool is to be whose objects `create` makes.
    pub fn builder(create: impl Fn() -> T + Send + Sync + 'static) -> Builder<T> {
        Builder::new(create)
    }

    /// A pool without a capacity whose objects `create` makes, unless it fails.
    pub fn try_new<E>(create: impl Fn() -> Result<T, E> + Send + Sync + 'static) -> TryPool<T, E> {
        TryPool { handle: Builder::fallible(create).into_handle().1 }
    }

    fn into_handle(self) -> Handle<T, Infallible> {
        self.handle
    }

    /// An idle object, else a new one.
    ///
    /// Never waits. With a capacity, what is made beyond it, or in a closed pool, is dropped on
    /// release.
    #[inline]
    pub fn get(&self) -> Pooled<T> {
        sure(self.handle.inner().get())
    }

    /// An idle object, else a new one within the capacity.
    ///
    /// # Errors
    ///
    /// As many objects are in use as the capacity says, or the pool is closed.
    #[inline(always)]
    pub fn try_get(&self) -> Result<Pooled<T>, TryGetError> {
        self.handle.inner().try_get().map_err(refused)
    }

    /// Waits for an object, on any executor. First come, first served; a caller that comes while
    /// others wait waits behind them.
    ///
    /// If an object is free it is ready at the first poll. Dropped before it is ready, it passes
    /// on what it was given meanwhile.
    ///
    /// # Errors
    ///
    /// The pool is closed, or was closed while this waited.
    pub fn get_async(&self) -> impl Future<Output = Result<Pooled<T>, Closed>> {
        Get::new(self.handle.inner())
    }

    /// As [`get_async`](Self::get_async); the calling thread sleeps.
    ///
    /// # Errors
    ///
    /// The pool is closed, or was closed while this waited.
    pub fn get_blocking(&self) -> Result<Pooled<T>, Closed> {
        blocking::block_on(self.get_async())
    }

    /// As [`get_blocking`](Self::get_blocking), but for at most `time`.
    ///
    /// # Errors
    ///
    /// The time is over, or the pool is closed.
    pub fn get_timeout(&self, time: Duration) -> Result<Pooled<T>, GetTimeoutError> {
        match blocking::block_for(self.get_async(), time) {
            Some(result) => result.map_err(GetTimeoutError::from),
            None => Err(GetTimeoutError::Timeout),
        }
    }

    /// Makes up to `count` objects that any thread finds. Returns how many were kept.
    pub fn prefill(&self, count: usize) -> usize {
        let inner = self.handle.inner();
        sure(inner.store.prefill(count, |place| inner.create.in_place(place)))
    }

    upkeep!();
}

/// A second handle of the same pool.
impl<T> Clone for Pool<T> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone() }
    }
}

/// As [`Pool::of`].
impl<T: Recycle + Send> Default for Pool<T> {
    fn default() -> Self {
        Self::of()
    }
}

impl<T> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}
