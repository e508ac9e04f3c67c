//! Allocation and free where threads and processes end, and what calls do to `errno`.

mod common;

use common::block::Block;
use common::child::Child;
use common::pattern;
use poolalloc::PoolAlloc;
use std::alloc::Layout;
use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

/// The same engine, for calls with a layout of the test's choice.
static POOL: PoolAlloc = PoolAlloc::new();

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a layout")
}

/// Blocks that `exercise` hands back.
const KEPT: usize = 8;

/// Allocates, checks and frees blocks of all kinds; half are handed back alive.
fn exercise(seed: u64) -> Vec<Vec<u64>> {
    let lengths = [1, 3, 9, 70, 700, 4000, 20_000, 200_000];
    let mut kept: Vec<Vec<u64>> =
        lengths.into_iter().cycle().take(2 * KEPT).map(|length| vec![seed; length]).collect();
    let is_kept = kept.iter().all(|words| pattern::is_all(words, &seed));
    assert!(is_kept, "a block allocated at teardown changed");
    kept.truncate(KEPT);
    kept
}

/// Allocates when it is dropped, frees what it holds, and leaves the rest to another thread.
struct LastWish {
    held: Vec<Vec<u64>>,
    heir: Sender<Vec<Vec<u64>>>,
}

impl Drop for LastWish {
    fn drop(&mut self) {
        let left = exercise(7);
        self.held.clear();
        self.heir.send(left).expect("the test waits");
        // A thread-local that is first used while others are torn down; it may itself be gone
        // already.
        let _ = NESTED.try_with(|nested| nested.borrow_mut().extend(exercise(6)));
    }
}

thread_local! {
    static FIRST: RefCell<Option<LastWish>> = const { RefCell::new(None) };
    static SECOND: RefCell<Option<LastWish>> = const { RefCell::new(None) };
    static NESTED: RefCell<Vec<Vec<u64>>> = const { RefCell::new(Vec::new()) };
}

/// Frees here what the threads left, and looks at it first.
fn inherit(from: &Receiver<Vec<Vec<u64>>>, wills: usize) {
    for left in from.iter().take(wills) {
        let is_kept = left.iter().all(|words| pattern::is_all(words, &7));
        assert!(is_kept, "a block left by a dead thread changed");
    }
}

#[test]
fn thread_local_destructors_allocate_and_free() {
    let (heir, wills) = channel();
    for _ in 0..200 {
        let heir = heir.clone();
        let thread = thread::spawn(move || {
            FIRST.set(Some(LastWish { held: exercise(1), heir: heir.clone() }));
            SECOND.set(Some(LastWish { held: exercise(2), heir }));
        });
        thread.join().expect("the destructors succeed");
        inherit(&wills, 2);
    }
}

/// Rounds in which the system calls destructors of values that come back.
const ROUNDS: usize = 4;

/// The key made before this program's first allocation: its destructor is called before the
/// allocator's own.
static EARLY: AtomicU32 = AtomicU32::new(u32::MAX);

/// Destructor calls so far.
static CALLS: AtomicUsize = AtomicUsize::new(0);

/// What a key's destructor is given.
struct KeyValue {
    key: libc::pthread_key_t,
    round: usize,
    held: Vec<Vec<u64>>,
}

/// Frees what it was given, allocates, and sets the key again, until the rounds are over.
extern "C" fn destroy(value: *mut c_void) {
    CALLS.fetch_add(1, SeqCst);
    // SAFETY: `set_key` and this function set the key to such a box and to nothing else, and the
    // system gives it to one destructor.
    let mut value: Box<KeyValue> = unsafe { Box::from_raw(value.cast()) };
    value.held = exercise(value.round as u64);
    value.round += 1;
    if value.round < ROUNDS {
        set_key(value);
    }
}

fn set_key(value: Box<KeyValue>) {
    let key = value.key;
    // SAFETY: the key was made by `pthread_key_create` and is never deleted.
    let failed = unsafe { libc::pthread_setspecific(key, Box::into_raw(value).cast()) };
    assert_eq!(failed, 0, "the key takes a value");
}

fn make_key() -> libc::pthread_key_t {
    let mut key = 0;
    // SAFETY: `key` is writable, and the destructor may be called with what `set_key` sets.
    let failed = unsafe { libc::pthread_key_create(&raw mut key, Some(destroy)) };
    assert_eq!(failed, 0, "the table of keys is not full");
    key
}

/// Called by the loader, before `main` and so before the first allocation.
extern "C" fn make_early_key() {
    EARLY.store(make_key(), SeqCst);
}

#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
static MAKE_EARLY_KEY: extern "C" fn() = make_early_key;

#[test]
fn key_destructors_of_all_rounds_allocate_and_free() {
    let early = EARLY.load(SeqCst);
    assert_ne!(early, u32::MAX, "the loader did not make the early key");
    // Made after the allocator's own.
    let late = make_key();
    for _ in 0..100 {
        let thread = thread::spawn(move || {
            for key in [early, late] {
                set_key(Box::new(KeyValue { key, round: 0, held: exercise(5) }));
            }
        });
        thread.join().expect("the destructors succeed");
    }
    assert_eq!(CALLS.load(SeqCst), 100 * 2 * ROUNDS, "a destructor was not called in a round");
}

