//! Every tuning constant, with its unit and its reason.
#![cfg_attr(
    any(
        not(all(target_os = "linux", target_pointer_width = "64")),
        loom,
        miri,
        feature = "passthrough"
    ),
    allow(dead_code, reason = "most of it is for the engine, which is left out")
)]

/// Bytes in a segment, and its alignment: a mask finds the header from any block. 4 MiB keeps
/// the header below 0.3 % and a multiple of the x86 huge page.
pub(crate) const SEGMENT_BYTES: usize = 4 << 20;
/// Bytes in a slice, the unit of slabs and runs: a multiple of every OS page size up to 64 KiB,
/// so that slices can be decommitted on all of them.
pub(crate) const SLICE_BYTES: usize = 64 << 10;
/// Slices in a segment; slice 0 holds the header.
pub(crate) const SLICES: usize = SEGMENT_BYTES / SLICE_BYTES;
/// Most slices in a slab. 8 keep the tail of every class below 3 %, and let the offset of a
/// block, in units of [`GRANULE_BYTES`], fit in 16 bits.
pub(crate) const SLAB_SLICES_MAX: usize = 8;
/// Smallest block, in bytes: a free one holds a pointer.
pub(crate) const GRANULE_BYTES: usize = 8;

/// Largest request that a slab serves, in bytes.
pub(crate) const SMALL_MAX: usize = 32 << 10;
/// Largest request that a run of slices serves, in bytes.
pub(crate) const MEDIUM_MAX: usize = 1 << 20;

/// Segments in an arena when the system grants all that is asked for: 1 GiB.
pub(crate) const ARENA_SEGMENTS: usize = 256;
/// Most arenas. With 1 GiB each this is 1 TiB of small and medium blocks; where the system grants
/// less at a time, 4 MiB each still make 4 GiB.
pub(crate) const ARENAS: usize = 1024;
/// Under a limit on address space an arena takes at most this fraction of the limit, so that
/// stacks, files and large mappings keep their share.
pub(crate) const ARENA_LIMIT_FRACTION: usize = 16;

/// Milliseconds for which a slab is that heap's which leased it last: longer than the phases of a
/// busy thread, shorter than who looks at memory notices.
pub(crate) const TENURE_MS: u32 = 50;
/// But where slabs of a class with so many bytes are there to be claimed, all of other heaps, no fresh one
/// is opened, however often those heaps lease them. So tenure costs less than this per class, of which
/// [14](crate::size_class::SizeClass::is_tied) have it.
pub(crate) const CLAIM_BYTES: usize = 1 << 20;
/// How many slabs a heap looks at for one that it may claim, the lowest ones.
pub(crate) const CLAIM_LOOKS: usize = 64;

/// Of an arena that grows, so large a part of what it has is opened at once.
pub(crate) const OPEN_PART: usize = 4;
/// But no more segments: what is open counts against `RLIMIT_DATA`, and is backed where memory is locked.
pub(crate) const OPEN_MAX: usize = 4;

/// How often a thread yields to another one that commits a segment, before it commits one too.
pub(crate) const COMMIT_PATIENCE: u32 = 1000;

/// Segments at the start of an arena that get no huge pages: below 64 MiB one huge page, of which little
/// may be used, is more than 3 % of the heap.
pub(crate) const HUGE_FROM: usize = 16;
/// One in so many later segments keeps small pages, and so shows how dense the heap is.
pub(crate) const HUGE_SAMPLE: usize = 16;
/// From so many hundredths resident on, a segment is dense.
pub(crate) const HUGE_DENSE_PERCENT: usize = 66;

/// First bound of a magazine, in bytes: as many blocks as fit, at least one, at most
/// [`MAGAZINE_FIRST_BLOCKS`]. Small, because most classes of most threads are hardly used.
pub(crate) const MAGAZINE_FIRST_BYTES: usize = 2 << 10;
/// First bound of a magazine, in blocks.
pub(crate) const MAGAZINE_FIRST_BLOCKS: usize = 16;
/// Up to this bound, in bytes, a magazine grows whenever it runs empty or over; beyond it only
/// where it does both in turn.
pub(crate) const MAGAZINE_EASY_BYTES: usize = 8 << 10;
/// Last bound of a magazine, in bytes: what a thousand nodes of a tree or of a queue take.
pub(crate) const MAGAZINE_BYTES: usize = 256 << 10;
/// Last bound of a magazine, in blocks.
pub(crate) const MAGAZINE_BLOCKS: usize = 1024;
/// Bytes that all magazines of a thread may hold together, beyond their first bounds, in a small heap, if
/// nobody says otherwise.
pub(crate) const MAGAZINE_BUDGET_BYTES: usize = 512 << 10;
/// In a large one they may hold this part of what is committed for each heap.
pub(crate) const MAGAZINE_BUDGET_PART: usize = 32;
/// But no more than this, in bytes.
pub(crate) const MAGAZINE_BUDGET_BYTES_LARGE: usize = 4 << 20;
/// The least budget that may be asked for, in bytes, but for none: less is hardly a block of each size.
pub(crate) const MAGAZINE_BUDGET_BYTES_MIN: usize = 4 << 10;
/// The most that may be asked for, in bytes: more than the last bounds of all sizes together.
pub(crate) const MAGAZINE_BUDGET_BYTES_MAX: usize = 16 << 20;

