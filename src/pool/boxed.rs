//! `PoolBox`: a box whose memory is this crate's, without a global allocator.

extern crate std;

mod hot;

use super::traits::like_its_object;
use crate::sync::{Ordering, compiler_fence};
use core::{
    marker::PhantomData,
    mem::{self, MaybeUninit},
    ops::{Deref, DerefMut},
    pin::Pin,
    ptr::NonNull,
};

/// As `Box<T>`, in a block of [`PoolAlloc`](crate::PoolAlloc), whatever the program's global
/// allocator is.
///
/// The size is known where it is compiled, so taking a block and giving it back are a few
/// instructions each, inlined.
///
/// ```
/// use poolalloc::PoolBox;
///
/// let mut order = PoolBox::new([0_u64; 8]);
/// order[3] = 7;
/// assert_eq!(PoolBox::into_inner(order)[3], 7);
/// ```
#[repr(transparent)]
pub struct PoolBox<T> {
    /// A block of its own with a `T` in it; dangling if there is no byte in a `T`.
    object: NonNull<T>,
    owns: PhantomData<T>,
}

// SAFETY: it owns its object, as `Box`.
unsafe impl<T: Send> Send for PoolBox<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for PoolBox<T> {}

#[inline(always)]
fn allocate<T>() -> NonNull<T> {
    if size_of::<T>() == 0 { NonNull::dangling() } else { hot::allocate::<T>().cast() }
}

/// # Safety
///
/// `block` came from `allocate` of the same type, and is not used again.
#[inline(always)]
unsafe fn free<T>(block: NonNull<T>) {
    if size_of::<T>() != 0 {
        // SAFETY: the caller's promise.
        unsafe { hot::free::<T>(block.cast()) };
    }
}

/// Gives a block back, also when what was done in it panicked.
struct FreeOnDrop<T>(NonNull<T>);

impl<T> Drop for FreeOnDrop<T> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: made by who had the block, which has no object any more.
        unsafe { free(self.0) };
    }
}

/// Up to this size in bytes, about what is written by single instructions, a new object is written
/// whole. Without the fence LLVM cuts out what its user is about to overwrite, as the first field
/// after `default()`; what is left are unaligned stores in no order, which a processor cannot merge:
/// on a Zen 4 64 bytes take 2.2 ns then instead of 1.4.
const WHOLE_BYTES: usize = 128;

impl<T> PoolBox<T> {
    /// Puts `value` into a block.
    #[inline(always)]
    #[must_use]
    pub fn new(value: T) -> Self {
        let object = allocate();
        // SAFETY: a block of its layout.
        unsafe { object.write(value) };
        if const { size_of::<T>() <= WHOLE_BYTES } {
            compiler_fence(Ordering::SeqCst);
        }
        Self { object, owns: PhantomData }
    }

    /// Makes an object in its block: for one too large for the stack.
    ///
    /// * `init`: fills the place, and returns what is in it.
    ///
    /// # Panics
    ///
    /// If `init` returns a reference to something else, or panics.
    #[must_use]
    pub fn new_in_place(init: impl FnOnce(&mut MaybeUninit<T>) -> &mut T) -> Self {
        let block = FreeOnDrop(allocate::<T>());
        // SAFETY: a block of its layout; any bytes are a `MaybeUninit`.
        let place = unsafe { block.0.cast::<MaybeUninit<T>>().as_mut() };
        super::place::fill(place, init);
        let object = block.0;
        mem::forget(block);
        Self { object, owns: PhantomData }
    }

    /// The object, out of its block.
    #[inline]
    pub fn into_inner(this: Self) -> T {
        let block = FreeOnDrop(this.object);
        mem::forget(this);
        // SAFETY: the object was the box's, and is not used in the block again.
        unsafe { block.0.read() }
    }

    /// The object, pinned.
    #[inline]
    #[must_use]
    pub fn into_pin(this: Self) -> Pin<Self> {
        // SAFETY: it never moves, and is dropped before its block is used again.
        unsafe { Pin::new_unchecked(this) }
    }

    /// The object as a pointer; it lives until [`from_raw`](Self::from_raw).
    #[inline]
    #[must_use = "the object is lost without `from_raw`"]
    pub fn into_raw(this: Self) -> NonNull<T> {
        let object = this.object;
        mem::forget(this);
        object
    }

    /// The box of an object.
    ///
    /// # Safety
    ///
    /// `object` came from [`into_raw`](Self::into_raw) of the same type, and this is done once.
    #[inline]
    #[must_use]
    pub unsafe fn from_raw(object: NonNull<T>) -> Self {
        Self { object, owns: PhantomData }
    }

    /// The object, for the rest of the program.
    #[inline]
    #[must_use]
    pub fn leak<'a>(this: Self) -> &'a mut T
    where
        T: 'a,
    {
        // SAFETY: the object is nobody else's, and nobody will free it.
        unsafe { Self::into_raw(this).as_mut() }
    }
}

impl<T> Drop for PoolBox<T> {
    #[inline(always)]
    fn drop(&mut self) {
        let _block = FreeOnDrop(self.object);
        if mem::needs_drop::<T>() {
            // SAFETY: the box owns the object, and is gone.
            unsafe { self.object.drop_in_place() };
        }
    }
}

impl<T> Deref for PoolBox<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the box owns the object.
        unsafe { self.object.as_ref() }
    }
}

impl<T> DerefMut for PoolBox<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the box owns the object.
        unsafe { self.object.as_mut() }
    }
}

like_its_object!(PoolBox, mutable);

impl<T: Clone> Clone for PoolBox<T> {
    fn clone(&self) -> Self {
        Self::new(T::clone(self))
    }

    fn clone_from(&mut self, source: &Self) {
        T::clone_from(self, source);
    }
}

impl<T: Default> Default for PoolBox<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for PoolBox<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<E, T: Extend<E> + Default> FromIterator<E> for PoolBox<T> {
    fn from_iter<I: IntoIterator<Item = E>>(items: I) -> Self {
        let mut collected = Self::default();
        collected.extend(items);
        collected
    }
}

#[cfg(feature = "serde")]
impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for PoolBox<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}
