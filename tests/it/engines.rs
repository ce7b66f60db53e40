//! The same journeys in Chromium, Firefox and WebKit: join, verify, read a part, comment, sign out, Back; links that can be
//! seen; a long thread; walls, and an account whose address nobody has confirmed, with and without script; no page that
//! scrolls sideways on a phone.
//!
//! An engine is visited where its variable names a WebDriver on this machine, as `tests/run` does: of Chromium
//! `LYCEUM_TEST_WEBDRIVER`, of geckodriver `LYCEUM_TEST_WEBDRIVER_FIREFOX`, of WebKitWebDriver
//! `LYCEUM_TEST_WEBDRIVER_WEBKIT`. What one engine alone has to show is in `browser.rs`.

use crate::browser::{
    BoxedJourney, Outcome, Site, chromium, join, long_thread, press, read, say, see, told,
};
use crate::harness::root;
use crate::walls::{unconfirmed, walls};
use fantoccini::{Client, ClientBuilder};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// Width of a phone, in CSS pixels.
const PHONE: u32 = 390;
/// Words, a table, code and a formula that are wider than any phone.
const WIDE: &str = "---\ntitle: Wide\ndate: 2026-01-05\ntags: [rust]\n---\n\nA [link in a sentence](start.md), and \
    Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft.\n\n\
    | a | b | c | d | e | f |\n|---|---|---|---|---|---|\n\
    | `a_rather_long_identifier` | `another_long_identifier` | three | four | five | <https://example.org/a/long/address> |\n\n\
    ```rust\nfn main() { println!(\"a line of code that is a good deal wider than the window of a phone, as lines of code are\"); }\n```\n\n\
    <math display=\"block\"><mrow><mi>alpha</mi><mo>+</mo><mi>beta</mi><mo>+</mo><mi>gamma</mi><mo>+</mo><mi>delta</mi><mo>+</mo>\
    <mi>epsilon</mi><mo>+</mo><mi>zeta</mi><mo>+</mo><mi>eta</mi><mo>+</mo><mi>theta</mi><mo>+</mo><mi>iota</mi><mo>+</mo><mi>kappa</mi></mrow></math>\n\n\
    <math display=\"block\">\n<mrow><mi>alpha</mi><mo>+</mo><mi>beta</mi><mo>+</mo><mi>gamma</mi><mo>+</mo><mi>delta</mi><mo>+</mo><mi>epsilon</mi><mo>+</mo>\
    <mi>zeta</mi><mo>+</mo><mi>eta</mi><mo>+</mo><mi>theta</mi><mo>+</mo><mi>iota</mi><mo>+</mo><mi>kappa</mi></mrow>\n</math>\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

impl Engine {
    const ALL: [(Engine, &'static str, &'static str); 3] = [
        (Engine::Chromium, "chromium", "LYCEUM_TEST_WEBDRIVER"),
        (Engine::Firefox, "firefox", "LYCEUM_TEST_WEBDRIVER_FIREFOX"),
        (Engine::WebKit, "webkit", "LYCEUM_TEST_WEBDRIVER_WEBKIT"),
    ];

    /// What it is started with. `None` where scripts should be off and it has no switch for that, as the driver of
    /// WebKit has none.
    fn capabilities(self, scripts: bool) -> Option<Value> {
        match self {
            Engine::Chromium => Some(chromium(scripts)),
            Engine::Firefox => Some(json!({"moz:firefoxOptions": {
                "args": ["-headless"],
                "prefs": {"javascript.enabled": scripts},
            }})),
            Engine::WebKit => scripts.then(|| json!({})),
        }
    }
}

/// A browser on a site.
struct Tour {
    engine: Engine,
    driver: String,
    client: Client,
    site: Site,
}

/// One for each engine.
static TURNS: [Mutex<()>; 3] = [const { Mutex::new(()) }; 3];

type Journey = fn(Tour) -> BoxedJourney;

/// Each journey, and whether scripts run on it.
const JOURNEYS: [(&str, bool, Journey); 6] = [
    ("a_visit", true, |tour| Box::pin(visit(tour))),
    ("a_long_thread", true, |tour| Box::pin(thread(tour))),
    ("walls", true, |it| {
        Box::pin(async move { walls(&it.client, &it.site, true).await })
    }),
    ("walls_without_script", false, |it| {
        Box::pin(async move { walls(&it.client, &it.site, false).await })
    }),
    ("an_unconfirmed_address", true, |it| {
        Box::pin(async move { unconfirmed(&it.client, &it.site, true).await })
    }),
    ("an_unconfirmed_address_without_script", false, |it| {
        Box::pin(async move { unconfirmed(&it.client, &it.site, false).await })
    }),
];

/// One trial a journey and engine, where there is one.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (engine, name, variable) in Engine::ALL {
        let Ok(driver) = std::env::var(variable) else {
            continue;
        };
        for (journey, scripts, run) in JOURNEYS {
            let Some(capabilities) = engine.capabilities(scripts) else {
                continue;
            };
            let name = format!("browser::{journey}_in_{name}");
            let driver = driver.clone();
            let travel = move || travel(engine, &driver, &capabilities, run);
            trials.push(Trial::test(name, travel));
        }
    }
    trials
}

