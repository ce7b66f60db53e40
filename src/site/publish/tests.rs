//! What must hold of a release on disk, whatever is in it.

use crate::config::SiteConfig;
use crate::diag::{Diagnostic, SourceFile};
use crate::ids::{Access, PartNumber};
use crate::manifest::checksum;
use crate::site::cache::{Bodies, Library, Released};
use crate::site::error::BuildError;
use crate::site::fingerprint::Fingerprint;
use crate::site::model::{CopiedFiles, FooterLinks, LanguageSite, Site};
use crate::site::outputs::{self, Output};
use crate::site::parse::{Fragment, GatedFragment, ParseSettings};
use crate::site::publish::{
    Done, LastRelease, Material, OutputFolder, Published, Purpose, VaultKey, all,
};
use crate::site::render::html::{Filling, GatedHtml, PartEdges, PublicHtml};
use crate::site::render::{Body, Rendered, RenderedPart};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Files to publish: public text, and the gated part of the page where there is one.
type Files<'a> = &'a [(&'a str, &'a str, Option<&'a str>)];

struct Case {
    folder: TempDir,
    precompress: bool,
    /// Each build knows what the one before it has made.
    remembers: bool,
    is_ours: bool,
    remembered: RefCell<Option<Released>>,
}

impl Case {
    fn new() -> Self {
        Case {
            folder: tempfile::tempdir().unwrap(),
            precompress: false,
            remembers: false,
            is_ours: false,
            remembered: RefCell::default(),
        }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("dist")
    }

    fn current(&self, file: &str) -> PathBuf {
        self.out().join("current").join(file)
    }

    fn releases(&self) -> Vec<String> {
        let entries = fs::read_dir(self.out().join("releases")).unwrap();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    fn publish(&self, files: Files) -> Result<Published, BuildError> {
        let mut config = config();
        config.precompress = self.precompress;
        let site = empty_site();
        // Any kind will do.
        let (_, kind) = outputs::all(&site, &config).remove(0);
        let outputs: Vec<Output> = files
            .iter()
            .map(|(file, text, part)| Output {
                file: (*file).into(),
                kind,
                fingerprint: Fingerprint::of(
                    format!("{file}{text}{part:?}").as_bytes(),
                    std::iter::empty(),
                ),
            })
            .collect();
        let (library, settings) = (Library::temporary().unwrap(), ParseSettings::for_tests());
        let material = Material {
            site: &site,
            config: &config,
            outputs: &outputs,
            files: &CopiedFiles::default(),
            bodies: Bodies {
                library: &library,
                root: self.folder.path(),
                settings: &settings,
            },
            unavailable: BTreeMap::new(),
            before: None,
        };
        let texts: BTreeMap<_, _> = files.iter().map(|it| (it.0, (it.1, it.2))).collect();
        let render = |output: &Output| match texts[&*output.file] {
            ("fail", _) => Err(BuildError::Template(Box::new(Diagnostic::template_fault(
                "templates/page.html",
                (1, 1),
                "no",
                &output.file,
            )))),
            (text, gated) => Ok(Rendered {
                body: Body::Text(PublicHtml::new(text.into())),
                parts: gated.into_iter().map(part).collect(),
                version: gated.map(|_| "v".into()),
            }),
        };
        let key = VaultKey::parse(&"5e".repeat(32)).unwrap();
        let folder = OutputFolder::open(&self.out(), Purpose::Readers)?;
        let remembered = self.remembered.borrow_mut().take().map(Arc::new);
        let last = LastRelease::open(&folder, remembered, self.is_ours);
        let done = all(&folder, &key, &material, last.as_ref(), render, || true)?;
        let Done::Published(done) = done else {
            panic!("nobody was against it");
        };
        let (published, released) = *done;
        if self.remembers {
            *self.remembered.borrow_mut() = Some(released);
        }
        Ok(published)
    }
}

fn part(html: &str) -> RenderedPart {
    let fragment = GatedFragment(Fragment {
        html: html.into(),
        holes: Vec::new(),
        words: Vec::new(),
        wiki: Vec::new(),
    });
    RenderedPart {
        number: PartNumber(1),
        access: Access::Members,
        html: GatedHtml::fill(
            &fragment,
            (PartNumber(1), &Access::Members),
            &PartEdges {
                begins: "For members".into(),
                ends: "End".into(),
            },
            |_| Filling::default(),
            |_| "",
        ),
        range: 0..0,
    }
}

fn config() -> SiteConfig {
    let file = SourceFile::new(
        "site.toml",
        "title = \"T\"\nbase_url = \"https://example.org/\"\n",
    );
    crate::config::parse(&file).unwrap().0
}

fn empty_site() -> Site {
    Site {
        hidden: Vec::new(),
        pages: Vec::new(),
        sections: Vec::new(),
        languages: vec![LanguageSite {
            home: None,
            newest: Vec::new(),
            menu: Vec::new(),
            footer: FooterLinks::default(),
        }],
        taxonomies: Vec::new(),
        terms: Vec::new(),
        translations: Vec::new(),
        redirects: Vec::new(),
        renamed: BTreeMap::new(),
        unsettled: crate::manifest::Unsettled::default(),
        assets: Vec::new(),
        statics: Vec::new(),
    }
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

#[test]
fn pw_28_the_vault_is_private_and_public_is_not() {
    let case = Case::new();
    let published = case
        .publish(&[("a/index.html", "free", Some("paid"))])
        .unwrap();
    let mode = |path: &str| {
        fs::metadata(case.current(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        fs::read_to_string(case.current("public/a/index.html")).unwrap(),
        "free"
    );
    let parts: Vec<_> = fs::read_dir(case.current("vault/parts")).unwrap().collect();
    assert_eq!(parts.len(), 1);
    let part = parts[0].as_ref().unwrap().path();
    assert_eq!(
        fs::metadata(&part).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!((mode("vault"), mode("vault/parts")), (0o700, 0o700));
    assert_eq!(mode("vault/manifest.json"), 0o600);
    assert_ne!(mode("public/a") & 0o005, 0);
    assert_ne!(mode("") & 0o005, 0);
    let html = fs::read_to_string(part).unwrap();
    assert_eq!(
        html,
        "<section class=\"part\" data-part=\"1\" data-access=\"members\" aria-label=\"For members\">\n\
         <p class=\"part-edge\">For members</p>\npaid<p class=\"part-edge\">End</p>\n</section>"
    );
    assert!(published.is_new);
}

#[test]
fn what_has_not_changed_is_not_written() {
    let case = Case::new();
    let first = case
        .publish(&[("a.html", "a", Some("g")), ("b.html", "b", None)])
        .unwrap();
    let same = case
        .publish(&[("a.html", "a", Some("g")), ("b.html", "b", None)])
        .unwrap();
    assert_eq!(
        (same.is_new, same.n_written, &same.id),
        (false, 0, &first.id)
    );
    assert_eq!(case.releases(), std::slice::from_ref(&first.id));
    let kept = inode(&case.current("public/a.html"));
    let edited = case
        .publish(&[("a.html", "a", Some("g")), ("c.html", "c", None)])
        .unwrap();
    assert_eq!(edited.changed, ["b.html", "c.html"]);
    assert_eq!(inode(&case.current("public/a.html")), kept);
    assert!(!case.current("public/b.html").exists());
    let back = case
        .publish(&[("a.html", "a", Some("g")), ("b.html", "b", None)])
        .unwrap();
    assert_eq!(back.id, first.id);
    assert_eq!(
        fs::read_to_string(case.current("public/b.html")).unwrap(),
        "b"
    );
}

#[test]
fn pw_16_only_gated_text_changed_leaves_public_files_alone() {
    let case = Case::new();
    let before = case.publish(&[("a.html", "a", Some("one"))]).unwrap();
    let kept = inode(&case.current("public/a.html"));
    let after = case.publish(&[("a.html", "a", Some("two"))]).unwrap();
    assert_eq!(inode(&case.current("public/a.html")), kept);
    assert!(after.changed.is_empty());
    assert_ne!(after.id, before.id);
}

#[test]
fn three_releases_are_kept() {
    let case = Case::new();
    for text in ["1", "2", "3", "4", "5"] {
        case.publish(&[("a.html", text, None)]).unwrap();
    }
    assert_eq!(case.releases().len(), 3);
    assert_eq!(
        fs::read_to_string(case.current("public/a.html")).unwrap(),
        "5"
    );
}

#[test]
fn a_folder_of_others_is_refused_untouched() {
    let case = Case::new();
    fs::create_dir_all(case.out()).unwrap();
    fs::write(case.out().join("thesis.md"), "mine").unwrap();
    let refused = case.publish(&[("a.html", "a", None)]);
    assert!(matches!(refused, Err(BuildError::ForeignOutput { .. })));
    let left: Vec<_> = fs::read_dir(case.out()).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn bld_10_a_failed_build_leaves_the_old_release_and_no_rubbish() {
    let case = Case::new();
    case.publish(&[("a.html", "old", None)]).unwrap();
    assert!(
        case.publish(&[("a.html", "new", None), ("b.html", "fail", None)])
            .is_err()
    );
    assert_eq!(
        fs::read_to_string(case.current("public/a.html")).unwrap(),
        "old"
    );
    assert_eq!(case.releases().len(), 1);
    // What a killed build leaves is swept by the next.
    fs::create_dir_all(case.out().join("releases/.new/public")).unwrap();
    fs::write(case.out().join("releases/.new/public/a.html"), "half").unwrap();
    case.publish(&[("a.html", "new", None)]).unwrap();
    assert_eq!(
        fs::read_to_string(case.current("public/a.html")).unwrap(),
        "new"
    );
    assert_eq!(case.releases().len(), 2);
}

#[test]
fn a_damaged_release_is_made_again() {
    let case = Case::new();
    case.publish(&[("a.html", "a", None), ("b.html", "b", None)])
        .unwrap();
    fs::remove_file(case.current("public/a.html")).unwrap();
    let again = case
        .publish(&[("a.html", "a", None), ("b.html", "b", None)])
        .unwrap();
    assert!(again.is_new);
    assert_eq!(
        fs::read_to_string(case.current("public/a.html")).unwrap(),
        "a"
    );
    assert_eq!(
        fs::read_to_string(case.current("public/b.html")).unwrap(),
        "b"
    );
    fs::write(case.current("vault/manifest.json"), "{").unwrap();
    case.publish(&[("a.html", "a", None)]).unwrap();
    assert_eq!(
        fs::read_to_string(case.current("public/a.html")).unwrap(),
        "a"
    );
}

/// Files that are shared with the last release are read first where nothing was kept of its build, as with `--fresh`: what
/// went bad on the disk, with its length, is not passed on.
#[test]
fn what_went_bad_on_the_disk_is_not_shared() {
    let case = Case::new();
    let files = [("a.html", "free", Some("paid")), ("b.html", "other", None)];
    case.publish(&files).unwrap();
    let part = || {
        let mut parts = fs::read_dir(case.current("vault/parts")).unwrap();
        parts.next().unwrap().unwrap().path()
    };
    let whole = fs::read_to_string(part()).unwrap();
    fs::write(case.current("public/a.html"), "frea").unwrap();
    fs::write(part(), whole.replace("paid", "pajd")).unwrap();
    let kept = inode(&case.current("public/b.html"));
    let again = case.publish(&files).unwrap();
    assert!(again.is_new);
    let text = fs::read_to_string(case.current("public/a.html")).unwrap();
    assert_eq!(
        (text.as_str(), fs::read_to_string(part()).unwrap()),
        ("free", whole)
    );
    assert_eq!(inode(&case.current("public/b.html")), kept);
}

#[test]
fn compressed_copies_lie_beside_files_and_are_shared() {
    let mut case = Case::new();
    case.precompress = true;
    let long = "the same words again ".repeat(100);
    let files = [("a.html", long.as_str(), None), ("b.html", "short", None)];
    let published = case.publish(&files).unwrap();
    let manifest = published.manifest.unwrap();
    let copies = |file: &str| &manifest.files.get(file).unwrap().copies;
    let encodings: Vec<&str> = copies("a.html").iter().map(|it| &*it.encoding).collect();
    assert_eq!(encodings, ["br", "gz"]);
    assert!(copies("b.html").is_empty());
    for copy in copies("a.html") {
        let bytes = fs::read(case.current(&format!("public/a.html.{}", copy.encoding))).unwrap();
        assert_eq!(
            (bytes.len() as u64, checksum(&bytes)),
            (copy.bytes, copy.hash.clone())
        );
    }
    let kept = inode(&case.current("public/a.html.br"));
    case.publish(&[files[0], ("b.html", "other", None)])
        .unwrap();
    assert_eq!(inode(&case.current("public/a.html.br")), kept);
    assert!(case.current("public/a.html.gz").exists());
}
