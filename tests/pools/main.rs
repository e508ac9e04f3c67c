//! Typed pools, by their public face.

mod sharded;
