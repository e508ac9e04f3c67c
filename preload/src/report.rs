//! The table at the end of a process, where `POOLALLOC_STATS` asks for it.
//!
//! A process ends by `exit`, where the loader calls [`at_exit`] last of all; or by `_exit`, as the
//! children of a fork mostly do, which is why that is here too. One that a signal ends, or that
//! becomes another program, reports nothing; the other program reports at its own end.

use crate::{
    line::Text,
    options::{self, Stats},
};
use core::{
    ffi::{CStr, c_char, c_int},
    fmt::Write,
    sync::atomic::{AtomicI32, AtomicU8, Ordering},
};
use poolalloc::PoolAlloc;

// The words here are written when the library is loaded, before `main`, and in the child of a fork,
// which has one thread: Relaxed throughout.

/// Where reports go: one of the three below.
static PLACE: AtomicU8 = AtomicU8::new(NOWHERE);
const NOWHERE: u8 = 0;
const STDERR: u8 = 1;
/// Files, whose names begin with [`PREFIX`].
const FILES: u8 = 2;

static PREFIX: Kept<PATH_BYTES> = Kept::new();
static NAME: Kept<64> = Kept::new();
/// The process that reports. The child of a `vfork` has its parent's memory and another number, and
/// so has the child of `_Fork`, in which hardly anything may be called: they report nothing.
static PROCESS: AtomicI32 = AtomicI32::new(0);
/// stderr as it was when the library was loaded: many programs close theirs before they are done.
static STDERR_COPY: AtomicI32 = AtomicI32::new(libc::STDERR_FILENO);

/// The lowest number that the copy of stderr may have: programs expect small ones to be free.
const STDERR_COPY_MIN: c_int = 200;

#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: unsafe extern "C" fn(c_int, *const *const c_char, *const *const c_char) = at_start;

#[used]
#[unsafe(link_section = ".fini_array")]
static AT_EXIT: extern "C" fn() = at_exit;

/// Called by the loader, as glibc does: with the arguments of `main`.
unsafe extern "C" fn at_start(
    _: c_int,
    _: *const *const c_char,
    environment: *const *const c_char,
) {
    // SAFETY: that is what the loader hands over.
    let options = unsafe { options::read(environment) };
    NAME.keep(name());
    poolalloc::c::set_options(options.purge_after, options.limit, options.huge_pages);
    if options.verbose {
        let mut line = Text::<256>::new();
        line.append(b"poolalloc: serves malloc of ".iter().copied().chain(NAME.bytes()));
        let _ = writeln!(line, ", process {}", process());
        line.write_to(libc::STDERR_FILENO);
    }
    match options.stats {
        Stats::Off => return,
        Stats::Stderr => {
            PLACE.store(STDERR, Ordering::Relaxed);
            let (file, from) = (libc::STDERR_FILENO, STDERR_COPY_MIN);
            // SAFETY: duplicates a descriptor.
            let copy = unsafe { libc::fcntl(file, libc::F_DUPFD_CLOEXEC, from) };
            if copy >= 0 {
                STDERR_COPY.store(copy, Ordering::Relaxed);
            }
        }
        Stats::Files(prefix) => {
            PLACE.store(FILES, Ordering::Relaxed);
            PREFIX.keep(prefix);
        }
    }
    in_child();
    // SAFETY: the function is there for the life of the process.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
}

/// In the child of a fork too: this is the process that reports.
extern "C" fn in_child() {
    PROCESS.store(process(), Ordering::Relaxed);
}

fn process() -> c_int {
    // SAFETY: reads a number.
    unsafe { libc::getpid() }
}

extern "C" fn at_exit() {
    report();
}

/// POSIX's: ends the process at once, with a report if one is asked for.
#[unsafe(no_mangle)]
extern "C" fn _exit(status: c_int) -> ! {
    report();
    // SAFETY: ends the process.
    unsafe { libc::syscall(libc::SYS_exit_group, status) };
    // SAFETY: as above; not reached.
    unsafe { libc::abort() }
}

/// C's name for [`_exit`].
#[unsafe(no_mangle)]
extern "C" fn _Exit(status: c_int) -> ! {
    _exit(status)
}

/// Prints the report of this process. Takes no lock and allocates nothing: it may be called
/// whenever `_exit` may.
fn report() {
    let place = PLACE.load(Ordering::Relaxed);
    if place == NOWHERE || PROCESS.load(Ordering::Relaxed) != process() {
        return;
    }
    let mut text = Text::<8192>::new();
    text.append(b"poolalloc: ".iter().copied().chain(NAME.bytes()));
    let _ = writeln!(text, ", process {}", process());
    let _ = writeln!(text, "{:<18} {:>12} KiB", "peak resident", peak_resident_kib());
    let _ = write!(text, "{}", PoolAlloc::stats());
    if place == STDERR {
        return text.write_to(STDERR_COPY.load(Ordering::Relaxed));
    }
    let mut path = Text::<PATH_BYTES>::new();
    path.append(PREFIX.bytes());
    let _ = write!(path, ".{}\0", process());
    let path = CStr::from_bytes_until_nul(path.as_bytes()).unwrap_or(c"");
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
    // SAFETY: the path ends with a zero.
    let file = unsafe { libc::open(path.as_ptr(), flags, 0o666) };
    if file >= 0 {
        text.write_to(file);
        // SAFETY: opened above.
        unsafe { libc::close(file) };
    } else {
        Text::<512>::say(format_args!("poolalloc: no report: {path:?} cannot be written"));
    }
}

/// Bytes in the longest path, its end included.
const PATH_BYTES: usize = 4096;

/// The program's name, without its path.
fn name() -> &'static CStr {
    unsafe extern "C" {
        static program_invocation_short_name: *const c_char;
    }
    // SAFETY: set by the C library before any constructor runs.
    let name = unsafe { program_invocation_short_name };
    if name.is_null() {
        return c"";
    }
    // SAFETY: a string.
    unsafe { CStr::from_ptr(name) }
}

/// The first `N` bytes of a text, kept: programs write over their arguments and environment, so that
/// `ps` says what they do.
struct Kept<const N: usize>([AtomicU8; N]);

impl<const N: usize> Kept<N> {
    const fn new() -> Self {
        Self([const { AtomicU8::new(0) }; N])
    }

    fn keep(&self, text: &CStr) {
        for (to, from) in self.0.iter().zip(text.to_bytes()) {
            to.store(*from, Ordering::Relaxed);
        }
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0.iter().map(|byte| byte.load(Ordering::Relaxed)).take_while(|byte| *byte != 0)
    }
}

/// The most memory that this program had at a time. What it was before it became this program, by
/// `exec`, is not in it, unlike in what `getrusage` says.
fn peak_resident_kib() -> u64 {
    let mut status = [0_u8; 4096];
    // SAFETY: the path ends with a zero.
    let file =
        unsafe { libc::open(c"/proc/self/status".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        return 0;
    }
    // SAFETY: writes into `status`.
    let read = unsafe { libc::read(file, status.as_mut_ptr().cast(), status.len()) };
    // SAFETY: opened above.
    unsafe { libc::close(file) };
    let text = status.get(..usize::try_from(read).unwrap_or(0)).unwrap_or(&[]);
    let mut lines = text.split(|byte| *byte == b'\n');
    let line = lines.find_map(|line| line.strip_prefix(b"VmHWM:")).unwrap_or(&[]);
    let digits = line.iter().filter(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}
