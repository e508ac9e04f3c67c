//! A program whose every allocation goes to `PoolAlloc`: collections, threads, panics.

use poolalloc::PoolAlloc;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::{fs, thread};

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

#[test]
fn collections_agree_with_each_other() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut hashed: HashMap<u32, String> = HashMap::new();
    let mut sorted: BTreeMap<u32, String> = BTreeMap::new();
    for _ in 0..100_000 {
        let key = rng.u32(..5000);
        if rng.u32(..3) == 0 {
            assert_eq!(
                hashed.remove(&key),
                sorted.remove(&key),
                "the maps removed different values of {key}"
            );
        } else {
            let value: String = (0..rng.usize(..80)).map(|_| rng.alphanumeric()).collect();
            hashed.insert(key, value.clone());
            sorted.insert(key, value);
        }
    }
    let mut keys: Vec<_> = hashed.keys().copied().collect();
    keys.sort_unstable();
    assert!(keys.iter().eq(sorted.keys()), "the maps hold different keys");
    assert!(
        sorted.iter().all(|(key, value)| hashed[key] == *value),
        "the maps hold different values"
    );
}

#[test]
fn queues_keep_their_order_while_they_grow_and_shrink() {
    let mut rng = fastrand::Rng::with_seed(2);
    let mut queue: VecDeque<Box<usize>> = VecDeque::new();
    let mut heap: BinaryHeap<Box<usize>> = BinaryHeap::new();
    let (mut pushed, mut popped) = (0, 0);
    for round in 0..200_000 {
        if rng.usize(..200_000) > round {
            queue.push_back(Box::new(pushed));
            heap.push(Box::new(usize::MAX - pushed));
            pushed += 1;
        } else if let Some(first) = queue.pop_front() {
            assert_eq!(*first, popped, "the queue lost its order");
            assert_eq!(
                heap.pop().as_deref(),
                Some(&(usize::MAX - popped)),
                "the heap lost its order"
            );
            popped += 1;
        }
    }
}

#[test]
fn values_cross_threads_unharmed() {
    let (sender, receiver) = sync_channel::<(u64, Vec<String>)>(64);
    let receiver = Arc::new(Mutex::new(receiver));
    let consumers: Vec<_> = (0..3)
        .map(|_| {
            let receiver = Arc::clone(&receiver);
            thread::spawn(move || {
                let mut sum = 0;
                loop {
                    let message = receiver.lock().expect("no consumer fails").recv();
                    let Ok((number, words)) = message else { return sum };
                    assert!(
                        words.iter().all(|word| *word == format!("word {number}")),
                        "a message changed"
                    );
                    sum += number;
                }
            })
        })
        .collect();
    let producers: Vec<_> = (0..3_u64)
        .map(|lane| {
            let sender = sender.clone();
            thread::spawn(move || {
                for number in (lane..30_000).step_by(3) {
                    let words = vec![
                        format!("word {number}");
                        usize::try_from(number % 20).expect("below 20")
                    ];
                    sender.send((number, words)).expect("the consumers live");
                }
            })
        })
        .collect();
    drop(sender);
    producers.into_iter().for_each(|producer| producer.join().expect("the producer succeeds"));
    let sum: u64 =
        consumers.into_iter().map(|consumer| consumer.join().expect("the consumer succeeds")).sum();
    assert_eq!(sum, 29_999 * 30_000 / 2, "messages were lost or came twice");
}

/// Frees itself while the stack unwinds, and allocates while it does so.
struct Witness<'a> {
    log: &'a Mutex<Vec<String>>,
    held: Vec<Box<[u8]>>,
}

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        self.log
            .lock()
            .expect("never held over a panic")
            .push(format!("{} boxes", self.held.len()));
    }
}

/// Panics `depth` frames deep, with boxes alive in each.
fn dive(depth: usize, log: &Mutex<Vec<String>>) -> usize {
    let held = (1..=depth).map(|size| vec![1; size * 37].into_boxed_slice()).collect();
    let witness = Witness { log, held };
    let text = format!("at depth {depth}");
    if depth == 0 {
        panic_any(vec![text; 100]);
    }
    dive(depth - 1, log) + witness.held.len() + text.len()
}

#[test]
fn panics_unwind_through_frames_full_of_boxes() {
    for round in 0..30 {
        let log = Mutex::new(Vec::new());
        let panic =
            catch_unwind(AssertUnwindSafe(|| dive(60, &log))).expect_err("it panics at the bottom");
        let payload = panic.downcast::<Vec<String>>().expect("the payload is what was thrown");
        assert!(
            payload.iter().all(|text| text == "at depth 0"),
            "round {round}: the payload changed"
        );
        let log = log.into_inner().expect("never held over a panic");
        let expected: Vec<_> = (0..=60).map(|held| format!("{held} boxes")).collect();
        assert_eq!(log, expected, "round {round}: a frame was not unwound, or not in order");
    }
}

#[test]
fn panics_end_threads_and_not_the_program() {
    let threads: Vec<_> = (0..64)
        .map(|depth| {
            thread::spawn(move || {
                let log = Mutex::new(Vec::new());
                dive(depth, &log)
            })
        })
        .collect();
    for thread in threads {
        let panic = thread.join().expect_err("every thread panics");
        assert!(panic.is::<Vec<String>>(), "the payload is what was thrown");
    }
}

#[test]
fn files_and_formatting_work_as_ever() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/global.rs"))
        .expect("this file");
    let words: HashSet<&str> = text.split_whitespace().collect();
    assert!(words.contains("#[global_allocator]"), "a word of this file is missing");
    let again: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
    assert_eq!(again.concat(), text, "splitting and joining changed the text");
}
