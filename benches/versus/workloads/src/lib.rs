//! The work that every allocator is asked to do.
//!
//! A workload allocates with what programs use (`Box`, `Vec`, the collections) and names no
//! allocator; the program that runs it has one. It makes its inputs, calls [`Params::start`],
//! works, and returns a checksum, which depends on the threads and the scale only.

//!
//! Every word that a workload reads back goes into its checksum by a wrapping sum, so neither an
//! address nor the order in which threads came decides about it. The amount of work is fixed by the
//! scale, never by a clock.

mod block;
mod local;
mod memory;
#[cfg(feature = "real")]
mod real;
mod sizes;
mod team;
mod threads;

use std::sync::LazyLock;

/// What a workload is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Each block dies on the thread that it was born on.
    Local,
    /// Blocks cross threads.
    Threads,
    /// Published libraries at their work.
    Real,
    /// What is resident, and what is given back.
    Memory,
}

impl Group {
    /// The name, as tables and options have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Threads => "threads",
            Self::Real => "real",
            Self::Memory => "memory",
        }
    }
}

/// One workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// In kebab-case.
    pub name: &'static str,
    /// What it is like.
    pub group: Group,
    /// One line for a table: what it models.
    pub about: &'static str,
    /// Does the work once; returns its checksum, which is the same for every allocator and every
    /// run with these threads and this scale.
    pub run: fn(&Params<'_>) -> u64,
}

/// What whoever runs a workload does at its marks.
pub trait Hooks: Sync {
    /// The inputs are made: clocks begin.
    fn start(&self);
    /// The work is done: clocks end.
    fn stop(&self);
    /// No thread allocates; returns when that has been looked at for long enough.
    fn idle(&self);
}

/// How much work, on how many threads.
#[derive(Clone, Copy)]
pub struct Params<'a> {
    /// Threads that work, at least 1.
    pub threads: usize,
    /// 1.0 makes a row of 0.3 to 1 s on two threads with a good allocator; above 0.
    pub scale: f64,
    hooks: &'a dyn Hooks,
}

impl<'a> Params<'a> {
    /// `threads`: at least 1. `scale`: above 0.
    #[must_use]
    pub fn new(threads: usize, scale: f64, hooks: &'a dyn Hooks) -> Self {
        Self { threads, scale, hooks }
    }

    /// That many times the scale, at least 1.
    pub(crate) fn count(&self, at_scale_one: u32) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "saturates; a count has no sign")]
        let count = (f64::from(at_scale_one) * self.scale).round() as usize;
        count.max(1)
    }

    /// Called once, when the inputs are made: clocks and fault counters begin here. What is
    /// resident counts from the beginning of the process.
    pub fn start(&self) {
        self.hooks.start();
    }

    /// Ends the clocks; without it the end of the workload does.
    pub fn stop(&self) {
        self.hooks.stop();
    }

    /// Called where no thread allocates any more: after 2 s, which no clock counts, the resident
    /// memory is read.
    pub fn idle(&self) {
        self.hooks.idle();
    }
}

impl core::fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Params")
            .field("threads", &self.threads)
            .field("scale", &self.scale)
            .finish_non_exhaustive()
    }
}

/// Every workload, group by group.
#[must_use]
pub fn all() -> &'static [Workload] {
    static ALL: LazyLock<Vec<Workload>> = LazyLock::new(|| {
        #[cfg(feature = "real")]
        let real = real::ROWS;
        #[cfg(not(feature = "real"))]
        let real = &[];
        [local::ROWS, &threads::rows(), real, memory::ROWS].concat()
    });
    &ALL
}

/// The workload with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Workload> {
    all().iter().find(|workload| workload.name == name)
}
