//! Who acts: an id, and the operating system's user behind it.

use std::os::unix::fs::MetadataExt;

use super::person::{PersonId, PersonIdError};

/// Somebody who says who he is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub id: PersonId,
    /// The number of the operating system's user; none when it cannot be told.
    pub uid: Option<u32>,
}

impl Caller {
    /// Somebody who acts through this process, under its user: the owner of `/proc/self`.
    ///
    /// # Errors
    /// [`PersonIdError`] when `id` is no id.
    pub fn here(id: &str) -> Result<Self, PersonIdError> {
        let uid = std::fs::metadata("/proc/self").ok().map(|metadata| metadata.uid());
        Ok(Self { id: id.parse()?, uid })
    }
}
