//! Who has which address: no two things at one, by letter case too, and no file where a folder must be.
//!
//! Whoever asks first has it. The build asks for its own files first, then come static files, pages, former addresses
//! and the files beside pages.

use crate::config::SiteConfig;
use crate::diag::Diagnostic;
use crate::site::model::address::{self, Unfit};
use rapidhash::{HashMapExt, RapidHashMap as HashMap};
use std::sync::Arc;

/// All addresses that are taken so far.
pub struct Claims {
    /// By file in small letters.
    files: HashMap<String, Taken>,
    /// Folders that files lie in, in small letters, with one who needs them.
    folders: HashMap<String, Arc<str>>,
    prefixes: Vec<String>,
    base_path: String,
    precompress: bool,
}

/// An address that somebody has.
struct Taken {
    path: String,
    by: Arc<str>,
    kind: Kind,
}

/// What an address is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Something that an author made.
    Own,
    /// A file of the build: a static file of exactly this path may take its place.
    Made,
    /// The list of a section without a page of its own.
    List,
}

/// Endings of the compressed copies that may lie beside a file.
const COPIES: [&str; 2] = [".br", ".gz"];

impl Claims {
    /// Nothing is taken but what is the edge's.
    pub fn new(config: &SiteConfig) -> Self {
        let prefixes = config.languages.iter().skip(1);
        Claims {
            files: HashMap::new(),
            folders: HashMap::new(),
            prefixes: prefixes.map(|it| it.code.clone()).collect(),
            base_path: config.base_url.path().to_owned(),
            precompress: config.precompress,
        }
    }

    /// Takes an address for `owner`, the path of a source file or what else an author would know it by;
    /// otherwise says why it cannot be had.
    pub fn claim(&mut self, path: &str, owner: &Arc<str>) -> Result<(), Box<Diagnostic>> {
        self.judge(path, owner)?;
        self.take(path, owner, Kind::Own)
    }

    /// Takes the address of the list of a section that has no page of its own; `folder` is that of the section.
    pub fn claim_list(&mut self, path: &str, folder: &Arc<str>) -> Result<(), Box<Diagnostic>> {
        self.judge(path, folder)?;
        self.take(path, folder, Kind::List)
    }

    /// Takes the address of a file that the build makes, unless a static file of this path is there.
    pub fn claim_made(&mut self, path: &str, owner: &Arc<str>) -> Result<(), Box<Diagnostic>> {
        self.take(path, owner, Kind::Made)
    }

    /// Takes the address of a static file, which may stand in for one that the build would make. Dot files are copied
    /// for other hosts, though the edge serves none.
    pub fn claim_static(&mut self, path: &str, origin: &Arc<str>) -> Result<(), Box<Diagnostic>> {
        match self.unfit(path) {
            None | Some(Unfit::Hidden) => {}
            Some(unfit) => return Err(refusal(origin, path, unfit)),
        }
        let file = address::file_of(path).to_lowercase();
        match self.files.get_mut(&file) {
            Some(taken) if taken.kind == Kind::Made && taken.path == path => {
                taken.by = origin.clone();
                taken.kind = Kind::Own;
                Ok(())
            }
            _ => self.take(path, origin, Kind::Own),
        }
    }

    /// Whether a file that the build makes has this address so far.
    pub fn is_made(&self, path: &str) -> bool {
        let taken = self.files.get(&address::file_of(path).to_lowercase());
        taken.is_some_and(|it| it.kind == Kind::Made && it.path == path)
    }

    /// The address of which a file is a compressed copy, by its ending, where something else has that address.
    pub fn original_of(&self, path: &str) -> Option<&str> {
        let mut originals = COPIES.iter().filter_map(|ending| path.strip_suffix(ending));
        let taken =
            originals.find_map(|it| self.files.get(&address::file_of(it).to_lowercase()))?;
        Some(&taken.path)
    }

    fn unfit(&self, path: &str) -> Option<Unfit> {
        let languages = self.prefixes.iter().map(String::as_str);
        address::judge(path, &self.base_path, languages).err()
    }

    fn judge(&self, path: &str, owner: &Arc<str>) -> Result<(), Box<Diagnostic>> {
        match self.unfit(path) {
            None => Ok(()),
            Some(unfit) => Err(refusal(owner, path, unfit)),
        }
    }

