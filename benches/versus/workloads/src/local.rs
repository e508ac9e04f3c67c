//! Blocks that die on the thread that they were born on: no free is remote.
//!
//! With several threads each does all of the work, alone, so a row says whether threads that share
//! nothing disturb each other.

mod aligned;
mod batch;
mod growth;
mod pair;
mod sh6;
mod small_objects;
mod victim;
mod zeroed;

use crate::Workload;

/// The group `local`.
pub(crate) const ROWS: &[Workload] = &[
    pair::PAIR,
    batch::LIFO,
    batch::FIFO,
    batch::SHUFFLED,
    victim::RANDOM_VICTIM,
    small_objects::SMALL_OBJECTS,
    sh6::SH6_LIKE,
    growth::VEC_GROWTH,
    growth::REALLOC_LARGE,
    zeroed::ZEROED,
    aligned::ALIGNED,
];
