//! The embedded engine as a whole: the connections to one file, the threads that own them, and their keeper.
//!
//! [`start`] opens the file. While a server runs, the keeper looks at the file, its log and the log's index twice a
//! second. If one of them was deleted or replaced, writes stop, and what the open connections hold is saved into a
//! file beside it. After a failed sync it closes all connections, opens them again, which replays the log, and lets
//! writes go on once the database was checked.

use crate::clock::{Clock, Stopwatch};
use crate::edge::store::dialect::Dialect;
use crate::edge::store::file::{DatabaseFile, Identity, LOST, SAVED};
use crate::edge::store::health::{Health, Stop, Wake};
use crate::edge::store::queue::Queue;
use crate::edge::store::{Mode, StoreError, Tx, backup, checkpoint, group, migrate, spawn, sqlite};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Before a database that could not be opened or checked is tried again.
const RETRY_SECS: f64 = 10.0;

/// What the threads of one file share with the handles of the store.
#[derive(Clone)]
pub struct Shared {
    /// The file.
    pub file: DatabaseFile,
    /// Jobs that only read.
    pub reads: Arc<Queue>,
    /// Jobs that write.
    pub writes: Arc<Queue>,
    /// Whether writes are answered.
    pub health: Arc<Health>,
}

/// What a thread asks before it answers.
pub struct Guard {
    shared: Shared,
    /// The files that are open; `None` for a tool, which ends before anybody could exchange them.
    opened: Option<Identity>,
}

impl Guard {
    /// Fails while writes are stopped.
    pub fn check(&self) -> Result<(), StoreError> {
        self.shared.health.check()
    }

    /// Whether this is a server and no tool.
    pub fn serves(&self) -> bool {
        self.opened.is_some()
    }

    /// Whether the log has to stay as it is when the connections close.
    pub fn must_leave_log(&self) -> bool {
        self.shared.health.stopped().is_some()
    }

    /// Notes that the disk was full, until a write shows that it no longer is.
    pub fn full(&self) {
        self.shared.health.set_full(true);
    }

    /// After a commit: fails if it went into files that have no name any more, so that nobody is told it was stored.
    pub fn confirm(&self) -> Result<(), StoreError> {
        match self.opened {
            Some(opened) if opened != self.shared.file.identity() => {
                self.shared.health.moved();
                Err(StoreError::CommitUnknown)
            }
            _ => Ok(()),
        }
    }

    /// After a commit: whether the log has as many pages as were written to it.
    pub fn has_log(&self, n_pages: i64) -> bool {
        let file = &self.shared.file;
        // Files that were exchanged are noticed in another way.
        self.opened != Some(file.identity()) || file.has_log_of_pages(n_pages)
    }

    /// Stops reads and writes, since the newest rows are lost, and leaves a note, so that nobody begins with what is left.
    pub fn cut(&self) {
        if !self.serves() || !self.shared.health.stop(Stop::Cut) {
            return;
        }
        self.shared.health.set_down(true);
        let (file, reason) = (&self.shared.file, Stop::Cut.reason());
        let note = file.name_for_copy(LOST, Clock::Wall.now());
        tracing::error!(database = %file.path().display(), note = %note.display(), reason, "reads and writes stop; restore a backup");
        if let Err(error) = std::fs::write(&note, format!("{reason}\n")) {
            let error: &dyn Error = &error;
            tracing::error!(error, "the note cannot be written");
        }
    }

    /// Stops writes: for good where the log was cut, else until the keeper has opened the database again and checked it.
    pub fn doubt(&self, fault: &StoreError) {
        if let StoreError::LogCut(_) = fault {
            return self.cut();
        }
        if self.serves() && self.shared.health.doubt() {
            let error: &dyn Error = fault;
            tracing::error!(error, "the database fails; writes stop until it is checked");
        }
    }
}

/// Opens the file, creates it where it is missing, and starts its threads. They end when the queues are closed and
/// the health is.
pub fn start(shared: Shared, mode: Mode) -> Result<Vec<JoinHandle<()>>, StoreError> {
    refuse_unsettled(&shared.file)?;
    shared.file.make()?;
    let opened = Opened::open(&shared, mode)?;
    if mode == Mode::Tool {
        return Ok(opened.threads);
    }
    let mut keeper = Keeper {
        shared,
        first: opened.identity.database,
        opened: Some(opened),
        saved: None,
        since: Stopwatch::start(),
    };
    Ok(vec![spawn(move || keeper.keep())?])
}

