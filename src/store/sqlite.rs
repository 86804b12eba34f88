//! SQLite behind one writer thread with group commit.
//!
//! All operations that wait when the writer becomes free share one transaction and so one sync to disk;
//! one that comes alone is committed at once. Each is answered after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::StoreError;
use crate::telemetry::{Step, Steps};

/// Operations that share one commit at most: bounds the time that the first of them waits.
const GROUP: usize = 256;
/// Operations for which a commit is worth its sync: with so many, nothing is waited for.
const ENOUGH: usize = 32;
/// How long a commit waits for the next operation while many are coming.
const LINGER: Duration = Duration::from_micros(300);
/// Operations that may wait before callers are held back.
const QUEUE: usize = 4096;
/// Connections for reading.
const READERS: usize = 2;

const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
    include_str!("migrations/0006.sql"),
    include_str!("migrations/0007.sql"),
    include_str!("migrations/0008.sql"),
    include_str!("migrations/0009.sql"),
];
/// Schema with which the policy's versions came.
const WITH_VERSIONS: i64 = 2;

/// One gateway's durable state. Cheap to clone; the last clone stops the writer.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    queue: Option<mpsc::SyncSender<Box<dyn Work>>>,
    writer: Option<JoinHandle<()>>,
    readers: Mutex<Vec<Connection>>,
    reading: tokio::sync::Semaphore,
}

/// A transaction under way; the operations stand in this folder's other files.
pub struct Tx<'a> {
    pub(super) conn: &'a Connection,
    /// End of the audit chain as this transaction has left it, so that it is looked up once per transaction.
    pub(super) audit_head: std::cell::Cell<Option<(u64, [u8; 32])>>,
}

impl<'a> Tx<'a> {
    const fn on(conn: &'a Connection) -> Self {
        Self { conn, audit_head: std::cell::Cell::new(None) }
    }
}

trait Work: Send {
    /// Runs the operation; may be called again after a rollback. `false` asks for a rollback.
    fn run(&mut self, tx: &Tx<'_>) -> bool;
    /// Answers, after the commit or with what prevented it.
    fn finish(self: Box<Self>, failure: Option<StoreError>);
}

struct Operation<F, T> {
    run: F,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Work for Operation<F, T>
where
    F: FnMut(&Tx<'_>) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, tx: &Tx<'_>) -> bool {
        let result = (self.run)(tx);
        let good = result.is_ok();
        self.result = Some(result);
        good
    }

    fn finish(self: Box<Self>, failure: Option<StoreError>) {
        let result = match failure {
            Some(failure) => Err(failure),
            None => self.result.unwrap_or_else(|| {
                let reason = "the operation did not end".to_owned();
                Err(StoreError::Transaction { name: "operation", reason })
            }),
        };
        // The caller may have gone; what was committed stays true.
        let _ = self.reply.send(result);
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database file, creating it or bringing it to this version's schema.
    ///
    /// # Errors
    /// [`StoreError::Open`] when the file cannot be used, [`StoreError::TooNew`] when a newer program wrote it.
    pub fn open(path: &Path, steps: Arc<Steps>) -> Result<Self, StoreError> {
        let failed = |e: &rusqlite::Error| StoreError::Open {
            path: path.display().to_string(),
            reason: e.to_string(),
        };
        let mut writer = Connection::open(path).map_err(|e| failed(&e))?;
        configure(&writer).map_err(|e| failed(&e))?;
        migrate(&mut writer, path)?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let reader = Connection::open_with_flags(path, flags).map_err(|e| failed(&e))?;
            reader.busy_timeout(Duration::from_secs(10)).map_err(|e| failed(&e))?;
            keep_statements(&reader).map_err(|e| failed(&e))?;
            readers.push(reader);
        }
        let (queue, jobs) = mpsc::sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || write_groups(writer, &jobs, &steps))
            .map_err(|e| StoreError::Open { path: path.display().to_string(), reason: e.to_string() })?;
        let inner = Inner {
            queue: Some(queue),
            writer: Some(thread),
            readers: Mutex::new(readers),
            reading: tokio::sync::Semaphore::new(READERS),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs `operation` in a transaction and returns its result after the commit.
    ///
    /// The operation may run twice (a neighbour in the same commit failed): it must depend on its
    /// arguments and the database only.
    ///
    /// # Errors
    /// What the operation returned, or [`StoreError::Transaction`] when the commit failed; nothing is then kept.
    pub async fn write<T, F>(&self, name: &'static str, operation: F) -> Result<T, StoreError>
    where
        F: FnMut(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Box<dyn Work> = Box::new(Operation { run: operation, result: None, reply });
        let queue = self.inner.queue.as_ref().ok_or(StoreError::Stopped)?;
        match queue.try_send(job) {
            Ok(()) => {}
            Err(mpsc::TrySendError::Disconnected(_)) => return Err(StoreError::Stopped),
            Err(mpsc::TrySendError::Full(job)) => {
                // Holding the caller back is right here; holding its thread would starve the others.
                let queue = queue.clone();
                tokio::task::spawn_blocking(move || queue.send(job))
                    .await
                    .map_err(|_| StoreError::Stopped)?
                    .map_err(|_| StoreError::Stopped)?;
            }
        }
        answer
            .await
            .unwrap_or(Err(StoreError::Transaction { name, reason: "the writer has ended".to_owned() }))
    }

    /// Runs `query` on a connection that only reads, off the async threads.
    ///
    /// # Errors
    /// What the query returned.
    pub async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Tx<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let _permit = self.inner.reading.acquire().await.map_err(|_| StoreError::Stopped)?;
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || {
            let reader = inner.readers.lock().map_err(|_| StoreError::Stopped)?.pop();
            let reader = reader.ok_or(StoreError::Stopped)?;
            // The connection comes back even if the query panics: there are only a few.
            let result = catch_unwind(AssertUnwindSafe(|| query(&Tx::on(&reader))));
            inner.readers.lock().map_err(|_| StoreError::Stopped)?.push(reader);
            result.unwrap_or_else(|_| {
                let reason = "the query did not end".to_owned();
                Err(StoreError::Transaction { name: "query", reason })
            })
        })
        .await
        .map_err(|_| StoreError::Stopped)?
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take()
            && writer.thread().id() != std::thread::current().id()
        {
            // A writer that panicked has already failed every waiting caller.
            let _ = writer.join();
        }
    }
}

/// The policy version in force in the database at `path`: number and bundle. Nothing is written, and a file that is
/// not there is not made: for whoever checks before a gateway starts.
///
/// # Errors
/// [`StoreError`] when there is a database that cannot be read.
pub fn version_at(path: &Path, now: jiff::Timestamp) -> Result<Option<(u32, bytes::Bytes)>, StoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let failed =
        |e: &rusqlite::Error| StoreError::Open { path: path.display().to_string(), reason: e.to_string() };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| failed(&e))?;
    conn.busy_timeout(Duration::from_secs(10)).map_err(|e| failed(&e))?;
    let schema: i64 =
        conn.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(|e| failed(&e))?;
    if schema < WITH_VERSIONS {
        return Ok(None);
    }
    let tx = Tx::on(&conn);
    let Some(number) = tx.version_in_force(now)? else { return Ok(None) };
    Ok(tx.version_bundle(number)?.map(|bundle| (number, bundle)))
}

