//! A real Chromium: join, open the link, read a gated part, comment, like, see the score move; and the basic acts
//! with scripts off. Listed where `LYCEUM_TEST_WEBDRIVER` names a WebDriver on this machine.

use crate::harness::{lay_over, root};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use libtest_mimic::{Failed, Trial};
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The journeys, where there is a browser to make them.
pub fn trials() -> Vec<Trial> {
    let Ok(driver) = std::env::var("LYCEUM_TEST_WEBDRIVER") else {
        return Vec::new();
    };
    let journey = |name: &str, scripts: bool, run: fn(Client, Site) -> BoxedJourney| {
        let driver = driver.clone();
        Trial::test(format!("browser::{name}"), move || {
            travel(&driver, scripts, run)
        })
    };
    vec![
        journey(
            "a_newcomer_joins_reads_comments_and_likes",
            true,
            |client, site| Box::pin(newcomer(client, site)),
        ),
        journey(
            "a_letter_leads_back_and_a_question_gets_its_answer",
            true,
            |client, site| Box::pin(asker(client, site)),
        ),
        journey(
            "a_page_of_an_older_release_is_replaced_whole",
            true,
            |client, site| Box::pin(older_page(client, site)),
        ),
        journey(
            "the_basic_acts_work_without_script",
            false,
            |client, site| Box::pin(without_script(client, site)),
        ),
        journey("what_members_write_stays_text", true, |client, site| {
            Box::pin(stays_text(client, site))
        }),
        journey(
            "going_back_after_sign_out_shows_no_account",
            true,
            |client, site| Box::pin(goes_back(client, site)),
        ),
        journey("an_account_says_what_it_waits_for", true, |client, site| {
            Box::pin(account(client, site))
        }),
        journey(
            "the_page_reloads_when_its_file_is_saved",
            true,
            |client, site| Box::pin(live_reload(client, site)),
        ),
    ]
}

/// What a step comes to.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;
pub type BoxedJourney = std::pin::Pin<Box<dyn Future<Output = Outcome>>>;

/// A site under `lyceum serve` in a folder of its own; ended when dropped.
pub struct Site {
    folder: tempfile::TempDir,
    address: String,
    server: Child,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Site {
    /// The fixture's site with these files more, by path and text.
    pub fn serve(more: &[(&str, &str)]) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        lay_over(&root().join("tests/edge/_site"), folder.path());
        for (path, text) in more {
            std::fs::write(folder.path().join(path), text)?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Command::new(env!("CARGO_BIN_EXE_lyceum"))
            .args(["serve", "--root"])
            .arg(folder.path())
            .args(["--port", &port.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(server.stdout.take().ok_or("no standard output")?).lines();
        let address = format!("http://127.0.0.1:{port}");
        let listens = lines.any(|line| line.is_ok_and(|line| line.contains(&address)));
        // Whatever it prints later is read too, so that the pipe never fills.
        std::thread::spawn(move || lines.for_each(drop));
        let site = Site {
            folder,
            address,
            server,
        };
        if listens {
            Ok(site)
        } else {
            Err("the server ended without listening".into())
        }
    }

    /// The address of a page.
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Adds a member whose address nobody has confirmed. It signs in with the password.
    pub fn add_unconfirmed(&self, handle: &str, password: &str) -> Outcome {
        let email = format!("{handle}@example.org");
        let mut add = Command::new(env!("CARGO_BIN_EXE_lyceum"))
            .args(["member", "--root"])
            .arg(self.folder.path())
            .args(["add", handle, "--email", &email, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut input = add.stdin.take().ok_or("no standard input")?;
        input.write_all(password.as_bytes())?;
        drop(input);
        match add.wait()?.success() {
            true => Ok(()),
            false => Err(format!("{handle} was not added").into()),
        }
    }

    /// Does something to members as the site's owner.
    pub fn member(&self, arguments: &[&str]) -> Outcome {
        let done = Command::new(env!("CARGO_BIN_EXE_lyceum"))
            .args(["member", "--root"])
            .arg(self.folder.path())
            .args(arguments)
            .output()?;
        match done.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&done.stderr).into()),
        }
    }

    /// The link in the newest message of the outbox.
    pub async fn newest_link(&self, page: &str) -> Result<String, Box<dyn std::error::Error>> {
        for _ in 0..100 {
            if let Some(link) = newest_message(&self.folder.path().join(".lyceum/outbox"))
                .and_then(|text| link_in(&text, &self.address))
                .filter(|link| link.contains(page))
            {
                return Ok(link);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("no link in the outbox".into())
    }
}

fn newest_message(outbox: &Path) -> Option<String> {
    let mut paths: Vec<_> = std::fs::read_dir(outbox)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == "eml"));
    paths.sort();
    std::fs::read_to_string(paths.last()?).ok()
}

/// Mail bodies are quoted-printable: soft line ends and `=3D` are undone before looking.
fn link_in(message: &str, address: &str) -> Option<String> {
    let text = message
        .replace("=\r\n", "")
        .replace("=\n", "")
        .replace("=3D", "=");
    let start = text.find(&format!("{address}/"))?;
    let rest = &text[start..];
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>'))
        .unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

fn travel(
    driver: &str,
    scripts: bool,
    run: fn(Client, Site) -> BoxedJourney,
) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let site = Site::serve(&[])?;
        let client = connect(driver, scripts).await?;
        let outcome = run(client.clone(), site).await;
        let outcome = told(&client, outcome).await;
        client.close().await.ok();
        outcome
    })
}

