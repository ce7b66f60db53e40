//! Walls as a visitor, a free member and a payer meet them, and an account whose address nobody has confirmed.
//!
//! Entry points: [`walls`] and [`unconfirmed`]; `engines.rs` runs them in each browser, with and without script.

use crate::browser::{Outcome, Site, arrive, fill, join, press, read, see};
use fantoccini::{Client, Locator};

const PASSWORD: &str = "a long enough phrase";
const PARTS: &str = "/guides/parts/";
/// A page whose conversation is for payers.
const PAID: &str = "/gated/paid/";

/// What is on screen has the first words, and none of the second.
async fn shows(client: &Client, words: &[&str], absent: &[&str]) -> Outcome {
    for word in words {
        read(client, word).await?;
    }
    let text = see(client, "body").await?.text().await?;
    let found: Vec<_> = absent.iter().filter(|it| text.contains(**it)).collect();
    match found.is_empty() {
        true => Ok(()),
        false => Err(format!("{found:?} in {text}").into()),
    }
}

/// Whether a like can be given here, once the numbers of the page are there.
async fn can_like(client: &Client) -> Result<bool, Box<dyn std::error::Error>> {
    see(client, "[data-acts]:not([hidden])").await?;
    let like = see(client, "[data-act=like]").await?;
    Ok(like.is_displayed().await?)
}

/// Each reader sees what opens for them, and what does not says why.
pub async fn walls(client: &Client, site: &Site, scripts: bool) -> Outcome {
    client.goto(&site.page(PARTS)).await?;
    let gates = [
        "This part is for members",
        "Joining is free",
        "The free part ends here",
    ];
    let secrets = ["zebraquartzmembers", "zebraquartzpaid", "zebraquartzpro"];
    shows(client, &gates, &secrets).await?;
    client.goto(&site.page(PAID)).await?;
    shows(client, &["This part is for subscribers"], &secrets).await?;
    if scripts {
        assert!(!can_like(client).await?, "a visitor may like a closed page");
    }

    join(client, site, "mei", PASSWORD).await?;
    client.goto(&site.page(PARTS)).await?;
    let free = ["zebraquartzmembers", "This part is for subscribers"];
    let absent = [
        "Joining is free",
        "The free part ends here",
        "zebraquartzpaid",
    ];
    shows(client, &free, &absent).await?;
    let name = see(client, ".tools [data-member]").await?;
    assert!(name.is_displayed().await?);
    assert!(name.html(true).await?.contains("mei"));
    client.goto(&site.page(PAID)).await?;
    let closed = match scripts {
        true => "Comments here are for those who may read the whole page.",
        false => "The conversation needs JavaScript.",
    };
    shows(client, &["This part is for subscribers", closed], &secrets).await?;
    if scripts {
        read(client, "Your membership does not open this part.").await?;
        assert!(
            !can_like(client).await?,
            "a free member may like a closed page"
        );
    }

    site.member(&["grant", "mei", "basic", "--until", "forever", "--no-letter"])?;
    client.goto(&site.page(PARTS)).await?;
    let paid = [
        "zebraquartzmembers",
        "zebraquartzpaid",
        "This part is for Pro",
    ];
    shows(
        client,
        &paid,
        &["The free part ends here", "zebraquartzpro"],
    )
    .await?;
    client.goto(&site.page(PAID)).await?;
    shows(
        client,
        &["zebraquartzpaid"],
        &["This part is for subscribers", "The free part ends here"],
    )
    .await?;
    if scripts {
        see(client, "[data-compose] form.editor").await?;
        assert!(can_like(client).await?, "a payer may not like");
    }
    Ok(())
}

/// Whoever is signed in with an address that nobody has confirmed is told so at once, wherever it matters.
pub async fn unconfirmed(client: &Client, site: &Site, scripts: bool) -> Outcome {
    site.add_unconfirmed("una", PASSWORD)?;
    client.goto(&site.page("/members/sign-in/")).await?;
    fill(client, &[("login", "una"), ("password", PASSWORD)]).await?;
    if !scripts {
        // Without script there is no answer but the page that the form leads to.
        see(client, "body:not(.at-members)").await?;
        client.goto(&site.page("/members/account/")).await?;
        return unconfirmed_without_script(client, site).await;
    }
    arrive(client, "/members/account/").await?;
    let absent = ["All that is open to members", "What you can read"];
    shows(client, &["Your address is not confirmed yet."], &absent).await?;
    // The list of sessions comes after all that the page asks for.
    read(client, "last used ").await?;
    let asked = "return performance.getEntriesByType('resource').map((it) => it.name).join()";
    let asked = client.execute(asked, Vec::new()).await?.to_string();
    assert!(!asked.contains("api/saves"), "{asked}");
    press(client, "[data-unverified] button").await?;
    read(client, "Sent. Look in your mail.").await?;
    site.newest_link("/members/verify/").await?;

    client.goto(&site.page(PARTS)).await?;
    shows(
        client,
        &["Confirm your address first"],
        &["Joining is free", "zebraquartzmembers"],
    )
    .await?;
    press(client, ".paywall .again button").await?;
    read(client, "Sent. Look in your mail.").await?;
    client.goto(&site.page("/guides/start/")).await?;
    shows(client, &["Confirm your address first"], &["Your comment"]).await?;
    see(client, "[data-talk] .again button").await?;
    let editors = Locator::Css("form.editor");
    assert!(client.find_all(editors).await?.is_empty());
    client.goto(&site.page(PAID)).await?;
    see(client, "[data-talk] .again button").await?;
    assert!(!can_like(client).await?);
    Ok(())
}

async fn unconfirmed_without_script(client: &Client, site: &Site) -> Outcome {
    shows(
        client,
        &["Signed in as una"],
        &["All that is open to members"],
    )
    .await?;
    client.goto(&site.page(PARTS)).await?;
    shows(
        client,
        &["This part is for members"],
        &["zebraquartzmembers"],
    )
    .await?;
    client.goto(&site.page("/members/account/")).await?;
    see(client, "[data-form=sign-out] [type=submit]")
        .await?
        .click()
        .await?;
    see(client, "body:not(.at-members)").await?;
    client.goto(&site.page("/members/account/")).await?;
    shows(
        client,
        &["Changing the account needs JavaScript."],
        &["Signed in as"],
    )
    .await
}
