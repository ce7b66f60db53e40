//! A socket that gives up on a reader who takes nothing (DOS-04), and lets no bare LF through in a head or between chunks.

use crate::edge::run::heads::Heads;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A writer that waits this long for room is cut off.
const STALL: Duration = Duration::from_secs(30);

/// Any stream, with a clock on its writes.
pub struct Socket<S> {
    stream: S,
    /// Runs while a write waits; made at the first that does.
    stall: Option<Pin<Box<Sleep>>>,
    is_waiting: bool,
    heads: Heads,
    /// Nothing more is read.
    is_cut: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Puts the clock on a stream.
    pub fn new(stream: S) -> Self {
        Socket {
            stream,
            stall: None,
            is_waiting: false,
            heads: Heads::new(),
            is_cut: false,
        }
    }

    fn watched<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.is_waiting = false;
            return written;
        }
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(STALL)));
        if !self.is_waiting {
            stall.as_mut().reset(Instant::now() + STALL);
            self.is_waiting = true;
        }
        match stall.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_cut {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        let n_before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        let n_read = into.filled().len() - n_before;
        let n_kept = self.heads.follow(&mut into.filled_mut()[n_before..]);
        if n_kept < n_read {
            into.set_filled(n_before + n_kept);
            self.is_cut = true;
            if n_kept == 0 {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watched(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.watched(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.watched(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watched(cx, shut)
    }
}
