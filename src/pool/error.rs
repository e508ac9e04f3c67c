//! Why a pool gives no object.

use core::{error::Error, fmt};

/// The pool was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Closed;

/// Why `try_get` returned no object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryGetError {
    /// As many objects are in use as the pool may have.
    Empty,
    /// The pool was closed.
    Closed,
}

/// Why `get_timeout` returned no object.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GetTimeoutError {
    /// No object was released to this caller in time.
    Timeout,
    /// The pool was closed, before the call or while it waited.
    Closed,
}

/// Why there is no object of a pool where making one may fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GetError<E> {
    /// As many objects are in use as the pool may have.
    Empty,
    /// No object was released to this caller in time.
    Timeout,
    /// The pool is closed.
    Closed,
    /// None was idle, and making one failed.
    Create(E),
}

const CLOSED: &str = "the pool is closed";
const TIMEOUT: &str = "no object of the pool was released in time";

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl fmt::Display for TryGetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "all objects of the pool are in use",
            Self::Closed => CLOSED,
        })
    }
}

#[cfg(feature = "std")]
impl fmt::Display for GetTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => TIMEOUT,
            Self::Closed => CLOSED,
        })
    }
}

impl<E: fmt::Display> fmt::Display for GetError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => TryGetError::Empty.fmt(f),
            Self::Timeout => f.write_str(TIMEOUT),
            Self::Closed => Closed.fmt(f),
            Self::Create(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for GetError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Create(error) => error.source(),
            _ => None,
        }
    }
}

impl Error for Closed {}
impl Error for TryGetError {}
#[cfg(feature = "std")]
impl Error for GetTimeoutError {}

impl From<Closed> for TryGetError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

#[cfg(feature = "std")]
impl From<Closed> for GetTimeoutError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}
