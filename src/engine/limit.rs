//! What the engine has committed, and the limit on it.
//!
//! Counted is, in whole slices, what is or was used and not decommitted since; segment headers;
//! large mappings, cached ones included; and chunks of records. Whoever commits asks here first, and
//! says so here after it gave memory back.

use crate::{engine::watch, protocol::charge::Charge};

static COMMITTED: Charge = Charge::new();

/// Counts `bytes` that are about to be committed. False: that is beyond the limit.
#[must_use]
pub(crate) fn charge(bytes: usize) -> bool {
    COMMITTED.take(bytes, watch::options().limit_bytes())
}

/// `bytes` that were counted are committed no more.
pub(crate) fn uncharge(bytes: usize) {
    COMMITTED.give_back(bytes);
}

/// True if there is a limit.
pub(crate) fn is_set() -> bool {
    watch::options().limit_bytes() != usize::MAX
}

/// True if the limit has no room for `bytes` now.
pub(crate) fn refuses(bytes: usize) -> bool {
    watch::options().limit_bytes().saturating_sub(COMMITTED.bytes()) < bytes
}

/// Bytes that are counted.
pub(crate) fn committed_bytes() -> usize {
    COMMITTED.bytes()
}
