//! Text on a file descriptor, without allocating: collected in a buffer, written with one call.

use core::fmt::{self, Write};
use libc::c_int;

/// Up to `N` bytes of text; what is longer is cut off.
#[derive(Debug)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// Writes a line to stderr.
    pub(crate) fn say(text: fmt::Arguments<'_>) {
        let mut line = Self::new();
        let _ = writeln!(line, "{text}");
        line.write_to(libc::STDERR_FILENO);
    }

    /// Adds bytes at the end.
    pub(crate) fn append(&mut self, bytes: impl Iterator<Item = u8>) {
        for (to, from) in self.bytes.iter_mut().skip(self.len).zip(bytes) {
            *to = from;
            self.len += 1;
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// Writes the text to a file descriptor. `errno` keeps its value; nobody is told of a failure.
    pub(crate) fn write_to(&self, file: c_int) {
        // SAFETY: the address of the calling thread's `errno`.
        let errno = unsafe { libc::__errno_location() };
        // SAFETY: as above.
        let before = unsafe { *errno };
        let mut rest = self.as_bytes();
        while !rest.is_empty() {
            // SAFETY: reads from `rest`.
            let written = unsafe { libc::write(file, rest.as_ptr().cast(), rest.len()) };
            // SAFETY: as above.
            let again = written < 0 && unsafe { *errno } == libc::EINTR;
            match usize::try_from(written) {
                Ok(written) if written > 0 => rest = rest.get(written..).unwrap_or(&[]),
                _ if again => {}
                _ => break,
            }
        }
        // SAFETY: as above.
        unsafe { *errno = before };
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.append(text.bytes());
        Ok(())
    }
}