fn travel(engine: Engine, driver: &str, capabilities: &Value, run: Journey) -> Result<(), Failed> {
    // The drivers of Firefox and WebKit have one session at a time.
    let turn = TURNS[engine as usize].lock();
    let _turn = turn.unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let menu = with_long_menu()?;
    let site = Site::serve(&[("content/guides/wide.md", WIDE), ("site.toml", &menu)])?;
    let connector = hyper_util::client::legacy::connect::HttpConnector::new();
    let mut builder = ClientBuilder::new(connector);
    builder.capabilities(capabilities.as_object().cloned().unwrap_or_default());
    let client = runtime.block_on(builder.connect(driver))?;
    let tour = Tour {
        engine,
        driver: driver.to_owned(),
        client: client.clone(),
        site,
    };
    // A session that a failed journey left open would be in the way of the next one.
    let journey = || runtime.block_on(run(tour));
    let outcome = catch_unwind(AssertUnwindSafe(journey));
    let outcome = outcome.unwrap_or_else(|_| Err("a check failed".into()));
    runtime.block_on(async {
        let outcome = told(&client, outcome).await;
        client.close().await.ok();
        outcome
    })
}

/// The settings of the fixture with a menu that does not fit into a line.
fn with_long_menu() -> std::io::Result<String> {
    let mut text = std::fs::read_to_string(root().join("tests/edge/_site/site.toml"))?;
    for name in [
        "Rust",
        "Databases",
        "Networks",
        "Compilers",
        "Languages",
        "Typography",
    ] {
        text += &format!("\n[[menu]]\ntitle = \"Articles about {name}\"\nurl = \"/guides/\"\n");
    }
    Ok(text)
}

async fn thread(tour: Tour) -> Outcome {
    let client = &tour.client;
    client.set_window_rect(0, 0, 1280, 1000).await?;
    long_thread(client, &tour.site).await?;
    narrow(tour.engine, &tour.driver, client).await?;
    fits(client, "a long thread").await
}

async fn visit(tour: Tour) -> Outcome {
    let (engine, driver, client, site) = (tour.engine, &*tour.driver, &tour.client, &tour.site);
    client.set_window_rect(0, 0, 1280, 1000).await?;
    client.goto(&site.page("/guides/wide/")).await?;
    see(client, "[data-talk]:not([hidden])").await?;
    let shared = [
        "api.js",
        "comments.js",
        "engagement.js",
        "page.js",
        "theme.js",
    ];
    scripts_are(client, &shared).await?;
    join(client, site, "mei", "a long enough phrase").await?;
    client.goto(&site.page("/guides/parts/")).await?;
    read(client, "zebraquartzmembers").await?;
    client.goto(&site.page("/guides/wide/")).await?;
    field_grows(client).await?;
    scripts_are(
        client,
        &[&shared[..2], &["compose.js"], &shared[2..]].concat(),
    )
    .await?;
    say(client, "[data-compose]", "Seen **here** too.").await?;
    see(client, ".comment .comment-text strong").await?;
    links_can_be_seen(client).await?;
    menu_closes(client).await?;
    client.goto(&site.page("/zh-CN/")).await?;
    titles_break_between_words(client).await?;

    client.goto(&site.page("/members/account/")).await?;
    read(client, "@mei").await?;
    // A real click: Back leaves out pages that nobody did anything on.
    press(client, "[data-form=sign-out] [type=submit]").await?;
    see(client, "body:not(.at-members)").await?;
    client.back().await?;
    see(client, "[data-stranger]:not([hidden])").await?;
    let shown = "return document.documentElement.outerHTML + \
                 [...document.querySelectorAll('input')].map((it) => it.value).join()";
    let shown = client.execute(shown, Vec::new()).await?.to_string();
    assert!(!shown.contains("@mei") && !shown.contains("mei@example.org"));

    narrow(engine, driver, client).await?;
    for path in pages() {
        client.goto(&site.page(&path)).await?;
        fits(client, &path).await?;
    }
    Ok(())
}

/// The page has loaded these scripts of the theme, each under one address, which names a version.
async fn scripts_are(client: &Client, names: &[&str]) -> Outcome {
    let script = "return [...new Set(performance.getEntriesByType('resource').map((it) => it.name))]
        .filter((it) => it.includes('.js?v=')).map((it) => it.split('?')[0].split('/').at(-1)).sort()";
    let found = client.execute(script, Vec::new()).await?;
    assert_eq!(found, json!(names));
    Ok(())
}

/// The field for a comment is as high as its text.
async fn field_grows(client: &Client) -> Outcome {
    let lines = "Another line.\u{E007}".repeat(12);
    let mut field = see(client, "[data-compose] [name=body]").await?;
    // It has come just now: WebKit may not see it before the next frame.
    for _ in 0..50 {
        if field.send_keys(&lines).await.is_ok() {
            break;
        }
        field = see(client, "[data-compose] [name=body]").await?;
    }
    let script = "const field = arguments[0]; return [field.clientHeight, field.scrollHeight]";
    let field = vec![serde_json::to_value(field)?];
    let heights: (u32, u32) = serde_json::from_value(client.execute(script, field).await?)?;
    assert!(heights.0 > 200 && heights.0 >= heights.1, "{heights:?}");
    Ok(())
}

