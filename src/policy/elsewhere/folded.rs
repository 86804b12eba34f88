//! A text as it is compared: the same for every script, case, diacritic and separator.

use std::borrow::Cow;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use crate::schema::script::{is_unseen, latin_letter};

/// The words of one text, and all of them without what stands between. Reused for every text.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub(super) words: Vec<Word>,
    /// Letters and digits only.
    pub(super) squeezed: String,
}

/// A run of letters, or one of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    /// Equal for equal words; numbers count without leading zeros.
    pub(super) hash: u64,
    /// Where it begins in `squeezed`, and where it ends.
    pub(super) start: usize,
    pub(super) end: usize,
    /// It has digits only.
    pub(super) number: bool,
}

impl Word {
    /// Bytes, which are letters but for foreign ones.
    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }
}

impl Folded {
    pub(super) fn of(text: &str) -> Self {
        let mut folded = Self::default();
        folded.read(text);
        folded
    }

    /// Reads another text in the place of the last one.
    pub(super) fn read(&mut self, text: &str) {
        self.words.clear();
        self.squeezed.clear();
        let mut writer = Writer { folded: self, start: None, hash: BASIS };
        for c in text.chars() {
            if c.is_ascii() {
                writer.plain(c);
            } else if let Some(letter) = serbian(c) {
                writer.plain(letter);
            } else if !is_unseen(c) {
                decompose_compatible(c, |c| writer.letter(c));
            }
        }
        writer.end();
    }

    pub(super) fn letters(&self) -> usize {
        self.squeezed.chars().filter(|c| c.is_alphabetic()).count()
    }

    pub(super) fn digits(&self) -> usize {
        self.squeezed.bytes().filter(u8::is_ascii_digit).count()
    }

    pub(super) fn text(&self, word: &Word) -> &str {
        self.between(word, word)
    }

    /// The letters and digits from one word to another.
    pub(super) fn between(&self, first: &Word, last: &Word) -> &str {
        self.squeezed.get(first.start..last.end).unwrap_or_default()
    }

    /// Numbers that follow each other, each run as one.
    pub(super) fn runs(&self) -> impl Iterator<Item = &str> {
        let groups = self.words.chunk_by(|one, next| one.number == next.number);
        groups
            .filter_map(|run| run.first().zip(run.last()))
            .filter(|(first, _)| first.number)
            .map(|(first, last)| self.between(first, last))
    }
}

struct Writer<'f> {
    folded: &'f mut Folded,
    /// Where the word begins that is being written, and its hash so far.
    start: Option<usize>,
    hash: u64,
}

impl Writer<'_> {
    fn letter(&mut self, c: char) {
        match c {
            'đ' | 'Đ' | 'ð' | 'Ð' | 'ɖ' | 'Ɖ' => self.plain('D'),
            'ß' | 'ẞ' => "SS".chars().for_each(|c| self.plain(c)),
            _ if is_combining_mark(c) => {}
            _ => match latin_letter(c) {
                Some(letters) => letters.chars().for_each(|c| {
                    if c.is_ascii() { self.plain(c) } else { decompose_compatible(c, |c| self.bare(c)) }
                }),
                None => match digit(c) {
                    Some(digit) => self.plain(digit),
                    None => c.to_uppercase().for_each(|c| self.plain(c)),
                },
            },
        }
    }

    /// A letter of the Latin form of a Cyrillic one.
    fn bare(&mut self, c: char) {
        match c {
            'đ' | 'Đ' => self.plain('D'),
            _ if is_combining_mark(c) => {}
            c => self.plain(c),
        }
    }

    fn plain(&mut self, c: char) {
        if !c.is_alphanumeric() {
            self.end();
            return;
        }
        // A number that touches a letter is a word of its own.
        if self.start.is_some_and(|start| self.is_digit(start) != c.is_ascii_digit()) {
            self.end();
        }
        let squeezed = &mut self.folded.squeezed;
        let start = *self.start.get_or_insert(squeezed.len());
        let c = c.to_ascii_uppercase();
        let before = squeezed.as_bytes().get(start..).and_then(<[u8]>::last);
        // Djordje is Đorđe, Mueller is Müller is Muller.
        let folds =
            matches!((before, c), (Some(b'D'), 'J') | (Some(b'C'), 'H') | (Some(b'A' | b'O' | b'U'), 'E'));
        if folds {
            return;
        }
        squeezed.push(c);
        let leading = c == '0' && self.hash == BASIS;
        if !leading {
            self.hash = c.encode_utf8(&mut [0; 4]).bytes().fold(self.hash, add);
        }
    }

    fn is_digit(&self, at: usize) -> bool {
        self.folded.squeezed.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
    }

    fn end(&mut self) {
        let Some(start) = self.start.take() else { return };
        let hash = std::mem::replace(&mut self.hash, BASIS);
        let (end, number) = (self.folded.squeezed.len(), self.is_digit(start));
        self.folded.words.push(Word { hash, start, end, number });
    }
}

/// The letters of Serbian Latin and Cyrillic that become one plain letter: nearly all that is not ASCII.
const fn serbian(c: char) -> Option<char> {
    Some(match c {
        'а' | 'А' => 'A',
        'б' | 'Б' => 'B',
        'в' | 'В' => 'V',
        'г' | 'Г' => 'G',
        'д' | 'Д' | 'ђ' | 'Ђ' | 'đ' | 'Đ' => 'D',
        'е' | 'Е' => 'E',
        'ж' | 'Ж' | 'з' | 'З' | 'ž' | 'Ž' => 'Z',
        'и' | 'И' => 'I',
        'ј' | 'Ј' => 'J',
        'к' | 'К' => 'K',
        'л' | 'Л' => 'L',
        'м' | 'М' => 'M',
        'н' | 'Н' => 'N',
        'о' | 'О' => 'O',
        'п' | 'П' => 'P',
        'р' | 'Р' => 'R',
        'с' | 'С' | 'ш' | 'Ш' | 'š' | 'Š' => 'S',
        'т' | 'Т' => 'T',
        'ћ' | 'Ћ' | 'ц' | 'Ц' | 'ч' | 'Ч' | 'ć' | 'Ć' | 'č' | 'Č' => 'C',
        'у' | 'У' => 'U',
        'ф' | 'Ф' => 'F',
        'х' | 'Х' => 'H',
        _ => return None,
    })
}

/// The zeros of the scripts that people of these cases write: the other digits follow each in order.
const ZEROS: [char; 9] = ['٠', '۰', '०', '০', '੦', '௦', '๐', '០', '၀'];

/// The digit that another script writes in its own way.
fn digit(c: char) -> Option<char> {
    let value = |zero: &char| u32::from(c).checked_sub(u32::from(*zero)).filter(|value| *value < 10);
    char::from_digit(ZEROS.iter().find_map(value)?, 10)
}

/// The text with the digits of every script, and the signs about them, as ASCII has them.
pub(super) fn plain_digits(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| !c.is_ascii() && (c.is_numeric() || matches!(c, '＋' | '＠'))) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        decompose_compatible(c, |c| plain.push(digit(c).unwrap_or(c)));
    }
    Cow::Owned(plain)
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: fast for short words. Two words with one hash hold a message that a person then looks at.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(BASIS, add)
}

fn add(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
}
