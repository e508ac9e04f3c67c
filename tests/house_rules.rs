//! Rules of the house that neither rustc nor clippy can state, checked on the source text.
//!
//! The order of the modules is what the headers draw. Each rule has a case that must be caught.

mod house {
    pub(crate) mod order;
    pub(crate) mod source;
    pub(crate) mod unseen;
}

use house::{
    order::layering,
    source::{Fact, Source, read_tree},
    unseen::unseen,
};
use std::sync::LazyLock;

/// Files with unsafe code, tests aside. Adding one is a decision, so it is written here.
const UNSAFE: &[&str] = &[
    "allocator.rs",
    "asan.rs",
    "c.rs",
    "engine/arena.rs",
    "engine/arena/purge.rs",
    "engine/audit.rs",
    "engine/batch.rs",
    "engine/c.rs",
    "engine/directory.rs",
    "engine/fork.rs",
    "engine/front.rs",
    "engine/heap.rs",
    "engine/holes.rs",
    "engine/home.rs",
    "engine/large.rs",
    "engine/live.rs",
    "engine/magazine.rs",
    "engine/magazine/growth.rs",
    "engine/magazine/twice.rs",
    "engine/map.rs",
    "engine/meta.rs",
    "engine/misuse.rs",
    "engine/os.rs",
    "engine/owner.rs",
    "engine/pin.rs",
    "engine/resize.rs",
    "engine/run.rs",
    "engine/scavenger.rs",
    "engine/segment.rs",
    "engine/slot.rs",
    "engine/thread.rs",
    "global.rs",
    "passthrough.rs",
    "pool/ambient.rs",
    "pool/barrier.rs",
    "pool/bounded.rs",
    "pool/bounded/table.rs",
    "pool/boxed.rs",
    "pool/boxed/hot.rs",
    "pool/core.rs",
    "pool/core/membership.rs",
    "pool/fixed/get.rs",
    "pool/fixed/guard.rs",
    "pool/fixed/inner.rs",
    "pool/fixed/store.rs",
    "pool/fixed/upkeep.rs",
    "pool/gate.rs",
    "pool/gate/state.rs",
    "pool/gate/upkeep.rs",
    "pool/gate/waiting.rs",
    "pool/guard.rs",
    "pool/handle.rs",
    "pool/handle/builder.rs",
    "pool/handle/upkeep.rs",
    "pool/header.rs",
    "pool/local.rs",
    "pool/local/guard.rs",
    "pool/local/slot.rs",
    "pool/local/store.rs",
    "pool/local/store/upkeep.rs",
    "pool/queue.rs",
    "pool/recycle.rs",
    "pool/shard.rs",
    "pool/shard/inside.rs",
    "pool/shared.rs",
    "pool/slot.rs",
    "pool/store.rs",
    "pool/store/release.rs",
    "pool/store/seats.rs",
    "pool/store/upkeep.rs",
    "pool/wait.rs",
    "protocol/block.rs",
    "protocol/bump.rs",
    "protocol/list.rs",
    "protocol/once.rs",
    "protocol/slab.rs",
    "protocol/slab/fork.rs",
    "protocol/slab/lease.rs",
    "protocol/slab/push.rs",
    "protocol/slab/shape.rs",
    "protocol/slab/sweep.rs",
    "size_class.rs",
    "sync/spin.rs",
];
/// Files that name std, tests aside: for thread-locals, threads that sleep, `System`, errors, a lock.
const STD: &[&str] = &[
    "engine/thread.rs",
    "passthrough.rs",
    "pool/ambient.rs",
    "pool/blocking.rs",
    "pool/bounded/table.rs",
    "pool/boxed.rs",
    "pool/boxed/hot.rs",
    "pool/core.rs",
    "pool/guard.rs",
    "pool/handle.rs",
    "pool/handle/builder.rs",
    "pool/hooks.rs",
    "pool/local.rs",
    "pool/local/builder.rs",
    "pool/local/guard.rs",
    "pool/local/slot.rs",
    "pool/recycle.rs",
    "pool/shared.rs",
    "pool/slot.rs",
    "pool/store.rs",
    "pool/store/seats.rs",
    "pool/store/upkeep.rs",
    "pool/thread.rs",
    "sync/lock.rs",
];
/// Longest file, in lines.
const MAX_LINES: usize = 400;

