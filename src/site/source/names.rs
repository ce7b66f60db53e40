//! What the name of a file says of it: a page, a file to copy, or something that is never published.
//!
//! Entry points: [`nature`] for the walk over folders, [`is_transient`] for the watch over them. Both read the same
//! tables. What a name leaves open, `contents` decides. Letter case does not matter, except in names of merge tools.

/// The folder that a file lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// `content/`: Markdown is a page, everything else is copied.
    Content,
    /// `static/` of the site or a theme: everything is copied.
    Static,
    /// Templates and interface texts: nothing is copied.
    Theme,
}

/// What a file is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A page.
    Page,
    /// A file that is copied, unless its content is refused.
    File,
    /// It belongs to a system, a version control or a running editor; passed over in silence.
    Litter,
    /// A hidden file below `static/` that may have been meant to be published.
    Hidden,
    /// An editor or tool made it by itself and left it.
    Leftover,
    /// Somebody kept an older state of a file. It may be that of a page: its content tells.
    Backup,
    /// The source of a page under another name.
    SourceCopy,
    /// A page in a format that is not read.
    UnreadPage,
    /// A private key, a database or a file of secrets; the word says which.
    Secret(&'static str),
    /// A key or certificate: its content tells whether it is public.
    Key,
}

/// Endings of Markdown.
pub const MARKDOWN: [&str; 7] = ["md", "markdown", "mdown", "mdwn", "mkd", "mkdn", "mkdown"];
/// Endings of pages that other tools run as programs or read in dialects of their own.
const UNREAD: [&str; 7] = ["mdx", "mdc", "mdoc", "rmd", "qmd", "svx", "livemd"];
/// Endings of formats that hold no text of a page, whatever the name before them.
#[rustfmt::skip]
const MEDIA: [&str; 29] = [
    "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "bmp", "tif", "tiff", "pdf", "mp3", "m4a", "ogg",
    "oga", "opus", "wav", "flac", "mp4", "m4v", "webm", "mov", "woff", "woff2", "ttf", "otf", "css", "js",
];
/// Endings of packed files; the name before them counts.
const PACKED: [&str; 9] = ["gz", "tgz", "bz2", "xz", "zst", "zip", "7z", "lz4", "br"];
/// Names that operating systems and editors give.
#[rustfmt::skip]
const SYSTEM: [&str; 7] = [
    "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "4913", "__macosx", "$recycle.bin",
];
/// Hidden folders in which tools keep texts of their own or copies of pages.
#[rustfmt::skip]
const TOOL_FOLDERS: [&str; 20] = [
    ".git", ".github", ".gitlab", ".svn", ".hg", ".jj", ".obsidian", ".logseq", ".foam", ".trash", ".trashes",
    ".stversions", ".stfolder", ".sync", ".history", ".vscode", ".idea", ".cursor", ".claude", ".lyceum",
];
/// Endings of files that programs make while they run and delete when they are done.
#[rustfmt::skip]
const RUNNING: [&str; 9] = [
    "tmp", "temp", "swp", "swo", "swx", "part", "crdownload", "vsctmp", "un~",
];
/// Endings of earlier states. A number may follow each of them.
const BACKUP: [&str; 10] = [
    "bak", "bck", "bkp", "backup", "orig", "rej", "old", "save", "mine", "autosave",
];
const KEY: &str = "a private key";
const DATABASE: &str = "a database";
const DUMP: &str = "a dump of a database";
const SECRETS: &str = "a file of secrets";
/// Endings of what is secret, and what it is.
#[rustfmt::skip]
const SECRET_ENDINGS: [(&str, &str); 37] = [
    ("p12", KEY), ("pfx", KEY), ("p8", KEY), ("jks", KEY), ("jceks", KEY), ("keystore", KEY), ("ppk", KEY),
    ("pvk", KEY), ("kdbx", SECRETS), ("kdb", SECRETS), ("ovpn", SECRETS), ("env", SECRETS), ("tfstate", SECRETS),
    ("tfvars", SECRETS), ("sql", DUMP), ("dump", DUMP), ("dmp", DUMP), ("rdb", DUMP), ("bson", DUMP),
    ("pgdump", DUMP), ("mysqldump", DUMP),
    ("sqlite", DATABASE), ("sqlite3", DATABASE), ("sqlitedb", DATABASE), ("db", DATABASE), ("db3", DATABASE),
    ("s3db", DATABASE), ("mdb", DATABASE), ("accdb", DATABASE), ("frm", DATABASE), ("ibd", DATABASE), ("db-wal", DATABASE), ("db-shm", DATABASE), ("db-journal", DATABASE), ("sqlite-wal", DATABASE),
    ("sqlite-shm", DATABASE), ("sqlite-journal", DATABASE),
];
/// Whole names of what is secret; those that begin with a dot are known without it, too.
#[rustfmt::skip]
const SECRET_NAMES: [&str; 18] = [
    "htpasswd", "netrc", "_netrc", "pgpass", "npmrc", "pypirc", "git-credentials", "dockercfg", "my.cnf",
    "bash_history", "zsh_history", "psql_history", "wp-config.php", "kubeconfig", "terraform.tfstate.backup",
    "secring.gpg", "mysql_history", "vault_pass",
];
/// Names of files of secrets, with any of the endings that settings have.
#[rustfmt::skip]
const SECRET_STEMS: [&str; 10] = [
    "secret", "secrets", "credential", "credentials", "password", "passwords", "client_secret", "client-secret",
    "service-account", "service_account",
];
#[rustfmt::skip]
const SETTINGS: [&str; 11] = [
    "", "json", "toml", "yaml", "yml", "ini", "conf", "cfg", "properties", "txt", "csv",
];
/// Names that `ssh-keygen` gives.
const SSH_KEYS: [&str; 4] = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"];
/// How names end that people give to keys in files without an ending.
#[rustfmt::skip]
const KEY_NAMES: [&str; 10] = [
    "deploy_key", "private_key", "privatekey", "privkey", "ssh_key", "secret_key", "signing_key", "master_key",
    "_rsa_key", "_ed25519_key",
];

