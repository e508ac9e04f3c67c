//! The operating system: address space and what backs it.
//!
//! Contract of every function: addresses and lengths are multiples of [`page_bytes`], `errno`
//! keeps its value, and a refusal is a return value.

use crate::{
    config::SEGMENT_BYTES,
    sync::{AtomicUsize, Ordering},
};
use core::{
    ffi::{CStr, c_void},
    mem::MaybeUninit,
    ptr::{self, NonNull},
};

/// Bytes in an OS page, asked once at run time: 4, 16 or 64 KiB.
pub(crate) fn page_bytes() -> usize {
    static PAGE_BYTES: AtomicUsize = AtomicUsize::new(0);
    // Relaxed: a number, and every thread that asks gets the same one.
    let known = PAGE_BYTES.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    // SAFETY: sysconf reads a number.
    let asked = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let bytes = usize::try_from(asked).unwrap_or(4096);
    PAGE_BYTES.store(bytes, Ordering::Relaxed);
    bytes
}

/// Takes `bytes` of address space at a multiple of `align`, with nothing behind it.
pub(crate) fn reserve(bytes: usize, align: usize) -> Option<NonNull<u8>> {
    map_aligned(bytes, align, libc::PROT_NONE)
}

/// Takes `bytes` of zeroed memory at a multiple of `align`, backed page by page on first use.
pub(crate) fn map(bytes: usize, align: usize) -> Option<NonNull<u8>> {
    map_aligned(bytes, align, libc::PROT_READ | libc::PROT_WRITE)
}

/// Makes reserved memory usable; it is zero. False if the system refuses.
///
/// # Safety
///
/// The range was reserved here and is not in use.
pub(crate) unsafe fn commit(start: NonNull<u8>, bytes: usize) -> bool {
    // SAFETY: the range is ours, by the caller's promise.
    with_errno_kept(|| unsafe {
        libc::mprotect(start.as_ptr().cast(), bytes, libc::PROT_READ | libc::PROT_WRITE) == 0
    })
}

/// Gives the physical memory of a committed range back; it reads as zero afterwards. False if
/// the system refuses (locked memory), then nothing changed.
///
/// # Safety
///
/// The range is ours, and what is in it is not needed any more.
pub(crate) unsafe fn decommit(start: NonNull<u8>, bytes: usize) -> bool {
    // SAFETY: the range is ours, by the caller's promise.
    with_errno_kept(|| unsafe {
        libc::madvise(start.as_ptr().cast(), bytes, libc::MADV_DONTNEED) == 0
    })
}

/// What a range is to be backed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// Small ones, also where the system is set to use huge pages everywhere.
    Small,
    /// Huge ones where they fit, unless the system is set to use none.
    Huge,
}

/// Says which pages suit a range; a system that has no choice ignores it.
pub(crate) fn advise(start: NonNull<u8>, bytes: usize, pages: Pages) {
    let advice = match pages {
        Pages::Small => libc::MADV_NOHUGEPAGE,
        Pages::Huge => libc::MADV_HUGEPAGE,
    };
    // SAFETY: no contents change.
    with_errno_kept(|| unsafe { libc::madvise(start.as_ptr().cast(), bytes, advice) });
}

/// Pages of the segment at `start` that are in memory; 0 if the system does not tell.
pub(crate) fn resident_pages(start: NonNull<u8>) -> usize {
    const PAGE_BYTES_MIN: usize = 4096;
    let mut pages = [0_u8; SEGMENT_BYTES / PAGE_BYTES_MIN];
    // SAFETY: a byte for each page of the segment, or more.
    with_errno_kept(|| unsafe {
        libc::mincore(start.as_ptr().cast(), SEGMENT_BYTES, pages.as_mut_ptr())
    });
    pages.iter().filter(|&&page| page & 1 == 1).count()
}

/// Gives address space back.
///
/// # Safety
///
/// The range came from this module and is not used again.
pub(crate) unsafe fn release(start: NonNull<u8>, bytes: usize) {
    // SAFETY: the range is ours, by the caller's promise.
    with_errno_kept(|| unsafe { libc::munmap(start.as_ptr().cast(), bytes) });
    // What was mapped last is free again, and so the best place for the next.
    let (start, end) = (start.addr().get(), start.addr().get() + bytes);
    let _ = HINT.compare_exchange(start, end, Ordering::Relaxed, Ordering::Relaxed);
}

