//! A server that pools its buffers: a few worker threads answer HTTP requests, each read into a
//! buffer that comes from a pool with a budget and goes back by itself.
//!
//! It asks itself a few hundred times, and ends.

use poolalloc::{Builder, Pool, Pooled};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
};

const WORKERS: usize = 4;
const REQUESTS: usize = 200;

/// Reads a request without a body.
fn read_head(stream: &mut TcpStream, head: &mut Vec<u8>) -> io::Result<()> {
    let mut chunk = [0; 512];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => head.extend_from_slice(&chunk[..count]),
        }
    }
    Ok(())
}

/// Answers with the path that was asked for.
fn answer(mut stream: TcpStream, buffers: &Pool<Vec<u8>>) -> io::Result<()> {
    let (mut head, mut reply): (Pooled<Vec<u8>>, _) = (buffers.get(), buffers.get());
    read_head(&mut stream, &mut head)?;
    let path = head.split(|byte| *byte == b' ').nth(1).unwrap_or(b"/");
    write!(
        reply,
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        path.len()
    )?;
    reply.extend_from_slice(path);
    stream.write_all(&reply)
}

fn ask(server: SocketAddr, number: usize) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    write!(stream, "GET /{number} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    stream.shutdown(Shutdown::Write)?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    Ok(reply)
}

fn main() -> io::Result<()> {
    // All idle buffers together hold at most 1 MiB.
    let buffers = Builder::<Vec<u8>>::recycle().max_idle_bytes(1 << 20).build();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?;
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                for _ in 0..REQUESTS / WORKERS {
                    if let Err(error) =
                        listener.accept().and_then(|(stream, _)| answer(stream, &buffers))
                    {
                        eprintln!("a request failed: {error}");
                    }
                }
            });
        }
        for number in 0..REQUESTS {
            let reply = ask(server, number)?;
            assert!(reply.ends_with(&format!("/{number}")), "{reply}");
        }
        io::Result::Ok(())
    })?;
    let stats = buffers.stats();
    println!("{REQUESTS} requests, {} buffers made, {} idle", stats.created, stats.idle);
    assert!(stats.created < REQUESTS, "buffers were reused");
    Ok(())
}
