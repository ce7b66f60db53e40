//! The threads that run handlers, apart from those that hold the connections and answer with public files.
//!
//! A handler waits for the store, renders lists, compresses and hashes. [`Threads::run`] hands it to a runtime of its
//! own. Its threads and those of the store have a lower priority ([`below`]): when a public file is asked for while all
//! cores are busy with handlers, the system runs the thread that answers with it first.

use std::future::Future;
use std::io;
use std::panic::resume_unwind;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinHandle, JoinSet};

/// Added to the niceness of the process. Such a thread gets a tenth of a core that another one of this process wants all
/// of, so that a flood of requests for files does not stop the API.
#[cfg(target_os = "linux")]
const NICER: i32 = 10;

/// Where handlers run. Clones share it.
#[derive(Clone, Debug)]
pub struct Threads(Option<Handle>);

impl Threads {
    /// The threads of this runtime, which [`start`] has made.
    pub fn of(runtime: &Runtime) -> Self {
        Threads(Some(runtime.handle().clone()))
    }

    /// No threads of their own: handlers run in the task of their connection.
    pub fn of_callers() -> Self {
        Threads(None)
    }

    /// Runs `work` to its end. If the returned future is dropped before, `work` is dropped at the next point at which it
    /// waits. A panic continues in the caller.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let Some(handle) = &self.0 else {
            return work.await;
        };
        // Aborts its task when it is dropped.
        let mut running = JoinSet::new();
        running.spawn_on(work, handle);
        match running.join_next().await {
            Some(Ok(done)) => done,
            Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
            // The runtime has been shut down, at the end of the process.
            Some(Err(_)) | None => std::future::pending().await,
        }
    }

    /// Starts `work`, which goes on also where nobody waits for it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        match &self.0 {
            Some(handle) => handle.spawn(work),
            None => tokio::spawn(work),
        }
    }
}

/// A runtime for handlers, with a thread for each core. Dropping it blocks; use `shutdown_background`.
pub fn start() -> io::Result<Runtime> {
    below(|| {
        Builder::new_multi_thread()
            .enable_all()
            .thread_name("handlers")
            .build()
    })
}

