//! The accept loop: connections in, bounded in number, in time and in what a head may hold.
//!
//! HTTP/1 alone. What is not HTTP, or could be read in two ways, is answered 400 or cut off by the
//! protocol library, and reaches no handler (HTTP-01, HTTP-02, DOS-16).

use crate::clock::{Clock, Timestamp};
use crate::edge::extract::{ClientAddress, Peer};
use crate::edge::guard::BodyRead;
use crate::edge::run::clients::{Clients, Seat};
use crate::edge::run::socket::Socket;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// A head must be complete within this, counted from the end of the last request: so this also ends
/// connections that are idle.
const HEAD: Duration = Duration::from_secs(10);
/// Longest head; more is answered 431.
const HEAD_BYTES: usize = 16 * 1024;
/// Most headers; more is answered 431.
const HEADERS: usize = 100;
/// What is buffered of a connection, each way.
const BUFFER_BYTES: usize = 64 * 1024;
/// Pause after a failed accept, such as when the process has no descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections a listener has.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At once; the next waits in the system's queue.
    pub connections: u32,
    /// Of one client at once; the next is closed. Trusted proxies are not counted.
    pub per_client: usize,
}

impl Limits {
    /// Where the site is answered.
    pub const SITE: Limits = Limits {
        connections: 12_000,
        per_client: 256,
    };
    /// Where metrics are answered.
    pub const ADMIN: Limits = Limits {
        connections: 32,
        per_client: 32,
    };
}

/// A listener and what is behind it.
pub struct Door {
    pub listener: TcpListener,
    pub app: Router,
    pub limits: Limits,
    pub trusted: Vec<IpNet>,
}

/// What a connection holds for as long as it lives.
struct Held {
    _permit: OwnedSemaphorePermit,
    _seat: Option<Seat>,
}

impl Door {
    /// Accepts until `stopped`, then waits for what was accepted, at most `drain`. Gives whether all
    /// connections ended by themselves.
    pub async fn serve(self, mut stopped: watch::Receiver<bool>, drain: Duration) -> bool {
        let places = Arc::new(Semaphore::new(self.limits.connections as usize));
        let clients = Clients::default();
        while !*stopped.borrow() {
            let next = self.next(&places, &clients);
            let accepted = tokio::select! {
                accepted = next => accepted,
                _ = stopped.changed() => break,
            };
            if let Some((stream, peer, held)) = accepted {
                let (app, mut stopped) = (self.app.clone(), stopped.clone());
                tokio::spawn(async move {
                    metrics::gauge!("http_connections").increment(1);
                    if begins(&stream, &mut stopped).await {
                        Box::pin(converse(stream, peer, app, stopped)).await;
                    }
                    metrics::gauge!("http_connections").decrement(1);
                    drop(held);
                });
            }
        }
        drop(self.listener);
        let all_ended = places.acquire_many(self.limits.connections);
        tokio::time::timeout(drain, all_ended).await.is_ok()
    }

    async fn next(
        &self,
        places: &Arc<Semaphore>,
        clients: &Clients,
    ) -> Option<(TcpStream, SocketAddr, Held)> {
        // Waiting for a place before accepting leaves the rest in the system's queue, without a spin.
        let permit = Arc::clone(places).acquire_owned().await.ok()?;
        let (stream, peer) = match self.listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(PAUSE).await;
                return None;
            }
        };
        let address = ClientAddress(peer.ip().to_canonical());
        let seat = if self
            .trusted
            .iter()
            .any(|network| network.contains(&address.0))
        {
            None
        } else {
            Some(clients.sit(address.key(), self.limits.per_client)?)
        };
        // A small answer must not wait for the acknowledgement of the one before it.
        let _ = stream.set_nodelay(true);
        Some((
            stream,
            peer,
            Held {
                _permit: permit,
                _seat: seat,
            },
        ))
    }
}

/// Waits for the first byte of a new connection. Until then the connection has no buffers. It is closed after the time
/// that a head has.
async fn begins(stream: &TcpStream, stopped: &mut watch::Receiver<bool>) -> bool {
    let mut first = [0];
    tokio::select! {
        biased;
        peeked = tokio::time::timeout(HEAD, stream.peek(&mut first)) => matches!(peeked, Ok(Ok(1))),
        _ = stopped.wait_for(|it| *it) => false,
    }
}

/// A body of a request, and whether all of it was read.
struct Followed {
    body: Incoming,
    read: BodyRead,
}

impl hyper::body::Body for Followed {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let is_read = matches!(frame, Poll::Ready(None)) || self.body.is_end_stream();
        self.read.note(is_read, frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Answers one connection to its end.
pub async fn converse<S>(
    stream: S,
    peer: SocketAddr,
    app: Router,
    mut stopped: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = service_fn(move |request: hyper::Request<Incoming>| {
        let read = BodyRead::default();
        read.note(request.body().is_end_stream(), false);
        let mut request = request.map(|body| {
            Body::new(Followed {
                body,
                read: read.clone(),
            })
        });
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(read.clone());
        let answer = app.clone().oneshot(request);
        async move {
            let mut answer = answer.await?;
            if !read.is_read() {
                // The library closes the connection then, and a client must know before it sends the next request.
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(header::CONNECTION, close);
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let mut protocol = http1::Builder::new();
    // Its dates begin with 1970. A server without a clock sends none (RFC 9110, section 6.6.1).
    protocol.auto_date_header(Clock::Wall.now() >= Timestamp::from_millis(0));
    protocol.timer(TokioTimer::new()).header_read_timeout(HEAD);
    protocol
        .max_headers(HEADERS)
        .max_header_size(HEAD_BYTES)
        .max_buf_size(BUFFER_BYTES);
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(Socket::new(stream)), answer));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stopped.wait_for(|it| *it) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Whatever a client does wrong ends here; nothing of it is worth a line by default.
        tracing::debug!(%error, "connection ended");
    }
}
