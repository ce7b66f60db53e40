//! Every SQL statement of the edge, read from its source.
//!
//! Entry point: [`statements`]. A statement is a string literal that begins with a verb of SQL, or the expansion of a
//! `macro_rules!` of its own file that is made of literals alone. Code of tests is left out. An argument of
//! `query`, `query_one` or `execute` that is neither is reported, so that no statement can come from elsewhere.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const VERBS: [&str; 5] = [
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "WITH ",
];
const CALLS: [&str; 4] = ["query", "query_one", "execute", "execute_later"];

/// What the source of the edge holds.
#[derive(Default)]
pub struct Source {
    /// File below `src/edge` and statement.
    pub statements: Vec<(String, String)>,
    /// File and argument that is no literal.
    pub handed_on: Vec<(String, String)>,
}

/// All statements in the files below `folder`.
pub fn statements(folder: &Path) -> Source {
    let mut files = rust_files(folder);
    files.sort();
    let parsed: Vec<(PathBuf, TokenStream)> = files
        .into_iter()
        .map(|file| {
            let text = std::fs::read_to_string(&file).unwrap();
            let tokens = text.parse().unwrap();
            (file, tokens)
        })
        .collect();
    let tested: Vec<PathBuf> = parsed
        .iter()
        .flat_map(|(file, tokens)| modules_of_tests(file, tokens))
        .collect();
    let mut source = Source::default();
    for (file, tokens) in parsed {
        let is_tested = |it: &PathBuf| file == it.with_extension("rs") || file.starts_with(it);
        if !tested.iter().any(is_tested) {
            let name = file.strip_prefix(folder).unwrap().display().to_string();
            let macros = macros_in(&tokens);
            Walk {
                name: &name,
                macros: &macros,
                source: &mut source,
            }
            .walk(&tokens);
        }
    }
    source
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    files
}

/// Items at one level without those of tests.
fn without_tests(tokens: &TokenStream, mut skipped: impl FnMut(&[TokenTree])) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut trees = tokens.clone().into_iter().peekable();
    while let Some(tree) = trees.next() {
        let marks_test = is_punct(&tree, '#')
            && matches!(trees.peek(), Some(TokenTree::Group(it)) if it.stream().to_string().starts_with("cfg (test)")
                || it.stream().to_string().starts_with("cfg(test)"));
        if !marks_test {
            kept.push(tree);
            continue;
        }
        let mut item = Vec::new();
        for tree in trees.by_ref() {
            let ends = is_punct(&tree, ';')
                || matches!(&tree, TokenTree::Group(it) if it.delimiter() == Delimiter::Brace);
            item.push(tree);
            if ends {
                break;
            }
        }
        skipped(&item);
    }
    kept
}

/// The paths, without an extension, of modules that are built for tests alone.
fn modules_of_tests(file: &Path, tokens: &TokenStream) -> Vec<PathBuf> {
    let folder = match file.file_stem().and_then(|it| it.to_str()) {
        Some("mod") => file.parent().unwrap().to_owned(),
        _ => file.with_extension(""),
    };
    let mut modules = Vec::new();
    without_tests(tokens, |item| {
        let at = item.iter().position(|it| it.to_string() == "mod");
        if let Some(name) = at.and_then(|at| item.get(at + 1)) {
            modules.push(folder.join(name.to_string()));
        }
    });
    modules
}

/// The arms of each macro: what it takes and what it makes of that.
type Macros = BTreeMap<String, Vec<(TokenStream, TokenStream)>>;

fn macros_in(tokens: &TokenStream) -> Macros {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut macros = Macros::new();
    for window in trees.windows(4) {
        if let [word, _, TokenTree::Ident(name), TokenTree::Group(body)] = window
            && word.to_string() == "macro_rules"
        {
            let groups: Vec<Group> = body
                .stream()
                .into_iter()
                .filter_map(|it| match it {
                    TokenTree::Group(group) => Some(group),
                    _ => None,
                })
                .collect();
            let arms = groups
                .chunks_exact(2)
                .map(|it| (it[0].stream(), it[1].stream()));
            macros.insert(name.to_string(), arms.collect());
        }
    }
    macros
}

struct Walk<'w> {
    name: &'w str,
    macros: &'w Macros,
    source: &'w mut Source,
}

