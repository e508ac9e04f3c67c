//! When a magazine does without the place for the block that goes out next.

use super::{CLOSED, Magazines, R, own};
use crate::size_class::SizeClass;

/// What a program builds and tears down once at its start says little about the rest of its life.
pub(super) const TURNS: u8 = 3;

impl Magazines {
    /// From now on the array does without the place in front, if the magazine ran over in turn with
    /// running empty [`TURNS`] times, and has room for what is there and for one more.
    pub(crate) fn close_place(&self, class: SizeClass) {
        let turns = self.growth(|growth| growth.turns[class.index()]);
        if turns < TURNS || self.entries(class) + 2 > self.capacity(class) {
            return;
        }
        if let Some(next) = self.next(class) {
            let free = own(&self.of(class).top);
            // SAFETY: M1: `top < limit`, so there is a place.
            unsafe { free.write(next) };
            // SAFETY: M1: not above the limit.
            self.of(class).top.store(unsafe { free.add(1) }, R);
        }
        self.of(class).next.store(CLOSED, R);
    }
}