/// Fails while a copy that an edge saved, or a note that it left, stands beside the file. The file itself proves
/// nothing: without its log it is a sound database, and an older or an empty one.
pub fn refuse_unsettled(file: &DatabaseFile) -> Result<(), StoreError> {
    let path = || file.path().to_owned();
    if let Some(saved) = file.newest_beside(SAVED) {
        let path = path();
        return Err(StoreError::Gone { path, saved });
    }
    match file.newest_beside(LOST) {
        Some(note) => Err(StoreError::Lost { path: path(), note }),
        None => Ok(()),
    }
}

/// Open connections, each owned by a thread.
struct Opened {
    threads: Vec<JoinHandle<()>>,
    identity: Identity,
    /// Reads what the others hold, for the copy of a file that was taken away; `None` once that is made.
    saver: Option<Tx>,
}

impl Opened {
    fn open(shared: &Shared, mode: Mode) -> Result<Self, StoreError> {
        let path = shared.file.path();
        let mut writer = sqlite::open(&shared.file)?;
        migrate::run(&mut writer, Dialect::Sqlite)?;
        let n_readers = match mode {
            Mode::Serving => std::thread::available_parallelism().map_or(4, |n| n.get().max(4)),
            Mode::Tool => 1,
        };
        if mode == Mode::Serving {
            sqlite::checkpoint_by_hand(&mut writer)?;
        }
        let readers: Result<Vec<Tx>, StoreError> =
            (0..n_readers).map(|_| sqlite::open_reader(path)).collect();
        let saver = match mode {
            Mode::Serving => Some(sqlite::open_reader(path)?),
            Mode::Tool => None,
        };
        let identity = shared.file.identity();
        let guard = Arc::new(Guard {
            shared: shared.clone(),
            opened: (mode == Mode::Serving).then_some(identity),
        });
        let mut threads = Vec::new();
        for mut reader in readers? {
            let (queue, guard) = (Arc::clone(&shared.reads), Arc::clone(&guard));
            threads.push(spawn(move || {
                group::read_one_by_one(&mut reader, &queue, &guard);
            })?);
        }
        let (checkpoints, checkpointer) = checkpoint::pair();
        let (mut copier, copier_guard) = (Some(sqlite::open_reader(path)?), Arc::clone(&guard));
        // The writer waits for its end.
        spawn(move || checkpointer.run(&mut copier, &copier_guard))?;
        let (queue, health) = (Arc::clone(&shared.writes), Arc::clone(&shared.health));
        threads.push(spawn(move || {
            if health.stopped() == Some(Stop::Doubt) {
                check(&mut writer, &health);
            }
            group::write_in_groups(&mut writer, &queue, &guard, &checkpoints);
        })?);
        Ok(Opened {
            threads,
            identity,
            saver,
        })
    }
}

/// Checks a database that was opened again, and lets writes begin if it is sound. A large one takes a while; reads
/// are answered meanwhile.
fn check(writer: &mut Tx, health: &Health) {
    match sqlite::is_sound(writer) {
        Ok(true) => {
            tracing::info!("the database was opened again and is sound; writes go on");
            health.resume();
        }
        Ok(false) => {
            tracing::error!("the database is damaged; restore a copy");
            health.restate(Stop::Damaged);
        }
        Err(error) => {
            let error: &dyn Error = &error;
            tracing::error!(error, "the database cannot be checked; trying again");
            health.set_unchecked();
        }
    }
}

/// Looks after the connections while the store is open.
struct Keeper {
    shared: Shared,
    /// The file that was opened first: another one at its path is never opened in its place.
    first: Option<(u64, u64)>,
    opened: Option<Opened>,
    /// The copy that was saved while the files were away.
    saved: Option<PathBuf>,
    since: Stopwatch,
}

impl Keeper {
    fn keep(&mut self) {
        loop {
            match self.shared.health.wait(LOOK) {
                Wake::Close => return self.finish(),
                Wake::Reopen => {
                    self.close();
                    self.reopen();
                }
                Wake::Look => self.look(),
            }
        }
    }

    fn look(&mut self) {
        let is_due = self.since.secs() > RETRY_SECS;
        let Shared { file, health, .. } = &self.shared;
        let Some(opened) = &self.opened else {
            if is_due {
                self.reopen();
            }
            return;
        };
        if opened.identity != file.identity() {
            if health.stop(Stop::Moved) || health.stopped() == Some(Stop::Moved) {
                self.save();
            }
        } else if health.stopped() == Some(Stop::Moved) {
            tracing::info!("the database file and its log are back");
            self.close();
            self.shared.health.restate(Stop::Doubt);
            self.reopen();
        } else if is_due && health.is_unchecked() {
            self.close();
            self.reopen();
        } else if health.stopped().is_none() {
            self.settle();
        }
    }

