//! Threads that start, meet and end in ways that ThreadSanitizer sees.
//!
//! It does not see into the standard library, which is not built for it, and would report what is in
//! order by std's locks, channels and scopes of threads. So the programs use atomics of their own,
//! `pthread_create` and `pthread_join`.

use std::{
    mem, ptr,
    sync::atomic::{AtomicPtr, Ordering},
    thread,
};

/// A place for one value, which one thread fills and another one empties.
#[derive(Debug)]
pub struct Seat<T>(AtomicPtr<T>);

// SAFETY: a value is in a box of its own, which goes from thread to thread.
unsafe impl<T: Send> Sync for Seat<T> {}

impl<T> Default for Seat<T> {
    fn default() -> Self {
        Self(AtomicPtr::default())
    }
}

impl<T> Seat<T> {
    /// Leaves a value for the other thread. Returns the one before, if that is still there.
    pub fn put(&self, value: T) -> Option<T> {
        // Release: the value. Pairs with: Acquire in `take`. What comes back this thread put there.
        let before = self.0.swap(Box::into_raw(Box::new(value)), Ordering::Release);
        // SAFETY: what is in the seat was a box, and one swap only returns it.
        (!before.is_null()).then(|| *unsafe { Box::from_raw(before) })
    }

    /// What the other thread left.
    pub fn take(&self) -> Option<T> {
        // Acquire: the value. Pairs with: Release in `put`.
        let value = self.0.swap(ptr::null_mut(), Ordering::Acquire);
        // SAFETY: as in `put`.
        (!value.is_null()).then(|| *unsafe { Box::from_raw(value) })
    }

    /// The same, once it is there.
    pub fn wait(&self) -> T {
        loop {
            match self.take() {
                Some(value) => return value,
                None => thread::yield_now(),
            }
        }
    }
}

impl<T> Drop for Seat<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
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
