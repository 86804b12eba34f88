//! Answers already given, by the attributes that were asked about. Content never becomes part of a key.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

/// Parts, so that threads seldom wait for each other.
const PARTS: usize = 8;

/// Answers per part. A full part is emptied: the attributes that occur in practice are far fewer.
const ANSWERS: usize = 1024;

/// A bounded map from attributes to an answer. It lives and dies with the policies that it was filled from.
pub(super) struct Cache<K, V> {
    hasher: RandomState,
    parts: [RwLock<HashMap<K, Arc<V>>>; PARTS],
}

impl<K: Eq + Hash + Clone, V> Cache<K, V> {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), parts: std::array::from_fn(|_| RwLock::default()) }
    }

    /// The answer for `key`, found or made by `answer`.
    pub(super) fn get_or(&self, key: &K, answer: impl FnOnce() -> V) -> Arc<V> {
        // The remainder is below `PARTS`, so it fits and the part exists.
        let number = usize::try_from(self.hasher.hash_one(key) % PARTS as u64).unwrap_or(0);
        let part = &self.parts[number];
        // A panic elsewhere cannot leave a half-written map: entries are whole when they are put in.
        let known = part.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if let Some(known) = known {
            return known;
        }
        let made = Arc::new(answer());
        let mut part = part.write().unwrap_or_else(PoisonError::into_inner);
        if part.len() >= ANSWERS {
            part.clear();
        }
        part.insert(key.clone(), Arc::clone(&made));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWERS, Cache, PARTS};

    #[test]
    fn a_cache_answers_once_per_key_and_stays_bounded() {
        let cache = Cache::new();
        assert_eq!(*cache.get_or(&1, || 10), 10);
        assert_eq!(*cache.get_or(&1, || 11), 10);
        for key in 0..20_000 {
            assert_eq!(*cache.get_or(&(key + 5), || key), key);
        }
        let held: usize = cache.parts.iter().map(|part| part.read().unwrap().len()).sum();
        assert!(held <= ANSWERS * PARTS, "{held}");
    }
}
