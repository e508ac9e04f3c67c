//! The allocators that are compared.

use super::{Session, rows::Row};
use mimalloc::MiMalloc;
use poolalloc::PoolAlloc;
use std::alloc::System;

static POOLALLOC: PoolAlloc = PoolAlloc::new();
static MIMALLOC: MiMalloc = MiMalloc;
static SYSTEM: System = System;

/// An allocator under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// This crate.
    PoolAlloc,
    /// What it is compared to.
    MiMalloc,
    /// What a program without any choice of its own gets.
    System,
}

impl Subject {
    /// All, in the order of the reports.
    pub(crate) const ALL: [Self; 3] = [Self::PoolAlloc, Self::MiMalloc, Self::System];

    /// As printed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PoolAlloc => "poolalloc",
            Self::MiMalloc => "mimalloc",
            Self::System => "system",
        }
    }

    /// `row`'s workload on this allocator.
    pub(crate) fn open(self, row: &Row) -> Box<dyn Session> {
        match self {
            Self::PoolAlloc => row.open(&POOLALLOC),
            Self::MiMalloc => row.open(&MIMALLOC),
            Self::System => row.open(&SYSTEM),
        }
    }
}
