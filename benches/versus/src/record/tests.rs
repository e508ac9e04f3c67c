//! Files that are whole, torn, or of another run.

use super::*;
use crate::results::tests::{empty, fault, row, times};

#[test]
fn what_was_written_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let record = times(&[("poolalloc", &[1.0, 2.0]), ("system", &[0.5])]);
    let mut log = Log::create(&path, &record.header).unwrap();
    for row in &record.rows {
        log.row(row).unwrap();
    }
    log.fault(&fault("pair", "system", 2)).unwrap();
    let (read, whole) = Record::read(&path).unwrap();
    assert_eq!(read.header.difference(&record.header), None);
    assert_eq!((read.rows.len(), read.faults.len()), (3, 1));
    assert_eq!(whole, fs::metadata(&path).unwrap().len());
}

#[test]
fn a_torn_last_line_is_left_out_and_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let record = times(&[("poolalloc", &[1.0])]);
    let mut log = Log::create(&path, &record.header).unwrap();
    log.row(&record.rows[0]).unwrap();
    let whole = fs::metadata(&path).unwrap().len();
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"workload\":\"pair\",\"gro").unwrap();
    let (read, length) = Record::read(&path).unwrap();
    assert_eq!((read.rows.len(), length), (1, whole));
    Log::resume(&path, length).unwrap().row(&row("pair", "poolalloc", 2, 1.0)).unwrap();
    assert_eq!(Record::read(&path).unwrap().0.rows.len(), 2, "the torn line must be gone");
}

#[test]
fn a_torn_line_in_the_middle_or_a_foreign_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let record = times(&[("poolalloc", &[1.0])]);
    Log::create(&path, &record.header).unwrap();
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"{\"workload\":\"pair\n").unwrap();
    let error = format!("{:#}", Record::read(&path).unwrap_err());
    assert!(error.contains("line 2"), "{error}");
    for foreign in ["", "{}\n", "pair,1.0\n"] {
        fs::write(&path, foreign).unwrap();
        assert!(Record::read(&path).is_err(), "{foreign:?} is no run");
    }
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    fs::write(&path, "dear").unwrap();
    assert!(Log::create(&path, &empty(&[], &[]).header).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "dear");
}

#[test]
fn a_header_of_another_run_is_told_apart_by_name() {
    let header = empty(&["poolalloc"], &[("pair", "local")]).header;
    let mut other = header.clone();
    other.started = "tomorrow".into();
    other.command = "run --resume".into();
    other.load = 1.0;
    assert_eq!(header.difference(&other), None);
    other.rounds = 3;
    let difference = header.difference(&other).unwrap();
    assert_eq!(difference, "rounds was 9, and is 3 now");
}

#[test]
fn a_fault_that_a_later_try_mended_is_forgotten() {
    let mut record = times(&[("poolalloc", &[1.0])]);
    record.faults = vec![
        fault("pair", "poolalloc", 1),
        fault("pair", "poolalloc", 2),
        fault("pair", "poolalloc", 2),
    ];
    record.drop_repeated();
    assert_eq!(record.faults.len(), 1);
    assert_eq!(record.faults[0].round, 2);
}