fn configure(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 4000)?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
    conn.pragma_update(None, "cache_size", -16384)?;
    conn.pragma_update(None, "secure_delete", "FAST")?;
    keep_statements(conn)
}

/// Statements are compiled once. Without the guarantee SQLite compiles a statement anew whenever a value is bound that
/// some partial index names.
fn keep_statements(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(128);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn migrate(conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed =
        |e: rusqlite::Error| StoreError::Open { path: path.display().to_string(), reason: e.to_string() };
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(step).map_err(failed)?;
    }
    tx.pragma_update(None, "user_version", known).map_err(failed)?;
    tx.commit().map_err(failed)
}

fn write_groups(mut conn: Connection, jobs: &mpsc::Receiver<Box<dyn Work>>, steps: &Steps) {
    let mut group = Vec::with_capacity(GROUP);
    let mut busy = false;
    while let Ok(first) = jobs.recv() {
        let timer = steps.start(Step::Store);
        group.push(first);
        while group.len() < GROUP {
            // When the last commit was shared, others are on their way: a moment's patience saves a sync.
            let next = if busy { jobs.recv_timeout(LINGER).ok() } else { jobs.try_recv().ok() };
            match next {
                Some(job) => group.push(job),
                None => break,
            }
            if group.len() >= ENOUGH {
                busy = false;
            }
        }
        busy = group.len() > 1;
        steps.commit_of(group.len());
        commit_group(&mut conn, &mut group);
        timer.stop();
    }
}

fn commit_group(conn: &mut Connection, group: &mut Vec<Box<dyn Work>>) {
    if group.len() > 1 && commit(conn, group).is_ok() {
        for job in group.drain(..) {
            job.finish(None);
        }
        return;
    }
    // Alone, or a neighbour failed: each by itself, so that one bad operation fails only its own caller.
    for mut job in group.drain(..) {
        let failure = commit(conn, std::slice::from_mut(&mut job)).err();
        job.finish(failure.flatten());
    }
}

/// Runs all in one transaction. `Err(None)`: an operation itself said no, and holds its own reason.
fn commit(conn: &mut Connection, group: &mut [Box<dyn Work>]) -> Result<(), Option<StoreError>> {
    let failed =
        |e: &rusqlite::Error| Some(StoreError::Transaction { name: "commit", reason: e.to_string() });
    let transaction = Transaction::new(conn, TransactionBehavior::Immediate).map_err(|e| failed(&e))?;
    {
        let tx = Tx::on(&transaction);
        for job in group {
            // An operation that panics is one that failed: the writer serves everybody.
            if !catch_unwind(AssertUnwindSafe(|| job.run(&tx))).unwrap_or(false) {
                return Err(None);
            }
        }
    }
    transaction.commit().map_err(|e| failed(&e))
}
