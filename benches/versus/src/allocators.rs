//! The allocators that are compared.

use anyhow::{Result, bail};

/// One column: a worker and the settings that it is run with.
#[derive(Debug)]
pub(crate) struct Allocator {
    pub(crate) name: &'static str,
    /// Features of the worker.
    features: &'static [&'static str],
    /// The package whose version is told; none: the C library's.
    pub(crate) package: Option<&'static str>,
    /// Set in the worker's environment.
    pub(crate) environment: &'static [(&'static str, &'static str)],
    pub(crate) kind: Kind,
}

/// When a column is measured without being named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Always: the crate with its defaults.
    Default,
    /// With `--tuned`: settings that its documentation calls faster.
    Tuned,
    /// With `--knobs`: an option of ours that is not at its default.
    Knob,
    /// Never: a fault that has to be noticed.
    Planted,
}

const fn default(
    name: &'static str,
    features: &'static [&'static str],
    package: Option<&'static str>,
) -> Allocator {
    Allocator { name, features, package, environment: &[], kind: Kind::Default }
}

const fn knob(name: &'static str, features: &'static [&'static str]) -> Allocator {
    Allocator { name, features, package: Some("poolalloc"), environment: &[], kind: Kind::Knob }
}

const fn planted(name: &'static str, features: &'static [&'static str]) -> Allocator {
    Allocator { name, features, package: None, environment: &[], kind: Kind::Planted }
}

/// The page that names them for mimalloc: <https://microsoft.github.io/mimalloc/environment.html>.
/// Large pages, and freed memory is kept.
const MIMALLOC_TUNED: &[(&str, &str)] =
    &[("MIMALLOC_ALLOW_LARGE_OS_PAGES", "1"), ("MIMALLOC_PURGE_DELAY", "-1")];

pub(crate) const ALL: &[Allocator] = &[
    default("poolalloc", &["alloc-poolalloc"], Some("poolalloc")),
    default("poolalloc+system", &["alloc-poolalloc-system"], Some("poolalloc")),
    default("poolalloc+mimalloc", &["alloc-poolalloc-mimalloc"], Some("poolalloc")),
    default("system", &["alloc-system"], None),
    default("mimalloc", &["alloc-mimalloc"], Some("mimalloc")),
    default("mimalloc2", &["alloc-mimalloc2"], Some("mimalloc")),
    default("jemalloc", &["alloc-jemalloc"], Some("tikv-jemallocator")),
    default("snmalloc", &["alloc-snmalloc"], Some("snmalloc-rs")),
    default("rpmalloc", &["alloc-rpmalloc"], Some("rpmalloc")),
    default("stoolap-jemalloc", &["alloc-stoolap-jemalloc"], Some("stoolap-jemalloc")),
    default("rusty_alloc", &["alloc-rusty_alloc"], Some("rusty_alloc")),
    default("sefer-alloc", &["alloc-sefer-alloc"], Some("sefer-alloc")),
    Allocator {
        name: "system-tuned",
        features: &["alloc-system"],
        package: None,
        // The manual of glibc, "Memory Allocation Tunables": huge pages.
        environment: &[("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")],
        kind: Kind::Tuned,
    },
    Allocator {
        name: "mimalloc-tuned",
        features: &["alloc-mimalloc"],
        package: Some("mimalloc"),
        environment: MIMALLOC_TUNED,
        kind: Kind::Tuned,
    },
    Allocator {
        name: "mimalloc2-tuned",
        features: &["alloc-mimalloc2"],
        package: Some("mimalloc"),
        environment: MIMALLOC_TUNED,
        kind: Kind::Tuned,
    },
    Allocator {
        name: "jemalloc-tuned",
        features: &["alloc-jemalloc"],
        package: Some("tikv-jemallocator"),
        // TUNING.md of jemalloc, "prioritizing CPU utilization". The prefix is that of the crate.
        environment: &[(
            "_RJEM_MALLOC_CONF",
            "background_thread:true,metadata_thp:auto,dirty_decay_ms:30000,muzzy_decay_ms:30000",
        )],
        kind: Kind::Tuned,
    },
    Allocator {
        name: "snmalloc-tuned",
        features: &["alloc-snmalloc", "tuned-snmalloc"],
        package: Some("snmalloc-rs"),
        environment: &[],
        kind: Kind::Tuned,
    },
    Allocator {
        name: "rpmalloc-tuned",
        features: &["alloc-rpmalloc", "tuned-rpmalloc"],
        package: Some("rpmalloc"),
        environment: &[],
        kind: Kind::Tuned,
    },
    knob("poolalloc:never-huge", &["alloc-poolalloc-never-huge"]),
    knob("poolalloc:always-huge", &["alloc-poolalloc-always-huge"]),
    knob("poolalloc:magazines-64k", &["alloc-poolalloc-magazines-64k"]),
    knob("poolalloc:magazines-4m", &["alloc-poolalloc-magazines-4m"]),
    knob("poolalloc:no-scavenger", &["alloc-poolalloc-no-scavenger"]),
    knob("poolalloc:purge-50ms", &["alloc-poolalloc-purge-50ms"]),
    knob("poolalloc:purge-5s", &["alloc-poolalloc-purge-5s"]),
    planted("planted-slow", &["alloc-planted-slow"]),
    planted("planted-leaky", &["alloc-planted-leaky"]),
];

impl Allocator {
    /// Features of the worker, separated by commas.
    pub(crate) fn features(&self) -> String {
        self.features.join(",")
    }

    /// The name that the worker knows its allocator by.
    pub(crate) fn worker_name(&self) -> &'static str {
        ALL.iter()
            .find(|other| other.features[0] == self.features[0])
            .expect("it is one of them itself")
            .name
    }

    /// The settings, as a table's legend has them.
    pub(crate) fn settings(&self) -> String {
        let features = self.features[1..].iter().map(|feature| format!("feature {feature}"));
        let environment = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        features.chain(environment).collect::<Vec<_>>().join(" ")
    }
}

/// The columns that `names` asks for, in the order of [`ALL`]; those of a default run if it names
/// none, and with `tuned` the tuned ones of those allocators, with `knobs` ours.
pub(crate) fn choose(
    names: &[String],
    tuned: bool,
    knobs: bool,
) -> Result<Vec<&'static Allocator>> {
    if let Some(stray) = names.iter().find(|name| ALL.iter().all(|one| one.name != *name)) {
        let known: Vec<&str> = ALL.iter().map(|one| one.name).collect();
        bail!("no allocator is called {stray}; there are {}", known.join(", "));
    }
    let is_named = |name: &str| names.iter().any(|named| named == name);
    Ok(ALL
        .iter()
        .filter(|one| {
            is_named(one.name)
                || match one.kind {
                    Kind::Default => names.is_empty(),
                    Kind::Tuned => tuned && (names.is_empty() || is_named(one.worker_name())),
                    Kind::Knob => knobs,
                    Kind::Planted => false,
                }
        })
        .collect())
}

