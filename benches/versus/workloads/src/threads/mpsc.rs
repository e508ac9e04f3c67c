//! A pipeline with many producers and one consumer.

use crate::{Group, Params, Workload, sizes::Sizes};
use crossbeam_channel::{Receiver, Sender, bounded};
use std::thread;

/// A log or an event loop: producers make messages, one consumer reads and drops them.
///
/// Sizes: a message is a box of 64 B, a string of 16 to 200 B and a vector of 32 to 256 B.
/// Lifetimes: a batch of 256 and what waits before it, at most 4 batches for each producer. Remote
/// frees: all. One of the threads is the consumer; with one thread there are two.
pub(super) const MPSC: Workload = Workload {
    name: "mpsc",
    group: Group::Threads,
    about: "producers of messages (box, string, vector), one consumer that drops them",
    run,
};

/// Messages that are handed over at once.
const BATCH_MESSAGES: usize = 256;

/// Batches that wait, for each producer.
const BATCHES: usize = 4;

struct Message {
    number: u64,
    name: String,
    values: Vec<u64>,
}

/// What is handed over at once.
type Batch = Vec<Box<Message>>;

fn run(params: &Params<'_>) -> u64 {
    let (names, values) = (Sizes::even(16..=200, 16), Sizes::even(4..=32, 32));
    let producers = params.threads.saturating_sub(1).max(1);
    let batches = params.count(24_000) / producers;
    params.start();
    let (sender, receiver) = bounded(producers * BATCHES);
    thread::scope(|scope| {
        for _ in 0..producers {
            let (sender, names, values) = (sender.clone(), &names, &values);
            scope.spawn(move || produce(&sender, batches, names, values));
        }
        drop(sender);
        consume(&receiver)
    })
}

fn produce(sender: &Sender<Batch>, batches: usize, names: &Sizes, values: &Sizes) {
    for batch in 0..batches {
        let messages = (0..BATCH_MESSAGES).map(|index| {
            let number = batch ^ index;
            Box::new(Message {
                number: number as u64,
                name: "n".repeat(names.at(number)),
                values: vec![number as u64; values.at(number)],
            })
        });
        sender.send(messages.collect()).expect("the consumer lives until the last batch");
    }
}

fn consume(receiver: &Receiver<Batch>) -> u64 {
    receiver.iter().flatten().fold(0, |sum: u64, message| {
        let last = message.name.as_bytes()[message.name.len() - 1];
        sum.wrapping_add(message.number)
            .wrapping_add(message.name.len() as u64)
            .wrapping_add(last.into())
            .wrapping_add(message.values[message.values.len() - 1])
    })
}
