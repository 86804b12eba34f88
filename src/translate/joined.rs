//! Several source values that make one.

use super::convert::{Common, Convert};
use super::error::TranslateError;
use super::export::Pass;
use super::mapping::Pattern;
use super::put::Put;

impl Pass<'_, '_> {
    pub(super) fn join(&mut self, node: usize, number: usize) -> Result<(), TranslateError> {
        let mapping = self.mapping;
        let Some(join) = mapping.joins.get(number) else { return Ok(()) };
        let place = |at: &usize| mapping.nodes.get(*at);
        let parts: Vec<Option<usize>> = join
            .parts
            .iter()
            .map(|at| {
                let name = place(at).map_or("", |place| &*place.name);
                self.tree.children(node).find(|child| {
                    self.tree.node(*child).is_some_and(|c| *c.name == *name && !c.value.is_empty())
                })
            })
            .collect();
        let alone = |at: &usize| place(at).is_some_and(|place: &Pattern| place.lines.is_empty());
        let mut text = join.between.first().cloned().unwrap_or_default();
        for (part, after) in parts.iter().zip(join.between.iter().skip(1)) {
            text.push_str(part.and_then(|part| self.tree.node(part)).map_or("", |part| &*part.value));
            text.push_str(after);
        }
        if matches!(join.convert, Convert::Case(_)) && parts.iter().all(Option::is_some) {
            self.doubt_file_number(&text, node);
        }
        let value = match join.convert.to_common(&text, &mapping.tables) {
            Common::Is(value) if parts.iter().all(Option::is_some) => value,
            _ => return self.keep_parts(&parts, &join.parts),
        };
        if !matches!(self.put(&join.target, value.clone(), None, None), Put::Done) {
            return self.keep_parts(&parts, &join.parts);
        }
        self.report.mapped += join.parts.iter().filter(|at| alone(at)).count();
        for part in parts.into_iter().flatten() {
            let text = self.tree.node(part).map_or("", |part| &*part.value);
            self.carried(part, text, Some(join.at), (&join.target, None), &value);
        }
        Ok(())
    }

    /// Keeps the parts, each of which stands at its own place of the table.
    fn keep_parts(&mut self, parts: &[Option<usize>], places: &[usize]) -> Result<(), TranslateError> {
        let both = parts.iter().zip(places);
        both.filter_map(|(part, place)| part.zip(Some(*place)))
            .try_for_each(|(part, place)| self.keep_node(part, place))
    }
}
