//! What is made and freed each time, under an allocator.

use crate::objects::{Small, touch};
use allocator_api2::{
    alloc::{AllocError, Allocator},
    vec::Vec,
};
use std::{
    alloc::{GlobalAlloc, Layout, handle_alloc_error},
    hint::black_box,
    ptr::NonNull,
};

/// A global allocator for one container.
struct Via<A: 'static>(&'static A);

// SAFETY: the promises of `GlobalAlloc` are those of `Allocator`, but that it takes no size of 0.
unsafe impl<A: GlobalAlloc> Allocator for Via<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        assert!(layout.size() > 0, "nothing here is empty");
        // SAFETY: the size is not 0.
        let block = unsafe { self.0.alloc(layout) };
        let block = NonNull::new(block).ok_or(AllocError)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(block.as_ptr(), layout) };
    }
}

/// A struct in a block of its own, as in a `Box`: not allocator-api2's, which takes half a nanosecond
/// more than std's does, and not std's, for which the compiler asks for zeroed memory.
pub fn structs<A: GlobalAlloc + Sync>(allocator: &'static A) -> impl Fn(u64) + Sync {
    let layout = Layout::new::<Small>();
    move |n| {
        // SAFETY: the size is not 0.
        let block = unsafe { allocator.alloc(layout) }.cast::<Small>();
        let Some(object) = NonNull::new(block) else { handle_alloc_error(layout) };
        // SAFETY: a block of this layout.
        unsafe { object.write(Small::default()) };
        // SAFETY: written just now.
        touch(unsafe { &mut *object.as_ptr() }, n);
        // SAFETY: allocated above.
        unsafe { allocator.dealloc(block.cast(), layout) };
    }
}

/// A `Vec` with room for 1024 bytes.
pub fn vecs<A: GlobalAlloc + Sync>(allocator: &'static A) -> impl Fn(u64) + Sync {
    move |n| {
        let mut buffer = Vec::with_capacity_in(1024, Via(allocator));
        buffer.push((n & 0xff) as u8);
        black_box(&mut buffer);
    }
}

/// A block of 64 bytes of which one word is written.
pub fn blocks<A: GlobalAlloc + Sync>(allocator: &'static A) -> impl Fn(u64) + Sync {
    let layout = Layout::new::<[u64; 8]>();
    move |n| {
        // SAFETY: the size is not 0.
        let block = unsafe { allocator.alloc(layout) };
        // SAFETY: within the block.
        unsafe { block.cast::<u64>().write(n) };
        black_box(block);
        // SAFETY: allocated above.
        unsafe { allocator.dealloc(block, layout) };
    }
}
