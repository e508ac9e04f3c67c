//! `fixed::PooledArc`: an object that many hold.

use super::{
    super::{holders::Holders, traits::like_its_object},
    guard::Pooled,
    inner::Inner,
};
use core::{marker::PhantomData, mem::ManuallyDrop, ops::Deref};

/// A [`Pooled`] object with many holders, as `Arc`: the last one that lets go returns it to the pool.
/// The count is in the object's place, so nothing is allocated.
///
/// ```
/// use poolalloc::fixed::{Pool, Pooled};
///
/// static TABLES: Pool<[u32; 4], 2> = Pool::new([[0; 4]; 2]);
///
/// let mut table = TABLES.try_get()?;
/// table[1] = 7;
/// let shared = Pooled::into_shared(table);
/// let there = shared.clone();
/// std::thread::spawn(move || assert_eq!(there[1], 7)).join().unwrap();
/// drop(shared);
/// assert_eq!(TABLES.idle(), 2);
/// # Ok::<(), poolalloc::TryGetError>(())
/// ```
#[must_use = "the object goes back once all its holders are gone"]
pub struct PooledArc<'a, T> {
    /// This and its clones hold the slot, which has its object.
    inner: &'a Inner<T>,
    index: u32,
    /// For Send and Sync: references to the object are shared, and it is released where the last is
    /// gone, as a `&mut T`.
    object: PhantomData<(&'a T, &'a mut T)>,
}

// SAFETY: as `Arc`: references to the object are shared, and it is released where the last is gone.
unsafe impl<T: Send + Sync> Send for PooledArc<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for PooledArc<'_, T> {}

impl<'a, T> Pooled<'a, T> {
    /// Makes the object one that many may hold; the last one that lets go returns it to the pool.
    pub fn into_shared(this: Self) -> PooledArc<'a, T> {
        let (inner, index) = Self::into_parts(this);
        let shared = PooledArc { inner, index, object: PhantomData };
        shared.holders().begin();
        shared
    }
}

impl<'a, T> PooledArc<'a, T> {
    fn holders(&self) -> Holders<'a> {
        self.inner.holders(self.index)
    }

    /// The slot's guard: for the last holder, or one that is borrowed for as long.
    ///
    /// # Safety
    ///
    /// Nobody else holds the object, and this is not used again, or the guard is forgotten.
    unsafe fn guard(&self) -> Pooled<'a, T> {
        // SAFETY: the holders have the slot, with its object, and this is the only one.
        unsafe { Pooled::new(self.inner, self.index) }
    }

    /// How many hold the object: a snapshot.
    #[must_use]
    pub fn strong_count(this: &Self) -> usize {
        this.holders().count() as usize
    }

    /// True if both hold the same object.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.inner.object(this.index) == other.inner.object(other.index)
    }

    /// The object, if nobody else holds it.
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        // SAFETY: the only holder is borrowed for as long.
        this.holders().is_only().then(|| unsafe { &mut *this.inner.object(this.index) })
    }

    /// The guard again, if nobody else holds the object.
    ///
    /// # Errors
    ///
    /// Others hold it: `this`, as it was.
    pub fn try_unshare(this: Self) -> Result<Pooled<'a, T>, Self> {
        if !this.holders().is_only() {
            return Err(this);
        }
        let this = ManuallyDrop::new(this);
        // SAFETY: the only holder gives the slot up.
        Ok(unsafe { this.guard() })
    }
}

/// One more holder of the same object.
///
/// # Panics
///
/// It has 2^31 holders already.
impl<T> Clone for PooledArc<'_, T> {
    fn clone(&self) -> Self {
        self.holders().hold();
        Self { ..*self }
    }
}

impl<T> Drop for PooledArc<'_, T> {
    fn drop(&mut self) {
        if self.holders().let_go() {
            // SAFETY: the last holder is gone.
            drop(unsafe { self.guard() });
        }
    }
}

impl<T> Deref for PooledArc<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this holds the slot with its object, and nobody has it to change.
        unsafe { &*self.inner.object(self.index) }
    }
}

like_its_object!(PooledArc<'a>);
