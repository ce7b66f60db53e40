//! Which file imports which: `use` declarations and paths that begin with `crate`, resolved to files of `src`.
//!
//! A name that a `mod.rs` re-exports counts as an import of that `mod.rs`.

use crate::tidy::Source;
use std::collections::{BTreeMap, BTreeSet};

/// The files that each file imports, by their paths below `src`.
pub type Imports<'s> = BTreeMap<&'s str, BTreeSet<&'s str>>;

/// The modules of the crate, with the file of each.
pub struct Modules<'s>(BTreeMap<String, &'s str>);

impl<'s> Modules<'s> {
    /// Those of some files.
    pub fn of(sources: &'s [Source]) -> Self {
        let all = sources.iter();
        Modules(
            all.map(|it| (module_of(&it.path).join("::"), it.path.as_str()))
                .collect(),
        )
    }

    /// The longest part of a path that is a module with a file, and how many names it has.
    pub fn file_of(&self, path: &[String]) -> Option<(&'s str, usize)> {
        (1..=path.len()).rev().find_map(|n| {
            let file = self.0.get(&path[..n].join("::"))?;
            Some((*file, n))
        })
    }
}

/// A path that a file names, from the root of the crate.
pub struct Named {
    /// Its names.
    pub path: Vec<String>,
    /// What it is called in the file, where that is another name.
    alias: Option<String>,
    /// Whether it stands in a `pub use`.
    pub is_public: bool,
}

impl Named {
    /// What it is called in the file.
    pub fn name(&self) -> &str {
        let last = || self.path.last().map_or("", String::as_str);
        self.alias.as_deref().unwrap_or_else(last)
    }
}

/// All paths of this crate that a file names.
pub fn names_of(source: &Source, modules: &Modules<'_>) -> Vec<Named> {
    let own = module_of(&source.path);
    let all = paths(&source.code).into_iter();
    let named = all.filter_map(|(mut path, is_public)| {
        let alias = path
            .pop_if(|it| it.starts_with(ALIAS))
            .map(|it| it[ALIAS.len()..].to_owned());
        let path = absolute(&path, &own, modules)?;
        Some(Named {
            path,
            alias,
            is_public,
        })
    });
    named.collect()
}

/// Resolves all imports. Files of tests are left out.
pub fn imports(sources: &[Source]) -> Imports<'_> {
    let modules = Modules::of(sources);
    let mut all = Imports::new();
    for source in sources.iter().filter(|it| !it.code.is_empty()) {
        let named = names_of(source, &modules).into_iter();
        let files = named.filter_map(|it| modules.file_of(&it.path));
        let others = files.map(|(file, _)| file);
        all.insert(
            &source.path,
            others.filter(|it| *it != source.path).collect(),
        );
    }
    all
}

/// Groups of files that import each other in a circle. A file and one in a folder of its module are not a circle by
/// themselves.
pub fn circles<'s>(imports: &Imports<'s>) -> Vec<BTreeSet<&'s str>> {
    let next = |file: &'s str| {
        let all = imports.get(file).into_iter().flatten().copied();
        all.filter(move |it| !is_family(file, it))
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = imports
        .keys()
        .map(|file| {
            let (mut seen, mut open) = (BTreeSet::new(), vec![*file]);
            while let Some(at) = open.pop() {
                open.extend(next(at).filter(|it| seen.insert(*it)));
            }
            (*file, seen)
        })
        .collect();
    let reaches = |from: &str, to: &str| reached.get(from).is_some_and(|it| it.contains(to));
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for file in imports.keys().copied() {
        if reaches(file, file) && !circles.iter().any(|it| it.contains(file)) {
            let others = imports.keys().copied();
            circles.push(
                others
                    .filter(|it| reaches(file, it) && reaches(it, file))
                    .collect(),
            );
        }
    }
    circles
}