/// Grows or shrinks a mapping where it stands.
///
/// # Safety
///
/// `start` is a mapping of `old_bytes` from [`map`]; a tail that is cut off is not used again.
pub(crate) unsafe fn resize(start: NonNull<u8>, old_bytes: usize, new_bytes: usize) -> bool {
    with_errno_kept(|| {
        // SAFETY: the mapping is ours, by the caller's promise; it does not move.
        let moved = unsafe { libc::mremap(start.as_ptr().cast(), old_bytes, new_bytes, 0) };
        moved != libc::MAP_FAILED
    })
}

/// Moves a mapping over a reserved range, which it replaces; no byte is copied. False if the
/// system refuses: then the mapping stays where it is, and the reserved range is gone.
///
/// # Safety
///
/// `start` is a mapping of `old_bytes` from [`map`], and not used again if it moves; `target` is
/// `new_bytes` from [`reserve`], and not used again if it does not.
pub(crate) unsafe fn remap(
    start: NonNull<u8>,
    old_bytes: usize,
    target: NonNull<u8>,
    new_bytes: usize,
) -> bool {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let (from, to) = (start.as_ptr().cast(), target.as_ptr().cast::<libc::c_void>());
    // SAFETY: the address of the calling thread's `errno`, valid as long as the thread runs.
    let errno = unsafe { libc::__errno_location() };
    let (moved, error) = with_errno_kept(|| {
        // SAFETY: both ranges are ours, by the caller's promise.
        let moved = unsafe { libc::mremap(from, old_bytes, new_bytes, flags, to) };
        // SAFETY: as above.
        (moved, unsafe { *errno })
    });
    if moved != libc::MAP_FAILED {
        return true;
    }
    if matches!(error, libc::EPERM | libc::EACCES | libc::ENOSYS) {
        // A filter forbids the call. So the system has not begun, and the target is still there.
        // SAFETY: reserved by the caller, who does not use it again.
        unsafe { release(target, new_bytes) };
        return false;
    }
    // The system may have unmapped the target before it refused, and another thread may have
    // mapped something there since. So only what is a hole is taken, to be given back; a range
    // that is still reserved stays so: address space, lost where memory has run out anyway.
    let flags =
        libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED_NOREPLACE;
    let taken = with_errno_kept(|| {
        // SAFETY: a new mapping, over nothing that exists.
        unsafe { libc::mmap(to, new_bytes, libc::PROT_NONE, flags, -1, 0) }
    });
    if taken != libc::MAP_FAILED
        && let Some(taken) = NonNull::new(taken.cast())
    {
        // SAFETY: mapped just now, used by nobody. (A kernel that does not know the flag may
        // have placed it elsewhere.)
        unsafe { release(taken, new_bytes) };
    }
    false
}

/// Bytes of address space that this process may take, if it is limited.
pub(crate) fn address_limit() -> Option<usize> {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: 0 };
    // SAFETY: `limit` is a place to write to.
    let asked = with_errno_kept(|| unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut limit) });
    (asked == 0 && limit.rlim_cur != libc::RLIM_INFINITY)
        .then(|| usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX))
}

/// Milliseconds since some moment, to a few milliseconds; a read of shared memory, no call.
pub(crate) fn now_ms() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a place to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) };
    now.tv_sec.unsigned_abs() * 1000 + now.tv_nsec.unsigned_abs() / 1_000_000
}

/// Lets another thread run.
pub(crate) fn yield_now() {
    // SAFETY: no memory is involved.
    unsafe { libc::sched_yield() };
}

/// Sleeps, or is woken early by a signal that the C library keeps to itself.
pub(crate) fn sleep_ms(ms: u32) {
    let (seconds, millis) = (i64::from(ms / 1000), i64::from(ms % 1000));
    let time = libc::timespec { tv_sec: seconds, tv_nsec: millis * 1_000_000 };
    // SAFETY: `time` is a time, and the rest of it is not asked for.
    with_errno_kept(|| unsafe { libc::nanosleep(&raw const time, ptr::null_mut()) });
}

/// Names the calling thread, in at most 15 bytes, for `ps` and debuggers.
pub(crate) fn name_thread(name: &CStr) {
    // SAFETY: the name is a string. Refused, it has the name of the thread that started it.
    with_errno_kept(|| unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) });
}

/// What a thread does.
type Entry = extern "C" fn(*mut c_void) -> *mut c_void;

