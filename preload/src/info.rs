//! What asks the allocator, or advises it.

use crate::line::Text;
use core::fmt::Write;
use libc::c_int;
use poolalloc::PoolAlloc;

/// GNU's: gives back all that can be spared; `pad` is not heeded. 1 if memory went back to the
/// system, else 0.
#[unsafe(no_mangle)]
extern "C" fn malloc_trim(_pad: usize) -> c_int {
    let before = PoolAlloc::stats().committed_bytes;
    PoolAlloc::collect();
    c_int::from(PoolAlloc::stats().committed_bytes < before)
}

/// GNU's: every parameter is accepted, none changes anything. 1, which stands for success.
#[unsafe(no_mangle)]
extern "C" fn mallopt(_parameter: c_int, _value: c_int) -> c_int {
    1
}

/// GNU's: prints the allocator's table to stderr.
#[unsafe(no_mangle)]
extern "C" fn malloc_stats() {
    let mut text = Text::<8192>::new();
    let _ = write!(text, "{}", PoolAlloc::stats());
    text.write_to(libc::STDERR_FILENO);
}

/// GNU's: small and medium blocks count as the arena, large ones as mapped. Bins and top are glibc's
/// own; `ordblks` and `fordblks` are all free blocks, `smblks` and `fsmblks` those in magazines,
/// `keepcost` what `malloc_trim` gives back at least.
#[unsafe(no_mangle)]
extern "C" fn mallinfo2() -> libc::mallinfo2 {
    let stats = PoolAlloc::stats();
    let count = |of: fn(&poolalloc::ClassStats) -> usize| stats.classes.iter().map(of).sum();
    let in_magazines: usize = count(|class| class.magazine_blocks);
    let in_slabs: usize = count(|class| class.partial_blocks);
    let used = stats.allocated_bytes.saturating_sub(stats.large_bytes);
    let free = stats.magazine_bytes + stats.batch_bytes + stats.partial_bytes;
    libc::mallinfo2 {
        arena: used + free,
        ordblks: in_magazines + in_slabs,
        smblks: in_magazines,
        hblks: stats.large_mappings,
        hblkhd: stats.large_bytes,
        usmblks: 0,
        fsmblks: stats.magazine_bytes,
        uordblks: used,
        fordblks: free,
        keepcost: stats.large_cached_bytes,
    }
}

/// GNU's: as [`mallinfo2`]; what an `int` does not hold is the largest `int`.
#[unsafe(no_mangle)]
extern "C" fn mallinfo() -> libc::mallinfo {
    let info = mallinfo2();
    let int = |value: usize| c_int::try_from(value).unwrap_or(c_int::MAX);
    libc::mallinfo {
        arena: int(info.arena),
        ordblks: int(info.ordblks),
        smblks: int(info.smblks),
        hblks: int(info.hblks),
        hblkhd: int(info.hblkhd),
        usmblks: int(info.usmblks),
        fsmblks: int(info.fsmblks),
        uordblks: int(info.uordblks),
        fordblks: int(info.fordblks),
        keepcost: int(info.keepcost),
    }
}
