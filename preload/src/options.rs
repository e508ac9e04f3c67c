//! The environment: read once, when the library is loaded, without allocating.
//!
//! | variable            | value              | meaning                                        |
//! |---------------------|--------------------|------------------------------------------------|
//! | `POOLALLOC_STATS`   | `0`                | no report (the default)                        |
//! |                     | `1`                | a report on stderr when the process exits      |
//! |                     | an absolute path   | the same, to the file `<path>.<process id>`    |
//! | `POOLALLOC_VERBOSE` | `0`                | silent (the default)                           |
//! |                     | `1`                | a line on stderr when the library is loaded    |
//! | `POOLALLOC_PURGE_AFTER` | milliseconds, `10` to `1000000000` | how long memory stays unused   |
//! | `POOLALLOC_LIMIT` | bytes, or with `K`, `M` or `G` behind; at least `1M` | how much may be committed |
//! | `POOLALLOC_HUGE_PAGES` | `never`, `dense`, `always` | which memory gets huge pages        |
//!
//! An empty value is that of a variable that is not there. Any other value is told of in one line
//! on stderr, and ignored. In a program with more rights than its user (set-user-ID) all are ignored.

use crate::line::Text;
use core::ffi::{CStr, c_char};
use poolalloc::HugePages;

/// Where reports go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stats {
    Off,
    Stderr,
    /// To files whose names begin like this.
    Files(&'static CStr),
}

/// What the environment asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) stats: Stats,
    pub(crate) verbose: bool,
    /// Milliseconds that memory stays unused; `None`: as long as it does by itself.
    pub(crate) purge_after: Option<u32>,
    /// Bytes that may be committed; `None`: as many as the system gives.
    pub(crate) limit: Option<usize>,
    pub(crate) huge_pages: HugePages,
}

/// Reads the environment.
///
/// # Safety
///
/// `environment` is null or a list of strings that ends with null, all there for the life of the
/// process, as the loader hands it over.
pub(crate) unsafe fn read(mut environment: *const *const c_char) -> Options {
    let mut options = Options {
        stats: Stats::Off,
        verbose: false,
        purge_after: None,
        limit: None,
        huge_pages: HugePages::default(),
    };
    // SAFETY: reads a number that the kernel left for the process.
    if environment.is_null() || unsafe { libc::getauxval(libc::AT_SECURE) } != 0 {
        return options;
    }
    loop {
        // SAFETY: before the end of the list.
        let variable = unsafe { *environment };
        if variable.is_null() {
            return options;
        }
        // SAFETY: a string, by the caller's promise.
        let variable = unsafe { CStr::from_ptr::<'static>(variable) };
        if let Some(value) = value_of(variable, "POOLALLOC_STATS=") {
            match value.to_bytes() {
                b"" | b"0" => options.stats = Stats::Off,
                b"1" => options.stats = Stats::Stderr,
                [b'/', ..] => options.stats = Stats::Files(value),
                _ => warn(variable, "0, 1, or an absolute path"),
            }
        } else if let Some(value) = value_of(variable, "POOLALLOC_VERBOSE=") {
            match value.to_bytes() {
                b"" | b"0" => options.verbose = false,
                b"1" => options.verbose = true,
                _ => warn(variable, "0 or 1"),
            }
        } else if let Some(value) = value_of(variable, "POOLALLOC_PURGE_AFTER=") {
            match milliseconds(value.to_bytes()) {
                _ if value.is_empty() => options.purge_after = None,
                Some(ms) => options.purge_after = Some(ms),
                None => warn(variable, "a number from 10 to 1000000000"),
            }
        } else if let Some(value) = value_of(variable, "POOLALLOC_LIMIT=") {
            match bytes(value.to_bytes()) {
                _ if value.is_empty() => options.limit = None,
                Some(bytes) => options.limit = Some(bytes),
                None => warn(variable, "a number of bytes, or with K, M or G behind, from 1M on"),
            }
        } else if let Some(value) = value_of(variable, "POOLALLOC_HUGE_PAGES=") {
            match value.to_bytes() {
                b"" => options.huge_pages = HugePages::default(),
                b"never" => options.huge_pages = HugePages::Never,
                b"dense" => options.huge_pages = HugePages::Dense,
                b"always" => options.huge_pages = HugePages::Always,
                _ => warn(variable, "never, dense or always"),
            }
        }
        // SAFETY: the end of the list is not reached.
        environment = unsafe { environment.add(1) };
    }
}

/// A number in decimal, if it is one that is allowed.
fn milliseconds(digits: &[u8]) -> Option<u32> {
    let number = str::from_utf8(digits).ok()?.parse().ok()?;
    (10..=1_000_000_000).contains(&number).then_some(number)
}

/// A number in decimal with a unit or without, if it is one that is allowed.
fn bytes(text: &[u8]) -> Option<usize> {
    let (digits, unit) = match text {
        [digits @ .., b'K'] => (digits, 1 << 10),
        [digits @ .., b'M'] => (digits, 1 << 20),
        [digits @ .., b'G'] => (digits, 1 << 30),
        digits => (digits, 1),
    };
    let number: usize = str::from_utf8(digits).ok()?.parse().ok()?;
    number.checked_mul(unit).filter(|bytes| *bytes >= 1 << 20)
}

/// What follows `name` in a variable of that name.
fn value_of(variable: &'static CStr, name: &str) -> Option<&'static CStr> {
    let value = variable.to_bytes_with_nul().strip_prefix(name.as_bytes())?;
    CStr::from_bytes_with_nul(value).ok()
}

fn warn(variable: &CStr, allowed: &str) {
    let variable = variable.to_bytes().utf8_chunks().next().map_or("", |chunk| chunk.valid());
    Text::<512>::say(format_args!(
        "poolalloc: ignored: {variable:.300}: the value is not {allowed}"
    ));
}
