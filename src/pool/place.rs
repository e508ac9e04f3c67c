//! Places that user code fills.

use core::{mem::MaybeUninit, ptr};

/// Lets `init` fill `place`.
///
/// # Panics
///
/// If `init` returns a reference to something else than what is in `place`.
pub(crate) fn fill<T>(
    place: &mut MaybeUninit<T>,
    init: impl FnOnce(&mut MaybeUninit<T>) -> &mut T,
) {
    let at = place.as_ptr();
    // A reference to a `T` in a place that nobody else has is one to what was put there.
    let filled = ptr::eq(at, init(place));
    assert!(filled, "init_in_place returned a reference to something else than its place");
}