/// A link in a sentence is underlined.
async fn links_can_be_seen(client: &Client) -> Outcome {
    let link = see(client, "[data-body] p a[href*=start]").await?;
    let line = "return getComputedStyle(arguments[0]).textDecorationLine";
    let link = vec![serde_json::to_value(link)?];
    assert_eq!(client.execute(line, link).await?, "underline");
    Ok(())
}

/// The part of the menu that folds closes by Esc, and where something else is clicked.
async fn menu_closes(client: &Client) -> Outcome {
    press(client, ".menu-more summary").await?;
    let summary = see(client, ".menu-more[open] summary").await?;
    summary.send_keys("\u{E00C}").await?;
    see(client, ".menu-more:not([open])").await?;
    press(client, ".menu-more summary").await?;
    see(client, ".menu-more[open]").await?;
    press(client, "h1").await?;
    see(client, ".menu-more:not([open])").await?;
    Ok(())
}

/// What belongs together in a Chinese title stays in a line, whichever words the engine's dictionary has.
async fn titles_break_between_words(client: &Client) -> Outcome {
    let script = "const done = arguments[arguments.length - 1];
        const titles = ['为什么 Markdown 里的中文加粗会失效', '微服务与数据库', 'PostgreSQL 16 的逻辑复制'];
        import(document.querySelector('script[src*=words]').src).then(({ phrases }) =>
            done(titles.map((title) => phrases(title).join('|').replaceAll('\\u00a0', '_'))));";
    let titles = client.execute_async(script, Vec::new()).await?.to_string();
    for together in ["Markdown_里的", "微服务", "数据库", "16_的"] {
        assert!(titles.contains(together), "{together} in {titles}");
    }
    assert!(titles.contains('|'), "{titles}");
    Ok(())
}

/// One page of each kind.
fn pages() -> Vec<String> {
    let members = [
        "join",
        "sign-in",
        "check-mail",
        "link",
        "verify",
        "forgot",
        "password",
        "account",
    ];
    let others = [
        "/",
        "/guides/",
        "/guides/parts/",
        "/guides/wide/",
        "/tags/",
        "/tags/rust/",
        "/zh-CN/",
        "/nothing-here/",
    ];
    let members = members.iter().map(|it| format!("/members/{it}/"));
    others
        .into_iter()
        .map(String::from)
        .chain(members)
        .collect()
}

/// The page is as wide as a phone, and nothing of it is wider.
async fn fits(client: &Client, path: &str) -> Outcome {
    // Which elements stick out, other than within a frame that scrolls by itself.
    let script = "const page = document.documentElement;
        const scrolls = (it) => it && it !== document.body && (getComputedStyle(it).overflowX !== 'visible' || scrolls(it.parentElement));
        const isOut = (it) => it.getBoundingClientRect().right > innerWidth + 1 && !scrolls(it.parentElement);
        const out = [...document.querySelectorAll('body *')].filter(isOut).map((it) => it.outerHTML.slice(0, 80));
        return [innerWidth, page.scrollWidth - page.clientWidth, out.slice(0, 5)];";
    let found = client.execute(script, Vec::new()).await?;
    if (&found[0], &found[1]) == (&json!(PHONE), &json!(0)) {
        return Ok(());
    }
    Err(format!("{path} scrolls sideways: {found}").into())
}

/// Makes the window as wide as a phone. The toolbar of Firefox is wider than that, and gives way only to a script of
/// the browser's own, which geckodriver runs where it was started with `--allow-system-access`.
async fn narrow(engine: Engine, driver: &str, client: &Client) -> Outcome {
    if engine == Engine::Firefox {
        let session = client.session_id().await?.ok_or("no session")?;
        context(driver, &session, "chrome")?;
        let narrow = "document.documentElement.style.setProperty('min-width', '0', 'important')";
        client.execute(narrow, Vec::new()).await?;
        context(driver, &session, "content")?;
    }
    client.set_window_rect(0, 0, PHONE, 844).await?;
    // Headless Chromium and Firefox take the width of the window, of which a frame may be a part.
    let inner = client.execute("return innerWidth", Vec::new()).await?;
    let frame = PHONE.saturating_sub(u32::try_from(inner.as_u64().unwrap_or(0))?);
    client.set_window_rect(0, 0, PHONE + frame, 844).await?;
    Ok(())
}

/// Which scripts Firefox runs: those of the page, or of the browser. WebDriver has no such command, so that it is sent
/// by hand.
fn context(driver: &str, session: &str, name: &str) -> Outcome {
    let host = driver.trim_start_matches("http://").trim_end_matches('/');
    let body = json!({"context": name}).to_string();
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "POST /session/{session}/moz/context HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.starts_with("HTTP/1.1 200") {
        true => Ok(()),
        false => Err(answer.into()),
    }
}
