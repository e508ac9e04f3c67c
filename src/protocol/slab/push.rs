//! What any thread does that holds blocks of a slab: gives them back.

use super::{Home, Slab};
use crate::{
    protocol::{
        block::{self, Block, Chain},
        word::{State, Word},
    },
    sync::{Ordering, fence},
};

impl Slab {
    /// Gives blocks back from any thread: one CAS, unless the slab changes state by it.
    ///
    /// # Safety
    ///
    /// The calling thread holds the chain, whose blocks are of this slab.
    pub(crate) unsafe fn push(&self, home: &impl Home, mut chain: Chain) {
        let (shape, base) = (self.shape(), home.base(self));
        let mut seen = self.load();
        loop {
            debug_assert!(seen.state != State::Empty, "W1: freed twice, the slab was whole");
            let whole = seen.is_whole_with(chain.count());
            let token = whole && seen.state == State::Partial && {
                // E1 after the V2 of the ticket that `seen` counts. No hardware takes E1 first;
                // the letter of the memory model would allow it: P1 would have read a ticket that
                // is pushed after E1. No model fails without the fence: loom takes all steps in
                // some order, and each reads what was written before. A rule of the house keeps it.
                fence(Ordering::Acquire);
                home.take_token(self)
            };
            if token || (whole && seen.state == State::Detached) {
                // E2. Acquire: what every pusher and the last lessee did to the slab, for its
                // next user. Pairs with: Release of P3, D1, D2. No Release: E3 hands it on.
                match self.swap_if(seen, Word::EMPTY, Ordering::Acquire) {
                    Ok(()) => return home.release(self),
                    Err(now) => {
                        if token {
                            // `seen` was old: others hold blocks too. Back to the index.
                            home.publish(self);
                        }
                        seen = now;
                        continue;
                    }
                }
            }
            // PARTIAL, whole and no token: a claimer is between C1 and C2 and gets it all.
            let free = shape.blocks - seen.lent + seen.count + chain.count();
            if seen.state == State::Detached && free >= shape.publish_at {
                // V1: one block is the ticket, the rest is pushed.
                let (ticket, rest) = if chain.len == 1 {
                    (chain.head, None)
                } else {
                    // SAFETY: the caller holds the chain, which has two blocks.
                    (unsafe { chain.take(base) }, Some(&chain))
                };
                // Acquire: line 0 of the last lessee, which V2 hands on. Pairs with: Release of
                // D1, D2. No Release: the blocks of this CAS travel with the token too.
                // SAFETY: the caller holds the chain, and `rest` is a part of it.
                match unsafe { self.push_if(base, seen, rest, State::Partial, Ordering::Acquire) } {
                    Ok(()) => {
                        home.publish(self);
                        // SAFETY: the ticket was kept back.
                        chain = unsafe { Chain::one(ticket) };
                        seen = self.load();
                    }
                    Err(now) => {
                        if rest.is_some() {
                            // SAFETY: the ticket was taken from this chain.
                            unsafe {
                                chain.add(ticket, block::room_of(shape.block_bytes as usize))
                            };
                        }
                        seen = now;
                    }
                }
                continue;
            }
            // P3. Release: publishes the links and the freeing thread's last use of the blocks.
            // Pairs with: Acquire in `drain` (next user of the blocks) and in E2.
            // SAFETY: the caller holds the chain.
            match unsafe { self.push_if(base, seen, Some(&chain), seen.state, Ordering::Release) } {
                Ok(()) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// P2, then the CAS that puts `chain` on top of `seen` and moves to `state`.
    ///
    /// # Safety
    ///
    /// As for [`push`](Self::push).
    unsafe fn push_if(
        &self,
        base: Block,
        seen: Word,
        chain: Option<&Chain>,
        state: State,
        order: Ordering,
    ) -> Result<(), Word> {
        let mut next = seen.with_state(state);
        if let Some(chain) = chain {
            // SAFETY: the caller holds the chain.
            unsafe { chain.link_to(base, seen.head) };
            next = next.with_pushed(block::distance(base, chain.head), chain.count());
        }
        self.swap_if(seen, next, order)
    }
}