/// Heaps without a thread that may stay warm, with blocks and leases: as many as short threads are mostly
/// there at a time.
pub(crate) const WARM_HEAPS: usize = 4;
/// Bytes that the magazines of such a heap may hold, all together: a thread that had more gives it back.
pub(crate) const WARM_BYTES: usize = 256 << 10;

/// Bytes in a cache line.
pub(crate) const LINE_BYTES: usize = 64;

/// Places for open batches in a heap.
pub(crate) const BATCH_ENTRIES: usize = 128;
/// Batches that may stay open: each keeps a slab, mostly of 64 KiB, from becoming empty.
pub(crate) const BATCHES_OPEN: usize = 64;
/// Blocks in a batch that leaves at once.
pub(crate) const BATCH_BLOCKS: u16 = 256;
/// Bytes in a batch that leaves at once.
pub(crate) const BATCH_BYTES: usize = 16 << 10;

/// Runs that a heap keeps for itself.
pub(crate) const RUN_CACHE_ENTRIES: usize = 8;
/// Bytes of runs that a heap keeps for itself.
pub(crate) const RUN_CACHE_BYTES: usize = 256 << 10;

/// Mappings kept for reuse, process-wide.
pub(crate) const LARGE_CACHE_ENTRIES: usize = 16;
/// Bytes of mappings kept for reuse, process-wide.
pub(crate) const LARGE_CACHE_BYTES: usize = 64 << 20;

/// Milliseconds that free memory stays unused before it goes back, if nobody says otherwise: long
/// enough for the phases of a busy program, short enough for who looks at an idle one.
pub(crate) const PURGE_AFTER_MS: u32 = 500;
/// The least that may be asked for, in milliseconds: the clock that is read goes in steps of 1 to 10.
pub(crate) const PURGE_AFTER_MS_MIN: u32 = 10;

/// How often who counts blocks waits for the scavenger, and it for who counts, and for how long each time, in
/// milliseconds: a move takes less than that, unless its thread waits for a processor.
pub(crate) const COUNT_PATIENCE: usize = 100;
pub(crate) const COUNT_PAUSE_MS: u32 = 1;

/// The limit on committed memory is a multiple of this, in bytes: a chunk of records.
pub(crate) const LIMIT_STEP_BYTES: usize = 256 << 10;
/// The least limit, in bytes: a thread's first requests take a chunk of records, a segment's header,
/// and a slab for each size.
pub(crate) const LIMIT_BYTES_MIN: usize = 1 << 20;

/// Committed bytes below which slow paths do not ask whether it is time to purge.
pub(crate) const PURGE_MIN_BYTES: usize = 4 << 20;

/// KiB that have to be freed before anybody asks whether a scavenger is needed; so much may stay
/// unused for ever, if nothing else is freed.
pub(crate) const SCAVENGER_TOLD_KIB: u32 = 4 << 10;
/// Bytes that have to be free and backed by memory for a scavenger to be started: a process that
/// stays small has none.
pub(crate) const SCAVENGER_MIN_BYTES: usize = 4 << 20;
/// Bytes of the scavenger's stack. It needs four KiB for its tables, and what a thread of the C
/// library needs anyway; a page is backed when it is used.
pub(crate) const SCAVENGER_STACK_BYTES: usize = 128 << 10;
/// Bytes that a heap sends home before it tells of them.
pub(crate) const TELL_BYTES: usize = 64 << 10;
/// OS pages of a slab that must be free for it to be rebuilt around them.
pub(crate) const HOLE_PAGES_MIN: u32 = 4;

const _: () = {
    assert!(SLICES == 64, "a u64 holds a bit per slice");
    assert!(SLAB_SLICES_MAX * SLICE_BYTES / GRANULE_BYTES <= 1 << 16, "offsets fit in 16 bits");
    assert!(MEDIUM_MAX / SLICE_BYTES < SLICES);
    assert!(ARENA_SEGMENTS.is_multiple_of(64));
    assert!(64_usize.is_multiple_of(HUGE_SAMPLE), "what is opened at once lies in one word");
};
