//! Who has which address: no two things at one, by letter case too, and no file where a folder must be.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::site::model::address::{self, Unfit};
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::sync::Arc;

/// All addresses that are taken so far. The first to ask has it, so the order of asking must be fixed.
pub struct Claims {
    /// By file in small letters: the address and who has it.
    files: HashMap<String, (String, Arc<str>)>,
    /// Folders that files lie in, in small letters, with one who needs them.
    folders: HashMap<String, Arc<str>>,
    prefixes: Vec<String>,
}

impl Claims {
    /// Nothing is taken but what is the edge's.
    pub fn new(config: &SiteConfig) -> Self {
        Claims {
            files: HashMap::new(),
            folders: HashMap::new(),
            prefixes: config
                .languages
                .iter()
                .skip(1)
                .map(|it| it.code.clone())
                .collect(),
        }
    }

    /// Takes an address for `owner`, the path of a source file or what else an author would know it by;
    /// otherwise says why it cannot be had.
    pub fn claim(&mut self, path: &str, owner: &Arc<str>) -> Result<(), Box<Diagnostic>> {
        if let Err(unfit) = address::judge(path, self.prefixes.iter().map(String::as_str)) {
            return Err(Box::new(match unfit {
                Unfit::Unsafe => Diagnostic::unsafe_address(owner, path),
                Unfit::TooLong => Diagnostic::long_address(owner, path),
                Unfit::Reserved => Diagnostic::reserved_address(owner, path),
            }));
        }
        let file = address::file_of(path).to_lowercase();
        if let Some((taken, by)) = self.files.get(&file) {
            return Err(Box::new(Diagnostic::address_taken(owner, path, by, taken)));
        }
        let above = || file.match_indices('/').map(|(at, _)| &file[..at]);
        let in_the_way = above().find_map(|folder| self.files.get(folder).map(|(_, by)| by));
        if let Some(by) = in_the_way.or_else(|| self.folders.get(&file)) {
            return Err(Box::new(Diagnostic::file_and_folder(owner, path, by)));
        }
        for folder in above().collect::<Vec<_>>().into_iter().rev() {
            if self.folders.contains_key(folder) {
                break;
            }
            self.folders.insert(folder.to_owned(), owner.clone());
        }
        self.files.insert(file, (path.to_owned(), owner.clone()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::model::testing::TestSite;

    #[test]
    fn an_address_is_had_once() {
        let mut claims = Claims::new(&TestSite::settings("[[languages]]\ncode = \"zh\""));
        for (path, code) in [
            ("/a/", None),
            ("/A/", Some("address-taken")),
            ("/a/index.html", Some("address-taken")),
            ("/a", Some("file-and-folder")),
            ("/b", None),
            ("/B/c/", Some("file-and-folder")),
            ("/É/", None),
            ("/é/", Some("address-taken")),
            ("/api/x/", Some("reserved-address")),
            ("/zh/members/", Some("reserved-address")),
            ("/../x/", Some("unsafe-address")),
        ] {
            let refusal = claims.claim(path, &"x".into()).err();
            assert_eq!(refusal.map(|it| it.code), code, "{path}");
        }
    }
}
