//! What is done to a local store as a whole: looked through, emptied, closed.

use super::{
    super::slot::{Held, Slot, head, show, value},
    Discard, Store, add, discard,
};
use crate::pool::stats::Stats;
use core::{
    mem,
    ptr::{self, NonNull},
};

impl<T> Store<T> {
    /// Takes all idle objects.
    fn take_all(&self) -> Idle<T> {
        self.listed.set(0);
        self.idle_bytes.set(0);
        let all = self.head.replace(ptr::null_mut());
        match NonNull::new(self.hot.replace(ptr::null_mut())) {
            None => Idle(all),
            Some(hot) => {
                head(hot).link.set(all);
                Idle(hot.as_ptr())
            }
        }
    }

    pub(in crate::pool::local) fn retain(&self, mut keep: impl FnMut(&mut T) -> bool) {
        let mut all = self.take_all();
        let mut kept = Idle(ptr::null_mut());
        while let Some(slot) = all.pop() {
            let on_panic = Discard(slot);
            // SAFETY: taken off the list, so the code at hand holds it.
            if keep(unsafe { value(slot).as_mut() }) {
                mem::forget(on_panic);
                head(slot).link.set(kept.0);
                kept.0 = slot.as_ptr();
            }
        }
        self.return_idle(kept, usize::MAX);
    }

    pub(in crate::pool::local) fn shrink_to(&self, idle: usize) {
        let mut all = self.take_all();
        // The newest are kept, and are turned round twice.
        let mut kept = Idle(ptr::null_mut());
        for _ in 0..idle {
            let Some(slot) = all.pop() else { break };
            head(slot).link.set(kept.0);
            kept.0 = slot.as_ptr();
        }
        self.return_idle(kept, idle);
    }

    /// Keeps up to `count` idle objects again.
    fn return_idle(&self, mut idle: Idle<T>, count: usize) {
        for _ in 0..count {
            let Some(slot) = idle.pop() else { break };
            if !self.keep(slot) {
                // SAFETY: it was not kept, so it is still here.
                unsafe { discard(slot) };
            }
        }
    }

    pub(in crate::pool::local) fn set_capacity(&self, capacity: usize) -> bool {
        if self.capacity.get().is_none() {
            return false;
        }
        self.capacity.set(Some(capacity));
        while self.counted.get() > capacity {
            let Some(slot) = self.pop() else { break };
            add(&self.idle_bytes, -head(slot).bytes.take().cast_signed());
            // SAFETY: taken off the list, so the code at hand holds it.
            unsafe { discard(slot) };
        }
        true
    }

    pub(in crate::pool::local) fn close(&self) {
        self.closed.set(true);
        self.is_plain.set(false);
        drop(self.take_all());
    }

    pub(in crate::pool::local) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    pub(in crate::pool::local) fn stats(&self) -> Stats {
        Stats {
            idle: self.idle(),
            live: self.objects.get(),
            waiting: 0,
            created: self.created.get(),
            discarded: self.discarded.get(),
        }
    }
}

/// Idle objects that are nobody's; those that are left are dropped, all of them.
struct Idle<T>(*mut Slot<T>);

impl<T> Idle<T> {
    fn pop(&mut self) -> Option<Held<T>> {
        let slot = NonNull::new(self.0)?;
        self.0 = head(slot).link.get();
        show(slot);
        Some(slot)
    }
}

impl<T> Drop for Idle<T> {
    fn drop(&mut self) {
        /// Goes on where a panic stopped; a second one aborts.
        struct Rest<'a, T>(&'a mut Idle<T>);
        impl<T> Rest<'_, T> {
            fn discard(&mut self) {
                while let Some(slot) = self.0.pop() {
                    // SAFETY: taken off the list, so the code at hand holds it.
                    unsafe { discard(slot) };
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.discard();
            }
        }
        Rest(self).discard();
    }
}
