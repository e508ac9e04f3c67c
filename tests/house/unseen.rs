//! Code that nothing which runs can show to be needed.

use super::source::Source;
use proc_macro2::TokenStream;

/// File and code. What it is for, and why no model sees it, is told where it stands; what keeps it
/// there is this list only.
const UNSEEN: &[(&str, &str)] =
    &[("protocol/slab/push.rs", "fence(Ordering::Acquire); home.take_token(self)")];

/// What is listed as [`UNSEEN`] is there, whatever comments are between.
pub(crate) fn unseen(sources: &[Source]) -> Vec<String> {
    let tokens = |text: &str| {
        let tokens: TokenStream = text.parse().expect("it is Rust");
        tokens.to_string().split_whitespace().collect::<String>()
    };
    let is_there = |path: &str, code: &str| {
        let mut of_it = sources.iter().filter(|source| source.path == path);
        of_it.any(|source| tokens(&source.text).contains(&tokens(code)))
    };
    let gone = UNSEEN.iter().filter(|(path, code)| !is_there(path, code));
    gone.map(|(path, code)| format!("{path}: there is no `{code}` any more")).collect()
}
