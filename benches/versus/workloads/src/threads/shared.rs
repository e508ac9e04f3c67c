//! Places that threads swap blocks through.

use crate::block::Block;
use std::sync::{Mutex, PoisonError};

/// Places for one block each, at first empty.
#[derive(Debug)]
pub(super) struct Shared(Vec<Mutex<Option<Block>>>);

impl Shared {
    /// That many places.
    pub(super) fn new(places: usize) -> Self {
        Self((0..places).map(|_| Mutex::new(None)).collect())
    }

    /// Puts `block` into a random place; returns what was there.
    pub(super) fn swap(&self, rng: &mut fastrand::Rng, block: Option<Block>) -> Option<Block> {
        let mut place = self.0[rng.usize(..self.0.len())]
            .lock()
            // A block is whole or not there, whatever a panicking thread did.
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, block)
    }

    /// What is in the places from `from` on, which are empty then.
    pub(super) fn drain(&mut self, from: usize) -> impl Iterator<Item = Block> {
        self.0[from..]
            .iter_mut()
            .filter_map(|place| place.get_mut().unwrap_or_else(PoisonError::into_inner).take())
    }
}
