//! Full-text search.

use super::text::Vocabulary;
use crate::{Group, Params, Workload};
use tantivy::{
    Index, IndexWriter, TantivyDocument, Term,
    collector::Count,
    query::TermQuery,
    schema::{INDEXED, IndexRecordOption, STORED, Schema, TEXT},
};

/// An indexer: `tantivy` cuts documents into words, builds the postings in its own memory, writes
/// segments into buffers and merges them; then some words are looked up.
///
/// Sizes: words of 2 to 12 B, documents of about 1 KiB, tables and buffers of up to some MiB.
/// Lifetimes: a document until its words are counted, buffers until the end. Remote frees: about
/// 2 %, the documents, which one thread makes and `threads` others index.
pub(super) const TANTIVY_INDEX: Workload = Workload {
    name: "tantivy-index",
    group: Group::Real,
    about: "documents of 1 KiB indexed by several threads, then searched",
    run,
};

/// What each indexing thread may take before it writes a segment: the least that the library
/// allows.
const THREAD_BYTES: usize = 15_000_000;

/// Words that are looked up.
const QUERIES: usize = 200;

fn run(params: &Params<'_>) -> u64 {
    let mut rng = fastrand::Rng::with_seed(1024);
    let words = Vocabulary::new(20_000, &mut rng);
    let texts: Vec<String> = (0..params.count(8000)).map(|_| words.text(150, &mut rng)).collect();
    let queries: Vec<&str> = (0..QUERIES).map(|_| words.word(&mut rng)).collect();
    params.start();
    index(&texts, &queries, params.threads).expect("an index in memory has no reason to fail")
}

/// Documents found for each query, added up.
fn index(texts: &[String], queries: &[&str], threads: usize) -> tantivy::Result<u64> {
    let mut schema = Schema::builder();
    let id = schema.add_u64_field("id", INDEXED | STORED);
    let text = schema.add_text_field("text", TEXT | STORED);
    let index = Index::create_in_ram(schema.build());
    let mut writer: IndexWriter = index.writer_with_num_threads(threads, threads * THREAD_BYTES)?;
    for (number, body) in texts.iter().enumerate() {
        let mut document = TantivyDocument::new();
        document.add_u64(id, number as u64);
        document.add_text(text, body);
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    let searcher = index.reader()?.searcher();
    let found = queries.iter().map(|word| {
        let query = TermQuery::new(Term::from_field_text(text, word), IndexRecordOption::Basic);
        searcher.search(&query, &Count).map(|count| count as u64)
    });
    Ok(searcher.num_docs() + found.sum::<tantivy::Result<u64>>()?)
}
