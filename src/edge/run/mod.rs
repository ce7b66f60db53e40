//! The process: listeners, connections, the release that is followed, the end.
//!
//! Entry points: [`bind`], then [`run`], which returns when all that was accepted is answered, at most nine
//! seconds after the stop. Routes are not here: `run` serves the router it is given, so that `serve`
//! may wrap its own around.

mod accept;
mod admin;
mod clients;
mod heads;
mod logs;
mod socket;
#[cfg(test)]
mod tests;

pub use logs::{Logs, start_logs};

use crate::edge::jobs;
use crate::edge::settings::SettingsError;
use crate::edge::state::Edge;
use accept::{Door, Limits};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

/// Connections that the system may keep until they are accepted. When there are more, it drops packets, and those clients
/// try again after a second. Linux takes at most `net.core.somaxconn`, which is 4,096 by default.
const BACKLOG: u32 = 4_096;
/// How often `current` is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long accepted requests may take after the stop. The store closes within twice [`CLOSE`] after that.
const DRAIN: Duration = Duration::from_secs(5);
/// How long background work, and then the store, may take to end. Cutting it off loses nothing: it is as safe as a power cut.
const CLOSE: Duration = Duration::from_secs(2);

/// Why the process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The settings do not allow it.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Whether it is that of `/metrics`.
        is_admin: bool,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Bound, not yet answering.
#[derive(Debug)]
pub struct Sockets {
    site: TcpListener,
    admin: Option<TcpListener>,
}

impl Sockets {
    /// Where the site is answered; tells the port where the settings left it to the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.site.local_addr()
    }
}

/// Takes the addresses of the settings.
pub async fn bind(listen: SocketAddr, admin: Option<SocketAddr>) -> Result<Sockets, RunError> {
    let site = bind_one(listen, false)?;
    let admin = match admin {
        Some(address) => Some(bind_one(address, true)?),
        None => None,
    };
    Ok(Sockets { site, admin })
}

fn bind_one(address: SocketAddr, is_admin: bool) -> Result<TcpListener, RunError> {
    listen(address).map_err(|source| RunError::Bind {
        address,
        is_admin,
        source,
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // The address can be taken again while connections of an earlier process end.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers with `app` on the sockets, follows the release, does durable work, until `stop` comes; then
/// answers what was accepted and closes the store. Gives whether nothing had to be cut off.
pub async fn run(
    edge: Edge,
    app: axum::Router,
    sockets: Sockets,
    stop: impl Future<Output = ()>,
) -> Result<bool, RunError> {
    if let Some(error) = edge.settings.check().into_iter().next() {
        return Err(error.into());
    }
    let (ring, stopped) = watch::channel(false);
    // Stops while requests are still answered, so that both take no longer than the longer of them.
    let jobs = edge
        .threads
        .spawn(Arc::new(jobs(&edge)).run(stopped.clone()));
    let admin = sockets.admin.map(|listener| {
        let door = Door {
            listener,
            app: admin::router(edge.clone()),
            limits: Limits::ADMIN,
            trusted: Vec::new(),
        };
        tokio::spawn(door.serve(stopped.clone(), DRAIN))
    });
    let trusted = edge.settings.trusted_proxies.clone();
    let door = Door {
        listener: sockets.site,
        app,
        limits: Limits::SITE,
        trusted,
    };
    let site = tokio::spawn(door.serve(stopped.clone(), DRAIN));
    let follower = edge.threads.spawn(follow(edge.clone(), stopped));
    stop.await;
    tracing::info!("stopping");
    // Only fails when every task has ended already.
    let _ = ring.send(true);
    edge.store.stop_waiting();
    let is_drained = site.await.unwrap_or(false);
    if let Some(admin) = admin {
        let _ = admin.await;
    }
    let others = async { tokio::join!(follower, jobs) };
    let _ = tokio::time::timeout(CLOSE, others).await;
    let store = edge.store.clone();
    let closed = tokio::task::spawn_blocking(move || store.close());
    if tokio::time::timeout(CLOSE, closed).await.is_err() {
        tracing::warn!("the store was still busy at the end");
    }
    Ok(is_drained)
}

/// Ends with SIGTERM or ctrl-c.
pub async fn stop_signal() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Opens each release as it is published, and tries damaged files of the open one again.
async fn follow(edge: Edge, mut stopped: watch::Receiver<bool>) {
    while tokio::time::timeout(LOOK, stopped.changed()).await.is_err() {
        edge.follow_release().await;
        let release = edge.release();
        if release.n_damaged().0 > 0 {
            // Nothing follows from a panic in it but that the files stay listed.
            let _ = tokio::task::spawn_blocking(move || release.look_again()).await;
        }
    }
}
