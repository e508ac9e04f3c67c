//! Work that can be timed: in one thread, in two at the same time, from one to the other.

use crate::core::stay_on_core;
use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

/// Does an operation so many times, and says how long that took.
pub type Work = Box<dyn FnMut(u64) -> Duration>;

/// CPU time of the calling thread: what other programs do on its core is not in it.
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a place to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// `pair` in this thread: CPU time.
pub fn alone(mut pair: impl FnMut(u64) + 'static) -> Work {
    Box::new(move |times| {
        let before = cpu_time();
        // Not `for_each(&mut pair)`: that is a call for each pair, of either side, which is not what is
        // compared.
        for n in 0..times {
            pair(n);
        }
        cpu_time() - before
    })
}

/// `pair` in two threads at the same time, each on a core of its own and as often: mean CPU time of
/// one.
pub fn together(pair: impl Fn(u64) + Sync + 'static) -> Work {
    apart(move |_, n| pair(n))
}

/// As [`together`], for who tells the threads, 0 and 1, apart.
pub fn apart(pair: impl Fn(usize, u64) + Sync + 'static) -> Work {
    Box::new(move |times| {
        let start = Barrier::new(2);
        let work = |thread: usize| {
            let _stay = stay_on_core(thread);
            (0..times / 10).for_each(|n| pair(thread, n));
            start.wait();
            let before = cpu_time();
            for n in 0..times {
                pair(thread, n);
            }
            cpu_time() - before
        };
        thread::scope(|scope| {
            let both = [0, 1].map(|thread| scope.spawn(move || work(thread)));
            both.map(|thread| thread.join().unwrap()).iter().sum::<Duration>() / 2
        })
    })
}

/// Objects that one thread gets and another releases, each on a core of its own, by way of a ring of
/// 256 for one sender and one receiver: wall-clock time.
///
/// * `get`: `None` if all are on their way.
pub fn handed_over<T: Send + 'static>(
    get: impl Fn(u64) -> Option<T> + 'static,
    release: impl Fn(T) + Sync + 'static,
) -> Work {
    Box::new(move |times| {
        let (mut sender, mut receiver) = rtrb::RingBuffer::<T>::new(256);
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let releases = scope.spawn(|| {
                let _stay = stay_on_core(1);
                start.wait();
                (0..times).for_each(|_| release(wait_for(|| receiver.pop().ok())));
                Instant::now()
            });
            // That thread may choose its core still: it was started before.
            let _stay = stay_on_core(0);
            start.wait();
            let before = Instant::now();
            for n in 0..times {
                let mut object = Some(wait_for(|| get(n)));
                wait_for(|| match sender.push(object.take()?) {
                    Ok(()) => Some(()),
                    Err(rtrb::PushError::Full(back)) => {
                        object = Some(back);
                        None
                    }
                });
            }
            releases.join().unwrap() - before
        })
    })
}

fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let mut tries = 0_u32;
    loop {
        if let Some(ready) = ready() {
            return ready;
        }
        tries += 1;
        if tries.is_multiple_of(64) {
            thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}
