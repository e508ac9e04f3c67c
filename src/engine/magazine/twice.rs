//! The plainest double free: of the block that was freed last.

use super::{Magazines, R, own};
use crate::{protocol::block::Block, size_class::SizeClass};

impl Magazines {
    /// As [`push`](Self::push), but false also if `block` was put in last, and so is free.
    ///
    /// Where the array is empty, the word in front of it is compared, and may be taken for a block
    /// in it. There always is one: records have a header in front
    /// ([`bump`](crate::protocol::bump)).
    #[inline(always)]
    pub(crate) fn push_new(&self, class: SizeClass, block: Block) -> bool {
        let next = own(&self.of(class).next);
        if next.is_null() {
            self.of(class).next.store(block.as_ptr(), R);
            return true;
        }
        let free = own(&self.of(class).top);
        if next == block.as_ptr() || free == own(&self.of(class).limit) {
            return false;
        }
        // SAFETY: an entry, by M1, or the word in front of the array. (A magazine without an array
        // is full.)
        let newest = unsafe { free.cast::<usize>().sub(1) };
        // SAFETY: as above.
        if unsafe { *newest } == block.addr().get() {
            return false;
        }
        // SAFETY: M1: `top < limit`, so there is a place.
        unsafe { free.write(block) };
        // SAFETY: M1: not above the limit.
        self.of(class).top.store(unsafe { free.add(1) }, R);
        true
    }

    /// True if `block` goes out next, or is the newest entry.
    pub(crate) fn has_on_top(&self, class: SizeClass, block: Block) -> bool {
        let top = own(&self.of(class).top);
        own(&self.of(class).next) == block.as_ptr()
            // SAFETY: M1: `base < top`, so there is an entry below.
            || top != self.base(class) && unsafe { *top.wrapping_sub(1) } == block
    }
}