/// What the handlers of `atexit` find.
static LEFT_FOR_EXIT: std::sync::Mutex<Vec<Vec<u64>>> = std::sync::Mutex::new(Vec::new());

extern "C" fn at_exit() {
    let left = std::mem::take(&mut *LEFT_FOR_EXIT.lock().expect("never poisoned"));
    assert_eq!(left.len(), KEPT, "what was allocated before the exit is there");
    drop(left);
    drop(exercise(3));
    thread::spawn(|| drop(exercise(4))).join().expect("a thread started at exit succeeds");
    println!("the handler ran to its end");
}

#[test]
fn exit_handlers_allocate_and_free() {
    let child = Child::of("exit_handlers_allocate_and_free").run(|| {
        LEFT_FOR_EXIT.lock().expect("never poisoned").extend(exercise(2));
        // SAFETY: the handler may be called at exit.
        assert_eq!(unsafe { libc::atexit(at_exit) }, 0, "the handler is registered");
        std::process::exit(0);
    });
    child.assert_success();
    assert!(
        child.stdout.contains("the handler ran to its end"),
        "the handler did not run: {child}"
    );
}

/// Blocks for a thread that frees before it allocates.
struct Freed(Vec<Block<PoolAlloc>>);

/// A thread of the system's, without the standard library, which allocates for each of its own.
extern "C" fn only_free(freed: *mut c_void) -> *mut c_void {
    // SAFETY: the test gives a box of this type to this thread and to no other.
    let freed = unsafe { Box::from_raw(freed.cast::<Freed>()) };
    for block in freed.0 {
        block.free();
    }
    ptr::null_mut()
}

#[test]
fn a_thread_that_never_allocated_frees() {
    for size in [8, 100, 3000, 32 << 10, 40_000, 1 << 20, 5 << 20] {
        for _ in 0..10 {
            let blocks = (0..30).map(|tag| Block::alloc(&POOL, layout(size), tag)).collect();
            let freed = Box::into_raw(Box::new(Freed(blocks)));
            let mut thread = 0;
            // SAFETY: `thread` is writable, and `only_free` takes what it is given.
            let failed = unsafe {
                libc::pthread_create(&raw mut thread, ptr::null(), only_free, freed.cast())
            };
            assert_eq!(failed, 0, "a thread starts");
            // SAFETY: the thread was started joinable and is joined once.
            let failed = unsafe { libc::pthread_join(thread, ptr::null_mut()) };
            assert_eq!(failed, 0, "the thread ends");
        }
    }
}

/// A value of `errno` that no call sets.
const UNTOUCHED: i32 = 7777;

fn errno() -> *mut i32 {
    // SAFETY: no precondition.
    unsafe { libc::__errno_location() }
}

/// Sets `errno`, calls, and says whether `errno` is as it was set.
fn keeps_errno<T>(call: impl FnOnce() -> T) -> (T, bool) {
    // SAFETY: the location is this thread's.
    unsafe { errno().write(UNTOUCHED) };
    let result = call();
    // SAFETY: as above.
    let now = unsafe { errno().read() };
    (result, now == UNTOUCHED)
}

#[test]
fn alloc_and_dealloc_keep_errno() {
    // On a fresh thread, so that the first call of all is among them.
    let calls = || {
        for size in [8, 24, 1000, 30_000, 40_000, 300_000, 1 << 20, 5 << 20, 70 << 20] {
            // More than a slab and a segment hold, up to a limit: the slow paths are among the
            // calls.
            let count = (20_usize << 20).div_ceil(size).clamp(3, 20_000);
            let mut blocks = Vec::with_capacity(count);
            for tag in 0..count as u64 {
                let (block, kept) = keeps_errno(|| Block::alloc(&POOL, layout(size), tag));
                assert!(kept, "alloc of {size} bytes changed errno");
                blocks.push((tag, block));
            }
            for (tag, block) in blocks {
                let (block, kept) = keeps_errno(|| block.resize(size + size / 2, tag, tag));
                assert!(kept, "realloc of {size} bytes changed errno");
                let ((), kept) = keeps_errno(|| block.free());
                assert!(kept, "dealloc of {size} bytes changed errno");
            }
            let (block, kept) = keeps_errno(|| Block::zeroed(&POOL, layout(size), 1));
            assert!(kept, "alloc_zeroed of {size} bytes changed errno");
            block.free();
        }
    };
    thread::spawn(calls).join().expect("errno is kept");
}

#[test]
fn remote_frees_keep_errno() {
    for size in [24, 1000, 40_000, 3 << 20] {
        let blocks: Vec<_> = (0..200).map(|tag| Block::alloc(&POOL, layout(size), tag)).collect();
        let free = move || {
            for block in blocks {
                let ((), kept) = keeps_errno(|| block.free());
                assert!(kept, "a remote free of {size} bytes changed errno");
            }
        };
        thread::spawn(free).join().expect("errno is kept");
    }
}

#[test]
fn errno_is_seen_to_change_when_a_call_sets_it() {
    let (outcome, kept) = keeps_errno(|| std::fs::File::open("/no such file"));
    assert!(
        outcome.is_err() && !kept,
        "a failed call of the system left errno alone, so the tests prove nothing"
    );
}
