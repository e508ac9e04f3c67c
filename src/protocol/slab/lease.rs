//! What the holder of a lease does: takes blocks, puts its own back, lets the slab go.

use super::{Home, Lease, Private, Slab};
use crate::{
    protocol::{
        block::{self, Block, Chain},
        word::{LEASED_IDLE, State, Word},
    },
    sync::Ordering,
};
use core::mem;

impl<'a> Lease<'a> {
    /// The slab.
    pub(crate) fn slab(&self) -> &'a Slab {
        self.0
    }

    /// Takes up to `want` blocks, most recently freed first, then never used ones; each goes to
    /// `sink` with its number, from 0. Returns how many.
    pub(crate) fn take(
        &mut self,
        home: &impl Home,
        want: usize,
        mut sink: impl FnMut(usize, Block),
    ) -> usize {
        let slab = self.0;
        if slab.listed.load(Ordering::Relaxed) == 0 {
            self.drain();
            #[cfg(debug_assertions)]
            self.check(home);
        }
        // Relaxed here and below: only the lessee writes the counters, stats look at them.
        let listed = slab.listed.load(Ordering::Relaxed);
        let from_list = want.min(usize::from(listed));
        if from_list > 0 {
            let base = home.base(slab);
            let newest = block::at(base, self.line_0(|private| private.list));
            // SAFETY: W1: the private list is this lessee's, and has `listed` blocks.
            let node = unsafe { block::take_list(base, newest, from_list, &mut sink) };
            self.line_0(|private| private.list = block::distance(base, node));
            #[expect(clippy::cast_possible_truncation, reason = "at most `listed`")]
            slab.listed.store(listed - from_list as u16, Ordering::Relaxed);
        }
        from_list
            + self.carve(home, want - from_list, |number, block| sink(from_list + number, block))
    }

    /// Recounts the private list: it has as many blocks as the counter says (W1), and those that
    /// left line 0 were carved.
    #[cfg(debug_assertions)]
    pub(crate) fn check(&mut self, home: &impl Home) {
        let (base, slab) = (home.base(self.0), self.0);
        let listed = slab.listed.load(Ordering::Relaxed);
        let newest = block::at(base, self.line_0(|private| private.list));
        // SAFETY: W1: the private list is this lessee's, and has `listed` blocks.
        let counted = unsafe { block::count_list(base, newest, listed.into()) };
        assert_eq!(
            counted,
            usize::from(listed),
            "W1: the private list has lost a block, or gained"
        );
        let carved = slab.carved.load(Ordering::Relaxed);
        assert!(listed <= carved && carved <= slab.shape().blocks, "W1: more blocks than carved");
    }

    /// Takes one block that was never used and is zero, if there is one.
    pub(crate) fn take_zeroed(&mut self, home: &impl Home) -> Option<Block> {
        let mut taken = None;
        if self.line_0(|private| private.zeroed) {
            self.carve(home, 1, |_, block| taken = Some(block));
        }
        taken
    }

    /// Takes up to `want` never used blocks, in the order of their addresses.
    fn carve(
        &mut self,
        home: &impl Home,
        want: usize,
        mut sink: impl FnMut(usize, Block),
    ) -> usize {
        let slab = self.0;
        let (shape, carved) = (slab.shape(), slab.carved.load(Ordering::Relaxed));
        let fresh = want.min(usize::from(shape.blocks - carved));
        if fresh > 0 {
            for number in 0..fresh {
                sink(number, shape.block(home.base(slab), usize::from(carved) + number));
            }
            #[expect(clippy::cast_possible_truncation, reason = "at most `shape.blocks`")]
            slab.carved.store(carved + fresh as u16, Ordering::Relaxed);
        }
        fresh
    }

    /// Frees blocks of this slab.
    ///
    /// # Safety
    ///
    /// The caller holds the chain, whose blocks are of this slab.
    pub(crate) unsafe fn put_back(&mut self, home: &impl Home, chain: Chain) {
        let slab = self.0;
        let base = home.base(slab);
        let newest = block::distance(base, chain.head);
        let older = self.line_0(|private| mem::replace(&mut private.list, newest));
        // SAFETY: the caller holds the chain.
        unsafe { chain.link_to(base, older) };
        let listed = slab.listed.load(Ordering::Relaxed);
        slab.listed.store(listed + chain.count(), Ordering::Relaxed);
    }

    /// A1: moves the remote list to the private one, which must be empty.
    pub(super) fn drain(&mut self) {
        let slab = self.0;
        if slab.shared.word.load(Ordering::Relaxed) == LEASED_IDLE {
            return;
        }
        // Acquire: the links and the last use of every pushed block. Pairs with: Release in
        // P3, and Release of V2 for the blocks of V1.
        let was = Word::unpack(slab.shared.word.swap(LEASED_IDLE, Ordering::Acquire));
        debug_assert_eq!(was.state, State::Leased, "W4: a lease was taken away");
        self.line_0(|private| private.list = was.head);
        slab.listed.store(was.count, Ordering::Relaxed);
    }

    /// D1: lets an exhausted slab go. `Err` if a block came back in the meantime.
    pub(crate) fn detach_exhausted(mut self) -> Result<(), Self> {
        let detached = self.detached();
        debug_assert!(detached.lent == self.0.shape().blocks, "D1: some block is free");
        // Release: line 0, for the next lessee. Pairs with: Acquire of V1 and E2.
        // From the idle word only: with blocks on it, it might be time to publish.
        match self.0.swap_if(Word::IDLE, detached, Ordering::Release) {
            Ok(()) => Ok(()),
            Err(_) => Err(self),
        }
    }

    /// Lets a slab go that may have free blocks: trimmed, or its thread ends. Touches no block
    /// but one: the private list and the uncarved rest stay in line 0 for the next lessee.
    pub(crate) fn detach(mut self, home: &impl Home) {
        let slab = self.0;
        loop {
            let mut ticket = None;
            self.take(home, 1, |_, block| ticket = Some(block));
            let Some(ticket) = ticket else {
                match self.detach_exhausted() {
                    Ok(()) => return,
                    Err(lease) => self = lease,
                }
                continue;
            };
            let detached = self.detached();
            let mut seen = slab.load();
            loop {
                let next = detached.with_pushed(seen.head, seen.count);
                // D2. Release: line 0, for the next lessee. Pairs with: Acquire of V1 and E2.
                match slab.swap_if(seen, next, Ordering::Release) {
                    Ok(()) => break,
                    Err(now) => seen = now,
                }
            }
            // D3: publishes or releases if need be, like any other free.
            // SAFETY: the ticket was taken above.
            let ticket = unsafe { Chain::one(ticket) };
            // SAFETY: as above; it is of this slab.
            return unsafe { slab.push(home, ticket) };
        }
    }

    /// The word of this slab once it is detached with an empty remote list.
    fn detached(&mut self) -> Word {
        let slab = self.0;
        let generation = self.line_0(|private| {
            private.generation = private.generation.wrapping_add(1);
            private.generation
        });
        let lent = slab.carved.load(Ordering::Relaxed) - slab.listed.load(Ordering::Relaxed);
        Word { state: State::Detached, generation, lent, count: 0, head: 0 }
    }

    /// Gives line 0 to the thread that has the right to it.
    pub(super) fn line_0<R>(&mut self, f: impl FnOnce(&mut Private) -> R) -> R {
        // SAFETY: W2: there is one lease of a slab, and it is borrowed for this call.
        self.0.private.with_mut(|private| f(unsafe { &mut *private }))
    }
}