/// How a journey ended; where it failed, the page that it ended at is printed.
pub async fn told(client: &Client, outcome: Outcome) -> Result<(), Failed> {
    if let Err(error) = &outcome {
        let url = client.current_url().await;
        let url = url.map(|url| url.to_string()).unwrap_or_default();
        let source = client.source().await.unwrap_or_default();
        eprintln!(
            "{error} at {url}\n{}",
            source.chars().take(4_000).collect::<String>()
        );
    }
    outcome.map_err(|error| Failed::from(error.to_string()))
}

async fn connect(driver: &str, scripts: bool) -> Result<Client, Box<dyn std::error::Error>> {
    let capabilities = chromium(scripts);
    let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
    builder.capabilities(capabilities.as_object().cloned().unwrap_or_default());
    Ok(builder.connect(driver).await?)
}

/// What Chromium is started with.
pub fn chromium(scripts: bool) -> serde_json::Value {
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,1000",
    ];
    let javascript = if scripts { 1 } else { 2 };
    serde_json::json!({
        "goog:chromeOptions": {
            "args": arguments,
            "prefs": { "profile.managed_default_content_settings.javascript": javascript },
        }
    })
}

/// Waits for an element. A page that gives way to another one while it is asked answers with an error: it is asked again.
pub async fn see(client: &Client, css: &str) -> Result<Element, Box<dyn std::error::Error>> {
    let mut outcome = client.find(Locator::Css(css)).await;
    for _ in 0..200 {
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        outcome = client.find(Locator::Css(css)).await;
    }
    outcome.map_err(|error| format!("{css}: {error}").into())
}

/// Waits until the page's visible text has the words.
pub async fn read(client: &Client, words: &str) -> Outcome {
    for _ in 0..200 {
        let body = client.find(Locator::Css("body")).await;
        if let Ok(body) = body
            && body.text().await.is_ok_and(|text| text.contains(words))
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("never saw `{words}`").into())
}