/// Whether one file is the module that the other is in.
pub fn is_family(one: &str, other: &str) -> bool {
    let (one, other) = (module_of(one), module_of(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// The module that a file holds: `site/model/mod.rs` is `site::model`.
fn module_of(path: &str) -> Vec<&str> {
    let path = path.trim_end_matches(".rs");
    let mut parts: Vec<&str> = path.split('/').collect();
    if matches!(parts.last(), Some(&"mod")) || parts == ["lib"] {
        parts.pop();
    }
    parts
}

/// A path from the root of the crate; `None` for one that leads to another crate.
fn absolute(path: &[String], own: &[&str], modules: &Modules<'_>) -> Option<Vec<String>> {
    let own = || own.iter().map(|it| (*it).to_owned());
    let rest = |n: usize| path[n..].iter().cloned();
    match path.first()?.as_str() {
        "crate" => Some(rest(1).collect()),
        "self" => Some(own().chain(rest(1)).collect()),
        "super" => {
            let n_up = path.iter().take_while(|it| *it == "super").count();
            let n_kept = own().count().saturating_sub(n_up);
            Some(own().take(n_kept).chain(rest(n_up)).collect())
        }
        first => {
            let child: Vec<String> = own().chain([first.to_owned()]).collect();
            let is_child = modules.0.contains_key(&child.join("::"));
            is_child.then(|| own().chain(rest(0)).collect())
        }
    }
}

/// Begins the last name of a path that has another name in the file.
const ALIAS: &str = "as ";

/// All paths that a file names: those of its `use` declarations, one by one, and those that begin with `crate::`. True
/// for those of a `pub use`.
fn paths(code: &str) -> Vec<(Vec<String>, bool)> {
    let mut all = Vec::new();
    let mut declarations = code.split("use ");
    let mut before = declarations.next().unwrap_or_default();
    for declaration in declarations {
        let line = before.rsplit('\n').next().unwrap_or_default();
        let is_public = line.trim_start().starts_with("pub");
        let tree = declaration.split(';').next().unwrap_or_default();
        let mut found = Vec::new();
        expand(&tokens(tree), &mut Vec::new(), &mut found);
        all.extend(found.into_iter().map(|it| (it, is_public)));
        before = declaration;
    }
    for rest in code.split("crate::").skip(1) {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let path = rest.split(|c: char| !is_path(c)).next().unwrap_or_default();
        let names = path.split("::").filter(|it| !it.is_empty());
        let path = ["crate"].into_iter().chain(names).map(String::from);
        all.push((path.collect(), false));
    }
    all
}

/// Names, and the signs `{`, `}` and `,`.
fn tokens(tree: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut is_in_name = false;
    for c in tree.chars() {
        let is_name = c.is_alphanumeric() || c == '_' || c == '*';
        match all.last_mut().filter(|_| is_name && is_in_name) {
            Some(name) => name.push(c),
            None if is_name || "{},".contains(c) => all.push(c.into()),
            None => {}
        }
        is_in_name = is_name;
    }
    all
}

/// The paths of a `use` tree that stands below `prefix`; returns how many tokens were read.
fn expand(tokens: &[String], prefix: &mut Vec<String>, all: &mut Vec<Vec<String>>) -> usize {
    let (mut at, depth) = (0, prefix.len());
    let mut is_path = false;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.as_str() {
            "{" => {
                at += expand(&tokens[at..], prefix, all);
                is_path = false;
            }
            "," | "}" => {
                if is_path {
                    all.push(prefix.clone());
                }
                is_path = false;
                prefix.truncate(depth);
                if token == "}" {
                    return at;
                }
            }
            // The name that follows is one of this file.
            "as" => {
                let alias = tokens.get(at).map_or("", String::as_str);
                prefix.push(format!("{ALIAS}{alias}"));
                at += 1;
            }
            "pub" | "self" if depth > 0 => is_path = true,
            name => {
                prefix.push(name.to_owned());
                is_path = true;
            }
        }
    }
    if is_path {
        all.push(prefix.clone());
    }
    prefix.truncate(depth);
    at
}