/// Runs `work` on a thread of lower priority, and waits for it. All threads that `work` starts inherit the priority, and
/// so do theirs. Elsewhere than on Linux the priority is that of the process, and stays.
pub fn below<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let done = std::thread::scope(|scope| {
        let lowered = scope.spawn(|| {
            lower_priority();
            work()
        });
        lowered.join()
    });
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Where the system refuses, the thread stays as it is: files are then answered no sooner than anything else.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICER);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::fixture::Fixture;
    use crate::edge::pages::is_for_anyone;
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Method, Request, StatusCode};
    use axum::response::Response;
    use axum::routing::get;
    use std::sync::{Arc, Barrier};
    use tokio::sync::oneshot;
    use tower::ServiceExt;

    /// The route of a test's own handler.
    const OF_TEST: &str = "/api/of-test";

    /// Runs `play` on a site whose handlers have threads of their own. All else has one thread: a handler that blocks it
    /// blocks the test.
    fn on_threads<F: Future<Output = ()>>(play: impl FnOnce(Fixture, usize) -> F) {
        let connections = Builder::new_current_thread().enable_all().build();
        let (connections, handlers) = (connections.unwrap(), start().unwrap());
        let n_threads = handlers.metrics().num_workers();
        let site = Fixture::new().with_threads(Threads::of(&handlers));
        connections.block_on(play(site, n_threads));
        handlers.shutdown_background();
    }

    async fn status(app: &Router, path: &str) -> StatusCode {
        let request = Request::get(path).body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    }

    #[test]
    fn public_files_do_not_wait_for_busy_handlers() {
        on_threads(async |site, n_threads| {
            let (all_busy, released) = (
                Arc::new(Barrier::new(n_threads + 1)),
                Arc::new(Barrier::new(n_threads + 1)),
            );
            let (begun, ended) = (Arc::clone(&all_busy), Arc::clone(&released));
            let block = async move || {
                begun.wait();
                ended.wait();
                "done"
            };
            let app = crate::edge::router_with(site.edge, Router::new().route(OF_TEST, get(block)));
            let blocked: Vec<_> = (0..n_threads)
                .map(|_| {
                    let app = app.clone();
                    tokio::spawn(async move { status(&app, OF_TEST).await })
                })
                .collect();
            tokio::task::spawn_blocking(move || all_busy.wait())
                .await
                .unwrap();
            for (path, expected) in [
                ("/", StatusCode::OK),
                ("/theme.css", StatusCode::OK),
                ("/nowhere/", StatusCode::NOT_FOUND),
                ("/healthz", StatusCode::OK),
                ("/readyz", StatusCode::OK),
            ] {
                assert_eq!(status(&app, path).await, expected, "{path}");
            }
            tokio::task::spawn_blocking(move || released.wait())
                .await
                .unwrap();
            for blocked in blocked {
                assert_eq!(blocked.await.unwrap(), StatusCode::OK);
            }
        });
    }

    /// OPS-13: in the handler, and behind it.
    #[test]
    fn a_panic_ends_its_request_alone() {
        async fn panics() -> Response {
            panic!("a fault")
        }
        on_threads(async |site, _| {
            let threads = site.edge.threads.clone();
            let app =
                crate::edge::router_with(site.edge, Router::new().route(OF_TEST, get(panics)));
            let failed = status(&app, OF_TEST).await;
            assert_eq!(failed, StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(status(&app, "/api/tiers").await, StatusCode::OK);
            let outside =
                tokio::spawn(async move { threads.run(async { panic!("a fault") }).await });
            let ended: Result<(), _> = outside.await;
            assert!(ended.unwrap_err().is_panic());
            assert_eq!(status(&app, "/api/tiers").await, StatusCode::OK);
        });
    }

    /// A client that goes away ends its handler where that waits; what it has given to the store is stored.
    #[test]
    fn a_request_that_nobody_waits_for_is_dropped() {
        on_threads(async |site, _| {
            let (begun, has_begun) = oneshot::channel::<()>();
            let (held, is_dropped) = oneshot::channel::<()>();
            let threads = site.edge.threads.clone();
            let waiting = tokio::spawn(async move {
                let work = async move {
                    let _held = held;
                    let _ = begun.send(());
                    std::future::pending::<()>().await;
                };
                threads.run(work).await;
            });
            has_begun.await.unwrap();
            waiting.abort();
            assert!(is_dropped.await.is_err());
        });
    }

    /// What takes the store or much of a core is no file that everyone gets.
    #[tokio::test]
    async fn files_for_everyone_are_told_from_all_else() {
        let site = Fixture::new();
        for (method, path, cookie, expected) in [
            (Method::GET, "/", None, true),
            (Method::HEAD, "/theme.css", Some("session=x"), true),
            (Method::GET, "/nowhere/", Some("session=x"), true),
            (Method::GET, "/healthz", None, true),
            (Method::POST, "/", None, false),
            (Method::GET, "/guides/parts/", None, true),
            (Method::GET, "/guides/parts/", Some("session=x"), false),
            (Method::GET, "/api/comments?page=x", None, false),
            (Method::GET, "/api", None, false),
            (Method::GET, "/api/nowhere", None, false),
            (Method::GET, "/members/join/", None, true),
            (Method::GET, "/members/join/", Some("session=x"), false),
            (Method::GET, "/members/join/?next=%2F", None, false),
        ] {
            let mut request = Request::builder().method(method.clone()).uri(path);
            if let Some(cookie) = cookie {
                request = request.header("cookie", cookie);
            }
            let request = request.body(Body::empty()).unwrap();
            let decoded = crate::edge::guard::SitePath::parse(request.uri().path()).unwrap();
            let is_one = is_for_anyone(&site.edge, &decoded, &request);
            assert_eq!(is_one, expected, "{method} {path} {cookie:?}");
        }
    }

    #[test]
    fn threads_inherit_the_lower_priority() {
        #[cfg(target_os = "linux")]
        {
            use rustix::process::getpriority_process;
            let own = getpriority_process(None).unwrap();
            let expected = (own + NICER).min(19);
            let nested = || std::thread::spawn(|| getpriority_process(None).unwrap()).join();
            assert_eq!(below(nested).unwrap(), expected);
            let handlers = start().unwrap();
            let of_worker = async {
                let blocking = || getpriority_process(None).unwrap();
                (
                    getpriority_process(None).unwrap(),
                    tokio::task::spawn_blocking(blocking).await.unwrap(),
                )
            };
            let connections = Builder::new_current_thread().build().unwrap();
            let found = connections.block_on(Threads::of(&handlers).run(of_worker));
            assert_eq!(found, (expected, expected));
            assert_eq!(getpriority_process(None).unwrap(), own);
        }
    }
}
