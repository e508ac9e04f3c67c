//! Who may name whom: the orders that are drawn in module headers, and the paths that break them.

use super::source::{Fact, Source};

/// The order that a file draws: the first word of each line of its first `text` block, top down.
fn drawn(text: &str) -> Vec<&str> {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let block = lines.skip_while(|line| *line != " ```text").skip(1);
    block
        .take_while(|line| *line != " ```")
        .filter_map(|line| line.split_whitespace().next())
        .collect()
}

/// Paths to modules that do not stand below the one that names them, and orders that are not
/// those of the files.
pub(crate) fn layering(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for (root, parent) in [
        ("lib.rs", None),
        ("protocol.rs", Some("protocol")),
        ("engine.rs", Some("engine")),
        ("pool.rs", Some("pool")),
    ] {
        let Some(drawing) = sources.iter().find(|source| source.path == root) else {
            faults.push(format!("{root}: there is no such file"));
            continue;
        };
        let order = drawn(&drawing.text);
        if order.is_empty() {
            faults.push(format!("{root}: no order is drawn"));
            continue;
        }
        // The part of a module's path that this order is about.
        let depth = usize::from(parent.is_some());
        let member = |source: &Source| {
            let is_in = source.module.first().map(String::as_str) == parent || parent.is_none();
            source.module.get(depth).filter(|_| is_in).cloned()
        };
        let is_there =
            |name: &str| sources.iter().any(|source| member(source).as_deref() == Some(name));
        for name in order.iter().filter(|name| !is_there(name)) {
            faults.push(format!("{root}: {name} is drawn, but there is no such module"));
        }
        for source in sources {
            let Some(own) = member(source) else { continue };
            let Some(rank) = order.iter().position(|name| *name == own) else {
                faults.push(format!("{root}: {} is not drawn", source.path));
                continue;
            };
            for (path, line) in named(source) {
                let place = format!("{}:{line}", source.path);
                let (name, whole) = match parent {
                    None => (path.first(), "the crate"),
                    Some(parent) if path.first().is_some_and(|top| top == parent) => {
                        (path.get(1), parent)
                    }
                    Some(_) => continue,
                };
                let Some(name) = name.filter(|name| parent.is_none() || *name != "*") else {
                    faults.push(format!("{place}: names {whole} as a whole"));
                    continue;
                };
                match order.iter().position(|other| other == name) {
                    None => {
                        faults.push(format!("{place}: names {name}, which is no module of {whole}"))
                    }
                    Some(other) if other < rank => {
                        faults.push(format!("{place}: {name} stands above {own}"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    faults
}

/// Paths from the root of the crate that a file names, and their lines.
fn named(source: &Source) -> impl Iterator<Item = (Vec<String>, usize)> {
    source.found.iter().filter_map(|found| {
        let Fact::Path(path) = &found.fact else { return None };
        let up = path.iter().take_while(|part| *part == "super").count();
        let base = match path[0].as_str() {
            "crate" if path.len() > 1 => Vec::new(),
            // `pub(super)` names nothing.
            "super" if path.len() > up => {
                let mut base: Vec<_> = source.module.iter().chain(&found.inside).cloned().collect();
                base.truncate(base.len().checked_sub(up)?);
                base
            }
            _ => return None,
        };
        let rest = path.iter().skip(up.max(1)).filter(|part| *part != "self").cloned();
        Some((base.into_iter().chain(rest).collect(), found.line))
    })
}
