//! `fixed::Pool`: how it is made, and how objects are got.

#[cfg(feature = "std")]
use super::super::{
    blocking,
    error::{Closed, GetTimeoutError},
};
use super::{
    super::{error::TryGetError, gate::Gate, wait::GiveBack, word::MAX_SLOTS},
    get::Get,
    guard::Pooled,
    inner::{Create, Hooks, Inner, Slot, Tally},
};
#[cfg(feature = "std")]
use core::time::Duration;
use core::{
    fmt,
    mem::{self, MaybeUninit},
    ptr::NonNull,
};

/// A pool of up to `N` objects that lie in the pool itself.
///
/// Any thread gets an object, and any thread releases it, by dropping the guard. The pool can be
/// made in a `static`, needs no allocator and, without the feature `std`, no operating system.
/// Objects never move.
///
/// There is no `get` that never fails: where all are in use there is no room for one more.
/// [`try_get`](Self::try_get) says so at once; [`get_async`](Self::get_async) and, with the
/// feature `std`, [`get_blocking`](Self::get_blocking) and [`get_timeout`](Self::get_timeout) wait,
/// first come, first served. While somebody waits, a released object is handed to the first waiter,
/// and `try_get` finds none.
///
/// * `N`: most objects; up to 2^24 - 1.
///
/// Cost: get and release are a compare-and-swap each, whatever `N` is and however many objects are
/// in use. A get that finds none is one load. Who waits takes a lock for a moment, and so does who
/// releases an object to a waiter. Without `std` this lock spins: do not use one pool both in an
/// interrupt handler and in what it interrupts.
///
/// A guard that is forgotten keeps its object: the pool is smaller by one from then on.
///
/// # Panics
///
/// A panic in `create`, in a hook or in an object's `Drop` reaches the caller; the object that it
/// came from is dropped, and its place is free again.
pub struct Pool<T, const N: usize> {
    inner: Inner<T, [Slot<T>; N]>,
}

impl<T, const N: usize> Pool<T, N> {
    /// `N`, checked.
    #[allow(clippy::cast_possible_truncation, reason = "it is checked")]
    const CAPACITY: u32 = {
        assert!(N <= MAX_SLOTS as usize, "a fixed pool has at most 2^24 - 1 objects");
        N as u32
    };

    /// A pool of these objects.
    #[must_use]
    pub const fn new(objects: [T; N]) -> Self {
        let mut slots = MaybeUninit::<[Slot<T>; N]>::uninit();
        let (from, to) = (objects.as_ptr(), slots.as_mut_ptr().cast::<Slot<T>>());
        let mut index = 0;
        while index < Self::CAPACITY {
            // SAFETY: within the array of objects.
            let object = unsafe { from.add(index as usize) };
            // SAFETY: as above; the array is forgotten below.
            let object = unsafe { object.read() };
            let link = Gate::first_link(index, Self::CAPACITY);
            // SAFETY: within the array of slots.
            let slot = unsafe { to.add(index as usize) };
            // SAFETY: as above; nothing is there yet.
            unsafe { slot.write(Slot::new(MaybeUninit::new(object), link)) };
            index += 1;
        }
        mem::forget(objects);
        // SAFETY: all of them were written.
        let slots = unsafe { slots.assume_init() };
        Self::from_parts(Gate::idle(Self::CAPACITY, false), None, slots)
    }

    /// A pool that makes an object with `create` when one is wanted and none is idle.
    ///
    /// ```
    /// use poolalloc::fixed::Pool;
    ///
    /// static LINES: Pool<String, 4> =
    ///     Pool::lazy(String::new).reset(String::clear).keep_if(|line| line.capacity() <= 4096);
    ///
    /// let mut line = LINES.try_get().unwrap();
    /// line.push_str("grows once");
    /// drop(line);
    /// assert_eq!((LINES.live(), LINES.try_get().unwrap().capacity() > 0), (1, true));
    /// ```
    #[must_use]
    pub const fn lazy(create: fn() -> T) -> Self {
        Self::making(Create::Value(create))
    }

