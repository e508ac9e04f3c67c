//! Objects whose making may fail, in a pool that makes none itself.

use super::{
    super::{
        error::{GetError, TryGetError},
        wait::Vacant,
    },
    guard::Pooled,
    store::Pool,
};

impl<T, const N: usize> Pool<T, N> {
    /// An idle object; without one, and where there is room, the one that `create` makes.
    ///
    /// For what can fail, such as a connection, in a pool that is [`empty`](Self::empty) at first.
    /// While `create` runs its place is taken; if it fails or panics the place is free again. Who
    /// waits for an object is given one that is released: it makes none.
    ///
    /// # Errors
    ///
    /// [`GetError::Empty`]: all places are taken. [`GetError::Closed`]: the pool is closed.
    /// [`GetError::Create`]: what `create` returned.
    ///
    /// ```
    /// use poolalloc::{GetError, fixed::Pool};
    ///
    /// static PORTS: Pool<u16, 2> = Pool::empty();
    ///
    /// let bad = PORTS.try_get_or_make(|| "http".parse());
    /// assert!(matches!(bad, Err(GetError::Create(_))));
    /// let good = PORTS.try_get_or_make(|| "80".parse())?;
    /// assert_eq!((*good, PORTS.live()), (80, 1));
    /// # Ok::<(), GetError<std::num::ParseIntError>>(())
    /// ```
    pub fn try_get_or_make<E>(
        &self,
        create: impl FnOnce() -> Result<T, E>,
    ) -> Result<Pooled<'_, T>, GetError<E>> {
        match self.try_get() {
            Ok(object) => return Ok(object),
            Err(TryGetError::Closed) => return Err(GetError::Closed),
            Err(TryGetError::Empty) => {}
        }
        let inner = self.inner();
        let Some(index) = inner.gate.take_vacant(inner) else {
            // It may have been closed since.
            let closed = inner.gate.is_closed();
            return Err(if closed { GetError::Closed } else { GetError::Empty });
        };
        let vacant = Vacant { store: inner, index };
        let object = create().map_err(GetError::Create)?;
        inner.tally.created.fetch_add(1, crate::sync::Ordering::Relaxed);
        // SAFETY: the slot is held and has no object in it.
        unsafe { inner.object(index).write(object) };
        // SAFETY: now it has one.
        Ok(unsafe { Pooled::new(inner, vacant.filled()) })
    }
}
