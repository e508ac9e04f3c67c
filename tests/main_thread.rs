//! What only the first thread of a process can show: `main` without the standard library's runtime
//! around it.
//!
//! The program runs itself once for each scene.
#![no_main]

use poolalloc::PoolAlloc;
use std::env;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::process::Command;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

/// Names the scene that a child process plays.
const SCENE: &str = "POOLALLOC_TEST_SCENE";

/// Set if the table of keys is to be filled before anything else.
const KEYS_FIRST: &CStr = c"POOLALLOC_TEST_KEYS_FIRST";

/// What a scene does on the first thread, and what `main` then returns; and how often it is played.
struct Scene {
    name: &'static str,
    play: fn() -> c_int,
    times: usize,
}

/// The code with which every scene ends: neither success by chance nor a panic's.
const ENDED_WELL: c_int = 42;

const SCENES: [Scene; 5] = [
    Scene { name: "the first thread ends while others go on", play: end_first_thread, times: 20 },
    Scene { name: "the only thread ends and leaves much", play: end_only_thread, times: 3 },
    Scene { name: "main returns while others run", play: return_among_others, times: 40 },
    Scene {
        name: "the key table is full before the first allocation",
        play: fill_keys_first,
        times: 3,
    },
    Scene {
        name: "the key table is full before the first thread",
        play: fill_keys_before_threads,
        times: 3,
    },
];

/// Plays the scene that the environment names, or lets a child process play each of them.
#[unsafe(no_mangle)]
extern "C-unwind" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    // First of all: reading the environment with `std` allocates.
    // SAFETY: the name is a C string; the value, if there is one, is not read.
    let fills_keys = !unsafe { libc::getenv(KEYS_FIRST.as_ptr()) }.is_null();
    if fills_keys {
        KEYS.store(fill_key_table(), SeqCst);
    }
    let Ok(name) = env::var(SCENE) else { return play_all() };
    let Some(scene) = SCENES.iter().find(|scene| scene.name == name) else { return 2 };
    (scene.play)()
}

/// Each scene, in child processes; the number of scenes that failed.
fn play_all() -> c_int {
    let mut failed = 0;
    let program = env::current_exe().expect("the path of this program");
    for scene in &SCENES {
        for time in 0..scene.times {
            let mut command = Command::new(&program);
            command.env(SCENE, scene.name);
            if scene.name.ends_with("first allocation") {
                command.env(KEYS_FIRST.to_str().expect("text"), "1");
            }
            let output = command.output().expect("the child starts");
            if output.status.code() != Some(ENDED_WELL) {
                failed += 1;
                let stderr = String::from_utf8_lossy(&output.stderr);
                println!("{}: time {time}: {}\n{stderr}", scene.name, output.status);
                break;
            }
        }
    }
    println!("{} scenes played, {failed} failed", SCENES.len());
    failed
}

/// Boxes of many sizes, from `seed`.
fn boxes(seed: usize) -> Vec<Box<[u8]>> {
    (0..12)
        .map(|bit| vec![seed.to_le_bytes()[0]; (1 << bit) + seed % 100].into_boxed_slice())
        .collect()
}

/// Frees `boxes` after a look at them.
fn free(seed: usize, boxes: Vec<Box<[u8]>>) {
    let byte = seed.to_le_bytes()[0];
    assert!(boxes.iter().all(|bytes| bytes.iter().all(|other| *other == byte)), "a block changed");
}

unsafe extern "C-unwind" {
    /// As the system has it: it unwinds the stack, which the declaration of the crate `libc` does
    /// not say.
    fn pthread_exit(value: *mut c_void) -> !;
}

/// What the first thread leaves to the others.
static LEGACY: Mutex<Vec<Vec<Box<[u8]>>>> = Mutex::new(Vec::new());

fn end_first_thread() -> c_int {
    LEGACY.lock().expect("no thread fails").extend((0..100).map(|_| boxes(5)));
    thread::spawn(|| {
        // The first thread is given time to be gone: its heap is then nobody's.
        thread::sleep(Duration::from_millis(20));
        for legacy in LEGACY.lock().expect("no thread fails").drain(..) {
            free(5, legacy);
        }
        let thread = || (0..1000).for_each(|seed| free(seed, boxes(seed)));
        let others: Vec<_> = (0..4).map(|_| thread::spawn(thread)).collect();
        others
            .into_iter()
            .for_each(|other| other.join().expect("a thread without a first one succeeds"));
        std::process::exit(ENDED_WELL);
    });
    // SAFETY: no frame between here and the thread's start owns anything that has to be dropped.
    unsafe { pthread_exit(ptr::null_mut()) }
}

