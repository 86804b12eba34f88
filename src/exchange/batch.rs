//! Work that comes one by one and is cheaper done together: signatures on one visit to a CPU thread, rows in one
//! transaction. Whoever comes alone is served at once.

use tokio::sync::{mpsc, oneshot};

use super::ExchangeError;

/// Items done together at most.
const TOGETHER: usize = 64;

/// Where items are handed in, each for its own answer.
#[derive(Debug)]
pub(super) struct Counter<T, R> {
    queue: mpsc::Sender<(T, oneshot::Sender<R>)>,
}

impl<T, R> Clone for Counter<T, R> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<T: Send + 'static, R: Send + 'static> Counter<T, R> {
    /// Opens a counter behind which `serve` does a batch and gives one answer for each item, in order.
    /// It closes when the last clone is gone.
    pub(super) fn open<F, S>(serve: S) -> Self
    where
        S: Fn(Vec<T>) -> F + Send + 'static,
        F: Future<Output = Vec<R>> + Send,
    {
        let (queue, mut waiting) = mpsc::channel::<(T, oneshot::Sender<R>)>(4 * TOGETHER);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(TOGETHER);
            while waiting.recv_many(&mut batch, TOGETHER).await > 0 {
                let (items, replies): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
                for (answer, reply) in serve(items).await.into_iter().zip(replies) {
                    // Whoever asked may have gone; what was done stays done.
                    let _ = reply.send(answer);
                }
            }
        });
        Self { queue }
    }

    /// Hands an item in and waits for its answer.
    pub(super) async fn ask(&self, item: T) -> Result<R, ExchangeError> {
        let (reply, answer) = oneshot::channel();
        self.queue.send((item, reply)).await.map_err(|_| ExchangeError::Stopping)?;
        answer.await.map_err(|_| ExchangeError::Stopping)
    }
}

/// Where the bad items of a batch stood, so that the answers come back in the batch's order.
#[derive(Debug)]
pub(super) struct Places<E> {
    bad: Vec<Option<E>>,
}

/// The good items of a batch, and the places of the bad ones.
pub(super) fn sorted<T, E>(batch: Vec<Result<T, E>>) -> (Vec<T>, Places<E>) {
    let (mut good, mut bad) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
    for item in batch {
        match item {
            Ok(item) => {
                good.push(item);
                bad.push(None);
            }
            Err(error) => bad.push(Some(error)),
        }
    }
    (good, Places { bad })
}

impl<E> Places<E> {
    /// Puts the good items' answers between the errors of the bad ones. An answer that is missing is `missing`.
    pub(super) fn with<R>(
        self,
        answers: impl IntoIterator<Item = Result<R, E>>,
        missing: impl Fn() -> E,
    ) -> Vec<Result<R, E>> {
        let mut answers = answers.into_iter();
        let place =
            |bad: Option<E>| bad.map_or_else(|| answers.next().unwrap_or_else(|| Err(missing())), Err);
        self.bad.into_iter().map(place).collect()
    }
}