    /// The same files are back and sound, and hold all that the copy holds: it no longer bars the next start.
    fn settle(&mut self) {
        let Some(saved) = self.saved.take() else {
            return;
        };
        match self.shared.file.settle(&saved) {
            Ok(name) => {
                let copy = name.unwrap_or(saved);
                tracing::info!(copy = %copy.display(), "the copy is no longer needed, and can be deleted");
            }
            Err(error) => {
                let error: &dyn Error = &error;
                tracing::error!(error, copy = %saved.display(), "the copy cannot be renamed");
            }
        }
    }

    /// Saves what the open connections hold, once. Reads go on from them.
    fn save(&mut self) {
        let Some(mut saver) = self.opened.as_mut().and_then(|it| it.saver.take()) else {
            return;
        };
        let file = &self.shared.file;
        tracing::error!(database = %file.path().display(), reason = Stop::Moved.reason(), "writes stop");
        let target = file.name_for_copy(SAVED, Clock::Wall.now());
        let saved = backup::write_copy(&mut saver, &target, false, &mut |_| ());
        sqlite::leave_log(&mut saver);
        match saved {
            Ok(()) => {
                tracing::error!(copy = %target.display(), "all that was acknowledged is in this copy; put the file and its log back, or stop the edge and restore the copy");
                self.set_log_aside(&target);
                self.saved = Some(target);
            }
            Err(StoreError::DamagedCopy { kept, source }) => {
                let error: &dyn Error = &source;
                tracing::error!(error, copy = %kept.display(), "all that was acknowledged is in this copy, in which the check finds damage");
                self.set_log_aside(&kept);
            }
            Err(error) => {
                let error: &dyn Error = &error;
                tracing::error!(
                    error,
                    "what the edge still holds cannot be saved; do not stop it"
                );
            }
        }
    }

    /// If another database stands at the path now, the log beside it is not its own, and whoever opens it would
    /// replay that log onto it.
    fn set_log_aside(&self, copy: &Path) {
        let (file, now) = (&self.shared.file, self.shared.file.identity());
        let Some(opened) = &self.opened else { return };
        let is_other = now.database.is_some() && now.database != opened.identity.database;
        if is_other && now.has_log_of(&opened.identity) {
            let mut name = copy.as_os_str().to_owned();
            name.push("-wal");
            // A failure leaves it where it is; the copy is whole in any case.
            let _ = std::fs::rename(file.beside("-wal"), name);
            let _ = std::fs::remove_file(file.beside("-shm"));
        }
    }

    /// Closes all connections; what waits goes on waiting, for the threads that come next.
    fn close(&mut self) {
        self.shared.reads.pause();
        self.shared.writes.pause();
        self.join();
        self.shared.reads.resume();
        self.shared.writes.resume();
    }

    /// The queues are closed: the threads end after the work that waits.
    fn finish(&mut self) {
        self.look();
        self.join();
        for queue in [&self.shared.reads, &self.shared.writes] {
            queue.refuse_all(&StoreError::Closed);
        }
    }

    fn join(&mut self) {
        let Some(opened) = self.opened.take() else {
            return;
        };
        for thread in opened.threads {
            // A thread that panicked has nothing left to finish.
            let _ = thread.join();
        }
        if let Some(mut saver) = opened.saver
            && self.shared.health.stopped().is_some()
        {
            sqlite::leave_log(&mut saver);
        }
    }

    fn reopen(&mut self) {
        self.since = Stopwatch::start();
        let Shared {
            file,
            reads,
            writes,
            health,
        } = &self.shared;
        let opened = match file.identity().database {
            found if found != self.first => Err(StoreError::WritesStopped {
                reason: Stop::Moved.reason(),
            }),
            _ => Opened::open(&self.shared, Mode::Serving),
        };
        match opened {
            Ok(opened) => {
                self.opened = Some(opened);
                health.set_down(false);
            }
            Err(error) => {
                health.set_down(true);
                let cause: &dyn Error = &error;
                tracing::error!(error = cause, "the database cannot be opened again");
                let refusal = health.check().err().unwrap_or(StoreError::Closed);
                reads.refuse_all(&refusal);
                writes.refuse_all(&refusal);
            }
        }
    }
}