/// A process ends with its last thread, also if it has a scavenger by then.
fn end_only_thread() -> c_int {
    extern "C" fn leave() {
        // SAFETY: no precondition.
        unsafe { libc::_exit(ENDED_WELL) }
    }
    // SAFETY: no precondition: a process that does not end is ended.
    unsafe { libc::alarm(60) };
    // SAFETY: the handler may be called at exit.
    assert_eq!(unsafe { libc::atexit(leave) }, 0, "the handler is registered");
    let much: Vec<_> = (0..8000).map(boxes).collect();
    drop(std::hint::black_box(much));
    // SAFETY: no frame between here and the thread's start owns anything that has to be dropped.
    unsafe { pthread_exit(ptr::null_mut()) }
}

fn return_among_others() -> c_int {
    static ROUNDS: AtomicUsize = AtomicUsize::new(0);
    for lane in 0..4 {
        thread::spawn(move || {
            for seed in lane.. {
                let mut legacy = LEGACY.lock().expect("no thread fails");
                legacy.push(boxes(5));
                let old =
                    if legacy.len() > 20 { Some(legacy.swap_remove(seed % 20)) } else { None };
                drop(legacy);
                old.into_iter().for_each(|old| free(5, old));
                ROUNDS.fetch_add(1, SeqCst);
            }
        });
    }
    while ROUNDS.load(SeqCst) < 500 {
        thread::yield_now();
    }
    free(5, boxes(5));
    ENDED_WELL
}

/// Keys that this process made.
static KEYS: AtomicUsize = AtomicUsize::new(0);

/// Makes keys until there are no more; how many they were. Allocates nothing.
fn fill_key_table() -> usize {
    let mut made = 0;
    loop {
        let mut key = 0;
        // SAFETY: `key` is writable.
        if unsafe { libc::pthread_key_create(&raw mut key, None) } != 0 {
            return made;
        }
        made += 1;
    }
}

fn fill_keys_first() -> c_int {
    live_without_keys()
}

fn fill_keys_before_threads() -> c_int {
    free(9, boxes(9));
    KEYS.store(fill_key_table(), SeqCst);
    live_without_keys()
}

/// Starts a thread of the system's: the standard library's need a key.
fn start(seed: usize) -> libc::pthread_t {
    extern "C" fn live(seed: *mut c_void) -> *mut c_void {
        free(seed.addr(), boxes(seed.addr()));
        Box::into_raw(Box::new(boxes(seed.addr()))).cast()
    }
    let mut thread = 0;
    // SAFETY: `thread` is writable; `live` takes a number.
    let failed = unsafe {
        libc::pthread_create(&raw mut thread, ptr::null(), live, ptr::without_provenance_mut(seed))
    };
    assert_eq!(failed, 0, "a thread starts");
    thread
}

/// What `thread` allocated last and left.
fn join(thread: libc::pthread_t) -> Vec<Box<[u8]>> {
    let mut left = ptr::null_mut();
    // SAFETY: the thread was started joinable, and each is joined once.
    let failed = unsafe { libc::pthread_join(thread, &raw mut left) };
    assert_eq!(failed, 0, "a thread ends");
    // SAFETY: `live` returned a box of this type.
    *unsafe { Box::from_raw(left.cast()) }
}

/// Threads that come, allocate, hand blocks over and go, while no key can be had.
fn live_without_keys() -> c_int {
    assert!(KEYS.load(SeqCst) > 100, "the table was not filled, so nothing is shown");
    let mut key = 0;
    // SAFETY: `key` is writable.
    let failed = unsafe { libc::pthread_key_create(&raw mut key, None) };
    assert_eq!(failed, libc::EAGAIN, "the table has room, so nothing is shown");
    for round in 0..200 {
        let threads = [round; 4].map(start);
        threads.into_iter().for_each(|thread| free(round, join(thread)));
    }
    ENDED_WELL
}
