//! The account of a translation: what has no place, what lost meaning, and the record as it goes out.

use serde_json::Value;

use super::draft::Part;
use super::error::{MAX_NOTES, TranslateError};
use super::export::Pass;
use super::keyed::Origin;
use super::report::{Loss, Translated};
use super::trace::Fate;
use super::{derive, doubt, elements, file_number, offence};
use crate::schema::{Catalogue, Problem, Record};

impl Pass<'_, '_> {
    /// Keeps what stands at a node that the table does not have, inside the place `pattern` that it has.
    pub(super) fn unknown_below(&mut self, node: usize, pattern: usize) -> Result<(), TranslateError> {
        // Also when it is empty: `<Withdrawn/>` says something.
        if self.guards(pattern) || self.called_as_guarded(node) {
            return Err(self.stop(node));
        }
        self.note_unread_place(pattern);
        if self.tree.node(node).is_some_and(|node| !node.value.is_empty()) {
            self.keep_node(node, pattern)?;
        }
        for child in self.tree.children(node) {
            self.unknown_below(child, pattern)?;
        }
        Ok(())
    }

    pub(super) fn keep_node(&mut self, node: usize, pattern: usize) -> Result<(), TranslateError> {
        match self.tree.node(node) {
            Some(found) => self.keep(node, &found.value, pattern),
            None => Ok(()),
        }
    }

    /// Keeps a value that has no place. It stands at the place `pattern` of the table, or inside it: a guarded one
    /// lets nothing be kept aside.
    pub(super) fn keep(&mut self, node: usize, text: &str, pattern: usize) -> Result<(), TranslateError> {
        if self.guards(pattern) {
            return Err(self.stop(node));
        }
        self.bounded()?;
        self.report.unmapped.push(self.tree.path(node));
        self.unmapped.push(text.to_owned());
        self.step(node, text, None, |_| Fate::Unmapped);
        Ok(())
    }

    pub(super) fn lose(&mut self, node: usize, loss: &str) -> Result<(), TranslateError> {
        self.bounded()?;
        self.report.lossy.push(Loss { path: self.tree.path(node), note: loss.to_owned() });
        Ok(())
    }

    /// The value of a node stops the record.
    pub(super) fn bad(&self, node: usize, reason: &'static str) -> TranslateError {
        TranslateError::Value { line: self.line(node), path: self.tree.path(node), reason }
    }

    pub(super) fn too_many(&self, node: usize, limit: usize) -> TranslateError {
        TranslateError::TooManyEntries { path: self.tree.path(node), limit }
    }

    fn bounded(&self) -> Result<(), TranslateError> {
        if self.report.unmapped.len() + self.report.lossy.len() < MAX_NOTES {
            return Ok(());
        }
        Err(TranslateError::TooManyNotes { limit: MAX_NOTES, mapping: self.mapping.name().to_owned() })
    }

    /// Warns of a file number that no register of the agency can have.
    pub(super) fn doubt_file_number(&mut self, text: &str, node: usize) {
        let registers = &self.mapping.registers;
        // The rows of a case repeat its number.
        let told = self.report.warnings.iter().any(|warning| warning.code == "W-FILE-NUMBER");
        if !told && !registers.is_empty() && file_number::read(text, registers).is_none() {
            self.report.warnings.push(Problem {
                path: self.tree.path(node),
                code: "W-FILE-NUMBER",
                text: "not a file number of a register that the table names; check it at its source"
                    .to_owned(),
            });
        }
    }

    /// The line of the row in which a node stands.
    pub(super) fn line(&self, node: usize) -> Option<usize> {
        let row = self.tree.children(0).take_while(|row| *row <= node).count();
        self.lines.get(row.checked_sub(1)?).copied()
    }

    pub(super) fn finish(mut self, catalogue: &Catalogue, origin: Origin<'_>) -> Translated {
        let mut persons: Vec<_> = derive::persons_mut(&mut self.record).collect();
        origin.number(&mut persons);
        self.record.set("x_Schema", Part::text_of(catalogue.version()));
        let source = [
            ("agency", self.mapping.agency()),
            ("mapping", self.mapping.name()),
            ("mapping_version", self.mapping.version()),
        ];
        let mut source = Part::texts_of(source);
        if let (Some(digest), Some(group)) = (origin.source(), source.group_mut()) {
            group.set("hmac_sha256", Part::Value(Value::String(digest)));
        }
        self.record.set("x_Source", source);
        self.note_unread_case();
        let losses = self.report.lossy.iter();
        let losses = losses.map(|loss| Part::texts_of([("note", &*loss.note), ("path", &*loss.path)]));
        let unmapped = self.report.unmapped.iter().zip(&self.unmapped);
        let unmapped = unmapped.map(|(path, text)| Part::texts_of([("path", path), ("value", text)]));
        let (losses, unmapped) = (Part::List(losses.collect()), Part::List(unmapped.collect()));
        self.record.set("x_LossNote", losses);
        self.record.set("x_Unmapped", unmapped);
        self.record.drop_empty_lists();
        let mut members = self.record.into_members();
        derive::child_flags(&mut members, &mut self.report.warnings);
        let record = Record::new(members);
        self.report.partial = !self.report.unmapped.is_empty();
        self.report.warnings.extend(elements::missing(record.members(), self.mapping.country()));
        self.report.warnings.extend(derive::number_doubts(record.members()));
        self.report.warnings.extend(doubt::texts(self.tree));
        self.report.warnings.extend(offence::doubts(record.members(), catalogue));
        let mut trace = self.trace.unwrap_or_default();
        trace.sort_by_key(|step| step.node);
        Translated { record, report: self.report, trace }
    }
}
