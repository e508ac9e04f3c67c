//! C's requests: blocks of at least 16 bytes at multiples of 16, freed by their address alone.
//!
//! Where the segment map says nothing of an address, nothing is read there.

use crate::{
    config::{MEDIUM_MAX, SEGMENT_BYTES, SLICE_BYTES, SLICES, SMALL_MAX},
    engine::{
        directory, front, large,
        map::{self, Place},
        misuse::{self, Fault},
        purge, resize, run,
        segment::{Segment, Slice},
        thread, watch,
    },
    options::Options,
    size_class::SizeClass,
};
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

/// What every block is aligned to: x86-64 and aarch64 have types that need it.
pub(crate) const ALIGN: usize = 16;

/// A live block, found by its address.
#[derive(Clone, Copy, Debug)]
enum Found {
    Small(SizeClass),
    /// So many slices.
    Run(usize),
    /// So many bytes.
    Large(usize),
}

impl Found {
    /// Looks a block up.
    fn at(address: usize) -> Result<Self, Fault> {
        match map::look_up(address) {
            // SAFETY: the map says that a segment is there.
            Place::Segment => Self::within(unsafe { Segment::of(address) }, address),
            Place::Large(bytes) if address.is_multiple_of(SEGMENT_BYTES) => Ok(Self::Large(bytes)),
            Place::Cached if address.is_multiple_of(SEGMENT_BYTES) => Err(Fault::DoubleFree),
            _ if map::owns(address) => Err(Fault::Inside),
            _ => Err(Fault::NotOurs),
        }
    }

    /// Looks up a block of a segment.
    fn within(segment: &Segment, address: usize) -> Result<Self, Fault> {
        let distance = |first: usize| address % SEGMENT_BYTES - first * SLICE_BYTES;
        match segment.slice_of(address) {
            Slice::Slab(first) => {
                let class = segment.slab(first).map(|slab| slab.shape().class.into());
                let class = class.and_then(SizeClass::from_index).ok_or(Fault::NotOurs)?;
                let (block, rest) =
                    (distance(first) / class.block_bytes(), distance(first) % class.block_bytes());
                let is_block = rest == 0 && block < class.blocks().into();
                is_block.then_some(Self::Small(class)).ok_or(Fault::Inside)
            }
            Slice::Run(first) if distance(first) == 0 => {
                let is_part = |slice: &usize| segment.slice(*slice) == Slice::Run(first);
                Ok(Self::Run((first..SLICES).take_while(is_part).count()))
            }
            Slice::Run(_) => Err(Fault::Inside),
            // The header, which no block is in.
            Slice::Unused if address % SEGMENT_BYTES < SLICE_BYTES => Err(Fault::NotOurs),
            Slice::Unused => Err(Fault::DoubleFree),
        }
    }

    /// Looks up the block at `address`; the process ends if there is none.
    #[inline]
    fn live(address: usize) -> Self {
        // Quicker than the map, and knows most of them.
        directory::class_of(address).map_or_else(|| Self::looked_up(address), Self::Small)
    }

    #[inline(never)]
    fn looked_up(address: usize) -> Self {
        Self::at(address).unwrap_or_else(|fault| misuse::abort(fault, address))
    }

    /// Bytes in the block.
    fn bytes(self) -> usize {
        match self {
            Self::Small(class) => class.block_bytes(),
            Self::Run(slices) => slices * SLICE_BYTES,
            Self::Large(bytes) => bytes,
        }
    }
}

/// The layout of so many bytes, which are those of a block.
#[inline(always)]
fn layout(bytes: usize) -> Layout {
    // SAFETY: an alignment of 1 fits every size of a block.
    unsafe { Layout::from_size_align_unchecked(bytes, 1) }
}

/// Up to 1 KiB from the calling thread's magazine; `None` if that is empty, or for more.
#[inline(always)]
pub(crate) fn alloc_at_hand(size: usize) -> Option<NonNull<u8>> {
    let class = SizeClass::of_c(size)?;
    let block = thread::heap().magazines.pop(class)?.cast();
    front::hand_out(block, layout(class.block_bytes()));
    Some(block)
}

/// Allocates `size` bytes at a multiple of `align`. Null: out of memory, or more than there can be.
///
/// * `align`: a power of two; 16 at least is given.
pub(crate) fn alloc(size: usize, align: usize) -> *mut u8 {
    let layout = Layout::from_size_align(size.max(1), align.max(ALIGN));
    // SAFETY: the size is not 0.
    layout.map_or(ptr::null_mut(), |layout| unsafe { front::alloc(layout) })
}

