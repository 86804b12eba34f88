//! Reads Rust source just well enough to check habits: words and signs with their lines, without comments.

use std::path::Path;

/// One source file.
pub(crate) struct Source {
    /// From the top of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
    /// String literals, with the line on which each begins.
    pub(crate) strings: Vec<(usize, String)>,
}

/// A word, `::`, or one sign.
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) word: String,
    /// Whether it stands in code that is only built for tests.
    pub(crate) test: bool,
    /// Modules around it, counted from the crate (0).
    pub(crate) depth: usize,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, strings) = without_literals(text);
        let mut tokens = tokens(&code);
        mark_tests(path, &mut tokens);
        mark_depth(path, &mut tokens);
        Self { path: path.to_owned(), text: text.to_owned(), tokens, strings }
    }

    /// The part of the crate that the file belongs to: `seal` for `src/seal/open.rs`, `app` for `src/app.rs`.
    pub(crate) fn folder(&self) -> &str {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        path.split_once('/').map_or(path.strip_suffix(".rs").unwrap_or(path), |(folder, _)| folder)
    }

    pub(crate) fn word(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |token| &token.word)
    }

    /// Whether the tokens from `i` on are `words`.
    pub(crate) fn reads(&self, i: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(k, word)| self.word(i + k) == *word)
    }

    /// The names right below a path's start, of which token `i` is the last `::`: one, or those of a group in braces.
    pub(crate) fn names_below(&self, i: usize) -> Vec<(usize, &str)> {
        let name = |i: usize| self.tokens.get(i).map(|token| (token.line, token.word.as_str()));
        if self.word(i + 1) != "{" {
            return name(i + 1).into_iter().collect();
        }
        let (mut depth, mut names) = (0, Vec::new());
        for k in i + 1..self.tokens.len() {
            match self.word(k) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && matches!(self.word(k), "{" | ",") && self.word(k + 1) != "}" {
                names.extend(name(k + 1));
            }
        }
        names
    }

    /// The token that closes the brace opened by token `open`.
    pub(crate) fn closing(&self, open: usize) -> usize {
        closing(&self.tokens, open)
    }
}

/// Every Rust file below `folder` of the repository at `root`.
pub(crate) fn sources(root: &Path, folder: &str) -> Vec<Source> {
    files(root, folder)
        .iter()
        .filter(|path| Path::new(path).extension().is_some_and(|end| end == "rs"))
        .map(|path| Source::new(path, &std::fs::read_to_string(root.join(path)).unwrap()))
        .collect()
}

/// The paths of all files below `folder`, sorted. What a build leaves (`tests/fuzz/target`) is nobody's text.
pub(crate) fn files(root: &Path, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).into_iter().flatten() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
            match entry.file_type().unwrap().is_dir() {
                true if path.ends_with("/target") => {}
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// The code with comments and literals blanked out, and the string literals.
fn without_literals(text: &str) -> (String, Vec<(usize, String)>) {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut code, mut strings, mut line, mut i) = (String::new(), Vec::new(), 1, 0);
    while i < chars.len() {
        let in_word = i > 0 && is_word(at(i - 1));
        let end = match at(i) {
            '/' if at(i + 1) == '/' => (i..chars.len()).find(|k| at(*k) == '\n').unwrap_or(chars.len()),
            '/' if at(i + 1) == '*' => end_of_comment(&chars, i),
            'r' if !in_word || (at(i - 1) == 'b' && !(i > 1 && is_word(at(i - 2)))) => {
                end_of_raw(&chars, i).unwrap_or(i)
            }
            '"' => end_of_string(&chars, i),
            '\'' if at(i + 1) == '\\' => {
                (i + 3..chars.len()).find(|k| at(*k) == '\'').map_or(chars.len(), |k| k + 1)
            }
            '\'' if at(i + 2) == '\'' => i + 3,
            _ => i,
        };
        if end == i {
            code.push(at(i));
            line += usize::from(at(i) == '\n');
            i += 1;
            continue;
        }
        let literal: String = chars[i..end].iter().collect();
        if literal.contains('"') && !literal.starts_with('/') {
            strings.push((line, literal.clone()));
        }
        line += literal.matches('\n').count();
        code.extend(literal.chars().map(|c| if c == '\n' { c } else { ' ' }));
        i = end;
    }
    (code, strings)
}

fn end_of_comment(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0_usize, start);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

fn end_of_string(chars: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while i < chars.len() {
        match chars[i] {
            '"' => return i + 1,
            '\\' => i += 2,
            _ => i += 1,
        }
    }
    chars.len()
}

fn end_of_raw(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |k: &usize| chars[*k] == '"' && (1..=hashes).all(|h| chars.get(k + h) == Some(&'#'));
    Some((open + 1..chars.len()).find(closes).map_or(chars.len(), |k| k + 1 + hashes))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn tokens(code: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut line, mut joined) = (1, false);
    for c in code.chars() {
        if c.is_whitespace() {
            line += usize::from(c == '\n');
            joined = false;
            continue;
        }
        let word = joined && is_word(c);
        match tokens.last_mut() {
            Some(last) if word && last.word.chars().all(is_word) => last.word.push(c),
            Some(last) if joined && c == ':' && last.word == ":" => last.word.push(c),
            _ => tokens.push(Token { line, word: c.to_string(), test: false, depth: 0 }),
        }
        joined = true;
    }
    tokens
}

fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.word.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i;
        }
    }
    tokens.len().saturating_sub(1)
}

/// The item after `#[cfg(test)]`, and all of a file named for tests.
fn mark_tests(path: &str, tokens: &mut [Token]) {
    if path.ends_with("/tests.rs") || path.contains("/tests/") || path.starts_with("tests/") {
        for token in tokens {
            token.test = true;
        }
        return;
    }
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    for i in 0..tokens.len() {
        if !attribute.iter().enumerate().all(|(k, word)| tokens.get(i + k).is_some_and(|t| t.word == *word)) {
            continue;
        }
        let start = i + attribute.len();
        let ends = |k: &usize| matches!(tokens[*k].word.as_str(), "{" | ";");
        let Some(first) = (start..tokens.len()).find(ends) else { continue };
        let end = if tokens[first].word == "{" { closing(tokens, first) } else { first };
        for token in &mut tokens[i..=end] {
            token.test = true;
        }
    }
}

fn mark_depth(path: &str, tokens: &mut [Token]) {
    let parts = path.strip_prefix("src/").unwrap_or(path).split('/').count();
    let base = match path.rsplit('/').next() {
        Some("mod.rs") => parts - 1,
        Some("lib.rs" | "main.rs") if parts == 1 => 0,
        _ => parts,
    };
    let mut braces: Vec<bool> = Vec::new();
    for i in 0..tokens.len() {
        match tokens[i].word.as_str() {
            "{" => braces.push(i >= 2 && tokens[i - 2].word == "mod"),
            "}" => drop(braces.pop()),
            _ => {}
        }
        tokens[i].depth = base + braces.iter().filter(|is_module| **is_module).count();
    }
}
