//! `TryPool`: a pool where making an object may fail.

use crate::pool::{
    blocking,
    error::{Closed, GetError, TryGetError},
    guard::Pooled,
    handle::builder::Builder,
    handle::get::Get,
    handle::upkeep::upkeep,
    handle::{Handle, Miss},
    stats::Stats,
};
use core::{fmt, time::Duration};

/// A [`Pool`](crate::Pool) whose objects are made by a function that may fail: connections.
///
/// Its error comes back from the call that wanted the object; the object's place is free again.
///
/// ```
/// use poolalloc::Pool;
/// use std::net::TcpStream;
///
/// let pool = Pool::try_new(|| TcpStream::connect("localhost:1"));
/// if let Err(error) = pool.get() {
///     println!("no connection: {error}");
/// }
/// ```
pub struct TryPool<T, E> {
    pub(crate) handle: Handle<T, E>,
}

impl<E> From<Miss<TryGetError, E>> for GetError<E> {
    fn from(miss: Miss<TryGetError, E>) -> Self {
        match miss {
            Miss::Refused(TryGetError::Empty) => Self::Empty,
            Miss::Refused(TryGetError::Closed) => Self::Closed,
            Miss::Create(error) => Self::Create(error),
        }
    }
}

impl<E> From<Miss<Closed, E>> for GetError<E> {
    fn from(miss: Miss<Closed, E>) -> Self {
        match miss {
            Miss::Refused(Closed) => Self::Closed,
            Miss::Create(error) => Self::Create(error),
        }
    }
}

impl<T: Send, E> TryPool<T, E> {
    /// How a pool is to be whose objects `create` makes, unless it fails.
    pub fn builder(create: impl Fn() -> Result<T, E> + Send + Sync + 'static) -> Builder<T, E> {
        Builder::fallible(create)
    }

    /// An idle object, else a new one; as [`Pool::get`](crate::Pool::get).
    ///
    /// # Errors
    ///
    /// That of the function that makes objects.
    #[inline]
    pub fn get(&self) -> Result<Pooled<T>, E> {
        self.handle.inner().get()
    }

    /// An idle object, else a new one within the capacity.
    ///
    /// # Errors
    ///
    /// `Empty`, `Closed` or `Create`.
    #[inline]
    pub fn try_get(&self) -> Result<Pooled<T>, GetError<E>> {
        Ok(self.handle.inner().try_get()?)
    }

    /// Waits for an object; as [`Pool::get_async`](crate::Pool::get_async).
    ///
    /// # Errors
    ///
    /// `Closed` or `Create`.
    pub fn get_async(&self) -> impl Future<Output = Result<Pooled<T>, GetError<E>>> {
        Get::new(self.handle.inner())
    }

    /// As [`get_async`](Self::get_async); the calling thread sleeps.
    ///
    /// # Errors
    ///
    /// `Closed` or `Create`.
    pub fn get_blocking(&self) -> Result<Pooled<T>, GetError<E>> {
        blocking::block_on(self.get_async())
    }

    /// As [`get_blocking`](Self::get_blocking), but for at most `time`.
    ///
    /// # Errors
    ///
    /// `Timeout`, `Closed` or `Create`.
    pub fn get_timeout(&self, time: Duration) -> Result<Pooled<T>, GetError<E>> {
        blocking::block_for(self.get_async(), time).unwrap_or(Err(GetError::Timeout))
    }

    /// Makes up to `count` objects that any thread finds. Returns how many were kept.
    ///
    /// # Errors
    ///
    /// That of the function that makes objects; what was made before is kept.
    pub fn prefill(&self, count: usize) -> Result<usize, E> {
        let inner = self.handle.inner();
        inner.store.prefill(count, |place| inner.create.in_place(place))
    }

    upkeep!();
}

/// A second handle of the same pool.
impl<T, E> Clone for TryPool<T, E> {
    fn clone(&self) -> Self {
        Self { handle: self.handle.clone() }
    }
}

impl<T, E> fmt::Debug for TryPool<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryPool").finish_non_exhaustive()
    }
}
