//! A live block and the allocator it came from, so that tests need no `unsafe` of their own.

use super::pattern;
use poolalloc::{Large, PoolAlloc};
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

/// An allocator under test.
pub(crate) trait Subject: GlobalAlloc + Sync + 'static {
    /// Bytes that may be used at `block`.
    ///
    /// # Safety
    ///
    /// `block` is live and came from `self` with `layout`.
    unsafe fn usable(&self, block: NonNull<u8>, layout: Layout) -> usize;
}

impl<L: Large + Sync + 'static> Subject for PoolAlloc<L> {
    unsafe fn usable(&self, block: NonNull<u8>, layout: Layout) -> usize {
        // SAFETY: the caller's promise.
        unsafe { self.usable_size(block.as_ptr(), layout) }
    }
}

/// A live block: this value is the only way to it.
///
/// Invariant: `address` came from `allocator` with `layout`, and was not freed; `usable_bytes` are
/// what the allocator allows to be used there. Dropping the value leaks the block, [`Block::free`]
/// frees it.
pub(crate) struct Block<A: Subject> {
    address: NonNull<u8>,
    layout: Layout,
    usable_bytes: usize,
    allocator: &'static A,
}

// SAFETY: a block is memory that only this value leads to, and the allocator is `Sync`.
unsafe impl<A: Subject> Send for Block<A> {}

impl<A: Subject> Block<A> {
    /// A block of `layout`, all its usable bytes filled with the pattern of `tag`; `None` if memory
    /// ran out.
    ///
    /// `layout.size()` is at least 1.
    pub(crate) fn try_alloc(allocator: &'static A, layout: Layout, tag: u64) -> Option<Self> {
        assert_ne!(layout.size(), 0, "GlobalAlloc asks for a size above 0");
        // SAFETY: the size is not zero.
        let address = unsafe { allocator.alloc(layout) };
        let mut block = Self::of(allocator, address, layout)?;
        block.fill(tag);
        Some(block)
    }

    /// A block of `layout`, as [`Block::try_alloc`]; its absence fails the test.
    pub(crate) fn alloc(allocator: &'static A, layout: Layout, tag: u64) -> Self {
        Self::try_alloc(allocator, layout, tag)
            .unwrap_or_else(|| panic!("no memory for {layout:?}"))
    }

    /// A zeroed block of `layout`: proved to be zero, then filled with the pattern of `tag`.
    pub(crate) fn zeroed(allocator: &'static A, layout: Layout, tag: u64) -> Self {
        assert_ne!(layout.size(), 0, "GlobalAlloc asks for a size above 0");
        // SAFETY: the size is not zero.
        let address = unsafe { allocator.alloc_zeroed(layout) };
        let mut block = Self::of(allocator, address, layout)
            .unwrap_or_else(|| panic!("no memory for {layout:?}"));
        assert!(
            pattern::is_zero(block.bytes()),
            "alloc_zeroed({layout:?}) gave bytes that are not 0"
        );
        block.fill(tag);
        block
    }

    fn of(allocator: &'static A, address: *mut u8, layout: Layout) -> Option<Self> {
        let address = NonNull::new(address)?;
        assert!(
            address.addr().get().is_multiple_of(layout.align()),
            "{layout:?} gave {address:?}, which is not aligned"
        );
        // SAFETY: the block is live and came from `allocator` with `layout`.
        let usable_bytes = unsafe { allocator.usable(address, layout) };
        assert!(usable_bytes >= layout.size(), "{layout:?}: only {usable_bytes} bytes are usable");
        Some(Self { address, layout, usable_bytes, allocator })
    }

    /// The block grown or shrunk to `size` bytes, filled with the pattern of `new_tag`: the bytes
    /// of `tag` that both sizes hold were kept.
    pub(crate) fn resize(self, size: usize, tag: u64, new_tag: u64) -> Self {
        let Self { address, layout, allocator, .. } = self;
        let new_layout =
            Layout::from_size_align(size, layout.align()).expect("a size that fits the alignment");
        assert_ne!(size, 0, "GlobalAlloc asks for a size above 0");
        // SAFETY: the invariant says that the block is live with `layout`; `size` is not zero and
        // fits the alignment, as `new_layout` proves.
        let moved = unsafe { allocator.realloc(address.as_ptr(), layout, size) };
        let mut block = Self::of(allocator, moved, new_layout)
            .unwrap_or_else(|| panic!("no memory to resize {layout:?} to {size} bytes"));
        let kept = size.min(layout.size());
        assert!(
            pattern::is_filled(&block.bytes()[..kept], tag),
            "realloc from {layout:?} to {size} bytes lost some of the first {kept} bytes"
        );
        block.fill(new_tag);
        block
    }

    /// Writes the pattern of `tag` over all usable bytes.
    pub(crate) fn fill(&mut self, tag: u64) {
        // SAFETY: zeroes are as good as any byte, and the usable bytes belong to this value.
        unsafe { self.address.write_bytes(0, self.usable_bytes) };
        pattern::fill(self.usable_mut(), tag);
    }

    /// Fails the test unless all usable bytes hold the pattern of `tag`.
    pub(crate) fn check(&self, tag: u64) {
        assert!(
            pattern::is_filled(self.usable(), tag),
            "somebody else wrote into the block {self:?}"
        );
    }

    /// Frees the block.
    pub(crate) fn free(self) {
        // SAFETY: the invariant says that the block is live with `layout`, and this value was the
        // way to it.
        unsafe { self.allocator.dealloc(self.address.as_ptr(), self.layout) };
    }

    /// The bytes asked for. Initialised by whoever made the block.
    fn bytes(&self) -> &[u8] {
        // SAFETY: `layout.size()` bytes are live, belong to this value, and were written by `fill`,
        // or by the allocator, which zeroed them or copied what `fill` wrote.
        unsafe { std::slice::from_raw_parts(self.address.as_ptr(), self.layout.size()) }
    }

    fn usable(&self) -> &[u8] {
        // SAFETY: the usable bytes are live, belong to this value, and were written by `fill`.
        unsafe { std::slice::from_raw_parts(self.address.as_ptr(), self.usable_bytes) }
    }

    fn usable_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `usable`, and `self` is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.address.as_ptr(), self.usable_bytes) }
    }

    pub(crate) fn address(&self) -> NonNull<u8> {
        self.address
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    pub(crate) fn usable_bytes(&self) -> usize {
        self.usable_bytes
    }
}

impl<A: Subject> std::fmt::Debug for Block<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}+{} ({:?})", self.address, self.usable_bytes, self.layout)
    }
}
