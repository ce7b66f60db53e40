//! Reads a conversation: `> …` is a step, the `< …` lines below it are what must come. EDGE cases are lists of these.

/// One step and what must come of it.
#[derive(Debug, Default)]
pub struct Step {
    /// Line in the file, from 1.
    pub line: usize,
    /// Text after `> `, with continued lines joined.
    pub action: String,
    /// Headers of the request; a name that begins with `-` leaves a usual one out.
    pub headers: Vec<(String, String)>,
    /// What must come, in order.
    pub wanted: Vec<Wanted>,
}

/// One thing an answer must be.
#[derive(Debug, PartialEq)]
pub enum Wanted {
    /// Status, and JSON body where one is given.
    Answer {
        status: Option<u16>,
        json: Option<String>,
    },
    /// Header equal to a value; `*` for any, `$name` captures.
    Header { name: String, value: String },
    /// Header not there.
    NoHeader(String),
    /// Body contains.
    Contains(String),
    /// Body does not contain.
    Lacks(String),
    /// How often each status came of a repeated step, such as `1 x 201, 31 x 409`.
    Tally(Vec<(usize, u16)>),
}

/// Settings (`@ name value`) and steps.
pub struct Script {
    /// `@` lines whose name has no dot: how the edge was started.
    pub settings: Vec<(String, String)>,
    /// `@` lines whose name has a dot: settings of `site.toml` that the edge reads in the manifest.
    pub site: Vec<(String, String)>,
    /// In order.
    pub steps: Vec<Step>,
}

/// Reads a case; a line it cannot read is a panic with its number, for cases are code.
pub fn parse(text: &str) -> Script {
    let mut script = Script {
        settings: Vec::new(),
        site: Vec::new(),
        steps: Vec::new(),
    };
    let mut continues = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(setting) = line.strip_prefix("@ ") {
            let (name, value) = setting.split_once(' ').unwrap_or((setting, ""));
            let settings = match name.contains('.') {
                true => &mut script.site,
                false => &mut script.settings,
            };
            settings.push((name.into(), value.trim().into()));
            continue;
        }
        // What is indented goes on with the line above, with or without its mark.
        let line = match (line.starts_with("      "), continues) {
            (true, Some(mark)) => &format!("{mark}{line}"),
            _ => line,
        };
        let (mark, rest) = line.split_at(1);
        let step = script.steps.last_mut();
        match (mark, step) {
            (">", step) if !rest.starts_with("  ") => {
                let _ = step;
                let action = rest.trim().to_owned();
                script.steps.push(Step {
                    line: number,
                    action,
                    ..Step::default()
                });
                continues = Some('>');
            }
            (">", Some(step)) if rest.starts_with("      ") => step.action += rest.trim(),
            (">", Some(step)) => {
                let text = rest.trim();
                match text.strip_prefix('-') {
                    Some(name) => step
                        .headers
                        .push((format!("-{}", name.to_lowercase()), String::new())),
                    None => {
                        let (name, value) = text
                            .split_once(':')
                            .unwrap_or_else(|| panic!("line {number}: {line}"));
                        step.headers
                            .push((name.trim().to_lowercase(), value.trim().into()));
                    }
                }
            }
            ("<", Some(step)) if rest.starts_with("      ") && continues == Some('<') => {
                if let Some(Wanted::Answer {
                    json: Some(json), ..
                }) = step.wanted.last_mut()
                {
                    json.push_str(rest.trim());
                }
            }
            ("<", Some(step)) => {
                let wanted = if rest.starts_with("  ") {
                    detail(rest.trim())
                } else {
                    answer(rest.trim())
                };
                let wanted =
                    wanted.unwrap_or_else(|| panic!("line {number}: cannot read `{line}`"));
                continues = matches!(wanted, Wanted::Answer { .. }).then_some('<');
                step.wanted.push(wanted);
            }
            _ => panic!("line {number}: cannot read `{line}`"),
        }
    }
    script
}

fn answer(text: &str) -> Option<Wanted> {
    if let Some(status) = text.strip_prefix("all ") {
        return Some(Wanted::Tally(vec![(0, status.parse().ok()?)]));
    }
    if text.contains(" x ") && !text.starts_with('{') {
        let one = |part: &str| {
            let (n, status) = part.trim().split_once(" x ")?;
            Some((n.parse().ok()?, status.parse().ok()?))
        };
        return text
            .split(',')
            .map(one)
            .collect::<Option<Vec<_>>>()
            .map(Wanted::Tally);
    }
    let (status, json) = match text.split_once(char::is_whitespace) {
        _ if text.starts_with(['{', '[']) => (None, Some(text)),
        Some((status, json)) => (Some(status.parse().ok()?), Some(json.trim())),
        None => (Some(text.parse().ok()?), None),
    };
    Some(Wanted::Answer {
        status,
        json: json.map(Into::into),
    })
}

fn detail(text: &str) -> Option<Wanted> {
    if let Some(words) = text.strip_prefix("contains ") {
        return Some(Wanted::Contains(words.into()));
    }
    if let Some(words) = text.strip_prefix("lacks ") {
        return Some(Wanted::Lacks(words.into()));
    }
    if let Some(name) = text.strip_prefix('-') {
        return Some(Wanted::NoHeader(name.to_lowercase()));
    }
    let (name, value) = text.split_once(':')?;
    Some(Wanted::Header {
        name: name.trim().to_lowercase(),
        value: value.trim().into(),
    })
}