/// What a file of this name is.
pub fn nature(name: &str, place: Folder) -> Nature {
    let small = name.to_lowercase();
    if is_system(&small) {
        return Nature::Litter;
    }
    if let Some(visible) = small.strip_prefix('.') {
        return hidden(visible, place);
    }
    let ending = ending(&small);
    let is_markdown = MARKDOWN.contains(&ending);
    let is_other_state = is_of_merge(name) || is_of_sync(&small);
    match place {
        Folder::Theme if is_leftover(&small) => return Nature::Litter,
        Folder::Theme => return Nature::File,
        Folder::Content if is_markdown && !is_other_state => return Nature::Page,
        Folder::Content if is_markdown => return Nature::SourceCopy,
        _ => {}
    }
    if is_leftover(&small) {
        return Nature::Leftover;
    }
    if let Some(what) = secret(unpacked(&small)) {
        return Nature::Secret(what);
    }
    if place == Folder::Content {
        if UNREAD.contains(&ending) {
            return Nature::UnreadPage;
        }
        if has_markdown_within(&small) && !MEDIA.contains(&ending) {
            return Nature::SourceCopy;
        }
    }
    if is_other_state || is_backup(&small) {
        Nature::Backup
    } else if matches!(ending, "pem" | "key") {
        Nature::Key
    } else {
        Nature::File
    }
}

/// Whether a file of this name comes and goes while an editor has another one open. It never causes a build.
pub fn is_transient(name: &str) -> bool {
    let small = name.to_lowercase();
    is_system(&small)
        || is_leftover(small.strip_prefix('.').unwrap_or(&small))
        || name.starts_with(".#")
}

/// Whether a folder of this name is passed over with all that is in it.
pub fn is_closed_folder(name: &str, place: Folder) -> bool {
    let is_wanted = place == Folder::Static && name == ".well-known";
    (name.starts_with('.') && !is_wanted) || name.ends_with('~') || is_system(&name.to_lowercase())
}

/// Whether a file of this name would be a page without its dot, and no system or editor is known to make it.
pub fn is_hidden_page(name: &str) -> bool {
    let visible = name.trim_start_matches('.');
    let n_dots = name.len() - visible.len();
    let is_all_dots = n_dots > 1 && MARKDOWN.contains(&visible.to_lowercase().as_str());
    let is_page =
        !visible.starts_with(['_', '#', '~']) && nature(visible, Folder::Content) == Nature::Page;
    n_dots > 0 && (is_page || is_all_dots)
}