/// Waits until the address has the words: a click does not wait for the answer it brings.
pub async fn arrive(client: &Client, words: &str) -> Outcome {
    for _ in 0..200 {
        if client.current_url().await?.as_str().contains(words) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(format!("never came to `{words}`").into())
}

pub async fn fill(client: &Client, fields: &[(&str, &str)]) -> Outcome {
    for (name, value) in fields {
        let field = see(client, &format!("main form [name={name}]")).await?;
        field.clear().await?;
        field.send_keys(value).await?;
    }
    see(client, "main form [type=submit]")
        .await?
        .click()
        .await?;
    Ok(())
}

/// Joins and opens the link of the letter.
pub async fn join(client: &Client, site: &Site, handle: &str, password: &str) -> Outcome {
    let email = format!("{handle}@example.org");
    client.goto(&site.page("/members/join/")).await?;
    let fields = [
        ("email", email.as_str()),
        ("handle", handle),
        ("password", password),
    ];
    fill(client, &fields).await?;
    client.goto(&site.newest_link("/members/").await?).await?;
    see(client, "main form [type=submit]")
        .await?
        .click()
        .await?;
    arrive(client, "/members/account/").await
}

async fn newcomer(client: Client, site: Site) -> Outcome {
    let password = "a long enough phrase";
    client.goto(&site.page("/guides/parts/")).await?;
    let page = client.source().await?;
    assert!(
        !page.contains("zebraquartzmembers"),
        "the members part is in the public page"
    );

    join(&client, &site, "mei", password).await?;

    client.goto(&site.page("/guides/parts/")).await?;
    read(&client, "zebraquartzmembers").await?;
    assert!(
        !client.source().await?.contains("zebraquartzpaid"),
        "a free member reads a paid part"
    );

    client.goto(&site.page("/guides/start/")).await?;
    let before = score(&client, "/api/engagement?page=guides%2Fstart").await?;
    see(&client, "[data-talk] form.editor textarea")
        .await?
        .send_keys("Thank you, **this** helped.")
        .await?;
    see(&client, "[data-talk] form.editor [type=submit]")
        .await?
        .click()
        .await?;
    see(&client, ".comment .comment-text strong").await?;
    see(&client, "[data-act=like]").await?.click().await?;
    see(&client, "[data-act=like][aria-pressed=true]").await?;
    let after = score(&client, "/api/engagement?page=guides%2Fstart").await?;
    assert!(
        after > before,
        "the participation score went from {before} to {after}"
    );
    Ok(())
}

/// From the gate through the letter back to the article; then a question, a reply, and that it is the answer.
/// What was posted has the focus, so that a reader without a mouse goes on from there. AUTHN-21: the letter's token
/// leaves the address bar, in the other language too, and opens what it should all the same.
async fn asker(client: Client, site: Site) -> Outcome {
    client.goto(&site.page("/guides/parts/")).await?;
    see(&client, ".paywall a[href*=join]")
        .await?
        .click()
        .await?;
    arrive(&client, "/members/join/?next=").await?;
    let fields = [("email", "wen@example.org"), ("handle", "wen")];
    fill(&client, &fields).await?;
    client.goto(&site.newest_link("/members/").await?).await?;
    let way = "next=%2Fguides%2Fparts%2F";
    arrive(&client, &format!("/members/verify/?{way}")).await?;
    see(&client, ".tools a[hreflang]").await?.click().await?;
    arrive(&client, &format!("/zh-CN/members/verify/?{way}")).await?;
    see(&client, "main form [type=submit]")
        .await?
        .click()
        .await?;
    arrive(&client, "/guides/parts/").await?;
    read(&client, "zebraquartzmembers").await?;

    client.goto(&site.page("/guides/start/")).await?;
    see(&client, "[data-compose] [name=question]")
        .await?
        .click()
        .await?;
    say(&client, "[data-compose]", "Is this the right way?").await?;
    see(&client, ".comment > article:focus [data-do=reply]")
        .await?
        .click()
        .await?;
    say(&client, ".comment", "It is.").await?;
    see(
        &client,
        "[data-replies] > .comment > article:focus [data-do=accept]",
    )
    .await?
    .click()
    .await?;
    see(
        &client,
        "[data-replies] [data-do=accept][aria-pressed=true]",
    )
    .await?;
    Ok(())
}

/// Three levels and 30 replies: 20 are there, the button says how many more there are, and brings them.
pub async fn long_thread(client: &Client, site: &Site) -> Outcome {
    let page = site.page("/guides/start/");
    join(client, site, "lan", "a long enough phrase").await?;
    let root = post(client, &[("root", None)]).await?.remove(0);
    let first: Vec<_> = (0..15).map(|_| ("one", Some(root.as_str()))).collect();
    let first = post(client, &first).await?;
    client.delete_all_cookies().await?;
    // The next letter is the newest one from its first moment on.
    for letter in std::fs::read_dir(site.folder.path().join(".lyceum/outbox"))? {
        std::fs::remove_file(letter?.path())?;
    }
    join(client, site, "wen", "another long phrase").await?;
    let second: Vec<_> = first.iter().map(|it| ("two", Some(it.as_str()))).collect();
    post(client, &second[..6]).await?;

    let more = "[data-do=more]:not([hidden])";
    client.goto(&page).await?;
    let button = see(client, more).await?;
    assert_eq!(button.text().await?, "1 more reply");
    post(client, &second[6..]).await?;
    client.goto(&page).await?;
    let button = see(client, more).await?;
    assert_eq!(button.text().await?, "10 more replies");
    let levels = "return ['', ' > [data-replies] > .comment', ' > [data-replies] > .comment > [data-replies] > .comment'].map((it) => document.querySelectorAll('[data-list] > .comment' + it).length)";
    let shown = client.execute(levels, Vec::new()).await?;
    assert_eq!(shown, serde_json::json!([1, 15, 5]));
    assert_eq!(client.find_all(Locator::Css(more)).await?.len(), 1);

    // By the keyboard; the first of the new ones has the focus then.
    button.send_keys("\u{E007}").await?;
    see(client, "[data-replies] > .comment > article:focus").await?;
    let shown = client.execute(levels, Vec::new()).await?;
    assert_eq!(shown, serde_json::json!([1, 15, 15]));
    assert!(client.find_all(Locator::Css(more)).await?.is_empty());
    Ok(())
}

/// Posts comments on the first page of guides as whoever is signed in, each under another or none, and returns their ids.
async fn post(
    client: &Client,
    comments: &[(&str, Option<&str>)],
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let script = "const done = arguments[arguments.length - 1]; (async (all) => { const ids = [];
        for (const [body, parent] of all) {
            const sent = JSON.stringify({ page: 'guides/start', body, ...(parent && { parent }) });
            const answer = await fetch('/api/comments', { method: 'POST', headers: { 'content-type': 'application/json' }, body: sent });
            ids.push((await answer.json()).id);
        }
        return ids; })(arguments[0]).then(done);";
    let ids = client
        .execute_async(script, vec![serde_json::json!(comments)])
        .await?;
    let ids: Vec<String> = serde_json::from_value(ids)?;
    Ok(ids)
}