/// Files that do what `what` says and are not listed, or are listed and do not.
fn unlike(
    list: &[&str],
    what: &str,
    sources: &[Source],
    is: impl Fn(&Source) -> bool,
) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let (found, listed) = (is(source), list.contains(&source.path.as_str()));
        if found != listed {
            let (is, list) = if found { ("has", "not listed") } else { ("has no", "listed") };
            faults.push(format!("{}: {is} {what}, but is {list}", source.path));
        }
    }
    let gone = list.iter().filter(|path| sources.iter().all(|source| source.path != **path));
    faults.extend(gone.map(|path| format!("{path}: listed for {what}, but there is no such file")));
    faults
}

fn unsafe_code(sources: &[Source]) -> Vec<String> {
    unlike(UNSAFE, "unsafe code", sources, |source| {
        source.shipped(sources).any(|found| found.fact == Fact::Unsafe)
    })
}

/// The allocator must not allocate through Rust's own interface: without `std` and `alloc` that
/// does not compile.
fn crates(sources: &[Source]) -> Vec<String> {
    let names = |source: &Source, name: &str| {
        source.shipped(sources).any(|found| found.fact == Fact::ExternCrate(name.into()))
    };
    let mut faults = unlike(STD, "`extern crate std`", sources, |source| names(source, "std"));
    for source in sources {
        for found in &source.found {
            if found.fact == Fact::ExternCrate("alloc".into()) {
                faults.push(format!("{}:{}: names the crate alloc", source.path, found.line));
            }
        }
    }
    faults
}

/// Atomics come from `crate::sync`, so that loom sees them.
fn atomics(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.module.first().is_none_or(|m| m != "sync"))
    {
        for found in &source.found {
            let Fact::Path(path) = &found.fact else { continue };
            let direct = match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["core" | "std" | "loom", "sync"] => true,
                ["core" | "std" | "loom", "sync", part, ..] => {
                    ["atomic", "self", "*"].contains(part)
                }
                _ => false,
            };
            if direct {
                let path = path.join("::");
                faults.push(format!("{}:{}: {path} is not crate::sync", source.path, found.line));
            }
        }
    }
    faults
}

/// Every file says what it is for, and is short.
fn shape(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for Source { path, text, .. } in sources {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{path}: {lines} lines, at most {MAX_LINES}"));
        }
        if !text.starts_with("//! ") {
            faults.push(format!("{path}: does not begin with a line of `//!`"));
        }
    }
    faults
}

/// All rules, on what is under `src`.
fn faults(sources: &[Source]) -> Vec<String> {
    [layering, atomics, unsafe_code, crates, unseen, shape]
        .iter()
        .flat_map(|rule| rule(sources))
        .collect()
}

fn library() -> Vec<Source> {
    static READ: LazyLock<Vec<Source>> = LazyLock::new(|| read_tree("src"));
    READ.clone()
}

