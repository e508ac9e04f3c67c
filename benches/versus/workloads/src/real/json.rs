//! JSON, read into a tree, changed and printed.

use super::text::{Vocabulary, hash};
use crate::{Group, Params, Workload, team};
use serde_json::{Value, json};

/// A service that passes documents on: `serde_json` parses one into a [`Value`], each record gets a
/// field, loses one and has a list grow, and the tree is printed and dropped.
///
/// Sizes: keys and strings of 2 to about 100 B, tree nodes of some hundred bytes, the document of
/// 300 KiB. Lifetimes: until the document is printed. Remote frees: none; each thread does all of
/// the work.
pub(super) const SERDE_JSON: Workload = Workload {
    name: "serde-json",
    group: Group::Real,
    about: "a document of 300 KiB is parsed, edited, printed and dropped",
    run,
};

/// Records in the document.
const RECORDS: usize = 1000;

fn run(params: &Params<'_>) -> u64 {
    let document = document().to_string();
    let rounds = params.count(110);
    params.start();
    team::sum(params.threads, |_| {
        (0..rounds).fold(0, |sum: u64, round| {
            let mut tree = serde_json::from_str(&document).expect("what was printed is JSON");
            edit(&mut tree, round);
            sum.wrapping_add(hash(tree.to_string().as_bytes()))
        })
    })
}

fn document() -> Value {
    let mut rng = fastrand::Rng::with_seed(1000);
    let words = Vocabulary::new(2000, &mut rng);
    let record = |number| {
        json!({
            "id": number,
            "name": format!("{} {}", words.word(&mut rng), words.word(&mut rng)),
            "score": rng.u32(..) as f64 / 7.0,
            "active": rng.bool(),
            "tags": (0..rng.usize(..6)).map(|_| words.word(&mut rng)).collect::<Vec<_>>(),
            "address": { "street": words.text(3, &mut rng), "code": rng.u32(..), "unit": null },
            "note": words.text(12, &mut rng),
        })
    };
    (0..RECORDS).map(record).collect()
}

fn edit(tree: &mut Value, round: usize) {
    let records = tree.as_array_mut().expect("the document is a list");
    for (number, record) in records.iter_mut().enumerate() {
        record["visited"] = json!(format!("in round {round}"));
        if let Some(fields) = record.as_object_mut() {
            fields.remove(if number % 2 == 0 { "note" } else { "score" });
        }
        if let Some(tags) = record["tags"].as_array_mut() {
            tags.push(json!(format!("tag-{number}")));
        }
    }
}
