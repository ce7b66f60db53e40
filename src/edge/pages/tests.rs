//! Pages through the whole router, without a socket.

use crate::edge::fixture::{Fixture, NOW, publish, write};
use crate::edge::release::Followed;
use axum::http::StatusCode;

#[tokio::test]
async fn addresses_lead_to_files() {
    let site = Fixture::new();
    for (address, status, text) in [
        ("/", 200, "home"),
        ("/guides/parts/", 200, "teaser"),
        ("/guides/parts/index.html", 200, "teaser"),
        ("/%E5%BC%95%E6%93%8E/", 200, "引擎"),
        ("/theme.css", 200, "body"),
        ("/members/join/", 200, "form"),
        ("/guides/", 404, "nothing here"),
        ("/nowhere", 404, "nothing here"),
        ("/zh/nowhere/", 404, "没有"),
        ("/ZH/nowhere/", 404, "没有"),
        ("/zh/", 404, "没有"),
        ("/ZH", 404, "没有"),
        ("/unlisted.txt", 404, "nothing here"),
        ("/theme.css.br", 404, "nothing here"),
        ("/guides/parts/x.css", 404, "nothing here"),
        ("/guides/parts/;.js", 404, "nothing here"),
        ("/guides/parts/plan.svg", 404, "nothing here"),
        ("/guides/parts%2f", 404, "not_found"),
        ("/../vault/manifest.json", 404, "not_found"),
        ("/%2e%2e/vault/manifest.json", 404, "not_found"),
        ("/%00", 400, "malformed"),
        ("/api/nothing", 404, "not_found"),
        ("/api", 404, "not_found"),
        ("/api/tiers/", 404, "not_found"),
        ("/api/tiers", 200, "CNY"),
        ("/healthz", 200, "alive"),
        ("/readyz", 200, "ready"),
    ] {
        let answer = site.get(address, &[]).await;
        assert_eq!(
            answer.status.as_u16(),
            status,
            "{address}: {}",
            answer.text()
        );
        assert!(answer.text().contains(text), "{address}: {}", answer.text());
    }
    let moved = site.get("/guides/parts?x=1", &[]).await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (StatusCode::PERMANENT_REDIRECT, Some("/guides/parts/?x=1"))
    );
    site.publish_file("zh/index.html", "<html>主页</html>".as_bytes());
    for address in ["/ZH/?x=1", "/Zh?x=1"] {
        let moved = site.get(address, &[]).await;
        assert_eq!(
            (moved.status, moved.header("location")),
            (StatusCode::PERMANENT_REDIRECT, Some("/zh/?x=1")),
            "{address}"
        );
    }
    let moved = site.get("/%E5%BC%95%E6%93%8E", &[]).await;
    assert_eq!(moved.header("location"), Some("/%E5%BC%95%E6%93%8E/"));
    assert_eq!(moved.header("cache-control"), Some("no-cache"));
}

/// An address in another normal form than the file's leads to the file's own address, in one step.
#[tokio::test]
async fn addresses_in_another_normal_form_lead_on() {
    let site = Fixture::new();
    let composed = ["caf\u{e9}/index.html", "zh/\u{1ea5}n.txt", "\u{ac00}.pdf"];
    for name in composed {
        site.publish_file(name, b"composed");
    }
    // As a file copied from a disk that decomposes names.
    site.publish_file("re\u{301}sume\u{301}.pdf", b"decomposed");
    for (address, location) in [
        ("/cafe%CC%81/", Some("/caf%C3%A9/")),
        ("/cafe%CC%81", Some("/caf%C3%A9/")),
        ("/cafe%CC%81?x=%CC%81", Some("/caf%C3%A9/?x=%CC%81")),
        ("/ZH/a%CC%82%CC%81n.txt", Some("/zh/%E1%BA%A5n.txt")),
        ("/zh/%C3%A2%CC%81n.txt", Some("/zh/%E1%BA%A5n.txt")),
        ("/%E1%84%80%E1%85%A1.pdf", Some("/%EA%B0%80.pdf")),
        ("/r%C3%A9sum%C3%A9.pdf", Some("/re%CC%81sume%CC%81.pdf")),
        ("/caf%C3%A9/", None),
        ("/re%CC%81sume%CC%81.pdf", None),
        ("/the%CC%81/", None),
    ] {
        let answer = site.get(address, &[]).await;
        assert_eq!(answer.header("location"), location, "{address}");
        let is_asked_again = answer.header("cache-control").unwrap().contains("no-");
        assert!(is_asked_again, "{address}");
    }
}