#[test]
fn the_library_keeps_every_rule() {
    let faults = faults(&library());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn tests_benches_and_examples_say_what_they_are_for_and_are_short() {
    let faults: Vec<_> = ["tests", "benches", "examples"]
        .into_iter()
        .flat_map(|tree| shape(&read_tree(tree)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The library, with one file as `change` makes it.
fn library_with(path: &str, change: impl FnOnce(&str) -> String) -> Vec<Source> {
    let mut sources = library();
    let place = sources.iter_mut().find(|source| source.path == path).expect("a file of src");
    *place = Source::new(path, change(&place.text));
    sources
}

/// What the rules say of these files that they do not say of the library as it is.
fn new_faults(sources: &[Source]) -> Vec<String> {
    let known = faults(&library());
    faults(sources).into_iter().filter(|fault| !known.contains(fault)).collect()
}

/// Appends `planted` to a file; the rules must say `expected` of that file, and nothing else.
#[track_caller]
fn is_caught(path: &str, planted: &str, expected: &str) {
    let faults = new_faults(&library_with(path, |text| format!("{text}\n{planted}\n")));
    let first = planted.lines().next();
    let [fault] = faults.as_slice() else {
        panic!("{path}: {first:?}: one fault is planted, found are: {faults:#?}")
    };
    assert!(fault.starts_with(path) && fault.contains(expected), "{path}: {first:?}: {fault}");
}

/// Like [`is_caught`], for what must not be taken for a fault.
#[track_caller]
fn passes(path: &str, planted: &str) {
    let faults = new_faults(&library_with(path, |text| format!("{text}\n{planted}\n")));
    assert_eq!(faults, [""; 0], "{planted:?} in {path} breaks no rule");
}

#[test]
fn an_import_from_above_is_caught_however_it_is_written() {
    for (path, planted, expected) in [
        ("size_class.rs", "use crate::protocol::word::Word;", "protocol stands above size_class"),
        ("sync.rs", "use crate::{config, stats::Stats};", "stats stands above sync"),
        ("protocol/bits.rs", "fn f() -> crate::engine::Void { }", "engine stands above protocol"),
        ("engine/arena.rs", "use crate::engine::{meta, heap::Heap};", "heap stands above arena"),
        ("engine/os.rs", "fn f() { super::meta::alloc(8); }", "meta stands above os"),
        ("engine/map.rs", "mod inner { use super::super::front; }", "front stands above map"),
        ("engine/map.rs", "std::thread_local! { static A: crate::engine::run::B; }", "run stands"),
        ("engine/purge.rs", "use crate::engine;", "names engine as a whole"),
        ("engine/purge.rs", "use super::*;", "names engine as a whole"),
        ("engine/purge.rs", "use crate::engine::alloc;", "alloc, which is no module of engine"),
        ("protocol/word.rs", "use crate::protocol::slab::Slab;", "slab stands above word"),
        ("protocol/slots.rs", "use crate::PoolAlloc;", "PoolAlloc, which is no module"),
        ("protocol/slots.rs", "use crate::*;", "*, which is no module"),
    ] {
        is_caught(path, planted, expected);
    }
}

#[test]
fn a_module_that_is_not_drawn_or_drawn_and_gone_is_caught() {
    let mut sources = library();
    sources.push(Source::new("engine/lost.rs", "//! Lost.\n".into()));
    assert_eq!(new_faults(&sources), ["engine.rs: engine/lost.rs is not drawn"]);
    let mut sources = library();
    sources.retain(|source| source.path != "protocol/word.rs");
    assert_eq!(new_faults(&sources), ["protocol.rs: word is drawn, but there is no such module"]);
    let sources = library_with("engine.rs", |text| text.replace("//! ```text", "//! ```"));
    assert!(new_faults(&sources).contains(&"engine.rs: no order is drawn".into()));
}

#[test]
fn imports_from_below_and_mentions_in_comments_strings_and_docs_pass() {
    for planted in [
        "// use crate::engine::front::alloc;",
        "/* use crate::engine::front; unsafe { } */",
        "/// As [`alloc`](crate::engine::front::alloc), which is unsafe.\nfn f() {}",
        "const A: &str = \"crate::engine::front unsafe extern crate alloc\";",
        "use crate::{engine::{meta::{self}, os}, config::*};",
        "fn f() { self::g(); super::os::yield_now(); }",
    ] {
        passes("engine/map.rs", planted);
    }
}

#[test]
fn an_atomic_that_loom_cannot_see_is_caught() {
    for planted in [
        "use core::sync::atomic::AtomicUsize;",
        "use core::{cell::Cell, sync::atomic::{AtomicU8}};",
        "fn f() { ::std::sync::atomic::compiler_fence(O); }",
        "use core::sync;",
        "use core::sync::*;",
        "use loom::sync::atomic::AtomicU64;",
        "#[cfg(test)] mod tests { use std::sync::atomic::AtomicU64; }",
    ] {
        is_caught("engine/map.rs", planted, "is not crate::sync");
    }
    passes("engine/map.rs", "#[cfg(test)] mod tests { use std::sync::{Arc, Mutex}; }");
    passes("sync.rs", "use core::sync::atomic::AtomicIsize;");
}

#[test]
fn a_fence_that_no_model_sees_is_missed_when_it_is_gone_or_elsewhere() {
    let fence = "fence(Ordering::Acquire);";
    let expected = "protocol/slab/push.rs: there is no `fence(Ordering::Acquire); home";
    for instead in ["", "fence(Ordering::Release);", "fence(Ordering::Acquire); self.load();"] {
        let sources = library_with("protocol/slab/push.rs", |text| text.replace(fence, instead));
        let faults = new_faults(&sources);
        assert!(faults.len() == 1 && faults[0].starts_with(expected), "{instead}: {faults:?}");
    }
    passes("protocol/slab/push.rs", "// fence(Ordering::Acquire);");
}

#[test]
fn unsafe_code_in_an_unlisted_file_is_caught_and_so_is_a_listed_file_without() {
    for planted in [
        "fn f() { unsafe { g() } }",
        "unsafe impl Sync for A {}",
        "#[unsafe(no_mangle)] fn f() {}",
        "macro_rules! m { () => { unsafe { g() } } }",
    ] {
        is_caught("engine/purge.rs", planted, "has unsafe code, but is not listed");
    }
    passes("engine/purge.rs", "#[cfg(all(test, loom))] mod tests { fn f() { unsafe { g() } } }");
    let sources = library_with("engine/run.rs", |_| "//! Runs.\n".into());
    assert_eq!(new_faults(&sources), ["engine/run.rs: has no unsafe code, but is listed"]);
}

#[test]
fn std_outside_of_its_two_files_and_the_crate_alloc_anywhere_are_caught() {
    is_caught("engine/heap.rs", "extern crate std;", "has `extern crate std`, but is not listed");
    is_caught("engine/heap.rs", "mod inner { extern crate std as s; }", "has `extern crate std`");
    passes("engine/heap.rs", "#[cfg(test)] mod tests { extern crate std; }");
    is_caught("engine/heap.rs", "extern crate alloc;", "names the crate alloc");
    is_caught("engine/thread.rs", "mod inner { extern crate alloc; }", "names the crate alloc");
    is_caught("engine/map.rs", "#[cfg(test)] mod tests { extern crate alloc; }", "crate alloc");
}

#[test]
fn a_file_in_a_module_of_tests_may_use_std() {
    let marked = "#[cfg(test)]\nmod tests;";
    let sources = library_with("protocol/bits.rs", |text| {
        assert!(text.contains(marked), "tests of bits are in a file of their own");
        text.replace(marked, "mod tests;")
    });
    let expected = "protocol/bits/tests.rs: has `extern crate std`, but is not listed";
    assert!(
        new_faults(&sources).contains(&expected.into()),
        "std came in with a module that ships"
    );
}

#[test]
fn a_long_file_and_a_file_without_a_duty_are_caught() {
    let long = "//\n".repeat(MAX_LINES);
    is_caught("engine/meta.rs", &long, "at most 400");
    for text in ["", "use core::ptr;\n", "// Runs.\n", "//!\n"] {
        assert_eq!(
            shape(&[Source::new("run.rs", text.into())]),
            ["run.rs: does not begin with a line of `//!`"]
        );
    }
}
