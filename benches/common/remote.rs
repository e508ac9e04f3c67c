//! Blocks that die on another thread than the one they were born on.
//!
//! A block's word is its number, and both ends count alike: so the freeing thread knows what the
//! block must hold and with which request it was taken.

use super::{
    request::{Requests, give_back, take},
    ring::{BURST, Patience, Receiver, Sender, ring},
    team::{Team, Work},
};
use std::alloc::GlobalAlloc;

/// Which sizes the blocks have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sizes {
    /// All the same.
    Fixed(usize),
    /// Drawn from 16..=512 bytes.
    Mixed,
}

impl Sizes {
    pub(crate) fn requests(self) -> Requests {
        match self {
            Self::Fixed(bytes) => Requests::of(bytes),
            Self::Mixed => Requests::mixed(),
        }
    }
}

/// Threads that only take blocks and threads that only free them, a ring between every two. In one
/// operation one block goes through each ring.
pub(crate) fn pipeline<A: GlobalAlloc + Sync>(
    allocator: &'static A,
    producers: usize,
    consumers: usize,
    sizes: Sizes,
) -> Team {
    let mut outlets: Vec<Vec<Sender>> = (0..producers).map(|_| Vec::new()).collect();
    let mut inlets: Vec<Vec<Receiver>> = (0..consumers).map(|_| Vec::new()).collect();
    for outlet in &mut outlets {
        for inlet in &mut inlets {
            let (sender, receiver) = ring();
            outlet.push(sender);
            inlet.push(receiver);
        }
    }
    let patience = Patience::of_team(producers + consumers);
    let mut works: Vec<Work> = Vec::new();
    for mut senders in outlets {
        let requests = sizes.requests();
        works.push(Box::new(move |ops| produce(allocator, &requests, &mut senders, patience, ops)));
    }
    for mut receivers in inlets {
        let requests = sizes.requests();
        works.push(Box::new(move |ops| {
            consume(allocator, &requests, &mut receivers, patience, ops)
        }));
    }
    Team::new(works)
}

fn produce<A: GlobalAlloc>(
    allocator: &A,
    requests: &Requests,
    senders: &mut [Sender],
    patience: Patience,
    ops: usize,
) -> usize {
    for op in 0..ops {
        for index in 0..senders.len() {
            let block = take(allocator, requests.at(op), op);
            if !senders[index].try_send(block) {
                send_when_there_is_room(senders, index, block, patience);
            }
        }
    }
    senders.iter_mut().for_each(Sender::publish);
    0
}

/// Nobody waits for a block that this thread keeps to itself while it waits.
#[cold]
fn send_when_there_is_room(
    senders: &mut [Sender],
    index: usize,
    block: *mut u8,
    mut patience: Patience,
) {
    senders.iter_mut().for_each(Sender::publish);
    while !senders[index].try_send(block) {
        patience.wait();
    }
}

fn consume<A: GlobalAlloc>(
    allocator: &A,
    requests: &Requests,
    receivers: &mut [Receiver],
    patience: Patience,
    ops: usize,
) -> usize {
    let mut wrong = 0;
    for op in 0..ops {
        for receiver in &mut *receivers {
            let block = receiver.receive(patience);
            // SAFETY: a ring keeps its blocks in order, so this one was taken by `produce` for the
            // same `op`, with the same request; it was sent once.
            wrong += unsafe { give_back(allocator, block, requests.at(op), op) };
        }
    }
    wrong
}

/// Two threads; each takes blocks for the other and frees those of the other. In one operation a
/// block goes each way.
pub(crate) fn exchange<A: GlobalAlloc + Sync>(allocator: &'static A, sizes: Sizes) -> Team {
    let ((east_out, east_in), (west_out, west_in)) = (ring(), ring());
    let works = [(east_out, west_in), (west_out, east_in)].map(|(mut sender, mut receiver)| {
        let requests = sizes.requests();
        let work = move |ops| take_and_free(allocator, &requests, &mut sender, &mut receiver, ops);
        Box::new(work) as Work
    });
    Team::new(works.into())
}

fn take_and_free<A: GlobalAlloc>(
    allocator: &A,
    requests: &Requests,
    sender: &mut Sender,
    receiver: &mut Receiver,
    ops: usize,
) -> usize {
    let (mut sent, mut received, mut wrong) = (0, 0, 0);
    let mut held = None;
    let mut patience = Patience::of_team(2);
    while sent < ops || received < ops {
        let before = sent + received;
        let stop = ops.min(sent + BURST);
        while sent < stop {
            let block = held.take().unwrap_or_else(|| take(allocator, requests.at(sent), sent));
            if !sender.try_send(block) {
                held = Some(block);
                break;
            }
            sent += 1;
        }
        if sent == ops {
            sender.publish();
        }
        let stop = ops.min(received + BURST);
        while received < stop
            && let Some(block) = receiver.try_receive()
        {
            // SAFETY: a ring keeps its blocks in order, so this one was taken by the other thread
            // when it had sent as many, with the same request; it was sent once.
            wrong += unsafe { give_back(allocator, block, requests.at(received), received) };
            received += 1;
        }
        if sent + received == before {
            patience.wait();
        } else {
            patience = Patience::of_team(2);
        }
    }
    wrong
}
