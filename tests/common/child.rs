//! Child processes: a test runs its body in a fresh copy of its own program.

use super::POOLED;
use std::env;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

/// Names the test whose body the process is to run.
const ROLE: &str = "POOLALLOC_TEST_ROLE";

/// Seconds after which a child is killed: a deadlock fails the test and does not hang it.
const DEADLINE_SECONDS: u32 = 600;

/// Runs `body` in a process of its own, if the allocator is in it; fails unless it ends well.
///
/// * `test`: as in [`Child::of`].
pub(crate) fn alone(test: &'static str, body: impl FnOnce()) {
    if POOLED {
        Child::of(test).run(body).assert_success();
    }
}

/// What a child left behind.
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Fails the test unless the child ended with code 0. Passes on what the child printed.
    pub(crate) fn assert_success(&self) {
        print!("{}", self.stdout);
        assert!(self.status.success(), "the child failed: {self}");
    }

    /// Fails the test unless the child was ended by `signal`.
    pub(crate) fn assert_signal(&self, signal: i32) {
        assert_eq!(self.status.signal(), Some(signal), "the child ended in another way: {self}");
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr } = self;
        write!(f, "{status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// What a child process does, and under which limits.
pub(crate) struct Child {
    test: &'static str,
    control: bool,
    address_space_bytes: Option<u64>,
}

impl Child {
    /// A child that runs the body of `test`, the test's full path in its program.
    pub(crate) const fn of(test: &'static str) -> Self {
        Self { test, control: false, address_space_bytes: None }
    }

    /// Runs the body as the positive control: [`is_control`] is true in the child.
    pub(crate) const fn control(mut self) -> Self {
        self.control = true;
        self
    }

    /// Limits the child's address space (`RLIMIT_AS`).
    pub(crate) const fn with_address_space(mut self, bytes: u64) -> Self {
        self.address_space_bytes = Some(bytes);
        self
    }

    /// In the child: runs `body` and leaves the process with code 0. In the parent: starts the
    /// child and says how it ended.
    ///
    /// A panic of `body` ends the child with libtest's code 101.
    pub(crate) fn run(&self, body: impl FnOnce()) -> Finished {
        if env::var_os(ROLE).is_some_and(|role| role == self.test) {
            body();
            leave(0);
        }
        let mut command = Command::new(env::current_exe().expect("the path of this program"));
        command.args(["--exact", self.test, "--nocapture", "--test-threads=1"]);
        command.env(ROLE, self.test).env(CONTROL, if self.control { "1" } else { "" });
        // A backtrace takes memory, and who panics for want of it would wait for itself.
        command.env("RUST_BACKTRACE", "0");
        let limit = self.address_space_bytes;
        if limit.is_some() {
            // The C library calls its own `malloc`, which reserves 64 MiB for a second thread if
            // they happen to be aligned: one time in sixteen half of the address space is gone.
            command.env("MALLOC_ARENA_MAX", "1");
        }
        // SAFETY: `prepare` calls only functions that may be called between fork and exec.
        unsafe { command.pre_exec(move || prepare(limit)) };
        let output = command.output().expect("the child starts");
        Finished {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Set in the positive control.
const CONTROL: &str = "POOLALLOC_TEST_CONTROL";

/// True in a child that is a positive control: it is to do the harm that the test looks for.
pub(crate) fn is_control() -> bool {
    env::var_os(CONTROL).is_some_and(|value| value == "1")
}

/// Leaves the process at once, with `code`.
pub(crate) fn leave(code: i32) -> ! {
    // SAFETY: `_exit` has no precondition.
    unsafe { libc::_exit(code) }
}

/// Between fork and exec: the deadline, and the limit of the address space.
fn prepare(address_space_bytes: Option<u64>) -> std::io::Result<()> {
    // SAFETY: `alarm` has no precondition, and the alarm survives exec.
    unsafe { libc::alarm(DEADLINE_SECONDS) };
    if let Some(bytes) = address_space_bytes {
        let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
        // SAFETY: `limit` is a valid `rlimit`, which `setrlimit` only reads.
        if unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) } != 0 {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}
