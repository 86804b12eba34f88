//! Where the files of a policy version come from: the folder of the draft, or a version that was kept.
//!
//! Reading the folder fills a bundle with each file as it is asked for, so a bundle holds what was read and nothing else;
//! reading a version takes all from its bundle, and what is not there does not exist. The one exception are revocation
//! lists, which always come from the disk: a revocation does not wait for a second person.

use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};

use super::bundle::Bundle;
use super::files::{self, File};
use super::problems::{At, Problems};
use super::value::{Value, shown};

/// Longest file of a version, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Folders below `policies/`.
const MAX_DEPTH: usize = 4;
/// Entries of a folder that are looked at.
const MAX_ENTRIES: usize = 10_000;

pub(super) struct Shelf {
    /// The folder of the draft.
    folder: PathBuf,
    /// What stands before a name where people are told about a file.
    shown: PathBuf,
    from_disk: bool,
    bundle: RefCell<Bundle>,
}

/// A file of the shelf that names others, relative to itself.
pub(super) struct Place<'s> {
    shelf: &'s Shelf,
    name: &'s str,
}

impl Shelf {
    /// The draft in `folder`.
    pub(super) fn folder(folder: &Path) -> Self {
        Self { folder: folder.into(), shown: folder.into(), from_disk: true, bundle: RefCell::default() }
    }

    /// A version that was kept; `folder` is where revocation lists are.
    pub(super) fn version(number: u32, bundle: Bundle, folder: &Path) -> Self {
        let shown = PathBuf::from(format!("policy version {number}"));
        Self { folder: folder.into(), shown, from_disk: false, bundle: RefCell::new(bundle) }
    }

    pub(super) fn into_bundle(self) -> Bundle {
        self.bundle.into_inner()
    }

    /// How people know the whole.
    pub(super) fn shown(&self) -> &Path {
        &self.shown
    }

    /// How people know the file.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.shown.join(name)
    }

    pub(super) const fn place<'s>(&'s self, name: &'s str) -> Place<'s> {
        Place { shelf: self, name }
    }

    /// The names of the files with this ending in the folder `below`, and in the folders in it when `deep`, in order.
    pub(super) fn names(&self, below: &str, end: &str, deep: bool, problems: &mut Problems) -> Vec<String> {
        let mut names = Vec::new();
        if self.from_disk {
            let depth = if deep { MAX_DEPTH } else { 0 };
            if let Err(reason) = list(&self.folder.join(below), below, end, depth, &mut names) {
                problems.push(&self.path(below), 0, reason);
            }
        } else {
            let bundle = self.bundle.borrow();
            let inside = |name: &&str| {
                let rest = name.strip_prefix(below).and_then(|rest| rest.strip_prefix('/'));
                rest.is_some_and(|rest| rest.ends_with(end) && (deep || !rest.contains('/')))
            };
            names.extend(bundle.files().map(|(name, _)| name).filter(inside).map(str::to_owned));
        }
        names.sort();
        names
    }

    /// The text of a file, or what is wrong with it.
    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        let bytes = self.bytes(name)?;
        let mistake = |error: std::string::FromUtf8Error| files::not_utf8(error.utf8_error().valid_up_to());
        String::from_utf8(bytes).map_err(mistake)
    }

    /// A file that stands in a folder, for problems at its own place.
    pub(super) fn file(&self, name: &str) -> Result<File, String> {
        let path = self.path(name);
        let bytes = self.bytes(name)?;
        Ok(File { at: At { file: path.as_path().into(), line: 0 }, path, bytes })
    }

    /// Whether the file is there.
    pub(super) fn has(&self, name: &str) -> bool {
        if self.from_disk {
            self.folder.join(name).exists()
        } else {
            self.bundle.borrow().file(name).is_some()
        }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, String> {
        if let Some(bytes) = self.bundle.borrow().file(name) {
            return Ok(bytes.to_vec());
        }
        if !self.from_disk {
            return Err("it is not in this version".to_owned());
        }
        let bytes = files::public(&self.folder.join(name), MAX_FILE)?;
        self.bundle.borrow_mut().add(name, bytes.clone())?;
        Ok(bytes)
    }
}

impl Place<'_> {
    /// How people know this file.
    pub(super) fn path(&self) -> PathBuf {
        self.shelf.path(self.name)
    }

    /// The file of the version that `value` names.
    pub(super) fn file(&self, value: &Value<'_>) -> Result<File, String> {
        let text = value.text()?;
        let name = self.inside(text).ok_or_else(|| {
            format!(
                "names `{}`, which is not in the policy's folder; put it there, so that it is part of the version",
                shown(text)
            )
        })?;
        let path = self.shelf.path(&name);
        let bytes = self.shelf.bytes(&name).map_err(|reason| files::named(&path, &reason))?;
        Ok(File { at: value.at.clone(), path, bytes })
    }

    /// The file on the disk that `value` names, which is no part of the version.
    pub(super) fn outside(&self, value: &Value<'_>) -> Result<File, String> {
        let folder = self.shelf.folder.join(Path::new(self.name).parent().unwrap_or(Path::new("")));
        files::file_in(&folder, value)
    }

    /// The name below the policy's folder of the file that is called `text` here.
    fn inside(&self, text: &str) -> Option<String> {
        let mut parts: Vec<&str> = self.name.split('/').collect();
        parts.pop();
        for part in Path::new(text).components() {
            match part {
                Component::Normal(part) => parts.push(part.to_str()?),
                Component::CurDir => {}
                Component::ParentDir => drop(parts.pop()?),
                Component::RootDir | Component::Prefix(_) => return None,
            }
        }
        Some(parts.join("/"))
    }
}

/// Adds the files in `folder` to `names`. A folder that is not there is empty.
fn list(folder: &Path, below: &str, end: &str, depth: usize, names: &mut Vec<String>) -> Result<(), String> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(files::reason(&error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| files::reason(&error))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let full = format!("{below}/{name}");
        if entry.path().is_dir() {
            if depth > 0 {
                list(&entry.path(), &full, end, depth - 1, names)?;
            }
        } else if name.ends_with(end) {
            names.push(full);
        }
        if names.len() > MAX_ENTRIES {
            return Err(format!("holds more than {MAX_ENTRIES} files; is it the right folder?"));
        }
    }
    Ok(())
}
