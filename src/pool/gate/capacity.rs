//! A gate gets another capacity.

use super::{Gate, Links};
use crate::pool::word::MAX_SLOTS;

impl Gate {
    /// Changes the capacity. Where there are too many objects then, idle ones are for
    /// [`excess`](Self::excess), and held ones are refused when they are released.
    ///
    /// * `capacity`: at most [`MAX_SLOTS`].
    pub(crate) fn set_capacity(&self, links: &(impl Links + ?Sized), capacity: u32) {
        let mut state = self.state.lock();
        debug_assert!(capacity <= MAX_SLOTS);
        // Both are below 2^24.
        state.spare += capacity.cast_signed() - state.capacity.cast_signed();
        state.capacity = capacity;
        self.show(&state);
        drop(state);
        self.wake_all(|state| state.give_vacant(links));
    }

    /// Takes an idle slot whose object is one too many, as if it had been
    /// [refused](super::Released::Refused).
    pub(crate) fn excess(&self, links: &(impl Links + ?Sized)) -> Option<u32> {
        let mut state = self.state.lock();
        if state.spare >= 0 {
            return None;
        }
        let index = self.take_idle(links)?;
        state.spare += 1;
        self.show(&state);
        Some(index)
    }
}