    /// As [`lazy`](Self::lazy), but objects are made in their places, so that a huge `T` is never on
    /// the stack.
    ///
    /// * `init`: fills the place, and returns what is in it. If it returns a reference to something
    ///   else, the call that wanted the object panics.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use poolalloc::fixed::Pool;
    ///
    /// type Frame = [u8; 1 << 20];
    ///
    /// fn black(place: &mut MaybeUninit<Frame>) -> &mut Frame {
    ///     // SAFETY: all zero is a frame.
    ///     unsafe {
    ///         place.as_mut_ptr().write_bytes(0, 1);
    ///         place.assume_init_mut()
    ///     }
    /// }
    ///
    /// // In a `static`, the places are in the program's file: two mebibytes here.
    /// static FRAMES: Pool<Frame, 2> = Pool::init_in_place(black);
    /// assert_eq!(FRAMES.try_get().unwrap()[1_000_000], 0);
    /// ```
    #[must_use]
    pub const fn init_in_place(init: fn(&mut MaybeUninit<T>) -> &mut T) -> Self {
        Self::making(Create::InPlace(init))
    }

    const fn making(create: Create<T>) -> Self {
        Self::from_parts(Gate::vacant(Self::CAPACITY, true), Some(create), Self::no_objects())
    }

    /// A pool that has only what it is [given](Self::put).
    #[must_use]
    pub const fn empty() -> Self {
        Self::from_parts(Gate::vacant(Self::CAPACITY, false), None, Self::no_objects())
    }

    /// A pool of the objects that `create` makes for the indices `0..N`.
    #[must_use]
    pub fn from_fn(create: impl FnMut(usize) -> T) -> Self {
        Self::new(core::array::from_fn(create))
    }

    const fn no_objects() -> [Slot<T>; N] {
        [const { Slot::new(MaybeUninit::uninit(), 0) }; N]
    }

    const fn from_parts(gate: Gate, create: Option<Create<T>>, slots: [Slot<T>; N]) -> Self {
        let hooks = Hooks { create, reset: None, keep_if: None, check: None };
        Self { inner: Inner { gate, hooks, tally: Tally::new(), slots } }
    }

    /// The same pool, with `reset` called on each object that is released.
    #[must_use]
    pub const fn reset(mut self, reset: fn(&mut T)) -> Self {
        self.inner.hooks.reset = Some(reset);
        self
    }

    /// The same pool, with `keep_if` asked about each object that is released, after `reset`: an
    /// object that is not to be kept is dropped.
    #[must_use]
    pub const fn keep_if(mut self, keep_if: fn(&T) -> bool) -> Self {
        self.inner.hooks.keep_if = Some(keep_if);
        self
    }

    /// The same pool, with `check` asked about each idle object that is about to be handed out: one
    /// that is good no more is dropped, and another is made in its place; in a pool that makes none
    /// the next one is taken, or waited for.
    ///
    /// ```
    /// use poolalloc::fixed::Pool;
    ///
    /// # struct Link(u8);
    /// # impl Link {
    /// #     fn open() -> Self { Link(0) }
    /// #     fn is_up(&mut self) -> bool { self.0 += 1; self.0 < 2 }
    /// # }
    /// static LINKS: Pool<Link, 2> = Pool::lazy(Link::open).check_on_get(Link::is_up);
    /// # drop(LINKS.try_get()); drop(LINKS.try_get()); drop(LINKS.try_get());
    /// # assert_eq!((LINKS.stats().created, LINKS.stats().discarded), (2, 1));
    /// ```
    #[must_use]
    pub const fn check_on_get(mut self, check: fn(&mut T) -> bool) -> Self {
        self.inner.hooks.check = Some(check);
        self
    }

    /// The pool, for who need not know `N`.
    #[inline]
    pub(super) fn inner(&self) -> &Inner<T> {
        &self.inner
    }

