//! Threads that live as long as their session and run the same legs again and again.
//!
//! Each [stays on one core](super::core), the next thread on the next.

use super::{Session, assert_words_kept, core::stay_on_core, ring::Patience};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// What one thread does in a run: `ops` operations; returns how many words were wrong.
pub(crate) type Work = Box<dyn FnMut(usize) -> usize + Send>;

/// What one thread reports of a run.
struct Leg {
    begin: Instant,
    end: Instant,
    wrong: usize,
}

/// Threads that start each run together.
pub(crate) struct Team {
    orders: Vec<mpsc::Sender<usize>>,
    legs: mpsc::Receiver<Leg>,
    threads: Vec<JoinHandle<()>>,
}

impl Team {
    /// One thread for each of `works`.
    pub(crate) fn new(works: Vec<Work>) -> Self {
        let (report, legs) = mpsc::channel();
        let (arrived, size) = (Arc::new(AtomicUsize::new(0)), works.len());
        let (orders, threads) = works
            .into_iter()
            .enumerate()
            .map(|(number, work)| {
                let (order, orders) = mpsc::channel();
                let (arrived, report) = (Arc::clone(&arrived), report.clone());
                let run = move || {
                    let _stay = stay_on_core(number);
                    run_legs(work, &orders, &report, &arrived, size);
                };
                (order, std::thread::spawn(run))
            })
            .unzip();
        Self { orders, legs, threads }
    }
}

/// The life of one thread of a team of `size`; ends when nobody can give orders any more.
fn run_legs(
    mut work: Work,
    orders: &mpsc::Receiver<usize>,
    report: &mpsc::Sender<Leg>,
    arrived: &AtomicUsize,
    size: usize,
) {
    for (run, ops) in orders.iter().enumerate() {
        // Relaxed: the count starts the run; nothing is read through it.
        arrived.fetch_add(1, Ordering::Relaxed);
        let mut patience = Patience::of_team(size);
        while arrived.load(Ordering::Relaxed) < (run + 1) * size {
            patience.wait();
        }
        let begin = Instant::now();
        let wrong = work(ops);
        if report.send(Leg { begin, end: Instant::now(), wrong }).is_err() {
            return;
        }
    }
}

impl Session for Team {
    /// From the first thread's start to the last one's end.
    fn run(&mut self, ops: usize) -> Duration {
        for order in &self.orders {
            order.send(ops).expect("a thread lives as long as its team");
        }
        let legs: Vec<Leg> = self.legs.iter().take(self.orders.len()).collect();
        assert_eq!(legs.len(), self.orders.len(), "every thread must report");
        assert_words_kept(legs.iter().map(|leg| leg.wrong).sum());
        let begin = legs.iter().map(|leg| leg.begin).min();
        let end = legs.iter().map(|leg| leg.end).max();
        end.expect("a team is not empty") - begin.expect("a team is not empty")
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.orders.clear();
        for thread in self.threads.drain(..) {
            let outcome = thread.join();
            // A drop during an unwinding must not panic itself.
            assert!(outcome.is_ok() || std::thread::panicking(), "a thread of a team panicked");
        }
    }
}
