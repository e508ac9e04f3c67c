//! The plainest double free: of the block that was freed last.

use super::{Magazines, R, of};
use crate::{protocol::block::Block, size_class::SizeClass};

impl Magazines {
    /// As [`push`](Self::push), but false also if `block` is what lies on top, and so is free.
    ///
    /// Where the magazine is empty, the word in front of its array is compared, and may be taken
    /// for a block on top. There always is one: records have a header in front
    /// ([`bump`](crate::protocol::bump)).
    #[inline(always)]
    pub(crate) fn push_new(&self, class: SizeClass, block: Block) -> bool {
        let top = of(&self.tops, class);
        let free = top.load(R);
        if free == self.limit(class) {
            return false;
        }
        // SAFETY: an entry, by M1, or the word in front of the array. (A magazine without an
        // array is full.)
        let newest = unsafe { free.cast::<usize>().sub(1) };
        // SAFETY: as above.
        if unsafe { *newest } == block.addr().get() {
            return false;
        }
        // SAFETY: M1: `top < limit`, so there is a place.
        unsafe { free.write(block) };
        // Loaded once more, as in `push`.
        top.store(top.load(R).wrapping_add(1), R);
        true
    }

    /// True if `block` is the newest in the magazine.
    pub(crate) fn newest_is(&self, class: SizeClass, block: Block) -> bool {
        let top = of(&self.tops, class).load(R);
        // SAFETY: M1: `base < top`, so there is an entry below.
        top != self.base(class) && unsafe { *top.wrapping_sub(1) } == block
    }
}