/// A page of the last release still lies on a CDN, and the new one has one part more: nothing of it is put into the old
/// page's gates. All of its text is that of the open release, and the conversation stays.
async fn older_page(client: Client, site: Site) -> Outcome {
    join(&client, &site, "lan", "a long enough phrase").await?;
    client.goto(&site.page("/guides/parts/")).await?;
    // The page hears of a build only once its script has run. It reloads itself then, which would undo a visit to
    // another page that has just begun: nothing is written before this page is there.
    see(&client, "#lyceum-bar").await?;
    let folder = site.folder.path();
    let public = folder.join(".lyceum/preview/current/public/guides/parts/index.html");
    // Parts are not put into a static file on their way out, as they are not by a CDN.
    let old = folder.join("static/old");
    std::fs::create_dir_all(&old)?;
    std::fs::copy(&public, old.join("index.html"))?;
    let content = folder.join("content/guides/parts.md");
    let text = std::fs::read_to_string(&content)?;
    let more = "zebraquartzpublic\n\n<!-- members -->\n\nzebrafresh\n\n<!-- /members -->\n\nA new sentence.";
    std::fs::write(&content, text.replace("zebraquartzpublic", more))?;
    read(&client, "zebrafresh").await?;

    client.goto(&site.page("/old/")).await?;
    read(&client, "zebrafresh").await?;
    let body = see(&client, "main").await?.text().await?;
    let words = [
        "zebraquartzpublic",
        "zebrafresh",
        "A new sentence.",
        "zebraquartzmembers",
        "Between.",
    ];
    let places: Vec<_> = words.iter().map(|it| body.find(it)).collect();
    assert!(
        places.is_sorted() && places.iter().all(Option::is_some),
        "{places:?} {body}"
    );
    let parts = client
        .find_all(Locator::Css("main .part[data-part]"))
        .await?;
    assert_eq!(parts.len(), 2);
    let gates = client
        .find_all(Locator::Css("main .paywall[data-part]"))
        .await?;
    assert_eq!(gates.len(), 2, "paid and pro stay shut");
    see(&client, "[data-talk] form.editor textarea").await?;
    Ok(())
}

