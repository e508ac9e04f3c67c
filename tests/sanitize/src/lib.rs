//! What the programs under ThreadSanitizer share.

pub mod exchange;
