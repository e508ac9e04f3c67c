//! Programs that must not compile.

#[test]
fn what_would_break_a_pool_does_not_compile() {
    let programs = trybuild::TestCases::new();
    programs.compile_fail("fixed/*.rs");
    programs.compile_fail("pools/*.rs");
}