    fn take(&mut self, path: &str, owner: &Arc<str>, kind: Kind) -> Result<(), Box<Diagnostic>> {
        let file = address::file_of(path).to_lowercase();
        if let Some(taken) = self.files.get(&file) {
            return Err(Box::new(match taken.kind {
                Kind::List => Diagnostic::list_address(owner, path, &taken.by),
                _ => Diagnostic::address_taken(owner, path, &taken.by, &taken.path),
            }));
        }
        let above = || file.match_indices('/').map(|(at, _)| &file[..at]);
        let in_the_way = above().find_map(|folder| self.file_at(folder));
        if let Some(by) = in_the_way.or_else(|| self.folder_at(&file)) {
            return Err(Box::new(Diagnostic::file_and_folder(owner, path, by)));
        }
        for folder in above().collect::<Vec<_>>().into_iter().rev() {
            if self.folders.contains_key(folder) {
                break;
            }
            self.folders.insert(folder.to_owned(), owner.clone());
        }
        let taken = Taken {
            path: path.to_owned(),
            by: owner.clone(),
            kind,
        };
        self.files.insert(file, taken);
        Ok(())
    }

    /// Whoever has a file where a folder is wanted, a compressed copy among them.
    fn file_at(&self, folder: &str) -> Option<&Arc<str>> {
        let copied = COPIES.iter().filter(|_| self.precompress);
        let mut originals = copied.filter_map(|ending| folder.strip_suffix(ending));
        let taken = self.files.get(folder);
        let taken = taken.or_else(|| originals.find_map(|it| self.files.get(it)));
        taken.map(|it| &it.by)
    }

    /// Whoever needs a folder where a file, or a compressed copy of it, is wanted.
    fn folder_at(&self, file: &str) -> Option<&Arc<str>> {
        let mut copies = COPIES.iter().filter(|_| self.precompress);
        let folder = self.folders.get(file);
        folder.or_else(|| copies.find_map(|ending| self.folders.get(&format!("{file}{ending}"))))
    }
}

fn refusal(owner: &str, path: &str, unfit: Unfit) -> Box<Diagnostic> {
    Box::new(match unfit {
        Unfit::Unsafe => Diagnostic::unsafe_address(owner, path),
        Unfit::Hidden => Diagnostic::hidden_address(owner, path),
        Unfit::TooLong => Diagnostic::long_address(owner, path),
        Unfit::Reserved => Diagnostic::reserved_address(owner, path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::model::testing::TestSite;

    #[test]
    fn an_address_is_had_once() {
        let settings = "precompress = false\n[[languages]]\ncode = \"zh\"";
        let mut claims = Claims::new(&TestSite::settings(settings));
        for (path, code) in [
            ("/a/", None),
            ("/A/", Some("address-taken")),
            ("/a/index.html", Some("address-taken")),
            ("/a", Some("file-and-folder")),
            ("/b", None),
            ("/B/c/", Some("file-and-folder")),
            ("/É/", None),
            ("/é/", Some("address-taken")),
            ("/api/x/", None),
            ("/api/me/", Some("reserved-address")),
            ("/zh/members/sign-out/", Some("reserved-address")),
            ("/../x/", Some("unsafe-address")),
            ("/.x/", Some("hidden-address")),
            ("/b.gz/", None),
        ] {
            let refusal = claims.claim(path, &"x".into()).err();
            assert_eq!(refusal.map(|it| it.code), code, "{path}");
        }
    }

    #[test]
    fn a_static_file_stands_in_for_a_made_one() {
        let mut claims = Claims::new(&TestSite::settings(""));
        claims
            .claim_made("/robots.txt", &"the build".into())
            .unwrap();
        for (path, code) in [
            ("/Robots.txt", Some("address-taken")),
            ("/robots.txt/x", Some("file-and-folder")),
            ("/robots.txt", None),
            ("/.nojekyll", None),
        ] {
            let refusal = claims.claim_static(path, &"static/x".into()).err();
            assert_eq!(refusal.map(|it| it.code), code, "{path}");
        }
        let refusal = claims.claim("/robots.txt", &"content/a.md".into());
        assert!(refusal.unwrap_err().message.contains("static/x"));
    }

    #[test]
    fn compressed_copies_are_files_too() {
        let mut claims = Claims::new(&TestSite::settings("precompress = true"));
        for (path, code) in [
            ("/theme.css", None),
            ("/theme.css.gz/", Some("file-and-folder")),
            ("/Theme.css.br/x/", Some("file-and-folder")),
            ("/y.js.gz/", None),
            ("/y.js", Some("file-and-folder")),
        ] {
            let refusal = claims.claim(path, &"x".into()).err();
            assert_eq!(refusal.map(|it| it.code), code, "{path}");
        }
    }
}