    /// An idle object; without one, and with [`lazy`](Self::lazy) or
    /// [`init_in_place`](Self::init_in_place), a new one.
    ///
    /// # Errors
    ///
    /// [`TryGetError::Empty`]: all are in use. [`TryGetError::Closed`]: the pool is closed.
    #[inline]
    pub fn try_get(&self) -> Result<Pooled<'_, T>, TryGetError> {
        Pooled::try_from_pool(self.inner())
    }

    /// Waits for an object.
    ///
    /// The future runs on any executor. It may be dropped at any time: what it was handed goes to
    /// the next who waits. If an object is free it is ready at its first poll.
    ///
    /// # Errors
    ///
    /// [`Err`](crate::Closed): the pool is closed.
    #[inline]
    pub fn get_async(&self) -> Get<'_, T> {
        Get::new(self.inner())
    }

    /// Waits for an object; the thread sleeps.
    ///
    /// # Errors
    ///
    /// [`Closed`]: the pool is closed.
    #[cfg(feature = "std")]
    pub fn get_blocking(&self) -> Result<Pooled<'_, T>, Closed> {
        blocking::block_on(self.get_async())
    }

    /// Waits for an object, but not longer than `timeout`.
    ///
    /// # Errors
    ///
    /// [`GetTimeoutError::Timeout`]: none was there in time. [`GetTimeoutError::Closed`]: the pool
    /// is closed.
    #[cfg(feature = "std")]
    pub fn get_timeout(&self, timeout: Duration) -> Result<Pooled<'_, T>, GetTimeoutError> {
        match blocking::block_for(self.get_async(), timeout) {
            Some(got) => Ok(got?),
            None => Err(GetTimeoutError::Timeout),
        }
    }

    /// Gives the pool an object as if it had been released, but without the hooks.
    ///
    /// # Errors
    ///
    /// The object: there are `N` already, or the pool is closed.
    pub fn put(&self, object: T) -> Result<(), T> {
        self.adopt(object).map(|adopted| {
            let (inner, index) = Pooled::into_parts(adopted);
            // SAFETY: the slot was the guard's.
            unsafe { inner.release(index) };
        })
    }

    /// Makes an object one of the pool's, and in use.
    ///
    /// # Errors
    ///
    /// The object: there are `N` already, or the pool is closed.
    pub fn adopt(&self, object: T) -> Result<Pooled<'_, T>, T> {
        let inner = self.inner();
        let Some(index) = inner.gate.take_vacant(inner) else { return Err(object) };
        // SAFETY: the slot is held and has no object in it.
        unsafe { inner.object(index).write(object) };
        // SAFETY: now it has one.
        Ok(unsafe { Pooled::new(inner, index) })
    }

    /// The guard of an object that [`Pooled::into_raw`] gave away.
    ///
    /// # Safety
    ///
    /// `object` came from `into_raw` of a guard of this pool, and each is turned back at most once.
    pub unsafe fn from_raw(&self, object: NonNull<T>) -> Pooled<'_, T> {
        let (first, size) = (self.inner.slots.as_ptr().addr(), size_of::<Slot<T>>());
        // An object lies within its slot.
        #[allow(clippy::cast_possible_truncation, reason = "the quotient is below `N`")]
        let index = ((object.addr().get() - first) / size) as u32;
        // SAFETY: the caller's promise.
        unsafe { Pooled::new(self.inner(), index) }
    }
}

impl<T, const N: usize> Drop for Pool<T, N> {
    /// Drops the objects. One whose guard was forgotten is forgotten, too.
    fn drop(&mut self) {
        let inner = self.inner();
        while let Some(index) = inner.gate.take_idle(inner) {
            // SAFETY: it was idle, so there is an object in it.
            unsafe { inner.discard(index) };
        }
    }
}

impl<T, const N: usize> fmt::Debug for Pool<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.inner.gate.counts(self.inner());
        f.debug_struct("Pool")
            .field("capacity", &N)
            .field("live", &counts.live)
            .field("idle", &counts.idle)
            .field("waiting", &counts.waiting)
            .field("closed", &self.is_closed())
            .finish()
    }
}

impl<T, const N: usize> From<[T; N]> for Pool<T, N> {
    fn from(objects: [T; N]) -> Self {
        Self::new(objects)
    }
}

impl<T: Default, const N: usize> Default for Pool<T, N> {
    fn default() -> Self {
        Self::from_fn(|_| T::default())
    }
}
