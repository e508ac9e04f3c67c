//! Where live blocks begin: one bit per 8 bytes of a segment, in debug builds only.

#[cfg(debug_assertions)]
pub(crate) use on::Live;

/// Nothing is kept.
#[cfg(not(debug_assertions))]
pub(crate) type Live = ();

#[cfg(debug_assertions)]
mod on {
    use crate::{
        config::{GRANULE_BYTES, SEGMENT_BYTES},
        engine::meta,
        sync::{AtomicU64, Ordering},
    };

    /// The starts of live blocks in one segment. The bits lie beside the segment, in memory of
    /// their own.
    ///
    /// `None`: there was no memory for them, then nothing is checked there.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Live(Option<&'static [AtomicU64; WORDS]>);

    const WORDS: usize = SEGMENT_BYTES / GRANULE_BYTES / 64;

    impl Default for Live {
        /// Bits for a fresh segment.
        fn default() -> Self {
            let bits = meta::alloc(WORDS * size_of::<AtomicU64>());
            // SAFETY: zeroed memory of this size, for ever.
            Self(bits.map(|bits| unsafe { bits.cast().as_ref() }))
        }
    }

    impl Live {
        /// Notes that the block at an offset in the segment is live, or free. False if that was
        /// noted already.
        pub(crate) fn set(self, offset: usize, live: bool) -> bool {
            let granule = offset / GRANULE_BYTES;
            let Some(word) = self.0.and_then(|bits| bits.get(granule / 64)) else { return true };
            let bit = 1 << (granule % 64);
            // Relaxed: each bit is its block's, which is handed over with orderings of its own.
            let before = if live {
                word.fetch_or(bit, Ordering::Relaxed)
            } else {
                word.fetch_and(!bit, Ordering::Relaxed)
            };
            (before & bit != 0) != live
        }
    }
}
