//! The migration tables of `docs/POOLS.md`: they name all that the other crates have and nothing else,
//! and what stands there to be written instead compiles.

mod lock_pool;
mod nexus_pool;
mod poolshark;
mod syncpool;

use std::collections::BTreeSet;

/// A crate that is migrated from.
struct From {
    /// As the heading of its table has it.
    heading: &'static str,
    /// Its public items, but for implementations of traits, as rustdoc lists them.
    items: &'static [&'static str],
    /// The program with what is written instead.
    program: &'static str,
}

const CRATES: [From; 4] = [lock_pool::FROM, nexus_pool::FROM, poolshark::FROM, syncpool::FROM];

/// The rows below a heading: what is there in code on the left, and on the right.
fn rows(heading: &str) -> Vec<[Vec<String>; 2]> {
    let page = include_str!("../../docs/POOLS.md");
    let (_, table) = page.split_once(&format!("### From {heading}\n\n")).expect(heading);
    let table = table.lines().take_while(|line| line.starts_with('|')).skip(2);
    table
        .map(|row| {
            // A bar within code is escaped.
            let row = row.replace("\\|", "\0");
            let cells: Vec<_> = row.trim_matches('|').split('|').collect();
            let [there, here] = cells.as_slice() else { panic!("two columns: {row}") };
            [there, here].map(|cell| {
                let parts = cell.split('`').collect::<Vec<_>>();
                assert!(parts.len() % 2 == 1, "a backtick too many: {cell}");
                parts.iter().skip(1).step_by(2).map(|code| code.replace('\0', "|")).collect()
            })
        })
        .collect()
}

/// `a::{b, c}::d` as `a::b::d` and `a::c::d`.
fn expanded(item: &str) -> Vec<String> {
    let Some((before, rest)) = item.split_once('{') else { return vec![item.into()] };
    let (choices, after) = rest.split_once('}').expect("a closing brace");
    let each = choices.split(", ").map(|choice| format!("{before}{choice}{after}"));
    each.flat_map(|item| expanded(&item)).collect()
}

fn without_space(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn each_public_item_has_its_row_and_no_row_is_of_an_item_that_is_not_there() {
    for From { heading, items, .. } in CRATES {
        let listed: Vec<_> = rows(heading)
            .iter()
            .flat_map(|[there, _]| there.iter().flat_map(|item| expanded(item)))
            .collect();
        let unique: BTreeSet<_> = listed.iter().map(String::as_str).collect();
        assert_eq!(unique.len(), listed.len(), "{heading}: an item has two rows");
        let items: BTreeSet<_> = items.iter().copied().collect();
        let (no_row, no_item) = (&items - &unique, &unique - &items);
        assert!(no_row.is_empty(), "{heading}: no row is of {no_row:?}");
        assert!(no_item.is_empty(), "{heading}: there is no {no_item:?}");
    }
}

#[test]
fn what_stands_on_the_right_is_in_a_program_that_compiles() {
    for From { heading, program, .. } in CRATES {
        let program = without_space(program);
        for [_, here] in rows(heading) {
            for code in here {
                let is_there = program.contains(&without_space(&code));
                assert!(is_there, "{heading}: `{code}` is in no program");
            }
        }
    }
}