/// Types into the editor found there, and sends it.
pub async fn say(client: &Client, place: &str, words: &str) -> Outcome {
    see(client, &format!("{place} form.editor textarea"))
        .await?
        .send_keys(words)
        .await?;
    press(client, &format!("{place} form.editor [type=submit]")).await
}

/// The participation score, asked for as the page's own script does.
async fn score(client: &Client, path: &str) -> Result<f64, Box<dyn std::error::Error>> {
    let script = "const done = arguments[arguments.length - 1]; fetch(arguments[0]).then((answer) => answer.json()).then(done);";
    let value = client.execute_async(script, vec![path.into()]).await?;
    value["scores"]["participation"]["score"]
        .as_f64()
        .ok_or_else(|| format!("no score in {value}").into())
}

async fn without_script(client: Client, site: Site) -> Outcome {
    let password = "a long enough phrase";
    join(&client, &site, "lin", password).await?;
    client.goto(&site.page("/guides/parts/")).await?;
    read(&client, "zebraquartzmembers").await?;

    client.delete_all_cookies().await?;
    client
        .goto(&site.page("/members/sign-in/?next=/guides/parts/"))
        .await?;
    fill(
        &client,
        &[("login", "lin"), ("password", "not the phrase at all")],
    )
    .await?;
    arrive(&client, "#error-").await?;
    for (name, kept) in [("login", Some("lin")), ("password", None)] {
        let field = see(&client, &format!("main form [name={name}]")).await?;
        assert_eq!(field.attr("value").await?.as_deref(), kept, "{name}");
    }
    fill(&client, &[("login", "lin"), ("password", password)]).await?;
    read(&client, "zebraquartzmembers").await?;
    let address = client.current_url().await?;
    assert_eq!(
        (address.path(), address.fragment()),
        ("/guides/parts/", None)
    );
    let name = see(&client, ".tools [data-member]").await?;
    assert_eq!(name.text().await?, "lin");

    client.delete_all_cookies().await?;
    client.goto(&site.page("/guides/parts/")).await?;
    for (place, page) in [
        (".paywall a[href*=sign-in]", "/members/sign-in/?next="),
        ("button[name=turn][value=link]", "/members/link/?next="),
    ] {
        see(&client, place).await?.click().await?;
        arrive(&client, page).await?;
    }
    see(&client, "[data-without-token] [name=email]")
        .await?
        .send_keys("lin@example.org")
        .await?;
    see(&client, "[data-without-token] [type=submit]")
        .await?
        .click()
        .await?;
    arrive(&client, "/members/check-mail/").await?;
    client
        .goto(&site.newest_link("/members/link/").await?)
        .await?;
    see(&client, "[data-with-token] [type=submit]")
        .await?
        .click()
        .await?;
    read(&client, "zebraquartzmembers").await?;
    assert_eq!(client.current_url().await?.path(), "/guides/parts/");
    Ok(())
}

/// SES-03: on a shared computer the page that Back restores shows nothing of the account.
async fn goes_back(client: Client, site: Site) -> Outcome {
    join(&client, &site, "mei", "a long enough phrase").await?;
    read(&client, "@mei").await?;
    // Signed out in another window, then brought back by Back. The preview's pages are never kept by the browser, so
    // that the event is sent by hand.
    client.delete_all_cookies().await?;
    let back = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))";
    client.execute(back, Vec::new()).await?;
    see(&client, "[data-stranger]:not([hidden])").await?;
    let shown = "return document.documentElement.outerHTML + \
                 [...document.querySelectorAll('input')].map((it) => it.value).join()";
    let shown = client.execute(shown, Vec::new()).await?;
    let shown = shown.as_str().unwrap_or_default();
    assert!(!shown.contains("@mei") && !shown.contains("mei@example.org"));
    Ok(())
}