/// Whether a hidden folder is none of those that tools keep for themselves.
pub fn may_be_content(name: &str) -> bool {
    !TOOL_FOLDERS.contains(&name.to_lowercase().as_str()) && !is_system(&name.to_lowercase())
}

/// Whether a file of this name is a page of `content/`, as far as its ending tells.
pub fn is_markdown(path: &str) -> bool {
    MARKDOWN.contains(&ending(&path.to_lowercase()))
}

/// Names that make a page the page of its folder, best first. Letter case does not matter.
pub const INDEXES: [&str; 3] = ["_index", "index", "readme"];

/// Whether a file has the name of the page of its folder, whatever its endings are: `_index.html`, `Index.zh.md.bak`.
pub fn is_index(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or_default();
    INDEXES.iter().any(|it| stem.eq_ignore_ascii_case(it))
}

fn is_system(small: &str) -> bool {
    SYSTEM.contains(&small) || small.contains("___jb_")
}

/// What begins with a dot; `visible` is the name without it.
fn hidden(visible: &str, place: Folder) -> Nature {
    let is_example = ["example", "sample", "template", "dist"].contains(&ending(visible));
    let is_env = visible == "env" || (visible.starts_with("env.") && !is_example);
    let is_secret = is_env || secret(visible).is_some();
    match place {
        Folder::Content | Folder::Static if is_secret => Nature::Secret(SECRETS),
        Folder::Static if visible == "nojekyll" => Nature::File,
        Folder::Static if is_leftover(visible) => Nature::Litter,
        Folder::Static if visible.starts_with("git") || visible.starts_with('_') => Nature::Litter,
        Folder::Static if matches!(visible, "ds_store" | "keep" | "directory" | "localized") => {
            Nature::Litter
        }
        Folder::Static => Nature::Hidden,
        _ => Nature::Litter,
    }
}

