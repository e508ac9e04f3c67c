//! Source files as tokens: what they name, where, and whether it ships.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use std::{fs, path::Path};

/// A file, by its path below the tree that was read.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// `a/b.rs` is `a::b`; the root of the crate is empty.
    pub(crate) module: Vec<String>,
    pub(crate) found: Vec<Found>,
}

/// Something that rules are about.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) fact: Fact,
    /// From 1.
    pub(crate) line: usize,
    /// The modules inside of the file that it stands in.
    pub(crate) inside: Vec<String>,
    /// It is only built for tests.
    pub(crate) in_test: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// A path with all its parts; a `use` of many names is one path each.
    Path(Vec<String>),
    Unsafe,
    ExternCrate(String),
    /// `#[cfg(test)] mod name;`
    TestModule(String),
}

/// All `.rs` files below a folder of this package, by path; none if there is no such folder.
pub(crate) fn read_tree(folder: &str) -> Vec<Source> {
    fn walk(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() && !path.ends_with("target") {
                walk(root, &path, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("source files are text");
                let path = path.strip_prefix(root).expect("it was found below the root");
                sources.push(Source::new(path.to_str().expect("plain file names"), text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut sources = Vec::new();
    walk(&root, &root, &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

impl Source {
    pub(crate) fn new(path: &str, text: String) -> Self {
        let tokens = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut found = Vec::new();
        Walk { inside: Vec::new(), in_test: false, found: &mut found }.tokens(tokens);
        let path = path.replace('\\', "/");
        let name = path.trim_end_matches(".rs").trim_end_matches("/mod");
        let module =
            if name == "lib" { Vec::new() } else { name.split('/').map(str::to_owned).collect() };
        Self { module, path, text, found }
    }

    /// What is built into the library.
    pub(crate) fn shipped<'a>(&'a self, sources: &[Self]) -> impl Iterator<Item = &'a Found> {
        let is_test = |found: &&Found| !found.in_test;
        let ships = !self.is_test_file(sources);
        self.found.iter().filter(is_test).filter(move |_| ships)
    }

    /// True if this file, or a folder that it is in, is a module for tests.
    fn is_test_file(&self, sources: &[Self]) -> bool {
        (1..=self.module.len()).any(|depth| {
            let (parent, name) = (&self.module[..depth - 1], &self.module[depth - 1]);
            sources.iter().filter(|source| source.module == parent).any(|source| {
                source.found.iter().any(|found| found.fact == Fact::TestModule(name.clone()))
            })
        })
    }
}

struct Walk<'a> {
    inside: Vec<String>,
    in_test: bool,
    found: &'a mut Vec<Found>,
}

impl Walk<'_> {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        // An attribute has said that the item at hand is for tests.
        let mut test_item = false;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Punct(punct) => match (punct.as_char(), tokens.get(at)) {
                    ('#', Some(TokenTree::Group(group))) => test_item |= is_test(group.stream()),
                    (';', _) => test_item = false,
                    _ => {}
                },
                TokenTree::Group(group) => {
                    self.nested(group.stream(), None, test_item);
                    test_item &= group.delimiter() != Delimiter::Brace;
                }
                TokenTree::Ident(word) => match (word.to_string().as_str(), &tokens[at..]) {
                    ("mod", [TokenTree::Ident(name), TokenTree::Group(body), ..]) => {
                        self.nested(body.stream(), Some(name), test_item);
                        (at, test_item) = (at + 2, false);
                    }
                    ("mod", [TokenTree::Ident(name), ..]) if test_item => {
                        self.add(Fact::TestModule(name.to_string()), word);
                    }
                    ("extern", [TokenTree::Ident(crate_), TokenTree::Ident(name), ..])
                        if crate_ == "crate" =>
                    {
                        self.add(Fact::ExternCrate(name.to_string()), word);
                        at += 2;
                    }
                    ("unsafe", _) => self.add(Fact::Unsafe, word),
                    _ => at += self.path(&mut Vec::new(), &tokens[at - 1..]) - 1,
                },
                TokenTree::Literal(_) => {}
            }
        }
    }

    fn nested(&mut self, tokens: TokenStream, name: Option<&Ident>, test_item: bool) {
        let mut inside = self.inside.clone();
        inside.extend(name.map(Ident::to_string));
        Walk { inside, in_test: self.in_test || test_item, found: self.found }.tokens(tokens);
    }

    /// Takes the path that `tokens` begin with, after `prefix`; returns its length in tokens.
    fn path(&mut self, prefix: &mut Vec<String>, tokens: &[TokenTree]) -> usize {
        let depth = prefix.len();
        let TokenTree::Ident(first) = &tokens[0] else { return 1 };
        prefix.push(first.to_string());
        let mut length = 1;
        let mut is_open = true;
        while let [TokenTree::Punct(one), TokenTree::Punct(two), next, ..] = &tokens[length..] {
            if (one.as_char(), two.as_char()) != (':', ':') {
                break;
            }
            match next {
                TokenTree::Ident(name) => prefix.push(name.to_string()),
                TokenTree::Punct(star) if star.as_char() == '*' => prefix.push("*".into()),
                TokenTree::Group(names) if names.delimiter() == Delimiter::Brace => {
                    self.names(prefix, names.stream());
                    is_open = false;
                }
                _ => break,
            }
            length += 3;
        }
        if is_open {
            self.add(Fact::Path(prefix.clone()), first);
        }
        prefix.truncate(depth);
        length
    }

    /// Takes the names of `prefix::{a, b::c, d as e}`.
    fn names(&mut self, prefix: &mut Vec<String>, names: TokenStream) {
        let names: Vec<_> = names.into_iter().collect();
        for name in names.split(is_comma).filter(|name| !name.is_empty()) {
            self.path(prefix, name);
        }
    }

    fn add(&mut self, fact: Fact, at: &Ident) {
        let (line, inside) = (at.span().start().line, self.inside.clone());
        self.found.push(Found { fact, line, inside, in_test: self.in_test });
    }
}

/// True for `cfg(..)` that only holds where `test` does.
fn is_test(attribute: TokenStream) -> bool {
    match attribute.into_iter().collect::<Vec<_>>().as_slice() {
        [TokenTree::Ident(cfg), TokenTree::Group(condition)] if cfg == "cfg" => {
            implies_test(&condition.stream().into_iter().collect::<Vec<_>>())
        }
        _ => false,
    }
}

fn implies_test(condition: &[TokenTree]) -> bool {
    match condition {
        [TokenTree::Ident(test)] => test == "test",
        [TokenTree::Ident(of), TokenTree::Group(list)] => {
            let list: Vec<_> = list.stream().into_iter().collect();
            let mut parts = list.split(is_comma).filter(|part| !part.is_empty());
            match of.to_string().as_str() {
                "all" => parts.any(implies_test),
                "any" => parts.all(implies_test),
                _ => false,
            }
        }
        _ => false,
    }
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}
