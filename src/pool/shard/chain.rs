//! Slots that came off a list.

use crate::pool::header::Header;
use core::ptr::{self, NonNull};

/// What came off a list, linked by its headers; newest first.
#[derive(Debug)]
#[must_use = "slots that are dropped are lost"]
pub(crate) struct Chain(pub(super) *mut Header);

/// All that was idle in a shard.
pub(crate) type Chains = core::iter::Flatten<core::array::IntoIter<Chain, 3>>;

impl Chain {
    pub(crate) const EMPTY: Self = Self(ptr::null_mut());

    pub(crate) fn push(&mut self, slot: NonNull<Header>) {
        // SAFETY: the caller gives the slot, so nobody else has it.
        unsafe { slot.as_ref() }.set_link(self.0);
        self.0 = slot.as_ptr();
    }

    pub(super) fn is_longer_than_one(&self) -> bool {
        // SAFETY: slots of a chain are its holder's; it is only looked at.
        NonNull::new(self.0).is_some_and(|slot| !unsafe { slot.as_ref() }.link().is_null())
    }
}

impl Iterator for Chain {
    type Item = NonNull<Header>;

    fn next(&mut self) -> Option<NonNull<Header>> {
        let slot = NonNull::new(self.0)?;
        // SAFETY: slots of a chain are its holder's.
        self.0 = unsafe { slot.as_ref() }.link();
        Some(slot)
    }
}
