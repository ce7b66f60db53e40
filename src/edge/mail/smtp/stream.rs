//! The connection to a relay, with or without TLS. Every read and write is counted against the budget, and so is what TLS
//! itself needs.

use crate::edge::mail::smtp::{Budget, RelayError};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;

/// A TCP connection that is held to a budget.
pub struct Socket<'b> {
    tcp: TcpStream,
    budget: &'b Budget,
}

impl<'b> Socket<'b> {
    /// Connects to the first address of the host that answers.
    pub fn connect(host: &str, port: u16, budget: &'b Budget) -> Result<Self, RelayError> {
        let addresses = (host, port)
            .to_socket_addrs()
            .map_err(RelayError::Unreachable)?;
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in addresses {
            match TcpStream::connect_timeout(&address, budget.wait()?) {
                Ok(tcp) => return Ok(Socket { tcp, budget }),
                Err(error) => last = error,
            }
        }
        Err(RelayError::Unreachable(last))
    }

    fn told(&self, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => self.budget.timed_out().into(),
            _ => error,
        }
    }
}

impl Read for Socket<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(self.budget.wait()?))?;
        let room = self.budget.room()?.min(into.len());
        let n_read = self.tcp.read(&mut into[..room]);
        let n_read = n_read.map_err(|error| self.told(error))?;
        self.budget.count(n_read);
        Ok(n_read)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(self.budget.wait()?))?;
        self.tcp.write(bytes).map_err(|error| self.told(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// What the dialogue runs over.
pub enum Stream<'b> {
    /// As it is.
    Plain(Socket<'b>),
    /// Through TLS.
    Encrypted(Box<StreamOwned<ClientConnection, Socket<'b>>>),
}

impl<'b> Stream<'b> {
    /// TLS over a connection. The handshake is made with the first read or write.
    pub fn encrypted(
        socket: Socket<'b>,
        host: &str,
        config: &Arc<ClientConfig>,
    ) -> Result<Self, RelayError> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| RelayError::Host)?;
        let tls = ClientConnection::new(Arc::clone(config), name).map_err(RelayError::Tls)?;
        Ok(Stream::Encrypted(Box::new(StreamOwned::new(tls, socket))))
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.read(into),
            Stream::Encrypted(tls) => tls.read(into),
        }
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(socket) => socket.write(bytes),
            Stream::Encrypted(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(socket) => socket.flush(),
            Stream::Encrypted(tls) => tls.flush(),
        }
    }
}
