//! A parser, over real sources.

use crate::{Group, Params, Workload, team};
use include_dir::{Dir, include_dir};
use syn::{ImplItem, Item};

/// A code generator: `syn` reads Rust files into trees and drops them. The files are those of this
/// package, which every machine has and which are in the program: about 3000 lines.
///
/// Sizes: tokens and nodes of 8 to about 500 B, vectors that grow. Lifetimes: tokens until the file
/// is parsed, the tree until it was looked at. Remote frees: none; each thread does all of the
/// work.
pub(super) const SYN_PARSE: Workload = Workload {
    name: "syn-parse",
    group: Group::Real,
    about: "the Rust files of this package parsed into trees and dropped",
    run,
};

static SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src");

fn run(params: &Params<'_>) -> u64 {
    let mut sources = Vec::new();
    collect(&SOURCES, &mut sources);
    let rounds = params.count(60);
    params.start();
    team::sum(params.threads, |_| {
        (0..rounds).flat_map(|_| &sources).map(|source| statements(source)).sum()
    })
}

/// The texts of all files, folder by folder.
fn collect(folder: &Dir<'static>, sources: &mut Vec<&'static str>) {
    for file in folder.files() {
        sources.push(file.contents_utf8().expect("a Rust file is UTF-8"));
    }
    for inner in folder.dirs() {
        collect(inner, sources);
    }
}

/// Items, and statements of functions, that the parser found.
fn statements(source: &str) -> u64 {
    let file = syn::parse_file(source).expect("what the compiler took is Rust");
    let counts = file.items.iter().map(|item| match item {
        Item::Fn(function) => 1 + function.block.stmts.len(),
        Item::Impl(block) => {
            let methods = block.items.iter().map(|item| match item {
                ImplItem::Fn(method) => 1 + method.block.stmts.len(),
                _ => 1,
            });
            1 + methods.sum::<usize>()
        }
        _ => 1,
    });
    counts.sum::<usize>() as u64
}
