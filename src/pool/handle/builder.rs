//! How a pool is to be.

extern crate std;

use crate::pool::core::Kind;
use crate::pool::{
    bounded::MAX_CAPACITY,
    handle::fallible::TryPool,
    handle::{Handle, Inner, Pool},
    hooks::{Create, Hooks},
    limits::Limits,
    place,
    recycle::Recycle,
    slot::Held,
    store::{self, ByHooks, MakeReady, OnRelease, Store},
};
use core::{convert::Infallible, fmt, mem::MaybeUninit, ptr::NonNull};
use std::boxed::Box;

/// How a [`Pool`] is to be: from [`Pool::builder`], [`Builder::recycle`] or
/// [`Builder::init_in_place`]; for a pool where making an object may fail from
/// [`TryPool::builder`].
///
/// Without any further call: no capacity, all that is released is kept as it is.
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<T, E = Infallible> {
    create: Create<T, E>,
    hooks: Hooks<T>,
    /// There if the hooks say something on release.
    on_release: Option<OnRelease<T>>,
    capacity: Option<usize>,
    max_idle: usize,
    max_idle_bytes: usize,
    prefill: usize,
}

impl<T> Builder<T> {
    /// A pool whose objects `create` makes.
    pub(crate) fn new(create: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Self::with_closure(move |place| {
            place.write(create());
            Ok(())
        })
    }

    /// A pool whose objects `init` makes in their slots, so that a huge `T` is never on the stack.
    ///
    /// * `init`: fills the place, and returns what is in it. If it returns a reference to something
    ///   else, the call that wanted the object panics.
    ///
    /// ```
    /// use poolalloc::Builder;
    /// use std::mem::MaybeUninit;
    ///
    /// type Frame = [u8; 8 << 20];
    /// let frames = Builder::<Frame>::init_in_place(|place: &mut MaybeUninit<Frame>| {
    ///     // SAFETY: all zero is a frame.
    ///     unsafe {
    ///         place.as_mut_ptr().write_bytes(0, 1);
    ///         place.assume_init_mut()
    ///     }
    /// })
    /// .build();
    /// assert_eq!(frames.get()[8_000_000], 0);
    /// ```
    pub fn init_in_place(
        init: impl Fn(&mut MaybeUninit<T>) -> &mut T + Send + Sync + 'static,
    ) -> Self {
        Self::with_closure(move |place| {
            place::fill(place, &init);
            Ok(())
        })
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
        builder.on_release = Some(OnRelease::new::<ByType>());
        builder
    }

    /// The pool.
    pub fn build(self) -> Pool<T>
    where
        T: Send,
    {
        let (prefill, handle) = self.into_handle();
        let pool = Pool { handle };
        pool.prefill(prefill);
        pool
    }
}

impl<T, E> Builder<T, E> {
    fn with(create: Create<T, E>) -> Self {
        Self {
            create,
            hooks: Hooks::none(),
            on_release: None,
            capacity: None,
            max_idle: usize::MAX,
            max_idle_bytes: usize::MAX,
            prefill: 0,
        }
    }

    fn with_closure(
        create: impl Fn(&mut MaybeUninit<T>) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        Self::with(Create::OfUser(Box::new(create)))
    }

    pub(crate) fn fallible(create: impl Fn() -> Result<T, E> + Send + Sync + 'static) -> Self {
        Self::with_closure(move |place| {
            place.write(create()?);
            Ok(())
        })
    }

    /// At most so many objects, in use or idle, but for what `get`, `adopt` and `clone` make beyond.
    /// More than 2²⁴ - 2 is that.
    ///
    /// With a capacity there is one store for all threads: what is idle anywhere is found by each
    /// call, and calls can wait. Without, see [`Pool`].
    pub fn capacity(mut self, objects: usize) -> Self {
        self.capacity = Some(objects);
        self
    }

    /// At most so many idle objects in the whole pool; more are dropped on release.
    ///
    /// Threads tell each other of what they keep in batches of a sixteenth of this, at most 16. By
    /// so many the pool may have more for each further thread that keeps objects.
    pub fn max_idle(mut self, objects: usize) -> Self {
        self.max_idle = objects;
        self
    }