/// As [`alloc`], zeroed, and aligned to 16.
pub(crate) fn alloc_zeroed(size: usize) -> *mut u8 {
    let layout = Layout::from_size_align(size.max(1), ALIGN);
    // SAFETY: the size is not 0.
    layout.map_or(ptr::null_mut(), |layout| unsafe {
        front::alloc_zeroed_with(layout, Options::UNTOLD)
    })
}

/// Frees a block, or does nothing for null.
///
/// # Safety
///
/// `block` is null, or live, from here, and not used again.
#[inline(always)]
pub(crate) unsafe fn free(block: *mut u8) {
    let heap = thread::heap();
    if let Some(class) = directory::at_home(block.addr(), ptr::from_ref(heap).addr()) {
        // SAFETY: no slab starts at 0.
        let block = unsafe { NonNull::new_unchecked(block) };
        if heap.magazines.push_new(class, block.cast()) {
            // The block is in no other hand: this thread's magazine has it.
            return front::take_back(block, class);
        }
    }
    free_found(block);
}

/// Frees a block that has to be looked up, or is not at home, or whose magazine is full.
///
/// `extern`, so that the compiler knows that it does not unwind, and jumps there.
#[inline(never)]
extern "C" fn free_found(block: *mut u8) {
    let Some(start) = NonNull::new(block) else { return };
    let found = Found::live(start.addr().get());
    match found {
        Found::Large(_) => {
            large::free(start);
            purge::tick();
            return thread::look_after_memory();
        }
        Found::Run(_) if thread::heap().keeps_run(start) => {
            misuse::abort(Fault::DoubleFree, start.addr().get());
        }
        Found::Small(class) if thread::heap().magazines.has_on_top(class, start.cast()) => {
            misuse::abort(Fault::DoubleFree, start.addr().get());
        }
        _ => {}
    }
    // SAFETY: a block that serves this layout; live, by the caller's promise.
    unsafe { front::dealloc(block, layout(found.bytes())) };
}

/// Changes the size of a block; it keeps its first bytes, all of them if it grows. Null: nothing
/// changed.
///
/// A block that shrinks to no less than half stays where it is. Where it moves, it is aligned to
/// 16.
///
/// # Safety
///
/// `block` is live and from here, and not used again if the result is not null.
pub(crate) unsafe fn realloc(block: *mut u8, new_size: usize) -> *mut u8 {
    let found = Found::live(block.addr());
    let (old, new_size) = (found.bytes(), new_size.max(1));
    let Ok(new_layout) = Layout::from_size_align(new_size, ALIGN) else { return ptr::null_mut() };
    if new_size <= old && new_size >= old / 2 {
        return block;
    }
    if let Some(start) = NonNull::new(block) {
        resize::make_room(old, new_size);
        let resized = match found {
            Found::Run(slices) if new_size > SMALL_MAX && new_size <= MEDIUM_MAX => {
                run::resize(start, slices, new_size.div_ceil(SLICE_BYTES)).then_some(start)
            }
            // SAFETY: a live block; its pages are all in use.
            Found::Large(_) if new_size > MEDIUM_MAX => unsafe {
                large::resize(start, layout(old), new_size)
            },
            _ => None,
        };
        if let Some(start) = resized {
            return start.as_ptr();
        }
    }
    // SAFETY: the size is not 0.
    let new = unsafe { front::alloc(new_layout) };
    if new.is_null() {
        // Nothing smaller is to be had.
        return if new_size <= old { block } else { new };
    }
    // SAFETY: both blocks are live and at least this large.
    unsafe { ptr::copy_nonoverlapping(block, new, old.min(new_size)) };
    // SAFETY: the caller's promise.
    unsafe { free(block) };
    new
}

/// Bytes in the block, all of which may be used; 0 for null.
#[inline(always)]
pub(crate) fn usable_size(block: *mut u8) -> usize {
    match directory::class_of(block.addr()) {
        Some(class) => class.block_bytes(),
        None => usable_size_looked_up(block),
    }
}

/// `extern` as [`free_found`].
#[inline(never)]
extern "C" fn usable_size_looked_up(block: *mut u8) -> usize {
    if block.is_null() { 0 } else { Found::looked_up(block.addr()).bytes() }
}

/// Sets the options of the process, if nobody has.
pub(crate) fn set_options(options: Options) {
    watch::hear(options);
}
