//! Free blocks that the scavenger moves, and snapshots that are exact nevertheless.
//!
//! Only what the scavenger does counts: a program that is quiet has no other thread that moves anything.
//! So a move never stops half way for a signal handler, which might want to count.

use crate::{
    config::{COUNT_PATIENCE, COUNT_PAUSE_MS},
    engine::os,
    protocol::moves::Moves,
    sync::{AtomicU64, Ordering},
};

static MOVES: Moves = Moves::new();

/// When the thread began that counts, in milliseconds; 0: nobody does. Relaxed: a hint by which the scavenger
/// gives way.
static COUNTING_SINCE: AtomicU64 = AtomicU64::new(0);

/// Runs `f`, by which the scavenger moves blocks; who counts may end before.
pub(crate) fn make<T>(f: impl FnOnce() -> T) -> T {
    let since = COUNTING_SINCE.load(Ordering::Relaxed);
    for _ in 0..COUNT_PATIENCE {
        // Who began later waits for this move: a program that counts all the time does not keep it off.
        if since == 0 || COUNTING_SINCE.load(Ordering::Relaxed) != since {
            break;
        }
        os::sleep_ms(COUNT_PAUSE_MS);
    }
    MOVES.make(f)
}

/// What `f` counts, once that can be done with no move in between; if moves take too long, what it counts
/// with one.
pub(crate) fn count<T>(f: impl Fn() -> T) -> T {
    let since = os::now_ms().max(1);
    let counted = (0..COUNT_PATIENCE).find_map(|_| {
        // Again: another thread that counts may have ended.
        COUNTING_SINCE.store(since, Ordering::Relaxed);
        MOVES.count(&f).or_else(|| {
            os::sleep_ms(COUNT_PAUSE_MS);
            None
        })
    });
    COUNTING_SINCE.store(0, Ordering::Relaxed);
    counted.unwrap_or_else(f)
}

/// In the child of a fork, where nobody ends what vanished threads began.
pub(crate) fn recover() {
    MOVES.recover();
    COUNTING_SINCE.store(0, Ordering::Relaxed);
}
