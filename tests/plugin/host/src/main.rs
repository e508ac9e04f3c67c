//! `host <plug-in>…`: loads the plug-ins, lets three threads call them, unloads them while the
//! threads live, and lets the threads end.

use std::ffi::{CStr, CString, c_void};
use std::sync::{Arc, Barrier};
use std::{env, mem, thread};

#[cfg(feature = "pool")]
#[global_allocator]
static GLOBAL: poolalloc::PoolAlloc = poolalloc::PoolAlloc::new();

/// Threads that call the plug-ins.
const THREADS: u64 = 3;

/// A plug-in that is loaded, and what it exports.
#[derive(Clone, Copy)]
struct Plugin {
    library: Library,
    work: extern "C" fn(u64) -> u64,
    alloc: extern "C" fn(u64) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
}

/// What `dlopen` gave.
#[derive(Clone, Copy)]
struct Library(*mut c_void);

// SAFETY: the functions of `dl` may be called with a library on any thread.
unsafe impl Send for Library {}

impl Library {
    fn open(path: &str) -> Self {
        let path = CString::new(path).expect("a path without zeroes");
        // SAFETY: `path` is a C string; the plug-in's initialisers are those of the standard
        // library.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!library.is_null(), "{path:?} is loaded");
        Self(library)
    }

    fn symbol(self, name: &CStr) -> *mut c_void {
        // SAFETY: the library is loaded, `name` is a C string.
        let symbol = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        assert!(!symbol.is_null(), "the plug-in exports {name:?}");
        symbol
    }

    fn close(self) {
        // SAFETY: the library is loaded, and the host calls nothing of it any more.
        assert_eq!(unsafe { libc::dlclose(self.0) }, 0, "the plug-in is unloaded");
    }
}

impl Plugin {
    fn load(path: &str) -> Self {
        let library = Library::open(path);
        // SAFETY: the plug-in defines `plugin_work` with this type.
        let work = unsafe {
            mem::transmute::<*mut c_void, extern "C" fn(u64) -> u64>(library.symbol(c"plugin_work"))
        };
        // SAFETY: the plug-in defines `plugin_alloc` with this type, but for the pointee, which the
        // host never reads.
        let alloc = unsafe {
            mem::transmute::<*mut c_void, extern "C" fn(u64) -> *mut c_void>(
                library.symbol(c"plugin_alloc"),
            )
        };
        // SAFETY: as above.
        let free = unsafe {
            mem::transmute::<*mut c_void, unsafe extern "C" fn(*mut c_void)>(
                library.symbol(c"plugin_free"),
            )
        };
        Self { library, work, alloc, free }
    }
}

/// Calls every plug-in; returns the blocks that it leaves to another thread.
fn call(plugins: &[Plugin], seed: u64) -> Vec<usize> {
    let own: Vec<String> = (0..1000).map(|word| format!("{seed} {word}")).collect();
    for plugin in plugins {
        assert_eq!((plugin.work)(seed), 0, "a plug-in found its bytes changed");
    }
    assert!(
        own.iter().enumerate().all(|(word, text)| *text == format!("{seed} {word}")),
        "the host's bytes changed"
    );
    plugins.iter().map(|plugin| (plugin.alloc)(seed).expose_provenance()).collect()
}

/// Frees blocks that another thread allocated in `plugins`.
fn free(plugins: &[Plugin], blocks: &[usize]) {
    for (plugin, block) in plugins.iter().zip(blocks) {
        // SAFETY: the block came from this plug-in's `plugin_alloc`, and is freed once.
        unsafe { (plugin.free)(std::ptr::with_exposed_provenance_mut(*block)) };
    }
}

fn main() {
    let paths: Vec<String> = env::args().skip(1).collect();
    assert!(!paths.is_empty(), "usage: host <plug-in>...");
    for round in 0..5 {
        let plugins: Vec<Plugin> = paths.iter().map(|path| Plugin::load(path)).collect();
        let called = Arc::new(Barrier::new(THREADS as usize + 1));
        let unloaded = Arc::new(Barrier::new(THREADS as usize + 1));
        let spawn = |lane| {
            let (plugins, called, unloaded) =
                (plugins.clone(), Arc::clone(&called), Arc::clone(&unloaded));
            let (sender, receiver) = std::sync::mpsc::channel();
            let thread = thread::spawn(move || {
                sender.send(call(&plugins, round * 100 + lane)).expect("the main thread waits");
                called.wait();
                unloaded.wait();
                // The thread ends, and with it what the plug-ins keep for it.
            });
            (thread, receiver)
        };
        let threads: Vec<_> = (0..THREADS).map(spawn).collect();
        for (_, blocks) in &threads {
            free(&plugins, &blocks.recv().expect("the thread lives"));
        }
        called.wait();
        plugins.iter().for_each(|plugin| plugin.library.close());
        unloaded.wait();
        for (thread, _) in threads {
            thread.join().expect("the thread ends");
        }
    }
    println!("{} plug-ins loaded and unloaded", paths.len());
}
