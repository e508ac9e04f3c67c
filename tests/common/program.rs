//! Runs random programs against an allocator and a model of what its blocks must be.
//!
//! In lock-step one thread acts at a time, and a map of all live blocks proves that none overlap.
//! Set free, the threads race, and the patterns in the blocks tell.

use super::block::{Block, Subject};
use super::ops::{LANES, Op, SLOTS, Step};
use poolalloc::PoolAlloc;
use std::alloc::Layout;
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// A block and the tag of its pattern.
struct Live<A: Subject> {
    block: Block<A>,
    tag: u64,
}

/// The live blocks of a program: start and end. Kept in lock-step only.
#[derive(Default)]
struct Shadow {
    ends: Mutex<BTreeMap<usize, usize>>,
}

impl Shadow {
    /// Takes the usable bytes of `block`; fails the test if some belong to another block.
    fn claim<A: Subject>(&self, block: &Block<A>) {
        let start = block.address().addr().get();
        let end = start + block.usable_bytes();
        let mut ends = self.ends.lock().expect("no thread failed");
        if let Some((other, other_end)) = ends.range(..end).next_back() {
            assert!(
                *other_end <= start,
                "{block:?} overlaps the live block {other:#x}..{other_end:#x}"
            );
        }
        ends.insert(start, end);
    }

    fn release<A: Subject>(&self, block: &Block<A>) {
        let start = block.address().addr().get();
        let end = self.ends.lock().expect("no thread failed").remove(&start);
        assert_eq!(
            end,
            Some(start + block.usable_bytes()),
            "usable_size changed while {block:?} was live"
        );
    }
}

/// A thread's blocks and its mailbox. It outlives the threads that run it one after the other.
struct Lane<'a, A: Subject> {
    allocator: &'static A,
    slots: Vec<Option<Live<A>>>,
    mailbox: Receiver<Live<A>>,
    peers: Vec<Sender<Live<A>>>,
    shadow: Option<&'a Shadow>,
    next_tag: u64,
}

impl<A: Subject> Lane<'_, A> {
    /// Does `op`, after the post. `ThreadExit` is the caller's to do.
    fn apply(&mut self, op: Op) {
        self.read_mail();
        match op {
            Op::Alloc { slot, size, align } => {
                let tag = self.fresh_tag();
                let block = Block::alloc(self.allocator, layout(size, align), tag);
                self.put(slot, Live { block, tag });
            }
            Op::Zeroed { slot, size, align } => {
                let tag = self.fresh_tag();
                let block = Block::zeroed(self.allocator, layout(size, align), tag);
                self.put(slot, Live { block, tag });
            }
            Op::Realloc { slot, size } => self.resize(slot, size),
            Op::Free { slot } => self.free(slot),
            Op::Send { slot, lane } => {
                if let Some(live) = self.slots[usize::from(slot)].take() {
                    self.peers[usize::from(lane)]
                        .send(live)
                        .expect("mailboxes live until every lane ended");
                }
            }
            Op::Collect => PoolAlloc::collect(),
            Op::ThreadExit => {}
        }
    }

    fn fresh_tag(&mut self) -> u64 {
        self.next_tag += 1;
        self.next_tag
    }

    /// Stores a block that is new to this program.
    fn put(&mut self, slot: u8, live: Live<A>) {
        if let Some(shadow) = self.shadow {
            shadow.claim(&live.block);
        }
        self.free(slot);
        self.slots[usize::from(slot)] = Some(live);
    }

    fn resize(&mut self, slot: u8, size: usize) {
        let new_tag = self.fresh_tag();
        let Some(Live { block, tag }) = self.slots[usize::from(slot)].take() else { return };
        block.check(tag);
        if let Some(shadow) = self.shadow {
            shadow.release(&block);
        }
        let block = block.resize(size, tag, new_tag);
        self.put(slot, Live { block, tag: new_tag });
    }

    fn free(&mut self, slot: u8) {
        let Some(Live { block, tag }) = self.slots[usize::from(slot)].take() else { return };
        block.check(tag);
        if let Some(shadow) = self.shadow {
            shadow.release(&block);
        }
        block.free();
    }

    /// Takes in what other lanes sent; a block that finds its slot full is exchanged for the one
    /// there.
    fn read_mail(&mut self) {
        while let Ok(live) = self.mailbox.try_recv() {
            live.block.check(live.tag);
            let slot = u8::try_from(live.tag % u64::from(SLOTS)).expect("below SLOTS");
            self.free(slot);
            self.slots[usize::from(slot)] = Some(live);
        }
    }

    /// Frees everything, blocks in the post included.
    fn clear(&mut self) {
        self.read_mail();
        for slot in 0..SLOTS {
            self.free(slot);
        }
    }
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a size and an alignment that make a layout")
}

