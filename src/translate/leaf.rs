//! One value of the source: the lines that carry it, and what becomes of it.

use super::again;
use super::convert::{Common, Convert};
use super::error::{MAX_VALUES, TranslateError};
use super::export::Pass;
use super::mapping::Line;
use super::put::Put;
use super::trace::Fate as Way;

/// A leaf that some of its lines have carried; the others wait for all persons to be there.
pub(super) struct Later<'t> {
    node: usize,
    pattern: usize,
    fate: Fate<'t>,
}

/// What became of one leaf.
#[derive(Default)]
struct Fate<'t> {
    carried: bool,
    lossy: bool,
    unknown: bool,
    /// Texts that a line does not know; they are unmapped when no other line of the place knows them.
    strange: Vec<&'t str>,
    known: Vec<&'t str>,
    /// How long the trace was before.
    steps: usize,
    /// Texts of which a line has no form, and what is lost when the original goes along another line.
    shapeless: Vec<(&'t str, &'static str)>,
}

impl<'p> Pass<'p, '_> {
    pub(super) fn leaf(&mut self, node: usize, pattern: usize) -> Result<(), TranslateError> {
        let (mapping, tree) = (self.mapping, self.tree);
        let (Some(place), Some(found)) = (mapping.nodes.get(pattern), tree.node(node)) else {
            return Ok(());
        };
        if let Some(literal) = &place.literal {
            if **literal == *found.value {
                self.report.mapped += 1;
                self.step(node, &found.value, None, |_| Way::Understood);
                return Ok(());
            }
            return self.keep(node, &found.value, pattern);
        }
        let mut fate = Fate { steps: self.trace.as_ref().map_or(0, Vec::len), ..Fate::default() };
        if self.along(false, (node, pattern), &mut fate)? {
            if self.later.len() >= MAX_VALUES {
                return Err(self.too_many(node, MAX_VALUES));
            }
            self.later.push(Later { node, pattern, fate });
            return Ok(());
        }
        self.end_leaf((node, pattern), fate)
    }

    /// Goes on with a leaf that waited.
    pub(super) fn leaf_for_each(&mut self, later: Later<'p>) -> Result<(), TranslateError> {
        let Later { node, pattern, mut fate } = later;
        self.along(true, (node, pattern), &mut fate)?;
        self.end_leaf((node, pattern), fate)
    }

    /// Carries a leaf along the lines for every entry of a kind, or along the others. Whether any is left.
    fn along(
        &mut self,
        each: bool,
        (node, pattern): (usize, usize),
        fate: &mut Fate<'p>,
    ) -> Result<bool, TranslateError> {
        let (mapping, tree) = (self.mapping, self.tree);
        let (Some(place), Some(found)) = (mapping.nodes.get(pattern), tree.node(node)) else {
            return Ok(false);
        };
        let mut left = false;
        for line in place.lines.iter().filter_map(|n| mapping.lines.get(*n)).filter(|line| line.exports) {
            if line.target.each != each {
                left = true;
                continue;
            }
            // What a number is says nothing when another number stands there already.
            if fate.unknown && matches!(line.convert, Convert::Set(_)) {
                continue;
            }
            match &line.split {
                None => self.value(line, &found.value, (node, pattern), fate)?,
                Some(mark) => {
                    let parts = found.value.split(mark.as_str()).map(str::trim).filter(|p| !p.is_empty());
                    for (index, part) in parts.enumerate() {
                        // Each part is compared with those before it.
                        if index >= MAX_VALUES {
                            return Err(self.too_many(node, MAX_VALUES));
                        }
                        self.value(line, part, (node, pattern), fate)?;
                    }
                }
            }
        }
        Ok(left)
    }

    /// Settles what became of a leaf.
    fn end_leaf(
        &mut self,
        (node, pattern): (usize, usize),
        mut fate: Fate<'p>,
    ) -> Result<(), TranslateError> {
        let (mapping, tree) = (self.mapping, self.tree);
        let (Some(place), Some(found)) = (mapping.nodes.get(pattern), tree.node(node)) else {
            return Ok(());
        };
        for (text, loss) in std::mem::take(&mut fate.shapeless) {
            if !fate.known.contains(&text) {
                fate.strange.push(text);
            } else if !fate.unknown {
                fate.lossy = true;
                self.lose(node, loss)?;
                self.step(node, text, None, |_| Way::Loss(loss.to_owned()));
            }
        }
        for text in std::mem::take(&mut fate.strange) {
            if !fate.known.contains(&text) {
                fate.unknown = true;
                self.keep(node, text, pattern)?;
            }
        }
        if fate.carried && self.trace.as_ref().is_some_and(|trace| trace.len() == fate.steps) {
            self.step(node, &found.value, None, |_| Way::Understood);
        }
        if place.joined.is_some() && !fate.lossy && !fate.unknown && !fate.carried {
            return Ok(());
        }
        if !fate.carried && !fate.lossy && !fate.unknown {
            self.keep(node, &found.value, pattern)?;
        } else if !fate.lossy && !fate.unknown {
            self.report.mapped += 1;
        }
        Ok(())
    }

    /// Carries one value along one line.
    fn value<'x>(
        &mut self,
        line: &'p Line,
        text: &'x str,
        (node, pattern): (usize, usize),
        fate: &mut Fate<'x>,
    ) -> Result<(), TranslateError> {
        let beside = line.beside();
        // What the table calls empty everywhere may say something here: a withdrawal "not specified" is one.
        let empty = !line.target.protects && self.mapping.empty.iter().any(|empty| empty == text);
        if empty || again::blank(line, text) {
            fate.carried = true;
            return Ok(());
        }
        let mut target = &line.target;
        let (value, loss) = match line.convert.to_common(text, &self.mapping.tables) {
            Common::Nothing => {
                self.step(node, text, Some(line.at), |_| Way::Understood);
                fate.carried = true;
                fate.known.push(text);
                return Ok(());
            }
            Common::Beside(beside, value) => {
                target = beside;
                (Some(value), None)
            }
            // The original goes with a name; nothing else keeps it.
            Common::Is(value) if line.convert.leaves_the_script(text) && !fate.carried => {
                (Some(value), Some("written in Latin script"))
            }
            Common::Is(value) => (Some(value), line.lossy.as_deref()),
            Common::Lossy(value, loss) => (value, Some(loss)),
            Common::Unknown if line.target.protects && !line.first => return Err(self.stop(node)),
            Common::Unknown if line.strict => {
                return Err(self.bad(
                    node,
                    "a value without which the record must not go, and the table does not know it",
                ));
            }
            Common::Unknown => {
                if !beside {
                    self.note_unread(&line.target);
                }
                if !beside && !fate.strange.contains(&text) {
                    fate.strange.push(text);
                }
                return Ok(());
            }
            Common::NoForm(loss) => {
                fate.shapeless.push((text, loss));
                return Ok(());
            }
            Common::Bad(reason) => return Err(self.bad(node, reason)),
        };
        if !beside {
            fate.known.push(text);
            if value.is_none() {
                self.note_unread(&line.target);
            }
        }
        if matches!(line.convert, Convert::Case(_)) {
            self.doubt_file_number(text, node);
        }
        let put = value.map_or(Put::Done, |value| self.carry(line, target, value, (node, text)));
        self.settle(line, (node, pattern, text), &put, loss, fate)
    }

    /// Notes what became of a value.
    fn settle<'x>(
        &mut self,
        line: &'p Line,
        (node, pattern, text): (usize, usize, &'x str),
        put: &Put,
        loss: Option<&str>,
        fate: &mut Fate<'x>,
    ) -> Result<(), TranslateError> {
        match put {
            Put::Full => return Err(self.too_many(node, MAX_VALUES)),
            _ if line.beside() => {}
            Put::Done => match loss {
                Some(loss) => {
                    fate.lossy = true;
                    self.lose(node, loss)?;
                    self.step(node, text, Some(line.at), |_| Way::Loss(loss.to_owned()));
                }
                None => fate.carried = true,
            },
            Put::Together => {
                fate.lossy = true;
                let loss = "the articles of several rows stand together in the case";
                self.lose(node, loss)?;
                self.step(node, text, Some(line.at), |_| Way::Loss(loss.to_owned()));
            }
            Put::Disputed => {
                fate.lossy = true;
                let loss = "another value of the source says otherwise: the person counts as a child";
                self.lose(node, loss)?;
                self.step(node, text, Some(line.at), |_| Way::Loss(loss.to_owned()));
            }
            Put::Taken | Put::Nowhere => {
                fate.unknown = true;
                self.note_unread(&line.target);
                self.keep(node, text, pattern)?;
            }
        }
        Ok(())
    }
}

impl Line {
    /// A line that only takes the first value, or writes a fixed one, carries nothing by itself.
    pub(super) const fn beside(&self) -> bool {
        self.first || matches!(self.convert, Convert::Set(_))
    }
}