#[tokio::test]
async fn a_site_below_a_path_stays_below_it() {
    let site = Fixture::at("https://lyceum.example/blog/");
    for (address, status) in [
        ("/blog/", 200),
        ("/blog/theme.css", 200),
        ("/blog/api/tiers", 200),
        ("/", 404),
        ("/theme.css", 404),
        ("/api/tiers", 404),
        ("/blogs/", 404),
        ("/healthz", 200),
    ] {
        assert_eq!(
            site.get(address, &[]).await.status.as_u16(),
            status,
            "{address}"
        );
    }
    for (address, place) in [
        ("/blog", "/blog/"),
        ("/blog/guides/parts", "/blog/guides/parts/"),
    ] {
        assert_eq!(
            site.get(address, &[]).await.header("location"),
            Some(place),
            "{address}"
        );
    }
}

#[tokio::test]
async fn validators_ranges_and_forms() {
    let site = Fixture::new();
    let plain = site.get("/theme.css", &[]).await;
    let etag = plain.header("etag").unwrap().to_owned();
    assert_eq!(plain.header("vary"), Some("Accept-Encoding"));
    assert_eq!(plain.header("cache-control"), Some("no-cache"));
    let packed = site.get("/theme.css", &["accept-encoding: gzip, br"]).await;
    assert_eq!(
        (packed.text(), packed.header("content-encoding")),
        ("as brotli", Some("br"))
    );
    assert_ne!(packed.header("etag"), Some(etag.as_str()));
    let version = &etag[1..11];
    let kept = site.get(&format!("/theme.css?v={version}"), &[]).await;
    assert_eq!(
        kept.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );

    let same = site
        .get("/theme.css", &[&format!("if-none-match: \"x\", W/{etag}")])
        .await;
    assert_eq!(
        (same.status.as_u16(), same.body.len(), same.header("etag")),
        (304, 0, Some(etag.as_str()))
    );
    let other = site
        .get(
            "/theme.css",
            &[&format!("if-none-match: {etag}"), "accept-encoding: br"],
        )
        .await;
    assert_eq!(other.status.as_u16(), 200);

    let piece = site
        .get("/theme.css", &["range: bytes=0-3", "accept-encoding: br"])
        .await;
    assert_eq!((piece.status.as_u16(), piece.text()), (206, "body"));
    assert_eq!(piece.header("content-range"), Some("bytes 0-3/16"));
    let beyond = site.get("/theme.css", &["range: bytes=99-"]).await;
    assert_eq!(
        (beyond.status.as_u16(), beyond.header("content-range")),
        (416, Some("bytes */16"))
    );
    let stale = site
        .get("/theme.css", &["range: bytes=0-3", "if-range: \"old\""])
        .await;
    assert_eq!(stale.status.as_u16(), 200);

    let head = site.ask("HEAD", "/theme.css", &[], "").await;
    assert_eq!(
        (head.body.len(), head.header("content-length")),
        (0, Some("16"))
    );
}

/// A reader gets exactly what is theirs (PW-09), and what was lost is lost at once (PW-10).
#[tokio::test]
async fn each_reader_gets_their_parts() {
    let site = Fixture::new();
    let visitor = site.get("/guides/parts/", &[]).await;
    for (handle, tier, is_verified, opens) in [
        ("waits", Some("pro"), false, &[][..]),
        ("mei", None, true, &[1]),
        ("payer", Some("basic"), true, &[1, 2]),
        ("pro", Some("pro"), true, &[1, 2, 3]),
    ] {
        let cookie = format!(
            "cookie: a=b; {}",
            site.member(handle, tier, is_verified).await
        );
        let page = site.get("/guides/parts/", &[&cookie]).await;
        let parts = site
            .get("/api/parts?page=guides/parts", &[&cookie])
            .await
            .json();
        for number in 1..=3 {
            let (text, is_open) = (format!("one zebra{number}"), opens.contains(&number));
            assert_eq!(page.text().contains(&text), is_open, "{handle} {number}");
            let part = &parts["parts"][number - 1];
            assert_eq!(
                part["html"].as_str().is_some_and(|it| it.contains(&text)),
                is_open,
                "{handle} {number}"
            );
            assert_eq!(part["reason"].is_null(), is_open, "{handle} {number}");
        }
        assert!(
            page.text().starts_with("<html") && page.text().ends_with("<p>between</p></html>"),
            "{handle}"
        );
        if opens.is_empty() {
            assert_eq!(
                (page.body.clone(), page.header("etag")),
                (visitor.body.clone(), visitor.header("etag"))
            );
            continue;
        }
        assert_eq!(page.header("cache-control"), Some("private, no-store"));
        assert_eq!(
            (page.header("vary"), page.header("etag")),
            (Some("Cookie"), None)
        );
        let again = format!("if-none-match: {}", visitor.header("etag").unwrap());
        assert_eq!(
            site.get("/guides/parts/", &[&cookie, &again, "range: bytes=0-1"])
                .await
                .body,
            page.body
        );
        let head = site.ask("HEAD", "/guides/parts/", &[&cookie], "").await;
        assert_eq!(
            head.header("content-length"),
            Some(page.body.len().to_string().as_str())
        );
        let image = site.get("/guides/parts/plan.svg", &[&cookie]).await;
        assert_eq!(image.status == 200, opens.contains(&2), "{handle}");
        assert!(image.header("cache-control").unwrap().contains("no-store"));
    }
    let cookie = format!("cookie: {}", site.member("leaves", Some("pro"), true).await);
    assert!(
        site.get("/guides/parts/", &[&cookie])
            .await
            .text()
            .contains("zebra3")
    );
    let end = |tx: &mut crate::edge::store::Tx| {
        tx.execute("UPDATE entitlement SET revoked_at = $1", &[&NOW])
    };
    site.edge.store.write(end).await.unwrap();
    assert!(
        !site
            .get("/guides/parts/", &[&cookie])
            .await
            .text()
            .contains("zebra3")
    );
    let suspend = |tx: &mut crate::edge::store::Tx| {
        tx.execute("UPDATE member SET suspended_at = $1", &[&NOW])
    };
    site.edge.store.write(suspend).await.unwrap();
    assert_eq!(
        site.get("/guides/parts/", &[&cookie]).await.body,
        visitor.body
    );
}

