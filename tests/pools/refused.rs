//! Programs that must not compile.

#[test]
fn unsound_programs_are_refused() {
    trybuild::TestCases::new().compile_fail("tests/pools/refused/*.rs");
}