/// Where the letter of a change went, for as long as it waits; when each session was used; why an account is suspended;
/// and a word after its erasure.
async fn account(client: Client, site: Site) -> Outcome {
    let password = "a long enough phrase";
    join(&client, &site, "mei", password).await?;
    read(&client, "last used ").await?;
    let email = see(&client, "#my-email").await?;
    email.clear().await?;
    email.send_keys("new@example.net\n").await?;
    let waits = "We have sent a letter to new@example.net";
    read(&client, waits).await?;
    client.refresh().await?;
    read(&client, waits).await?;
    press(&client, "[data-pending-cancel]").await?;
    see(&client, "[data-pending][hidden]").await?;

    site.member(&["suspend", "mei", "--reason", "Sent <b>advertisements</b>."])?;
    let fields = [("login", "mei"), ("password", password)];
    client.goto(&site.page("/members/sign-in/")).await?;
    fill(&client, &fields).await?;
    read(&client, "Sent <b>advertisements</b>.").await?;
    site.member(&["suspend", "mei", "--lift"])?;
    fill(&client, &fields).await?;
    arrive(&client, "/members/account/").await?;

    read(&client, "@mei").await?;
    press(&client, ".erase summary").await?;
    press(&client, ".erase [name=sure]").await?;
    press(&client, ".erase [type=submit]").await?;
    read(&client, "Your account is erased.").await
}

/// Clicks what the preview's bar may lie over.
pub async fn press(client: &Client, css: &str) -> Outcome {
    let place = see(client, css).await?;
    let into_view = "arguments[0].scrollIntoView({ block: 'center' })";
    client
        .execute(into_view, vec![serde_json::to_value(&place)?])
        .await?;
    Ok(place.click().await?)
}

/// XSS-02, XSS-15, XSS-22: a name and a comment that look like markup are shown as they were written; and a script
/// that got into a page all the same would not run.
async fn stays_text(client: Client, site: Site) -> Outcome {
    join(&client, &site, "mei", "a long enough phrase").await?;
    client.goto(&site.page("/guides/start/")).await?;
    let script = r#"const done = arguments[arguments.length - 1];
        const send = (method, path, body) => fetch(path, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
        const markup = "\"><img src=x onerror=\"document.title='run'\"> {{7*7}}";
        send("PATCH", "/api/me", { name: markup })
            .then(() => send("POST", "/api/comments", { page: "guides/start", body: markup }))
            .then((answer) => done(answer.status));"#;
    let status = client.execute_async(script, Vec::new()).await?;
    assert_eq!(status, 201);
    for path in ["/guides/start/", "/members/account/"] {
        client.goto(&site.page(path)).await?;
        if path.starts_with("/guides") {
            see(&client, ".comment").await?;
            read(&client, "{{7*7}}").await?;
            let images = client.find_all(Locator::Css(".comment img")).await?;
            assert!(images.is_empty(), "a comment has an image");
        } else {
            let filled = "input[name=name]";
            see(&client, filled).await?;
        }
        let planted = r#"const script = document.createElement("script");
            script.textContent = "document.title = 'run'";
            document.body.append(script);
            const link = document.createElement("a");
            link.href = "javascript:document.title='run'";
            document.body.append(link);
            link.click();"#;
        client.execute(planted, Vec::new()).await?;
        assert_ne!(client.title().await?, "run", "a script ran on {path}");
    }
    Ok(())
}

async fn live_reload(client: Client, site: Site) -> Outcome {
    client.goto(&site.page("/guides/start/")).await?;
    see(&client, "#lyceum-bar").await?;
    let file = site.folder.path().join("content/guides/start.md");
    let text = std::fs::read_to_string(&file)?;
    std::fs::write(&file, format!("{text}\n\nfreshly saved words\n"))?;
    read(&client, "freshly saved words").await?;
    // A fault that leaves no doubt of who may read the page: its last good version stays.
    let faulty = text.replace("title: Start", "title: Start\nweight: heavy");
    std::fs::write(&file, format!("{faulty}\n\nfreshly saved words\n"))?;
    see(&client, "#lyceum-overlay:not([hidden]) li.error").await?;
    read(&client, "freshly saved words").await
}
