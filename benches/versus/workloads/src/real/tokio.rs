//! Asynchronous tasks that hand buffers on.

use crate::{Group, Params, Workload, sizes::Sizes};
use bytes::{BufMut, Bytes, BytesMut};
use tokio::{
    runtime::Builder,
    sync::mpsc::{Receiver, Sender, channel},
};

/// A hub: for each connection a task fills buffers and cuts them into frames, one answers each
/// frame with a new one, one drops both; buffers go to the connections in turn. The runtime moves
/// tasks between its threads.
///
/// Sizes: buffers of 8 KiB, frames of 64 to 1024 B that share them, answers of a copy and 16 B.
/// Lifetimes: a buffer until its last frame is dropped; at most 32 batches for each connection.
/// Remote frees: about 10 %, as the tasks happen to run. Four connections for each thread.
pub(super) const TOKIO_BYTES: Workload = Workload {
    name: "tokio-bytes",
    group: Group::Real,
    about: "buffers cut into frames, answered and dropped by tasks that change threads",
    run,
};

/// Connections for each thread.
const CONNECTIONS: usize = 4;

/// Batches that wait between two tasks.
const BATCHES: usize = 16;

const BUFFER_BYTES: usize = 8 << 10;

fn run(params: &Params<'_>) -> u64 {
    let buffers = params.count(40_000);
    let runtime = Builder::new_multi_thread().worker_threads(params.threads).build();
    let runtime = runtime.expect("the system must give the threads that were asked for");
    params.start();
    runtime.block_on(async {
        let connections = CONNECTIONS * params.threads;
        let (to_answer, answerers): (Vec<_>, Vec<_>) =
            (0..connections).map(|_| channel(BATCHES)).unzip();
        let (to_finish, finishers): (Vec<_>, Vec<_>) =
            (0..connections).map(|_| channel(BATCHES)).unzip();
        for (connection, questions) in answerers.into_iter().enumerate() {
            tokio::spawn(read(connection, buffers, to_answer.clone()));
            tokio::spawn(answer(connection, questions, to_finish.clone()));
        }
        // From here on the tasks alone hold these, so that their end is the end of the next stage.
        drop((to_answer, to_finish));
        let last: Vec<_> = finishers.into_iter().map(|pairs| tokio::spawn(finish(pairs))).collect();
        let mut sum = 0_u64;
        for task in last {
            sum = sum.wrapping_add(task.await.expect("a task ends with its connection"));
        }
        sum
    })
}

/// Fills buffers and cuts them into frames; a buffer is a batch.
async fn read(connection: usize, buffers: usize, to_answer: Vec<Sender<Vec<Bytes>>>) {
    let sizes = Sizes::even(64..=1024, connection as u64);
    let (mut frame, mut pattern) = (0, 0_u8);
    for turn in 0..buffers {
        let mut buffer = BytesMut::with_capacity(BUFFER_BYTES);
        pattern = pattern.wrapping_add(1);
        buffer.put_bytes(pattern, BUFFER_BYTES);
        let mut batch = Vec::new();
        while !buffer.is_empty() {
            let bytes = sizes.at(frame).min(buffer.len());
            batch.push(buffer.split_to(bytes).freeze());
            frame += 1;
        }
        let next = &to_answer[(connection + turn) % to_answer.len()];
        next.send(batch).await.expect("a task lives until those before it end");
    }
}

/// Makes a frame of each.
async fn answer(
    connection: usize,
    mut questions: Receiver<Vec<Bytes>>,
    to_finish: Vec<Sender<Vec<(Bytes, Bytes)>>>,
) {
    let mut turn = connection;
    while let Some(batch) = questions.recv().await {
        let pairs = batch.into_iter().map(|question| {
            let mut answer = BytesMut::with_capacity(16 + question.len());
            answer.put_u64(question.len() as u64);
            answer.put_u64(u64::from(question[0]));
            answer.put_slice(&question);
            (question, answer.freeze())
        });
        turn += 1;
        let next = &to_finish[turn % to_finish.len()];
        next.send(pairs.collect()).await.expect("a task lives until those before it end");
    }
}

/// Reads what was asked and answered, and drops it.
async fn finish(mut pairs: Receiver<Vec<(Bytes, Bytes)>>) -> u64 {
    let mut sum = 0_u64;
    while let Some(batch) = pairs.recv().await {
        for (question, answer) in batch {
            let ends = [question[question.len() - 1], answer[answer.len() - 1], answer[15]];
            sum = ends.into_iter().fold(sum, |sum, byte| sum.wrapping_add(byte.into()));
            sum = sum.wrapping_add(answer.len() as u64);
        }
    }
    sum
}