fn lanes<'a, A: Subject>(allocator: &'static A, shadow: Option<&'a Shadow>) -> Vec<Lane<'a, A>> {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..LANES).map(|_| channel()).unzip();
    let lane = |(number, mailbox)| Lane {
        allocator,
        slots: (0..SLOTS).map(|_| None).collect(),
        mailbox,
        peers: senders.clone(),
        shadow,
        next_tag: u64::from(number) << 48,
    };
    (0..LANES).zip(receivers).map(lane).collect()
}

/// Runs `steps` one at a time, each on its lane's thread, then frees everything there.
pub(crate) fn run_in_lock_step<A: Subject>(allocator: &'static A, steps: &[Step]) {
    let shadow = Shadow::default();
    thread::scope(|scope| {
        let start = |lane| Runner::start(scope, lane);
        let mut runners: Vec<_> = lanes(allocator, Some(&shadow)).into_iter().map(start).collect();
        for step in steps {
            let lane = usize::from(step.lane);
            if step.op == Op::ThreadExit {
                let runner = runners.swap_remove(lane);
                runners.push(Runner::start(scope, runner.end()));
                let last = runners.len() - 1;
                runners.swap(lane, last);
            } else {
                runners[lane].run(Some(step.op));
            }
        }
        runners.iter().for_each(|runner| runner.run(None));
        runners.into_iter().for_each(|runner| drop(runner.end()));
    });
    assert!(shadow.ends.lock().expect("no lane failed").is_empty(), "the program left a block");
}

/// A lane that does not answer for so long is stuck: no operation takes a minute.
const STUCK: Duration = Duration::from_secs(60);

/// A thread that does for a lane what it is told.
struct Runner<'scope, 'a, A: Subject> {
    orders: Sender<Option<Op>>,
    done: Receiver<()>,
    thread: thread::ScopedJoinHandle<'scope, Lane<'a, A>>,
}

impl<'scope, 'a: 'scope, A: Subject> Runner<'scope, 'a, A> {
    fn start(scope: &'scope thread::Scope<'scope, '_>, mut lane: Lane<'a, A>) -> Self {
        let (orders, inbox) = channel();
        let (answer, done) = channel();
        let thread = scope.spawn(move || {
            for order in inbox {
                match order {
                    Some(op) => lane.apply(op),
                    None => lane.clear(),
                }
                let _ = answer.send(());
            }
            lane
        });
        Self { orders, done, thread }
    }

    /// Lets the lane do `op`, or free everything, and waits until it is done.
    fn run(&self, op: Option<Op>) {
        let _ = self.orders.send(op);
        assert_eq!(self.done.recv_timeout(STUCK), Ok(()), "a lane failed, or is stuck, at {op:?}");
    }

    /// Waits until the thread is gone.
    fn end(self) -> Lane<'a, A> {
        drop(self.orders);
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Runs `steps` with all lanes at once, then frees everything.
pub(crate) fn run_set_free<A: Subject>(allocator: &'static A, steps: &[Step]) {
    let ended: thread::Result<Vec<_>> = thread::scope(|scope| {
        let lanes = lanes(allocator, None);
        let running: Vec<_> = (0..LANES)
            .zip(lanes)
            .map(|(number, lane)| {
                let ops: Vec<Op> =
                    steps.iter().filter(|step| step.lane == number).map(|step| step.op).collect();
                scope.spawn(move || obey_all(lane, &ops))
            })
            .collect();
        running.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    // No lane sends any more: what is in the post stays there until it is read here.
    for mut lane in ended.unwrap_or_else(|panic| resume_unwind(panic)) {
        lane.clear();
    }
}

/// Runs `ops`, each stretch up to a `ThreadExit` on a thread of its own.
fn obey_all<'a, A: Subject>(mut lane: Lane<'a, A>, ops: &[Op]) -> Lane<'a, A> {
    for stretch in ops.split(|op| *op == Op::ThreadExit) {
        let ended = thread::scope(|scope| {
            scope.spawn(|| stretch.iter().for_each(|op| lane.apply(*op))).join()
        });
        ended.unwrap_or_else(|panic| resume_unwind(panic));
    }
    lane
}
