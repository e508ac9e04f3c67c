//! Programs that must not compile.

#[test]
fn what_would_break_a_fixed_pool_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/fixed_pool/refused/*.rs");
}
