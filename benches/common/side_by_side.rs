//! A group of rows under criterion: a group for each row, in it a bench for each allocator.

use crate::common::{
    rows::{self, Group},
    subject::Subject,
};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};
use std::time::Duration;

/// Benches every row of `group`.
pub(crate) fn bench(criterion: &mut Criterion, group: Group) {
    for row in rows::all().into_iter().filter(|row| row.group() == group) {
        let mut benches = criterion.benchmark_group(&row.name);
        benches
            .sampling_mode(SamplingMode::Flat)
            .sample_size(30)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_millis(1200))
            .throughput(Throughput::Elements(row.units_per_op().into()));
        for subject in Subject::ALL {
            benches.bench_function(BenchmarkId::from_parameter(subject.name()), |bencher| {
                let mut session = subject.open(&row);
                bencher.iter_custom(|ops| {
                    session.run(usize::try_from(ops).expect("a count that fits the address space"))
                });
            });
        }
        benches.finish();
    }
}
