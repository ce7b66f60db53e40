//! SQL stays within its slice: no statement's function is named by another slice, by whatever way it got a name there.

use crate::tidy::Source;
use crate::tidy::imports::{Modules, Named, names_of};
use std::collections::BTreeMap;

/// Re-exports that are followed from a name to its definition.
const MAX_STEPS: usize = 8;

/// The slice that a file is in: its folder below `src/edge`. The store has no slice: it is below all of them.
fn slice_of(path: &str) -> Option<&str> {
    let (slice, _) = path.strip_prefix("edge/")?.split_once('/')?;
    (slice != "store").then_some(slice)
}

fn is_sql(path: &str) -> bool {
    path.ends_with("/sql.rs") || path.contains("/sql/")
}

/// Names that lead from one slice into the SQL of another.
pub fn faults(sources: &[Source]) -> Vec<String> {
    let modules = Modules::of(sources);
    let names: BTreeMap<&str, Vec<Named>> = sources
        .iter()
        .map(|it| (it.path.as_str(), names_of(it, &modules)))
        .collect();
    let code: BTreeMap<&str, &str> = sources
        .iter()
        .map(|it| (it.path.as_str(), it.code.as_str()))
        .collect();
    let search = Search {
        modules: &modules,
        names: &names,
        code: &code,
    };
    let mut faults = Vec::new();
    for (file, named) in &names {
        let own = slice_of(file);
        for name in named {
            let home = search.definition(&name.path, 0);
            let Some(home) = home.filter(|it| is_sql(it) && slice_of(it).is_some()) else {
                continue;
            };
            if slice_of(home) != own {
                let name = name.path.join("::");
                faults.push(format!("src/{file}: `{name}` is SQL of src/{home}"));
            }
        }
    }
    faults
}

/// `pub use` of SQL, and modules of SQL that are not private.
pub fn open_doors(sources: &[Source]) -> Vec<String> {
    let modules = Modules::of(sources);
    let mut faults = Vec::new();
    let of_slices = sources.iter().filter(|it| slice_of(&it.path).is_some());
    for source in of_slices.filter(|it| !is_sql(&it.path)) {
        let named = names_of(source, &modules);
        let shown = named.iter().filter(|it| it.is_public);
        let shown = shown.filter(|it| it.path.iter().any(|part| part == "sql"));
        faults.extend(
            shown.map(|it| format!("src/{}: re-exports {}", source.path, it.path.join("::"))),
        );
        let is_door = |line: &&str| line.starts_with("pub") && line.ends_with("mod sql;");
        if source.code.lines().any(|line| is_door(&line.trim())) {
            faults.push(format!("src/{}: its `sql` is not private", source.path));
        }
    }
    faults
}

struct Search<'s> {
    modules: &'s Modules<'s>,
    names: &'s BTreeMap<&'s str, Vec<Named>>,
    code: &'s BTreeMap<&'s str, &'s str>,
}

impl<'s> Search<'s> {
    /// The file that defines what a path from the root of the crate names.
    fn definition(&self, path: &[String], n_steps: usize) -> Option<&'s str> {
        let (file, n_used) = self.modules.file_of(path)?;
        let Some(name) = path.get(n_used) else {
            return Some(file);
        };
        if n_steps == MAX_STEPS || defines(self.code.get(file)?, name) {
            return Some(file);
        }
        let shown = self.names.get(file)?.iter().filter(|it| it.is_public);
        let found = shown.filter(|it| it.name() == name).find_map(|it| {
            let rest = path[n_used + 1..].iter().cloned();
            let on: Vec<String> = it.path.iter().cloned().chain(rest).collect();
            self.definition(&on, n_steps + 1)
        });
        found.or(Some(file))
    }
}

/// Whether a file holds an item of this name.
fn defines(code: &str, name: &str) -> bool {
    const KINDS: [&str; 8] = [
        "fn", "struct", "enum", "const", "static", "type", "trait", "mod",
    ];
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = code
        .split(|c| !is_name(c))
        .filter(|it| !it.is_empty())
        .collect();
    words
        .windows(2)
        .any(|pair| KINDS.contains(&pair[0]) && pair[1] == name)
}
