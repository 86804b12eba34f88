//! Texts that a person should look at: characters that nobody sees, letters that no text of the agency has.

use super::tree::Tree;
use crate::schema::Problem;
use crate::schema::script::{has_unseen, looks_misread};

/// Most warnings of texts: a file in a wrong encoding needs no more.
const MAX_DOUBTS: usize = 20;

/// The warnings about the texts of a record, wherever they go. The texts themselves stay as they are: what was written
/// is evidence, and a person decides what was meant.
pub(super) fn texts(tree: &Tree<'_>) -> Vec<Problem> {
    let mut out = Vec::new();
    let suspect = |text: &str| !text.bytes().all(|b| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
    for (node, text) in tree.texts().filter(|(_, text)| suspect(text)) {
        if out.len() >= MAX_DOUBTS {
            break;
        }
        let mut warn = |code, text: &str| {
            out.push(Problem { path: tree.path(node), code, text: text.to_owned() });
        };
        if has_unseen(text) {
            warn(
                "W-UNSEEN",
                "characters that nobody sees, or that turn the order of the others; look at it before it is matched",
            );
        }
        if looks_misread(text) {
            warn(
                "W-ENCODING",
                "letters that no text of a person has together: it may have been read in another encoding than it was \
                 written in; check it at its source",
            );
        }
    }
    out
}
