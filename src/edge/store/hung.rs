//! A server that hangs: a proxy before the tests' own server falls silent at a statement, and may speak again later.
//!
//! No time passes here: once the proxy is silent, the waits of the store are ended by hand.

use crate::edge::store::patience::{Patience, Pulse};
use crate::edge::store::queue::{Kind, Queue, Work};
use crate::edge::store::server::Server;
use crate::edge::store::tests::{fresh_schema, get, set};
use crate::edge::store::{Database, Mode, Store, StoreError, Tx, postgres};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

/// Where the proxy falls silent.
#[derive(Clone, Copy, Debug)]
struct Freeze {
    /// What a message to the server holds.
    at: &'static [u8],
    /// Whether the server still gets that message.
    is_delivered: bool,
}

const CONNECT: &[u8] = b"user\0";
const READ: &[u8] = b"READ ONLY";
const WRITE: &[u8] = b"SERIALIZABLE";
const COMMIT: &[u8] = b"COMMIT\0";

/// A proxy before the tests' server.
struct Proxy {
    /// The same database, by way of the proxy and without it.
    database: Database,
    direct: Database,
    state: Arc<State>,
    /// Says when the proxy has fallen silent.
    silent: Receiver<()>,
}

#[derive(Default)]
struct State {
    armed: Mutex<Option<Freeze>>,
    /// Connections that are silent at present.
    n_frozen: Mutex<usize>,
    thawed: Condvar,
}

impl Proxy {
    /// `None` where there is no server.
    fn open() -> Option<Self> {
        let Some(direct @ Database::Server(_)) = fresh_schema() else {
            return None;
        };
        let Database::Server(server) = &direct else {
            return None;
        };
        let port = server.config.get_ports()[0];
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let url = std::env::var("LYCEUM_TEST_POSTGRES").ok()?;
        let url = url.replacen(&format!(":{port}"), &format!(":{own}"), 1);
        let joint = if url.contains('?') { '&' } else { '?' };
        let mut proxied = Server::parse(&format!("{url}{joint}sslmode=disable")).unwrap();
        proxied.config.options(server.config.get_options().unwrap());
        let state = Arc::new(State::default());
        let (tell, silent) = channel();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (state, tell) = (Arc::clone(&shared), tell.clone());
                let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let (from, to) = (client.unwrap(), server);
                let frozen = Arc::new(Mutex::new(false));
                let (back, forth) = (to.try_clone().unwrap(), from.try_clone().unwrap());
                let (seen, kept) = (Arc::clone(&frozen), Arc::clone(&state));
                let told = tell.clone();
                std::thread::spawn(move || answers(back, forth, &seen, &kept, &told));
                std::thread::spawn(move || asks(from, to, &frozen, &state, &tell));
            }
        });
        Some(Proxy {
            database: Database::Server(Box::new(proxied)),
            direct,
            state,
            silent,
        })
    }

    fn arm(&self, freeze: Freeze) {
        *self.state.armed.lock().unwrap() = Some(freeze);
    }

    /// Lets all that was held back go on its way.
    fn thaw(&self) {
        *self.state.n_frozen.lock().unwrap() = 0;
        self.state.thawed.notify_all();
    }

    fn is_stored(&self, name: &'static str) -> bool {
        let store = Store::open(&self.direct, Mode::Tool).unwrap();
        let found = store.read_blocking(move |tx| get(tx, name)).unwrap();
        store.close();
        found.is_some()
    }
}

fn asks(
    mut from: TcpStream,
    mut to: TcpStream,
    frozen: &Mutex<bool>,
    state: &State,
    tell: &Sender<()>,
) -> std::io::Result<()> {
    let mut chunk = [0; 1 << 16];
    loop {
        let n = from.read(&mut chunk)?;
        if n == 0 {
            // The server notices that its client is gone.
            return to.shutdown(std::net::Shutdown::Both);
        }
        let sent = &chunk[..n];
        let holds = |freeze: &Freeze| sent.windows(freeze.at.len()).any(|it| it == freeze.at);
        let hit = state.armed.lock().unwrap().take_if(|it| holds(it));
        if hit.is_some() {
            *frozen.lock().unwrap() = true;
            *state.n_frozen.lock().unwrap() += 1;
        }
        if hit.is_none_or(|it| it.is_delivered) {
            to.write_all(sent)?;
        }
        // Otherwise once the server has answered, and so done what it was asked.
        if hit.is_some_and(|it| !it.is_delivered) {
            let _ = tell.send(());
        }
    }
}

