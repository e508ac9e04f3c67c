//! What the programs under the sanitizers share.

pub mod exchange;
pub mod pools;
pub mod threads;