/// True if `other` may be the best peer of `allocator`: it is no planted fault, and not the same
/// allocator over another one, or with another option.
pub(crate) fn are_peers(allocator: &str, other: &str) -> bool {
    fn family(name: &str) -> &str {
        name.split(['+', ':']).next().unwrap_or(name)
    }
    family(allocator) != family(other) && !other.starts_with("planted-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str], tuned: bool) -> Vec<&'static str> {
        let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
        choose(&names, tuned, false).unwrap().iter().map(|one| one.name).collect()
    }

    #[test]
    fn a_default_run_has_neither_tuned_nor_planted_columns() {
        let chosen = names(&[], false);
        assert_eq!(chosen.len(), 12);
        assert!(chosen.iter().all(|name| !name.contains("tuned") && !name.contains("planted")));
    }

    #[test]
    fn tuned_adds_the_columns_of_the_chosen_allocators() {
        assert_eq!(names(&["mimalloc"], true), ["mimalloc", "mimalloc-tuned"]);
        assert_eq!(names(&["poolalloc"], true), ["poolalloc"]);
        assert_eq!(names(&[], true).len(), 18);
    }

    #[test]
    fn each_worker_has_the_name_of_its_allocator_with_defaults() {
        for one in ALL {
            let worker = one.worker_name();
            assert!(one.name.starts_with(worker), "{} is measured with {worker}", one.name);
        }
    }
}