fn answers(
    mut from: TcpStream,
    mut to: TcpStream,
    frozen: &Mutex<bool>,
    state: &State,
    tell: &Sender<()>,
) -> std::io::Result<()> {
    let mut chunk = [0; 1 << 16];
    loop {
        let n = from.read(&mut chunk)?;
        if n == 0 {
            return to.shutdown(std::net::Shutdown::Both);
        }
        if *frozen.lock().unwrap() {
            let _ = tell.send(());
            let held = state.n_frozen.lock().unwrap();
            drop(state.thawed.wait_while(held, |it| *it > 0).unwrap());
        }
        to.write_all(&chunk[..n])?;
    }
}

fn pulse_of(store: &Store) -> &Pulse {
    store.inner.pulse.as_ref().unwrap()
}

/// What becomes of a read and of a write at each place where a server can hang. A connection that hung is never used
/// again, and what went wrong before the commit is done once on another one.
#[test]
fn a_statement_that_is_not_answered_is_run_once_on_another_connection() {
    let delivered = |at| Freeze {
        at,
        is_delivered: true,
    };
    let swallowed = |at| Freeze {
        at,
        is_delivered: false,
    };
    for freeze in [
        delivered(READ),
        swallowed(READ),
        delivered(WRITE),
        swallowed(WRITE),
    ] {
        let Some(proxy) = Proxy::open() else { return };
        let store = Store::open(&proxy.database, Mode::Tool).unwrap();
        store.write_blocking(|tx| set(tx, "before", "1")).unwrap();
        proxy.arm(freeze);
        std::thread::scope(|scope| {
            let work = scope.spawn(|| match freeze.at {
                READ => store.read_blocking(|tx| get(tx, "before")).map(drop),
                _ => store.write_blocking(|tx| set(tx, "x", "1")).map(drop),
            });
            proxy.silent.recv().unwrap();
            pulse_of(&store).end_waits();
            work.join().unwrap().unwrap();
        });
        assert!(pulse_of(&store).is_heard());
        // The late answer reaches nobody.
        proxy.thaw();
        let before = store.read_blocking(|tx| get(tx, "before")).unwrap();
        assert_eq!(before.as_deref(), Some("1"), "{freeze:?}");
        assert_eq!(proxy.is_stored("x"), freeze.at == WRITE, "{freeze:?}");
        store.close();
    }
}

/// Of a commit that was not answered nobody says that it failed, nor that it was done; it is not repeated.
#[test]
fn a_commit_that_is_not_answered_is_neither_done_nor_undone() {
    for is_delivered in [true, false] {
        let Some(proxy) = Proxy::open() else { return };
        let store = Store::open(&proxy.database, Mode::Tool).unwrap();
        proxy.arm(Freeze {
            at: COMMIT,
            is_delivered,
        });
        std::thread::scope(|scope| {
            let work = scope.spawn(|| store.write_blocking(|tx| set(tx, "x", "1")));
            proxy.silent.recv().unwrap();
            pulse_of(&store).end_waits();
            let told = work.join().unwrap();
            assert!(matches!(told, Err(StoreError::CommitUnknown)), "{told:?}");
        });
        proxy.thaw();
        store.write_blocking(|tx| set(tx, "after", "1")).unwrap();
        assert!(proxy.is_stored("after"));
        assert_eq!(proxy.is_stored("x"), is_delivered);
        store.close();
    }
}

