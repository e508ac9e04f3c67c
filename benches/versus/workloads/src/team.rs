//! Threads that do the same work, and wait together.

use crate::Params;
use crossbeam_channel::bounded;
use std::{
    panic::resume_unwind,
    thread::{self, ScopedJoinHandle},
};

/// Runs `work` on that many `threads`, each with its number; returns the wrapping sum of what they
/// return. A single one is the calling thread.
pub(crate) fn sum(threads: usize, work: impl Fn(usize) -> u64 + Sync) -> u64 {
    if threads <= 1 {
        return work(0);
    }
    thread::scope(|scope| {
        let work = &work;
        let team: Vec<_> = (0..threads).map(|number| scope.spawn(move || work(number))).collect();
        join_all(team)
    })
}

/// Like [`sum`], in three acts: each thread works; all stop, alive, with what they hold, and
/// [`Params::idle`] is called; each thread ends with what it holds. The calling thread does not
/// work.
pub(crate) fn sum_with_idle<T>(
    params: &Params<'_>,
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
    end: impl Fn(T) -> u64 + Sync,
) -> u64 {
    // Nothing is sent: a channel ends when all its senders are gone, those of a panicked thread
    // too.
    let (working, worked) = bounded::<()>(0);
    let (idling, idled) = bounded::<()>(0);
    thread::scope(|scope| {
        let (work, end) = (&work, &end);
        let team: Vec<_> = (0..threads)
            .map(|number| {
                let (working, idled) = (working.clone(), idled.clone());
                scope.spawn(move || {
                    let held = work(number);
                    drop(working);
                    let _ended = idled.recv();
                    end(held)
                })
            })
            .collect();
        drop(working);
        let _ended = worked.recv();
        params.idle();
        drop(idling);
        join_all(team)
    })
}

/// The wrapping sum of what the threads return; a panic of one goes on here.
pub(crate) fn join_all(team: Vec<ScopedJoinHandle<'_, u64>>) -> u64 {
    team.into_iter().fold(0, |sum, thread| sum.wrapping_add(join(thread)))
}

/// The result of a thread; its panic goes on here.
pub(crate) fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}
