//! A big file as a body: one chunk in memory at a time, however slowly it is read (DOS-04).
//!
//! A chunk is sent when it is known to be what was published. Where it is not, the connection ends, so that the
//! reader knows that bytes are missing.

use crate::edge::release::{CHUNK_BYTES, ChunkCheck};
use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncSeekExt, ReadBuf};

/// Some bytes of a big file.
pub struct FileBody {
    file: File,
    check: ChunkCheck,
    /// Number of the chunk that is being read.
    number: u64,
    /// As much of it as was read.
    chunk: Vec<u8>,
    n_read: usize,
    /// What is still to be sent, by its place in the file.
    wanted: Range<u64>,
}

impl FileBody {
    /// These bytes; the file has them.
    pub async fn of(
        file: std::fs::File,
        check: ChunkCheck,
        wanted: Range<u64>,
    ) -> io::Result<Self> {
        let mut file = File::from_std(file);
        let number = wanted.start / CHUNK_BYTES as u64;
        file.seek(SeekFrom::Start(number * CHUNK_BYTES as u64))
            .await?;
        Ok(FileBody {
            file,
            check,
            number,
            chunk: vec![0; CHUNK_BYTES],
            n_read: 0,
            wanted,
        })
    }

    /// Reads on to the end of the chunk.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let start = self.number * CHUNK_BYTES as u64;
        let n_bytes = (self.check.listed.bytes - start).min(CHUNK_BYTES as u64) as usize;
        while self.n_read < n_bytes {
            let mut buffer = ReadBuf::new(&mut self.chunk[self.n_read..n_bytes]);
            ready!(Pin::new(&mut self.file).poll_read(cx, &mut buffer))?;
            match buffer.filled().len() {
                0 => return Poll::Ready(Err(self.damaged())),
                n_more => self.n_read += n_more,
            }
        }
        let is_right = self.check.chunks.has(self.number, &self.chunk[..n_bytes]);
        Poll::Ready(if is_right {
            Ok(())
        } else {
            Err(self.damaged())
        })
    }

    fn damaged(&self) -> io::Error {
        io::Error::other(self.check.failed())
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        if this.wanted.is_empty() {
            return Poll::Ready(None);
        }
        if let Err(error) = ready!(this.poll_chunk(cx)) {
            return Poll::Ready(Some(Err(error)));
        }
        let start = this.number * CHUNK_BYTES as u64;
        let end = this.wanted.end.min(start + this.n_read as u64);
        let sent = (this.wanted.start - start) as usize..(end - start) as usize;
        let sent = Bytes::copy_from_slice(&this.chunk[sent]);
        (this.number, this.n_read) = (this.number + 1, 0);
        this.wanted.start = end;
        Poll::Ready(Some(Ok(Frame::data(sent))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.wanted.end - self.wanted.start)
    }
}