/// What stands after the last dot of the last step; empty where there is none.
fn ending(small: &str) -> &str {
    let name = small.rsplit('/').next().unwrap_or(small);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// The name of what was packed.
fn unpacked(small: &str) -> &str {
    match small.rsplit_once('.') {
        Some((inner, ending)) if PACKED.contains(&ending) => inner,
        _ => small,
    }
}

/// What editors and office programs make by themselves beside a file.
fn is_leftover(small: &str) -> bool {
    let is_of_emacs =
        small.ends_with('~') || (small.len() > 2 && small.starts_with('#') && small.ends_with('#'));
    let is_of_office = small.starts_with("~$") || small.starts_with("~wr");
    // `sed -i` writes `sed` and six characters, TextEdit `name.sb-` and two runs of hexadecimal digits.
    let suffix = small.strip_prefix("sed").unwrap_or_default();
    let is_of_sed = suffix.len() == 6
        && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && suffix.bytes().any(|byte| byte.is_ascii_digit());
    let is_of_textedit = small.contains(".sb-");
    is_of_emacs
        || is_of_office
        || is_of_sed
        || is_of_textedit
        || RUNNING.contains(&ending(small))
        || small.starts_with("goutputstream-")
}

/// `.bak`, `.bak2`, `.save.1`, `.~1~`.
fn is_backup(small: &str) -> bool {
    let unnumbered = small.trim_end_matches(|c: char| c.is_ascii_digit());
    let unnumbered = unnumbered.strip_suffix('.').unwrap_or(unnumbered);
    [small, unnumbered]
        .iter()
        .any(|it| BACKUP.contains(&ending(it)))
}

/// Whether an ending of Markdown stands in the name: `p.md.orig`, `p.md (copy)`, `p.markdown.1`.
pub fn has_markdown_within(small: &str) -> bool {
    let endings = MARKDOWN.iter().chain(&UNREAD);
    let ends_word = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    endings.into_iter().any(|ending| {
        let dots = small.match_indices('.').filter(|(at, _)| *at > 0);
        let mut words = dots.map(|(at, _)| &small[at + 1..]);
        words.any(|word| word.strip_prefix(ending).is_some_and(ends_word))
    })
}

/// `p.md.LOCAL.4711` and `p_LOCAL_4711.md`, as `git mergetool` names the sides of a conflict.
fn is_of_merge(name: &str) -> bool {
    let is_mark = |byte: Option<&u8>| matches!(byte, Some(b'.' | b'_'));
    ["BACKUP", "LOCAL", "REMOTE", "BASE"].iter().any(|side| {
        name.match_indices(side).any(|(at, _)| {
            let (before, after) = (&name.as_bytes()[..at], &name.as_bytes()[at + side.len()..]);
            let n_digits = after
                .iter()
                .skip(1)
                .take_while(|it| it.is_ascii_digit())
                .count();
            let is_end = matches!(after.get(1 + n_digits), None | Some(b'.'));
            is_mark(before.last()) && is_mark(after.first()) && n_digits > 0 && is_end
        })
    })
}

/// The other side of a conflict, as Syncthing, Dropbox, Nextcloud and others keep it.
fn is_of_sync(small: &str) -> bool {
    [
        ".sync-conflict-",
        "conflicted copy",
        "冲突副本",
        "(冲突",
        "（冲突",
    ]
    .iter()
    .any(|mark| small.contains(mark))
}

/// What is secret by its name, and in which way.
fn secret(small: &str) -> Option<&'static str> {
    let ending = ending(small);
    if (is_ssh_key(small) && ending != "pub" && !MEDIA.contains(&ending)) || is_key_name(small) {
        return Some(KEY);
    }
    let stem = small.split('.').next().unwrap_or_default();
    let is_settings = SETTINGS.contains(&ending) && small.matches('.').count() < 2;
    // Google names them `client_secret_ID.json` and `service-account-ID.json`.
    let is_named = |it: &str| match it.contains(['_', '-']) {
        true => stem.starts_with(it) && ending == "json",
        false => stem == it && is_settings,
    };
    // Firebase names it `serviceAccountKey.json`, WireGuard `wg0.conf`.
    let number = small
        .strip_prefix("wg")
        .and_then(|it| it.strip_suffix(".conf"));
    let is_wireguard =
        number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
    let is_account = stem.starts_with("serviceaccount") && ending == "json";
    if is_wireguard || is_account || SECRET_NAMES.contains(&small) {
        return Some(SECRETS);
    }
    if SECRET_STEMS.iter().any(|it| is_named(it)) {
        return Some(SECRETS);
    }
    let known = SECRET_ENDINGS.iter().find(|(it, _)| *it == ending);
    known.map(|(_, what)| *what)
}

/// Whether a name has one of `ssh-keygen` in it as a word.
fn is_ssh_key(small: &str) -> bool {
    let is_border = |c: char| matches!(c, '_' | '-' | '.' | ' ');
    SSH_KEYS.iter().any(|key| {
        small.match_indices(key).any(|(at, _)| {
            let (before, after) = (&small[..at], &small[at + key.len()..]);
            (before.is_empty() || before.ends_with(is_border))
                && (after.is_empty() || after.starts_with(is_border))
        })
    })
}

