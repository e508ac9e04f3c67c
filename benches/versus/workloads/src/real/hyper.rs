//! HTTP over the loopback interface.

use crate::{Group, Params, Workload, sizes::Sizes};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, body::Incoming, client, header::CONTENT_TYPE, server, service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    error::Error,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
};

/// A service and its clients in one process: `hyper` parses requests, each answer holds a text that
/// is built from the request's path and body; connections are kept alive.
///
/// Sizes: headers and texts of 10 B to 4 KiB, buffers of 8 KiB. Lifetimes: one request, buffers one
/// connection. Remote frees: about 1 %, where a task changes its thread. Much of the time is the
/// system's. Four connections for each thread.
pub(super) const HYPER_LOOPBACK: Workload = Workload {
    name: "hyper-loopback",
    group: Group::Real,
    about: "HTTP requests of 16 to 4096 B and their answers over loopback",
    run,
};

/// Connections for each thread.
const CONNECTIONS: usize = 4;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Arc::new(Sizes::mostly_small(16, 4096, 80));
    let requests = params.count(4000);
    let runtime = Builder::new_multi_thread().worker_threads(params.threads).enable_io().build();
    let runtime = runtime.expect("the system must give the threads that were asked for");
    params.start();
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("the loopback interface must have a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let server = tokio::spawn(accept(listener));
        let clients: Vec<_> = (0..CONNECTIONS * params.threads)
            .map(|_| tokio::spawn(ask(address, requests, Arc::clone(&sizes))))
            .collect();
        let mut sum = 0_u64;
        for client in clients {
            let answers = client.await.expect("a client must not panic");
            sum = sum.wrapping_add(answers.expect("every request must be answered"));
        }
        server.abort();
        sum
    })
}

/// Serves every connection.
async fn accept(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service_fn(answer);
        let connection =
            server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // A client that goes away ends its connection, and would fail by itself if it is too early.
        tokio::spawn(connection);
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map(|body| body.to_bytes());
    let text = match body {
        Ok(body) => format!("{{\"path\":\"{path}\",\"body\":\"{}\"}}", body.escape_ascii()),
        Err(error) => format!("{{\"path\":\"{path}\",\"error\":\"{error}\"}}"),
    };
    let mut response = Response::new(Full::new(text.into()));
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}

/// Sends that many requests over one connection; adds up the answers.
async fn ask(
    address: SocketAddr,
    requests: usize,
    sizes: Arc<Sizes>,
) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let mut sum = 0_u64;
    for number in 0..requests {
        let body = Bytes::from("b".repeat(sizes.at(number)));
        let request = Request::post(format!("/items/{number}/text"))
            .header("host", "localhost")
            .header("x-request-id", format!("request-{number}"))
            .body(Full::new(body))?;
        let answer = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
        sum = answer.iter().fold(sum, |sum, &byte| sum.wrapping_add(byte.into()));
    }
    Ok(sum)
}