    /// At most so many bytes in idle objects of the whole pool; those that exceed it are dropped on
    /// release. An object counts with its own size and its [`footprint`](Self::footprint).
    ///
    /// Threads tell each other of what they keep once it is a sixteenth of this.
    pub fn max_idle_bytes(mut self, bytes: usize) -> Self {
        self.max_idle_bytes = bytes;
        self
    }

    /// What an idle object holds on the heap, in bytes: for
    /// [`max_idle_bytes`](Self::max_idle_bytes). Runs on release.
    pub fn footprint(mut self, bytes: impl Fn(&T) -> usize + Send + Sync + 'static) -> Self {
        self.hooks.set_footprint(bytes);
        self
    }

    /// So many objects are made by `build`, and found by any thread.
    pub fn prefill(mut self, objects: usize) -> Self {
        self.prefill = objects;
        self
    }

    /// Makes an object ready for reuse: runs on release, on the thread that releases.
    pub fn reset(self, reset: impl Fn(&mut T) + Send + Sync + 'static) -> Self {
        self.and_recycle(move |object| {
            reset(object);
            true
        })
    }

    /// Says whether an object is kept: runs on release, in the order of the calls of this and
    /// [`reset`](Self::reset).
    pub fn keep_if(self, keep: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        self.and_recycle(move |object| keep(object))
    }

    fn and_recycle<F: Fn(&mut T) -> bool + Send + Sync + 'static>(mut self, recycle: F) -> Self {
        self.on_release = Some(match self.on_release {
            // SAFETY: the first that the hooks are given, and another makes this `ByHooks`.
            None => unsafe { OnRelease::by_user::<F>() },
            Some(_) => OnRelease::new::<ByHooks>(),
        });
        self.hooks.and_recycle(recycle);
        self
    }

    /// Says whether an idle object is still good when it is about to be handed out; if not, it is
    /// dropped and another is taken or made.
    pub fn check_on_get(mut self, check: impl Fn(&mut T) -> bool + Send + Sync + 'static) -> Self {
        self.hooks.and_check(check);
        self
    }

    /// How many to prefill, and the handle of the new store.
    pub(crate) fn into_handle(self) -> (usize, Handle<T, E>) {
        let kind = if self.capacity.is_some() { Kind::Bounded } else { Kind::Sharded };
        let capacity =
            self.capacity.map(|n| u32::try_from(n).unwrap_or(u32::MAX).min(MAX_CAPACITY));
        let limits = Limits::new(self.max_idle, self.max_idle_bytes);
        let place = Box::leak(Box::<Inner<T, E>>::new_uninit());
        let inner = NonNull::from(&mut *place).cast::<Inner<T, E>>();
        let free = Inner::<T, E>::free;
        let store = Store::new(
            kind,
            inner.cast(),
            free,
            (self.hooks, self.on_release),
            limits,
            usize::MAX,
            capacity,
        );
        place.write(Inner { store, create: self.create }).store.settle();
        // SAFETY: written just now, in its box.
        (self.prefill, unsafe { Handle::new(inner) })
    }
}

impl<T: Send, E> Builder<T, E> {
    /// The pool; prefilled as far as making objects succeeds.
    ///
    /// # Errors
    ///
    /// That of the function that makes objects, in prefilling.
    pub fn try_build(self) -> Result<TryPool<T, E>, E> {
        let (prefill, handle) = self.into_handle();
        let pool = TryPool { handle };
        pool.prefill(prefill)?;
        Ok(pool)
    }
}

/// As the type says.
struct ByType;

impl<T: Recycle> MakeReady<T> for ByType {
    #[inline(always)]
    unsafe fn make_ready(_: &Store<T>, slot: Held<T>) -> bool {
        // SAFETY: the caller's promise.
        unsafe { store::judged(slot, T::reset) }
    }
}

impl<T, E> fmt::Debug for Builder<T, E> {
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
