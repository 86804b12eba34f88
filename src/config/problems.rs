//! What is wrong with a configuration: all of it, in the order of the files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// More than anybody reads; the rest is counted.
const KEPT: usize = 200;

/// A place in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    pub file: Arc<Path>,
    /// Counted from 1; 0 means the file as a whole.
    pub line: usize,
}

/// One thing that is wrong, or worth a warning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub at: At,
    /// A warning does not keep the gateway from starting.
    pub warning: bool,
    /// What is wrong, and what to do about it.
    pub text: String,
}

/// Every problem found so far. [`fmt::Display`] gives one line each, sorted by file and line.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    found: Vec<Problem>,
    left_out: usize,
    refused: bool,
}

impl Problems {
    #[must_use]
    pub const fn new() -> Self {
        Self { found: Vec::new(), left_out: 0, refused: false }
    }

    /// Adds a mistake in `file`, in `line` counted from 1.
    pub fn push(&mut self, file: &Path, line: usize, text: impl Into<String>) {
        self.push_at(&At { file: file.into(), line }, text);
    }

    /// Adds a mistake at a known place.
    pub fn push_at(&mut self, at: &At, text: impl Into<String>) {
        self.refused = true;
        self.add(Problem { at: at.clone(), warning: false, text: text.into() });
    }

    /// Adds something that works, but perhaps not as meant.
    pub fn warn_at(&mut self, at: &At, text: impl Into<String>) {
        self.add(Problem { at: at.clone(), warning: true, text: text.into() });
    }

    /// Adds all that another search has found.
    pub fn extend(&mut self, others: Self) {
        self.refused |= others.refused;
        self.left_out += others.left_out;
        others.found.into_iter().for_each(|problem| self.add(problem));
    }

    /// Whether there is a mistake, beside warnings.
    #[must_use]
    pub const fn any_mistake(&self) -> bool {
        self.refused
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Mistakes and warnings, by file and line.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.found.iter()
    }

    fn add(&mut self, problem: Problem) {
        match self.found.binary_search(&problem) {
            // The same file may be named twice; its problems are told once.
            Ok(_) => {}
            Err(_) if self.found.len() >= KEPT => self.left_out += 1,
            Err(place) => self.found.insert(place, problem),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file.display()),
            line => write!(f, "{}:{line}", self.file.display()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.at, if self.warning { "warning: " } else { "" }, self.text)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.found.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        if self.left_out > 0 {
            write!(f, "\nand {} more; correct these first", self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
