//! The README program of syncpool: structs with grown parts go from a producer to a consumer, and
//! home again by being dropped.

use poolalloc::Pool;
use std::{collections::HashMap, sync::mpsc, thread};

/// How many structs are sent.
const COUNT: usize = 128;

/// A struct whose parts are worth keeping.
#[derive(Debug, Default)]
struct ComplexStruct {
    id: usize,
    name: String,
    body: Vec<String>,
    index: HashMap<usize, String>,
}

impl ComplexStruct {
    fn clear(&mut self) {
        self.name.clear();
        self.body.clear();
        self.index.clear();
    }
}

fn main() {
    let pool = Pool::builder(ComplexStruct::default)
        .reset(ComplexStruct::clear)
        .max_idle(COUNT / 2)
        .prefill(COUNT / 2)
        .build();
    let (sender, receiver) = mpsc::sync_channel(64);

    let of_producer = pool.clone();
    let producer = thread::spawn(move || {
        for id in 0..COUNT {
            let mut content = of_producer.get();
            content.id = id;
            content.name.push_str("content");
            if sender.send(content).is_err() {
                return;
            }
        }
    });
    let consumer = thread::spawn(move || {
        receiver.iter().map(|content| println!("Receiving struct with id: {}", content.id)).count()
    });

    producer.join().expect("the producer does not panic");
    let received = consumer.join().expect("the consumer does not panic");
    assert_eq!(received, COUNT);
    println!("All done: {received} sent, {} made", pool.stats().created);
}
