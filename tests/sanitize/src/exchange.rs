//! Threads that hand blocks round, write them, and free them elsewhere than where they were born.
//!
//! That a block which one thread frees and another gets is handed over in order is up to the
//! allocator, so an ordering that it lacks is a race here.

use crate::threads::in_threads;
use std::{
    array, ptr,
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
