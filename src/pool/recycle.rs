//! What a type says of itself to be pooled without closures.

extern crate std;

use core::hash::BuildHasher;
use std::{
    collections::{BinaryHeap, HashMap, HashSet, VecDeque},
    ffi::OsString,
    path::PathBuf,
    string::String,
    vec::Vec,
};

/// A type that can be made ready for reuse.
///
/// Implemented for the containers of std whose `clear` keeps their memory; with the features
/// `hashbrown`, `indexmap`, `bytes` and `smallvec` for those of these crates. `BTreeMap` and its
/// like are not among them: they free their nodes, so there is nothing to reuse.
///
/// `#[derive(Recycle)]` (feature `derive`) implements it for a struct of such fields.
pub trait Recycle: Sized {
    /// A new, empty value.
    fn create() -> Self;

    /// Makes the value as good as new, keeping its memory. False: it is not worth keeping.
    ///
    /// Runs on release, on the thread that releases.
    fn reset(&mut self) -> bool;

    /// Bytes on the heap that the value keeps while it is idle, for `max_idle_bytes`.
    fn footprint(&self) -> usize {
        0
    }
}

/// A type whose values are empty after [`reset`](Recycle::reset): what [`recycled`](crate::recycled)
/// asks for.
///
/// # Safety
///
/// After [`reset`](Recycle::reset) returned true, the value holds nothing that was borrowed by way
/// of the type's lifetimes, and nothing of a type parameter that may have such lifetimes in it. So
/// a value of this type may be used as one of the same type with other lifetimes.
///
/// A container's hasher stays in it, and so must be `'static`.
pub unsafe trait EmptyOnReset: Recycle {}

/// Implements `Recycle` for containers with `new`, `clear` and `capacity`.
macro_rules! recycle {
    ($($(#[$doc:meta])* [$($generics:tt)*] $type:ty, $create:expr, $entry:expr;)+) => {$(
        $(#[$doc])*
        impl<$($generics)*> Recycle for $type {
            #[inline]
            fn create() -> Self {
                $create
            }

            /// Clears the value. False if it has no memory to keep.
            #[inline]
            fn reset(&mut self) -> bool {
                self.clear();
                self.capacity() != 0
            }

            #[inline]
            fn footprint(&self) -> usize {
                self.capacity().saturating_mul($entry)
            }
        }
    )+};
}

recycle! {
    [T] Vec<T>, Self::new(), size_of::<T>();
    [T] VecDeque<T>, Self::new(), size_of::<T>();
    [T: Ord] BinaryHeap<T>, Self::new(), size_of::<T>();
    [] String, Self::new(), 1;
    [] PathBuf, Self::new(), 1;
    [] OsString, Self::new(), 1;
    [K, V, S: BuildHasher + Default] HashMap<K, V, S>, Self::default(), size_of::<(K, V)>() + 1;
    [K, S: BuildHasher + Default] HashSet<K, S>, Self::default(), size_of::<K>() + 1;
}

// SAFETY: cleared, a vector has no element.
unsafe impl<T> EmptyOnReset for Vec<T> {}
// SAFETY: cleared, a queue has no element.
unsafe impl<T> EmptyOnReset for VecDeque<T> {}
// SAFETY: cleared, a heap has no element.
unsafe impl<T: Ord> EmptyOnReset for BinaryHeap<T> {}
// SAFETY: bytes only.
unsafe impl EmptyOnReset for String {}
// SAFETY: bytes only.
unsafe impl EmptyOnReset for PathBuf {}
// SAFETY: bytes only.
unsafe impl EmptyOnReset for OsString {}
// SAFETY: cleared, a table has no entry; its hasher borrows nothing.
unsafe impl<K, V, S: BuildHasher + Default + 'static> EmptyOnReset for HashMap<K, V, S> {}
// SAFETY: cleared, a table has no entry; its hasher borrows nothing.
unsafe impl<K, S: BuildHasher + Default + 'static> EmptyOnReset for HashSet<K, S> {}

/// `None` at first. Reset keeps what is in a `Some`, made ready for reuse.
impl<T: Recycle> Recycle for Option<T> {
    fn create() -> Self {
        None
    }

    /// Resets what is in it, if there is something; false if there is nothing to keep.
    fn reset(&mut self) -> bool {
        self.as_mut().is_some_and(T::reset)
    }

    fn footprint(&self) -> usize {
        self.as_ref().map_or(0, T::footprint)
    }
}

// SAFETY: what is in it is empty.
unsafe impl<T: EmptyOnReset> EmptyOnReset for Option<T> {}

#[cfg(feature = "bytes")]
mod with_bytes {
    use super::{EmptyOnReset, Recycle};
    use bytes::BytesMut;

    recycle! {
        /// Feature `bytes`.
        [] BytesMut, Self::new(), 1;
    }
    // SAFETY: bytes only.
    unsafe impl EmptyOnReset for BytesMut {}
}

#[cfg(feature = "hashbrown")]
mod with_hashbrown {
    use super::{EmptyOnReset, Recycle};
    use core::hash::BuildHasher;
    use hashbrown::{HashMap, HashSet};

    recycle! {
        /// Feature `hashbrown`.
        [K, V, S: BuildHasher + Default] HashMap<K, V, S>, Self::default(), size_of::<(K, V)>() + 1;
        /// Feature `hashbrown`.
        [K, S: BuildHasher + Default] HashSet<K, S>, Self::default(), size_of::<K>() + 1;
    }
    // SAFETY: cleared, a table has no entry; its hasher borrows nothing.
    unsafe impl<K, V, S: BuildHasher + Default + 'static> EmptyOnReset for HashMap<K, V, S> {}
    // SAFETY: cleared, a table has no entry; its hasher borrows nothing.
    unsafe impl<K, S: BuildHasher + Default + 'static> EmptyOnReset for HashSet<K, S> {}
}

#[cfg(feature = "indexmap")]
mod with_indexmap {
    use super::{EmptyOnReset, Recycle};
    use core::hash::BuildHasher;
    use indexmap::{IndexMap, IndexSet};

    recycle! {
        /// Feature `indexmap`.
        [K, V, S: BuildHasher + Default] IndexMap<K, V, S>, Self::default(),
            size_of::<(u64, K, V)>() + size_of::<usize>() + 1;
        /// Feature `indexmap`.
        [K, S: BuildHasher + Default] IndexSet<K, S>, Self::default(),
            size_of::<(u64, K)>() + size_of::<usize>() + 1;
    }
    // SAFETY: cleared, a table has no entry; its hasher borrows nothing.
    unsafe impl<K, V, S: BuildHasher + Default + 'static> EmptyOnReset for IndexMap<K, V, S> {}
    // SAFETY: cleared, a table has no entry; its hasher borrows nothing.
    unsafe impl<K, S: BuildHasher + Default + 'static> EmptyOnReset for IndexSet<K, S> {}
}

#[cfg(feature = "smallvec")]
mod with_smallvec {
    use super::{EmptyOnReset, Recycle};
    use smallvec::{Array, SmallVec};

    /// Feature `smallvec`. Kept only if it has spilled to the heap.
    impl<A: Array> Recycle for SmallVec<A> {
        fn create() -> Self {
            Self::new()
        }

        fn reset(&mut self) -> bool {
            self.clear();
            self.spilled()
        }

        fn footprint(&self) -> usize {
            if self.spilled() { self.capacity() * size_of::<A::Item>() } else { 0 }
        }
    }
    // SAFETY: cleared, a vector has no element.
    unsafe impl<A: Array> EmptyOnReset for SmallVec<A> {}
}
