//! A big file as a body: one chunk in memory at a time, however slowly it is read (DOS-04).

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncSeekExt, ReadBuf};

const CHUNK_BYTES: usize = 64 * 1024;

/// The bytes of a file from where it stands, as many as were announced.
pub struct FileBody {
    file: File,
    left: u64,
    chunk: Box<[u8]>,
}

impl FileBody {
    /// `length` bytes from `start` on.
    pub async fn of(file: std::fs::File, start: u64, length: u64) -> io::Result<Self> {
        let mut file = File::from_std(file);
        file.seek(SeekFrom::Start(start)).await?;
        Ok(FileBody {
            file,
            left: length,
            chunk: vec![0; CHUNK_BYTES].into(),
        })
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
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let most = this.left.min(CHUNK_BYTES as u64) as usize;
        let mut buffer = ReadBuf::new(&mut this.chunk[..most]);
        ready!(Pin::new(&mut this.file).poll_read(cx, &mut buffer))?;
        let read = Bytes::copy_from_slice(buffer.filled());
        if read.is_empty() {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        this.left -= read.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(read))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
