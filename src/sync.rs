//! The loom seam: the only module that names `core::sync::atomic` or `UnsafeCell`.
#![cfg_attr(
    any(
        not(all(target_os = "linux", target_pointer_width = "64")),
        loom,
        miri,
        feature = "passthrough",
        not(feature = "std")
    ),
    allow(unused_imports, reason = "most of it is for the engine, which is left out")
)]
#![allow(clippy::disallowed_types)] // this module is what the rest of the crate uses instead

pub(crate) use self::lock::Lock;
#[cfg(not(loom))]
pub(crate) use self::real::*;
/// Leaves a word to others for a while, longer each time.
#[cfg(not(loom))]
pub(crate) use crossbeam_utils::Backoff;
#[cfg(loom)]
pub(crate) use loom::{
    cell::UnsafeCell,
    sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering,
        fence,
    },
    thread::yield_now as spin_loop,
};

#[cfg(all(test, not(loom)))]
#[cfg_attr(
    any(not(feature = "std"), feature = "passthrough", miri),
    allow(dead_code, reason = "the tests that fork are for the engine, which is left out")
)]
pub(crate) mod crash;
mod lock;
#[cfg(any(test, poolalloc_tsan, not(feature = "std")))]
mod spin;

/// An Acquire fence, after a Relaxed read of a word. For ThreadSanitizer, which does not know
/// fences, the word is read again.
///
/// * `read`: reads the word.
#[inline]
pub(crate) fn acquire<T>(read: impl FnOnce(Ordering) -> T) {
    if cfg!(poolalloc_tsan) {
        read(Ordering::Acquire);
    } else {
        fence(Ordering::Acquire);
    }
}

/// A model needs no time.
#[cfg(loom)]
#[derive(Debug)]
pub(crate) struct Backoff;

#[cfg(loom)]
impl Backoff {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn spin(&self) {}
}

#[cfg(not(loom))]
mod real {
    #[cfg(any(test, poolalloc_tsan, not(feature = "std")))]
    pub(crate) use core::hint::spin_loop;
    pub(crate) use core::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering, compiler_fence, fence,
    };
    #[cfg(not(test))]
    pub(crate) use core::sync::atomic::{AtomicU8, AtomicU16, AtomicU64};

    #[cfg(test)]
    pub(crate) use super::crash::{AtomicU8, AtomicU16, AtomicU64};

    /// `core::cell::UnsafeCell` with the closure-based accessors of loom.
    #[derive(Debug)]
    #[repr(transparent)]
    pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        #[inline]
        pub(crate) const fn new(value: T) -> Self {
            Self(core::cell::UnsafeCell::new(value))
        }

        #[inline]
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        #[inline]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}
