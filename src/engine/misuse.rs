//! The end of a program that broke the allocator's contract: one line on stderr, then abort.

use core::fmt::{self, Write};

/// What went wrong with the block at the address that is named with it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The address is in no memory of ours, or at no block.
    NotOurs,
    /// The address lies in a block, and not at its start.
    #[cfg(feature = "c-api")]
    Inside,
    /// The block was allocated with another size class than it was freed with.
    WrongLayout,
    /// The block is free already.
    DoubleFree,
    /// A block was handed out that somebody has: free memory was written to.
    #[cfg(debug_assertions)]
    DoubleUse,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "free of a block that is not ours",
            #[cfg(feature = "c-api")]
            Self::Inside => "free of an address inside of a block",
            Self::WrongLayout => "free with the wrong layout",
            Self::DoubleFree => "double free",
            #[cfg(debug_assertions)]
            Self::DoubleUse => "corrupted free memory",
        })
    }
}

/// Says what happened and ends the process. Allocates nothing.
#[cold]
#[inline(never)]
pub(crate) fn abort(fault: Fault, address: usize) -> ! {
    let mut line = Line { bytes: [0; 128], len: 0 };
    // A line that is too long is cut off: nothing better can be done here.
    let _ = writeln!(line, "poolalloc: {fault}: address {address:#x}");
    // SAFETY: the first `len` bytes are initialised.
    unsafe { libc::write(libc::STDERR_FILENO, line.bytes.as_ptr().cast(), line.len) };
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

struct Line {
    bytes: [u8; 128],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for (to, from) in self.bytes.iter_mut().skip(self.len).zip(text.bytes()) {
            *to = from;
            self.len += 1;
        }
        Ok(())
    }
}
