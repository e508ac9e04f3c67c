//! What is pooled, and what is done with it.

use std::hint::black_box;

/// A small struct: 64 bytes, zero when made.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub(crate) struct Small(pub(crate) [u64; 8]);

/// One write.
#[inline(always)]
pub(crate) fn touch(object: &mut Small, n: u64) {
    object.0[0] = n;
    black_box(object);
}

/// One byte into a buffer that has room for it.
#[inline(always)]
pub(crate) fn push(buffer: &mut Vec<u8>, n: u64) {
    buffer.push((n & 0xff) as u8);
    black_box(buffer);
}

/// An empty buffer with room for 1024 bytes.
pub(crate) fn buffer() -> Vec<u8> {
    Vec::with_capacity(1024)
}

/// A pool that lives as long as the program, so that its guards do, too.
pub(crate) fn lasting<P>(pool: P) -> &'static P {
    Box::leak(Box::new(pool))
}
