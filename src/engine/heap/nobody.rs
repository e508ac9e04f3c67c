//! The heap of threads that have none: every request takes the slow path.
//!
//! It is never written: an allocation finds its magazines empty, a free finds them full, and all else
//! asks first. So it is bytes without an `UnsafeCell`, which lie in read-only memory: pages of the file
//! that all processes share, where a `Heap` would be eight KiB of `.data` in each. A write would be a
//! crash, and no lost block. It is read plainly or by Relaxed loads of a word, which processors also grant
//! where nothing may be written.

use super::Heap;
use crate::engine::owner::Code;
use core::mem::{self, MaybeUninit};

/// The bytes of a heap, where one may lie.
#[repr(C, align(128))]
pub(crate) struct Nobody([MaybeUninit<u8>; size_of::<Heap>()]);

/// What a thread begins with.
pub(crate) static NO_HEAP: Nobody = {
    // SAFETY: the same size; any byte, initialised or not, is a `MaybeUninit`.
    Nobody(unsafe { mem::transmute::<Heap, [_; _]>(Heap::empty(Code::NOBODY)) })
};

impl Nobody {
    /// Where the heap lies.
    pub(crate) const fn as_heap(&'static self) -> *const Heap {
        (&raw const self.0).cast()
    }
}

const _: () = assert!(align_of::<Nobody>() >= align_of::<Heap>());

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::sync::AtomicU32;
    use std::{fs, string::String};

    /// What may be done at an address: the second word of its line in `/proc/self/maps`.
    fn rights(address: usize) -> String {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let mut lines = maps.lines().map(|line| {
            let (range, rest) = line.split_once(' ').unwrap();
            let (start, end) = range.split_once('-').unwrap();
            let number = |hex| usize::from_str_radix(hex, 16).unwrap();
            (number(start)..number(end), rest)
        });
        let (_, rest) = lines.find(|(range, _)| range.contains(&address)).unwrap();
        rest[..4].into()
    }

    #[test]
    fn the_heap_of_nobody_lies_where_nobody_can_write() {
        static WRITTEN: AtomicU32 = AtomicU32::new(1);
        let start = NO_HEAP.as_heap().addr();
        assert_eq!(rights(start), "r--p");
        assert_eq!(rights(start + size_of::<Heap>() - 1), "r--p");
        assert_eq!(rights((&raw const WRITTEN).addr()), "rw-p", "the check says nothing");
    }
}
