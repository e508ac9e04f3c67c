//! The README program of lock_pool: five connections in a `static`, for tasks on any executor.

use poolalloc::fixed;
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

/// Stands for something of which there are few.
struct Connection {
    requests: u32,
}

static CONNECTIONS: fixed::Pool<Connection, 5> =
    fixed::Pool::new([const { Connection { requests: 0 } }; 5]);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The smallest executor.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

async fn request() -> u32 {
    let mut connection = CONNECTIONS.get_async().await.expect("nobody closes the pool");
    connection.requests += 1;
    connection.requests
}

fn main() {
    // More tasks than connections: who comes first is served first.
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| (0..100).for_each(|_| assert!(block_on(request()) > 0)));
        }
    });
    let all: Vec<_> = std::iter::from_fn(|| CONNECTIONS.try_get().ok()).collect();
    let served: u32 = all.iter().map(|connection| connection.requests).sum();
    assert_eq!((all.len(), served), (5, 1600));
    println!("{served} requests by {} connections", all.len());
}