/// PW-11, PW-13, PW-15: whatever a visitor claims, the answer is the same.
#[tokio::test]
async fn claims_change_nothing() {
    let site = Fixture::new();
    let plain = site.get("/guides/parts/", &[]).await;
    for line in [
        "user-agent: Googlebot/2.1",
        "referer: https://www.google.com/",
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-host: evil.example",
        "x-forwarded-proto: http",
        "x-original-url: /vault/",
        "x-http-method-override: DELETE",
        "x-requested-with: XMLHttpRequest",
        "accept-language: zh",
        "origin: https://evil.example",
        "cookie: __Host-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; member=1",
        "if-modified-since: Mon, 05 Jan 2099 08:00:00 GMT",
    ] {
        let answer = site
            .get("/guides/parts/?amp=1&preview=true&print", &[line])
            .await;
        assert_eq!(answer.body, plain.body, "{line}");
        let known = |it: &crate::edge::fixture::Answer| {
            let mut headers = it.headers.clone();
            headers.remove("x-request-id");
            headers
        };
        assert_eq!(known(&answer), known(&plain), "{line}");
    }
}

/// A request holds one release; the next one is followed as a whole, and a faulty one is refused.
#[tokio::test]
async fn releases_are_followed_whole() {
    let site = Fixture::new();
    let cookie = format!("cookie: {}", site.member("pro", Some("pro"), true).await);
    let followed = site.edge.follow_release().await;
    assert!(matches!(followed, Followed::Unchanged));
    publish(&site.root(), "two", "https://lyceum.example/");
    let followed = site.edge.follow_release().await;
    assert!(matches!(followed, Followed::Opened));
    let page = site.get("/guides/parts/", &[&cookie]).await;
    assert!(page.text().contains("data-release=\"two\"") && page.text().contains("two zebra3"));
    assert!(!page.text().contains("one "));

    publish(&site.root(), "three", "https://lyceum.example/");
    std::fs::remove_dir_all(site.root().join("releases/two")).unwrap();
    let page = site.get("/theme.css", &[]).await;
    assert_eq!(
        page.status, 200,
        "a release that was cleared away gives way to the present one"
    );
    publish(&site.root(), "four", "https://lyceum.example/");
    let short = "<html>shorter</html>";
    write(
        &site.root().join("releases/four"),
        "public/guides/parts/index.html",
        short,
    );
    let refused = site.edge.follow_release().await;
    assert!(matches!(refused, Followed::Refused(_)), "{refused:?}");
    assert!(site.edge.release().dir().ends_with("three"));
}

/// HTTP-05: a link inside of `public/` leads nowhere.
#[tokio::test]
async fn links_are_not_followed() {
    let site = Fixture::new();
    let file = site.root().join("releases/one/public/theme.css");
    std::fs::remove_file(&file).unwrap();
    write(&site.root(), "secret.css", "body{color:#111}");
    std::os::unix::fs::symlink(site.root().join("secret.css"), &file).unwrap();
    let answer = site.get("/theme.css", &[]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("retry-after")),
        (503, Some("30"))
    );
    assert!(
        !answer.text().contains("theme.css") && !answer.text().contains("releases"),
        "{}",
        answer.text()
    );
}
