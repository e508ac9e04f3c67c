//! The README programs of poolshark: batches of strings that a producer fills and a consumer
//! drains; and containers of borrowed things that are needed for the length of a function.

use poolalloc::{Pool, Pooled, recycled};
use std::{collections::HashSet, fmt::Write, hash::Hash, sync::mpsc, thread};

/// Strings up to 4 KiB are kept, by all threads together at most 1024.
static STRINGS: std::sync::LazyLock<Pool<String>> = std::sync::LazyLock::new(|| {
    Pool::builder(String::new)
        .reset(String::clear)
        .keep_if(|text| text.capacity() <= 4096)
        .max_idle(1024)
        .build()
});

type Batch = Vec<Pooled<String>>;

/// Removes what is there more than once, keeping the first of each. No table is allocated once the
/// thread has one.
fn remove_doubles<T: Eq + Hash>(items: &mut Vec<T>) {
    let mut doubles: Pooled<Vec<usize>> = recycled();
    {
        let mut seen: Pooled<HashSet<&T>> = recycled();
        doubles.extend(items.iter().enumerate().filter(|(_, t)| !seen.insert(t)).map(|(i, _)| i));
    }
    for index in doubles.drain(..).rev() {
        items.remove(index);
    }
}

fn main() {
    let (sender, receiver) = mpsc::sync_channel::<Pooled<Batch>>(10);
    let producer = thread::spawn(move || {
        for round in 0..10 {
            let mut batch: Pooled<Batch> = recycled();
            for line in 0..100 {
                let mut text = STRINGS.get();
                write!(text, "very important data {round}.{line}").expect("memory is there");
                batch.push(text);
            }
            if sender.send(batch).is_err() {
                return;
            }
        }
    });
    let mut bytes = 0;
    for mut batch in receiver {
        // Each string goes home to the producer's shard, the batch stays with this thread.
        bytes += batch.drain(..).map(|text| text.len()).sum::<usize>();
    }
    producer.join().expect("the producer does not panic");
    println!("{bytes} bytes of very important data in {} strings", STRINGS.stats().created);

    let mut words = vec!["a", "b", "a", "c", "b"];
    remove_doubles(&mut words);
    assert_eq!(words, ["a", "b", "c"]);
    println!("{words:?}");
}
