//! A lock for what is rare and short: std's mutex; without std, one that spins. Also where
//! ThreadSanitizer looks on: std is not built for it, so it would not see who waited for a mutex.

#[cfg(loom)]
pub(crate) use self::modelled::Lock;
#[cfg(all(feature = "std", not(any(loom, poolalloc_tsan))))]
pub(crate) use self::parking::Lock;
#[cfg(all(any(not(feature = "std"), poolalloc_tsan), not(loom)))]
pub(crate) use super::spin::Lock;

#[cfg(all(feature = "std", not(any(loom, poolalloc_tsan))))]
mod parking {
    extern crate std;
    use core::ops::DerefMut;
    use std::sync::{Mutex, PoisonError};

    /// A value that one thread at a time uses.
    #[derive(Debug)]
    pub(crate) struct Lock<T>(Mutex<T>);

    impl<T> Lock<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        /// Waits until no other thread uses the value.
        pub(crate) fn lock(&self) -> impl DerefMut<Target = T> {
            // Nothing that may panic is done under a lock.
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

#[cfg(loom)]
mod modelled {
    use core::ops::DerefMut;
    use loom::sync::Mutex;

    /// As `parking::Lock`.
    #[derive(Debug)]
    pub(crate) struct Lock<T>(Mutex<T>);

    impl<T> Lock<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        #[allow(clippy::unwrap_used, reason = "a panic ends the model")]
        pub(crate) fn lock(&self) -> impl DerefMut<Target = T> {
            self.0.lock().unwrap()
        }
    }
}
