//! The files that a configuration names: found, bounded, and secret ones not readable by others.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::problems::At;
use super::value::{Value, shown};

/// Longest TOML file, in bytes.
const MAX_TEXT: u64 = 256 << 10;
/// Longest key, certificate, policy or table, in bytes. Revocation lists are by far the longest of them.
const MAX_FILE: u64 = 16 << 20;

/// A file and the place that named it.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    pub at: At,
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// A file with a secret key. It does not print, and is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretFile {
    pub at: At,
    pub path: PathBuf,
    pub bytes: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {} bytes)", self.path.display(), self.bytes.len())
    }
}

impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretFile({}, secret)", self.path.display())
    }
}

/// The path in `value`, taken from the folder of the file that names it.
pub(super) fn path(value: &Value<'_>) -> Result<PathBuf, String> {
    let folder = value.at.file.parent().unwrap_or(Path::new(""));
    Ok(folder.join(value.text()?))
}

/// The file that `value` names.
pub(super) fn file(value: &Value<'_>) -> Result<File, String> {
    file_in(value.at.file.parent().unwrap_or(Path::new("")), value)
}

/// The file that `value` names, taken from `folder`.
pub(super) fn file_in(folder: &Path, value: &Value<'_>) -> Result<File, String> {
    let path = folder.join(value.text()?);
    let bytes = read(&path, MAX_FILE, Secrecy::Public).map_err(|reason| named(&path, &reason))?;
    Ok(File { at: value.at.clone(), path, bytes: bytes.to_vec() })
}

/// The file with a secret key that `value` names.
pub(super) fn secret(value: &Value<'_>) -> Result<SecretFile, String> {
    let path = path(value)?;
    let bytes = read(&path, MAX_FILE, Secrecy::Secret).map_err(|reason| named(&path, &reason))?;
    Ok(SecretFile { at: value.at.clone(), path, bytes })
}

/// The bytes of a file that is no secret, `most` of them.
pub(super) fn public(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    Ok(read(path, most, Secrecy::Public)?.to_vec())
}

/// A folder that is there.
pub(super) fn folder(value: &Value<'_>) -> Result<PathBuf, String> {
    // Without `.` on the way: what is told of the files in it shall be read easily.
    let path: PathBuf = path(value)?.components().collect();
    if path.is_dir() { Ok(path) } else { Err(named(&path, "this is not a folder; correct the path")) }
}

/// The text of a configuration file.
pub(super) fn text(path: &Path) -> Result<String, String> {
    let bytes = read(path, MAX_TEXT, Secrecy::Public)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(not_utf8(error.valid_up_to())),
    }
}

pub(super) fn not_utf8(valid: usize) -> String {
    format!("this is not UTF-8 after byte {valid}; save it as UTF-8")
}

/// A place for a file that the gateway makes: the folder must be there.
pub(super) fn place(value: &Value<'_>) -> Result<PathBuf, String> {
    let path = path(value)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if path.is_dir() {
        Err(named(&path, "this is a folder; name a file in it"))
    } else if folder.is_dir() {
        Ok(path)
    } else {
        Err(named(&path, &format!("its folder is not there; type `mkdir -p {}`", show(folder))))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Secrecy {
    Public,
    Secret,
}

fn read(path: &Path, most: u64, secrecy: Secrecy) -> Result<Zeroizing<Vec<u8>>, String> {
    // Asked before opening: opening a pipe would wait for its other end.
    let metadata = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if !metadata.is_file() {
        return Err("this is not a file; name a file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| reason(&error))?;
    let metadata = file.metadata().map_err(|error| reason(&error))?;
    if secrecy == Secrecy::Secret {
        owner_only(&metadata, path)?;
    }
    let mut bytes = Zeroizing::new(Vec::new());
    if metadata.len() <= most {
        // Room for all of it, so that no copy of a key is left behind by growing.
        bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        file.take(most + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    }
    if metadata.len() > most || bytes.len() as u64 > most {
        return Err(format!("this is longer than {most} bytes; is it the right file?"));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn owner_only(metadata: &std::fs::Metadata, path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    if matches!(mode, 0o600 | 0o400) {
        return Ok(());
    }
    let path = show(path);
    Err(format!("this secret may be used by others (mode {mode:04o}); type `chmod 600 {path}`"))
}

#[cfg(not(unix))]
fn owner_only(_: &std::fs::Metadata, _: &Path) -> Result<(), String> {
    Ok(())
}

pub(super) fn named(path: &Path, reason: &str) -> String {
    format!("names `{}`: {reason}", show(path))
}

pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file; correct the path or put it there".to_owned(),
        std::io::ErrorKind::PermissionDenied => {
            "this user may not read it; change its owner or mode".to_owned()
        }
        _ => format!("it cannot be read ({error})"),
    }
}

fn show(path: &Path) -> String {
    let text = path.to_string_lossy();
    // Longer than other words: a path that is cut cannot be typed.
    if text.len() <= 300 { text.chars().flat_map(char::escape_debug).collect() } else { shown(&text) }
}
