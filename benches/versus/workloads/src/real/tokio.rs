//! Asynchronous tasks that hand buffers on.

use crate::{Group, Params, Workload, sizes::Sizes};
use bytes::{BufMut, Bytes, BytesMut};
use tokio::{
    runtime::Builder,
    sync::mpsc::{Receiver, Sender, channel},
};

/// A proxy: for each connection a task fills buffers and cuts them into frames, one answers each
/// frame with a new one, one drops both. The runtime moves tasks between its threads.
///
/// Sizes: buffers of 8 KiB, frames of 64 to 1024 B that share them, answers of a copy and 16 B.
/// Lifetimes: a buffer until its last frame is dropped; at most 32 batches for each connection.
/// Remote frees: a third to a half, as the tasks happen to run. Four connections for each thread.
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
    let buffers = params.count(25_000);
    let runtime = Builder::new_multi_thread().worker_threads(params.threads).build();
    let runtime = runtime.expect("the system must give the threads that were asked for");
    params.start();
    runtime.block_on(async {
        let last: Vec<_> = (0..CONNECTIONS * params.threads)
            .map(|connection| {
                let (frames, questions) = channel(BATCHES);
                let (answers, pairs) = channel(BATCHES);
                tokio::spawn(read(connection, buffers, frames));
                tokio::spawn(answer(questions, answers));
                tokio::spawn(finish(pairs))
            })
            .collect();
        let mut sum = 0_u64;
        for task in last {
            sum = sum.wrapping_add(task.await.expect("a task ends with its connection"));
        }
        sum
    })
}

/// Fills buffers and cuts them into frames; a buffer is a batch.
async fn read(connection: usize, buffers: usize, frames: Sender<Vec<Bytes>>) {
    let sizes = Sizes::even(64..=1024, connection as u64);
    let (mut frame, mut pattern) = (0, 0_u8);
    for _ in 0..buffers {
        let mut buffer = BytesMut::with_capacity(BUFFER_BYTES);
        pattern = pattern.wrapping_add(1);
        buffer.put_bytes(pattern, BUFFER_BYTES);
        let mut batch = Vec::new();
        while !buffer.is_empty() {
            let bytes = sizes.at(frame).min(buffer.len());
            batch.push(buffer.split_to(bytes).freeze());
            frame += 1;
        }
        frames.send(batch).await.expect("a task lives until the one before it ends");
    }
}

/// Makes a frame of each.
async fn answer(mut questions: Receiver<Vec<Bytes>>, answers: Sender<Vec<(Bytes, Bytes)>>) {
    while let Some(batch) = questions.recv().await {
        let pairs = batch.into_iter().map(|question| {
            let mut answer = BytesMut::with_capacity(16 + question.len());
            answer.put_u64(question.len() as u64);
            answer.put_u64(u64::from(question[0]));
            answer.put_slice(&question);
            (question, answer.freeze())
        });
        answers.send(pairs.collect()).await.expect("a task lives until the one before it ends");
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