impl Walk<'_> {
    fn walk(&mut self, tokens: &TokenStream) {
        let trees = without_tests(tokens, |_| ());
        let mut at = 0;
        while at < trees.len() {
            if trees[at].to_string() == "macro_rules" {
                at += 4;
                continue;
            }
            self.look_at_call(&trees[at..]);
            if let Some((text, n_trees)) = text_at(&trees[at..], self.macros) {
                self.note(text);
                at += n_trees;
                continue;
            }
            if let TokenTree::Group(group) = &trees[at] {
                self.walk(&group.stream());
            }
            at += 1;
        }
    }

    fn note(&mut self, text: String) {
        let line = one_line(&text);
        let is_word = line.trim_end().split(' ').count() < 3;
        if !is_word && VERBS.iter().any(|it| line.starts_with(it)) {
            self.source.statements.push((self.name.into(), text));
        }
    }

    /// `.query(first, …)` with anything but a text.
    fn look_at_call(&mut self, trees: &[TokenTree]) {
        let [
            dot,
            TokenTree::Ident(called),
            TokenTree::Group(arguments),
            ..,
        ] = trees
        else {
            return;
        };
        if !is_punct(dot, '.') || !CALLS.contains(&called.to_string().as_str()) {
            return;
        }
        let Some(first) = split(&arguments.stream()).into_iter().next() else {
            return;
        };
        if text_at(&first, self.macros).is_none_or(|(_, n_trees)| n_trees != first.len()) {
            let shown = first.into_iter().collect::<TokenStream>().to_string();
            self.source.handed_on.push((self.name.into(), shown));
        }
    }
}

/// The text that the first trees are, and how many trees it takes.
fn text_at(trees: &[TokenTree], macros: &Macros) -> Option<(String, usize)> {
    match trees {
        [TokenTree::Literal(literal), ..] => Some((unquoted(&literal.to_string())?, 1)),
        [
            TokenTree::Ident(name),
            mark,
            TokenTree::Group(arguments),
            ..,
        ] if is_punct(mark, '!') => {
            let name = name.to_string();
            if name == "concat" {
                let pieces = split(&arguments.stream());
                let texts: Option<Vec<String>> =
                    pieces.iter().map(|it| whole_text(it, macros)).collect();
                return Some((texts?.concat(), 3));
            }
            let given = split(&arguments.stream());
            let body = macros
                .get(&name)?
                .iter()
                .find_map(|(takes, makes)| filled(takes, makes, &given))?;
            let body: Vec<TokenTree> = body.into_iter().collect();
            Some((whole_text(&body, macros)?, 3))
        }
        _ => None,
    }
}

fn whole_text(trees: &[TokenTree], macros: &Macros) -> Option<String> {
    text_at(trees, macros)
        .filter(|(_, n_trees)| *n_trees == trees.len())
        .map(|(text, _)| text)
}

/// The body of an arm with what is given in its places; `None` where the arm takes something else.
fn filled(
    takes: &TokenStream,
    makes: &TokenStream,
    given: &[Vec<TokenTree>],
) -> Option<TokenStream> {
    let takes = split(takes);
    if takes.len() != given.len() {
        return None;
    }
    let mut places = BTreeMap::new();
    for (taken, given) in takes.iter().zip(given) {
        match taken.as_slice() {
            [dollar, name, ..] if is_punct(dollar, '$') => {
                places.insert(name.to_string(), given.clone());
            }
            [word] if given.len() == 1 && word.to_string() == given[0].to_string() => {}
            _ => return None,
        }
    }
    Some(put_in(makes, &places))
}

fn put_in(makes: &TokenStream, places: &BTreeMap<String, Vec<TokenTree>>) -> TokenStream {
    let mut made = Vec::new();
    let mut trees = makes.clone().into_iter();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Group(group) => {
                let inner = put_in(&group.stream(), places);
                made.push(TokenTree::Group(Group::new(group.delimiter(), inner)));
            }
            tree if is_punct(&tree, '$') => {
                let name = trees.next().map(|it| it.to_string()).unwrap_or_default();
                made.extend(places.get(&name).cloned().unwrap_or_default());
            }
            tree => made.push(tree),
        }
    }
    made.into_iter().collect()
}

/// What stands between commas.
fn split(tokens: &TokenStream) -> Vec<Vec<TokenTree>> {
    let mut pieces = vec![Vec::new()];
    for tree in tokens.clone() {
        if is_punct(&tree, ',') {
            pieces.push(Vec::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push(tree);
        }
    }
    pieces.retain(|it| !it.is_empty());
    pieces
}

fn is_punct(tree: &TokenTree, letter: char) -> bool {
    matches!(tree, TokenTree::Punct(it) if it.as_char() == letter)
}

/// The value of a string literal; `None` for any other literal.
fn unquoted(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        return Some(raw.trim_matches('#').trim_matches('"').into());
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match (letter, letter == '\\') {
            (_, false) => value.push(letter),
            _ => match letters.next()? {
                'n' => value.push('\n'),
                // A line that goes on in the next one.
                '\n' => {
                    let rest = letters.as_str().trim_start();
                    letters = rest.chars();
                }
                other => value.push(other),
            },
        }
    }
    Some(value)
}

/// A statement with single spaces.
pub fn one_line(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.push(' ');
    line
}