/// The same for writes that are committed together.
#[test]
fn a_group_that_is_not_answered_is_unknown_as_a_whole() {
    for (at, is_known) in [(WRITE, true), (COMMIT, false)] {
        let Some(proxy) = Proxy::open() else { return };
        let Database::Server(server) = &proxy.database else {
            return;
        };
        // Makes the tables.
        Store::open(&proxy.database, Mode::Tool).unwrap().close();
        let line = postgres::Line {
            server: (**server).clone(),
            queue: Arc::new(Queue::new(10)),
            pulse: Arc::default(),
        };
        let mut held = Some(postgres::connect(server, &line.pulse).unwrap());
        let answers: Vec<_> = ["a", "b", "c"]
            .into_iter()
            .map(|name| {
                let add = move |tx: &mut Tx| set(tx, name, "1");
                let (work, answer) = Work::new(add, Patience::for_write());
                line.queue.put(Kind::Write, Box::new(work)).unwrap();
                answer
            })
            .collect();
        line.queue.close();
        proxy.arm(Freeze {
            at,
            is_delivered: true,
        });
        std::thread::scope(|scope| {
            let pulse = Arc::clone(&line.pulse);
            scope.spawn(move || {
                proxy.silent.recv().unwrap();
                pulse.end_waits();
            });
            postgres::run_jobs(&mut held, &line, 0);
        });
        for answer in answers {
            let told: Result<u64, StoreError> = answer.blocking_recv().unwrap();
            match is_known {
                true => assert!(matches!(told, Ok(1)), "{told:?}"),
                false => assert!(matches!(told, Err(StoreError::CommitUnknown)), "{told:?}"),
            }
        }
    }
}

/// A server that takes no connections any more is asked by one thread; all others are told at once. It is used again
/// as soon as it answers.
#[test]
fn a_silent_server_is_asked_by_one_at_a_time() {
    let Some(proxy) = Proxy::open() else { return };
    let store = Store::open(&proxy.database, Mode::Serving).unwrap();
    let pulse = pulse_of(&store);
    pulse.note(false);
    proxy.arm(Freeze {
        at: CONNECT,
        is_delivered: true,
    });
    std::thread::scope(|scope| {
        let probe = scope.spawn(|| store.read_blocking(|tx| get(tx, "x")));
        proxy.silent.recv().unwrap();
        for _ in 0..20 {
            let told = store.read_blocking(|tx| get(tx, "x"));
            assert!(matches!(told, Err(StoreError::Silent)), "{told:?}");
            let told = store.write_blocking(|tx| set(tx, "x", "1"));
            assert!(matches!(told, Err(StoreError::Silent)), "{told:?}");
        }
        pulse.end_waits();
        // The next attempt reaches it.
        assert_eq!(probe.join().unwrap().unwrap(), None);
    });
    assert!(pulse.is_heard());
    store.write_blocking(|tx| set(tx, "x", "1")).unwrap();
    proxy.thaw();
    assert!(proxy.is_stored("x"));
    store.close();
}

/// Work that waited too long is not begun: whoever asked for it was told so.
#[test]
fn work_whose_time_is_over_is_not_begun() {
    let Some(Database::Server(server)) = fresh_schema() else {
        return;
    };
    Store::open(&Database::Server(server.clone()), Mode::Tool)
        .unwrap()
        .close();
    let line = postgres::Line {
        server: *server,
        queue: Arc::new(Queue::new(10)),
        pulse: Arc::default(),
    };
    for (kind, n_jobs) in [(Kind::Read, 1), (Kind::Write, 1), (Kind::Write, 3)] {
        let begin = |_: &mut Tx| -> Result<(), StoreError> { panic!("it was begun") };
        let mut answers = Vec::new();
        for _ in 0..n_jobs {
            let (work, answer) = Work::new(begin, Patience::over());
            line.queue.put(kind, Box::new(work)).unwrap();
            answers.push(answer);
        }
        let mut held = Some(postgres::connect(&line.server, &line.pulse).unwrap());
        line.queue.pause();
        postgres::run_jobs(&mut held, &line, 0);
        line.queue.resume();
        for answer in answers {
            let told = answer.blocking_recv().unwrap();
            assert!(matches!(told, Err(StoreError::Busy)), "{told:?}");
        }
    }
}

/// A stop waits for nothing that does not come.
#[test]
fn a_store_closes_while_its_server_hangs() {
    let Some(proxy) = Proxy::open() else { return };
    let store = Store::open(&proxy.database, Mode::Tool).unwrap();
    proxy.arm(Freeze {
        at: WRITE,
        is_delivered: true,
    });
    std::thread::scope(|scope| {
        let work = scope.spawn(|| store.write_blocking(|tx| set(tx, "x", "1")));
        proxy.silent.recv().unwrap();
        store.stop_waiting();
        let told = work.join().unwrap();
        assert!(matches!(told, Err(StoreError::Silent)), "{told:?}");
        let told = store.read_blocking(|tx| get(tx, "x"));
        assert!(matches!(told, Err(StoreError::Silent)), "{told:?}");
        store.close();
    });
}
