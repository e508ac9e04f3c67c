//! Threads that hand blocks round, write them, and free them elsewhere than where they were born.
//!
//! They meet through atomics of this crate and through `pthread_join` only: ThreadSanitizer does not
//! see into the standard library, which is not built for it, and would report its locks and channels.
//! That a block which one thread frees and another gets is handed over in order is up to the
//! allocator, so an ordering that it lacks is a race here.

use std::{
    array, mem, ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

const THREADS: usize = 3;
const SEATS: usize = 32;
const ROUNDS: usize = 20_000;

/// A block on its way. All its words have one value.
type Parcel = [usize; 8];

/// Where parcels wait for whoever comes next.
struct Market {
    seats: [AtomicPtr<Parcel>; SEATS],
}

impl Market {
    /// Leaves `parcel` in `seat` and takes what was there.
    fn trade(&self, seat: usize, parcel: Option<Box<Parcel>>) -> Option<Box<Parcel>> {
        let put = parcel.map_or(ptr::null_mut(), Box::into_raw);
        // AcqRel: what was written to the parcel left here goes to its taker, and the reverse.
        let got = self.seats[seat % SEATS].swap(put, Ordering::AcqRel);
        // SAFETY: what is in a seat was a box, and one swap only returns it.
        (!got.is_null()).then(|| unsafe { Box::from_raw(got) })
    }
}

/// Lets three threads trade; every parcel is freed by the thread that took it.
///
/// # Panics
///
/// If a parcel was changed on its way.
pub fn run() {
    let market = Market { seats: array::from_fn(|_| AtomicPtr::new(ptr::null_mut())) };
    in_threads(THREADS, |thread| {
        for round in 0..ROUNDS {
            let parcel = Some(Box::new([thread * ROUNDS + round; 8]));
            if let Some(got) = market.trade(round * 7 + thread, parcel) {
                assert!(got.iter().all(|&word| word == got[0]), "a parcel has two owners");
            }
        }
    });
    (0..SEATS).for_each(|seat| drop(market.trade(seat, None)));
}

/// Runs `work(0)`, `work(1)`, … in threads of their own, until the last is done.
///
/// # Panics
///
/// If a thread cannot be started.
pub fn in_threads<F: Fn(usize) + Sync>(count: usize, work: F) {
    struct Task<'a, F> {
        work: &'a F,
        thread: usize,
    }

    extern "C" fn start<F: Fn(usize)>(task: *mut libc::c_void) -> *mut libc::c_void {
        // SAFETY: `in_threads` passes a task that lives until this thread is joined.
        let task = unsafe { &*task.cast::<Task<'_, F>>() };
        (task.work)(task.thread);
        ptr::null_mut()
    }

    let mut tasks: Vec<_> = (0..count).map(|thread| Task { work: &work, thread }).collect();
    let threads: Vec<libc::pthread_t> = tasks
        .iter_mut()
        .map(|task| {
            // SAFETY: all-zero is a value of this integer type.
            let mut id = unsafe { mem::zeroed() };
            let task = ptr::from_mut(task).cast();
            // SAFETY: `id` is writable, null asks for the default attributes, and `task` outlives
            // the thread, which is joined below.
            let status =
                unsafe { libc::pthread_create(&raw mut id, ptr::null(), start::<F>, task) };
            assert_eq!(status, 0, "no thread could be started");
            id
        })
        .collect();
    for id in threads {
        // SAFETY: `id` was started above and is joined once.
        let status = unsafe { libc::pthread_join(id, ptr::null_mut()) };
        assert_eq!(status, 0, "a thread was lost");
    }
}