/// Starts a thread that nobody waits for, with all signals blocked. False if the system refuses.
///
/// The C library may call `malloc` meanwhile: the caller holds nothing.
///
/// * `stack_bytes`: if that is too little for the thread-locals of the program, it is as much as
///   threads mostly have.
///
/// # Safety
///
/// `entry` stays mapped as long as the thread runs.
pub(crate) unsafe fn start_thread(entry: Entry, stack_bytes: usize) -> bool {
    with_errno_kept(|| {
        let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: `all` is a place for a set.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        // SAFETY: `all` is a set by now, and `before` a place for one. (The C library leaves out the
        // signals by which it asks all threads to change their user.)
        let blocked =
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
        if blocked != 0 {
            return false;
        }
        // SAFETY: the caller's promise.
        let started = unsafe { start_detached(entry, Some(stack_bytes)) }
            // SAFETY: as above.
            || unsafe { start_detached(entry, None) };
        // SAFETY: the set that was written above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
        started
    })
}

/// # Safety
///
/// As for [`start_thread`].
unsafe fn start_detached(entry: Entry, stack_bytes: Option<usize>) -> bool {
    let mut attributes = MaybeUninit::uninit();
    // SAFETY: a place for attributes.
    if unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: initialised above.
    let attributes = unsafe { attributes.assume_init_mut() };
    // SAFETY: as above, and a value that is known.
    unsafe { libc::pthread_attr_setdetachstate(attributes, libc::PTHREAD_CREATE_DETACHED) };
    if let Some(bytes) = stack_bytes {
        // SAFETY: as above; a size that is too small is refused here or below.
        unsafe { libc::pthread_attr_setstacksize(attributes, bytes) };
    }
    let (mut thread, nothing) = (MaybeUninit::uninit(), ptr::null_mut());
    // SAFETY: a place for the thread, and attributes; `entry` may be called, by the caller's promise.
    let failed = unsafe { libc::pthread_create(thread.as_mut_ptr(), attributes, entry, nothing) };
    // SAFETY: initialised above, and not used again.
    unsafe { libc::pthread_attr_destroy(attributes) };
    failed == 0
}

/// Where the last mapping ended up, going down: the kernel mostly grants the place below it, and
/// then nothing has to be cut off.
static HINT: AtomicUsize = AtomicUsize::new(0);

fn map_aligned(bytes: usize, align: usize, protection: libc::c_int) -> Option<NonNull<u8>> {
    if bytes == 0 || bytes > isize::MAX.unsigned_abs() - align {
        return None;
    }
    // Relaxed: a guess, the kernel decides.
    let hint = HINT.load(Ordering::Relaxed).saturating_sub(bytes) & !(align - 1);
    let start = map_at(hint, bytes, protection)?;
    if start.addr().get().is_multiple_of(align) {
        HINT.store(start.addr().get(), Ordering::Relaxed);
        return Some(start);
    }
    // SAFETY: just mapped, used by nobody.
    unsafe { release(start, bytes) };
    let whole = map_at(0, bytes + align, protection)?;
    let before = whole.addr().get().wrapping_neg() & (align - 1);
    // SAFETY: `before < align`, so the result lies inside of `whole`.
    let start = unsafe { whole.add(before) };
    if before > 0 {
        // SAFETY: the head of the fresh mapping, used by nobody.
        unsafe { release(whole, before) };
    }
    // SAFETY: `before + bytes < bytes + align`.
    let end = unsafe { start.add(bytes) };
    // SAFETY: the tail of the fresh mapping, used by nobody; not empty, as `before < align`.
    unsafe { release(end, align - before) };
    HINT.store(start.addr().get(), Ordering::Relaxed);
    Some(start)
}

fn map_at(hint: usize, bytes: usize, protection: libc::c_int) -> Option<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let hint = ptr::without_provenance_mut(hint);
    // SAFETY: a new mapping, over nothing that exists.
    let start = with_errno_kept(|| unsafe { libc::mmap(hint, bytes, protection, flags, -1, 0) });
    if start == libc::MAP_FAILED {
        return None;
    }
    // Block addresses lose their origin on the way through programs and words: segments and
    // slabs are found from them by masking.
    start.expose_provenance();
    NonNull::new(start.cast())
}

/// Runs `call` and restores `errno`.
pub(crate) fn with_errno_kept<R>(call: impl FnOnce() -> R) -> R {
    // SAFETY: the address of the calling thread's `errno`, valid as long as the thread runs.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *errno };
    let result = call();
    // SAFETY: as above.
    unsafe { *errno = before };
    result
}