/// Whether a name without an ending, or with that of a backup, is one that people give to keys.
fn is_key_name(small: &str) -> bool {
    let stem = small
        .split('.')
        .next()
        .unwrap_or_default()
        .replace('-', "_");
    let is_bare = !small.contains('.') || is_backup(small);
    is_bare && KEY_NAMES.iter().any(|it| stem.ends_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_published() {
        use Nature::*;
        for (names, nature_of_all) in [
            (
                "p.md|P.MD|p.mkd|p.mdown|p copy.md|p (1).md|本地.md|BASE_1.md",
                Page,
            ),
            ("p.mdx|p.rmd|p.qmd", UnreadPage),
            (
                "p.md.orig|p.md.bak|p.md.rej|p.md.1|p.md (copy)|p.md-old|p.md_|p.md.txt",
                SourceCopy,
            ),
            (
                "p.markdown.1|p.mdx.old|p.md.r12|p.md.html|p.md.zip|p.md.gz|p.md 副本",
                SourceCopy,
            ),
            (
                "p.md.BACKUP.4711|p_LOCAL_4711.md|p (conflicted copy 2026-01-02).md",
                SourceCopy,
            ),
            (
                "p.sync-conflict-20260102-101112-ABCDEF.md|p（冲突副本 2026）.md",
                SourceCopy,
            ),
            (
                "p.md~|#p.md#|~$p.docx|p.md.tmp|p.md.swp|p.md.sb-1a2b-XyZ|sedA1b2C3",
                Leftover,
            ),
            ("a.part|p.md.~1~", Leftover),
            (
                "p.bak|a.css.orig|a.save.1|a.old2|p.md0HlVyu.bck|x.LOCAL.12.png",
                Backup,
            ),
            (
                "Thumbs.db|4913|.DS_Store|.p.md.swp|.#p.md|.git|.gitkeep|p.md___jb_tmp___",
                Litter,
            ),
            (
                "plan.pdf|p.md.png|a.md5|a.mdb5|reader.md.css|id_rsa.pub|a.html|id_rsa.png",
                File,
            ),
            (
                "secret-garden.txt|environment|old|sediments|a.crt|a.base.1.txt",
                File,
            ),
            (
                "id_rsa|id_ed25519_work|id_rsa.old|a.p12|A.PFX|a.jks|id_rsa.zip",
                Secret(KEY),
            ),
            (
                "my_id_rsa|github-id_ed25519|deploy_key|Deploy-Key.old|ssh_host_rsa_key|privkey",
                Secret(KEY),
            ),
            (
                "answer_key.txt|turnkey|grid_rsa|monkey|deploy_key.png",
                File,
            ),
            ("a.sqlite|lyceum.db|lyceum.db-wal|a.mdb", Secret(DATABASE)),
            (
                "a.sql|a.sql.gz|backup.DUMP|a.pgdump|a.pgdump.gz",
                Secret(DUMP),
            ),
            (
                ".env|.env.production|prod.env|.htpasswd|htpasswd|credentials.json",
                Secret(SECRETS),
            ),
            (
                "Secrets.toml|secrets|client_secret_1.apps.json|a.kdbx|.netrc|wp-config.php",
                Secret(SECRETS),
            ),
            (
                "secring.gpg|serviceAccountKey.json|wg0.conf|WG1.conf",
                Secret(SECRETS),
            ),
            (
                "wg.conf|wg-quick.conf|serviceaccount.md.png|pubring.gpg",
                File,
            ),
            ("a.pem|server.key", Key),
        ] {
            for name in names.split('|') {
                assert_eq!(nature(name, Folder::Content), nature_of_all, "{name}");
            }
        }
        for (name, expected) in [
            ("p.md", File),
            ("p.md.txt", File),
            ("logo.md.png", File),
            (".htaccess", Hidden),
            (".nojekyll", File),
            (".gitignore", Litter),
            (".a.css.swp", Litter),
            (".env", Secret(SECRETS)),
            ("a.css~", Leftover),
            ("a.css.bak", Backup),
            ("id_rsa", Secret(KEY)),
        ] {
            assert_eq!(nature(name, Folder::Static), expected, "{name}");
        }
        for name in ["page.html~", "#page.html#", ".page.html.swp"] {
            assert_eq!(nature(name, Folder::Theme), Litter, "{name}");
        }
    }

    #[test]
    fn hidden_pages_are_known() {
        for (name, is_one) in [
            (".net.md", true),
            (".Hidden.markdown", true),
            ("._p.md", false),
            (".#p.md", false),
            (".p.md.swp", false),
            (".p.mdx", false),
            (".p (conflicted copy).md", false),
            ("p.md", false),
            (".md", false),
        ] {
            assert_eq!(is_hidden_page(name), is_one, "{name}");
        }
        for (name, may_be) in [(".NET", true), (".git", false), (".Obsidian", false)] {
            assert_eq!(may_be_content(name), may_be, "{name}");
        }
    }

    #[test]
    fn what_comes_and_goes_causes_no_build() {
        for (name, is_one) in [
            ("a.md", false),
            (".a.md.swp", true),
            ("a.md~", true),
            ("4913", true),
            (".#a.md", true),
            (".htaccess", false),
            ("a.md.orig", false),
            (".DS_Store", false),
        ] {
            assert_eq!(is_transient(name), is_one, "{name}");
        }
    }
}
