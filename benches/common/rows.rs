//! The rows of every comparison: names for workloads with their parameters.

use super::{
    Session,
    growth::Growth,
    local::{BATCH_BLOCKS, Batches, Order, Pairs, Victims},
    remote::{Sizes, exchange, pipeline},
    zeroed::Zeroed,
};
use std::alloc::GlobalAlloc;

/// Where a row's blocks are freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// On the thread that took them.
    Local,
    /// On another thread.
    Remote,
}

/// A workload with a name.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Unique; parts divided by `/`.
    pub(crate) name: String,
    workload: Workload,
}

#[derive(Clone, Copy, Debug)]
enum Workload {
    Pairs(Sizes),
    Batches(usize, Order),
    Victims(Sizes),
    /// Elements of 8 bytes.
    Growth(usize),
    /// Bytes.
    Zeroed(usize),
    Pipeline {
        producers: usize,
        consumers: usize,
        sizes: Sizes,
    },
    Exchange(Sizes),
}

impl Row {
    fn new(name: impl Into<String>, workload: Workload) -> Self {
        Self { name: name.into(), workload }
    }

    /// Where its blocks are freed.
    pub(crate) fn group(&self) -> Group {
        match self.workload {
            Workload::Pipeline { .. } | Workload::Exchange(_) => Group::Remote,
            _ => Group::Local,
        }
    }

    /// What the row's time is divided by: pairs of alloc and free in one operation, or whole vectors.
    pub(crate) fn units_per_op(&self) -> u32 {
        let units = match self.workload {
            Workload::Batches(..) => BATCH_BLOCKS,
            Workload::Pipeline { producers, consumers, .. } => producers * consumers,
            Workload::Exchange(_) => 2,
            _ => 1,
        };
        u32::try_from(units).expect("a small count")
    }

    /// The workload, set up on `allocator`.
    pub(crate) fn open<A: GlobalAlloc + Sync>(&self, allocator: &'static A) -> Box<dyn Session> {
        match self.workload {
            Workload::Pairs(sizes) => Box::new(Pairs::new(allocator, sizes.requests())),
            Workload::Batches(bytes, order) => {
                Box::new(Batches::new(allocator, Sizes::Fixed(bytes).requests(), order))
            }
            Workload::Victims(sizes) => Box::new(Victims::new(allocator, sizes.requests())),
            Workload::Growth(words) => Box::new(Growth::new(allocator, words)),
            Workload::Zeroed(bytes) => Box::new(Zeroed::new(allocator, bytes)),
            Workload::Pipeline { producers, consumers, sizes } => {
                Box::new(pipeline(allocator, producers, consumers, sizes))
            }
            Workload::Exchange(sizes) => Box::new(exchange(allocator, sizes)),
        }
    }
}

/// The sizes of the rows that have a name for them.
const SIZES: [(&str, Sizes); 2] = [("64", Sizes::Fixed(64)), ("mixed", Sizes::Mixed)];

/// All rows, in the order of the reports.
pub(crate) fn all() -> Vec<Row> {
    let mut rows = Vec::new();
    for bytes in [16, 32, 64, 128, 256, 512, 1024] {
        rows.push(Row::new(format!("pair/{bytes}"), Workload::Pairs(Sizes::Fixed(bytes))));
    }
    rows.push(Row::new("pair/mixed", Workload::Pairs(Sizes::Mixed)));
    for bytes in [48, 128, 512] {
        for (name, order) in
            [("lifo", Order::Lifo), ("fifo", Order::Fifo), ("shuffled", Order::Shuffled)]
        {
            rows.push(Row::new(format!("batch/{bytes}/{name}"), Workload::Batches(bytes, order)));
        }
    }
    for (suffix, sizes) in SIZES {
        rows.push(Row::new(format!("victim/100k/{suffix}"), Workload::Victims(sizes)));
    }
    rows.push(Row::new("vec/64", Workload::Growth(64)));
    rows.push(Row::new("vec/1M", Workload::Growth(1_000_000)));
    rows.push(Row::new("zeroed/4KiB", Workload::Zeroed(4 << 10)));
    rows.push(Row::new("zeroed/1MiB", Workload::Zeroed(1 << 20)));
    for (suffix, sizes) in SIZES {
        for (name, producers, consumers) in [("1to1", 1, 1), ("2to2", 2, 2)] {
            let workload = Workload::Pipeline { producers, consumers, sizes };
            rows.push(Row::new(format!("remote/{name}/{suffix}"), workload));
        }
        rows.push(Row::new(format!("remote/ring2/{suffix}"), Workload::Exchange(sizes)));
    }
    rows
}
