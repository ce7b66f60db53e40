//! The letters themselves, as text and as HTML that looks like the site: no picture, nothing that is fetched.
//!
//! A handle is the only word of a member in them: it is ASCII without any sign, so it can be neither a
//! link nor markup (XSS-12). All else is the site's own. The sentences are in `words.rs`.

use crate::clock::Timestamp;
use crate::edge::accounts::Purpose;
use crate::edge::mail::words::{CHOICE, FOOT, PLAIN_LINK, Tongue, UNTIL, words};
use crate::escape;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Which letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailKind {
    /// Prove the address and become a member.
    Verify,
    /// The link to sign in with.
    SignIn,
    /// Someone joined with the address of a member: the answer to the one who has it.
    Known,
    /// Set a new password.
    Reset,
    /// To the new address: confirm the change.
    EmailChange,
    /// To the old address: a change was asked for.
    EmailChanging,
    /// To the old address: it was changed.
    EmailChanged,
    /// The password was changed.
    PasswordChanged,
    /// A tier was given.
    Granted,
    /// A tier has ended.
    Ended,
}

/// What a letter is written from.
#[derive(Clone, Debug)]
pub struct Facts<'f> {
    /// The site's title in the letter's language.
    pub site: &'f str,
    /// Whom it is about.
    pub handle: &'f str,
    /// Where its link leads; empty for letters without one.
    pub link: &'f str,
    /// The home page in the letter's language.
    pub home: &'f str,
    /// The tier that the letter is about; empty for letters about none.
    pub tier: &'f str,
    /// Until when it is there, in words of the letter's language.
    pub until: &'f str,
    /// Handles and links of other accounts with the same address.
    pub others: &'f [(String, String)],
}

impl EmailKind {
    /// As it is written in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            EmailKind::Verify => "verify",
            EmailKind::SignIn => "sign_in",
            EmailKind::Known => "known",
            EmailKind::Reset => "reset",
            EmailKind::EmailChange => "email_change",
            EmailKind::EmailChanging => "email_changing",
            EmailKind::EmailChanged => "email_changed",
            EmailKind::PasswordChanged => "password_changed",
            EmailKind::Granted => "granted",
            EmailKind::Ended => "ended",
        }
    }

    /// What its link is good for; `None` for letters that only tell.
    pub fn purpose(self) -> Option<Purpose> {
        match self {
            EmailKind::Verify => Some(Purpose::Verify),
            EmailKind::SignIn | EmailKind::Known => Some(Purpose::SignIn),
            EmailKind::Reset => Some(Purpose::Reset),
            EmailKind::EmailChange => Some(Purpose::EmailChange),
            EmailKind::EmailChanging
            | EmailKind::EmailChanged
            | EmailKind::PasswordChanged
            | EmailKind::Granted
            | EmailKind::Ended => None,
        }
    }
}

const PAGE: &str = include_str!("letter.html");
const FACES: [&str; 3] = [
    "-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif",
    "-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif",
    "-apple-system,'Segoe UI',Roboto,'PingFang TC','Microsoft JhengHei','Noto Sans CJK TC',sans-serif",
];
/// How a day is written, after `strftime`.
const DAY: [&str; 3] = ["%-d %B %Y", "%Y年%-m月%-d日", "%Y年%-m月%-d日"];
const BUTTON: &str = "display:inline-block;padding:11px 24px;background:#0b6b50;color:#ffffff;border-radius:2px;font-weight:600;text-decoration:none";

/// Subject, text part and HTML part. `language` is a tag; see [`Tongue::of`].
pub fn write(letter: EmailKind, language: &str, facts: &Facts) -> (String, String, String) {
    let tongue = Tongue::of(language);
    let place = tongue.place();
    let fill = |text: &str| {
        text.replace("{handle}", facts.handle)
            .replace("{tier}", facts.tier)
            .replace("{until}", facts.until)
            .replace("{site}", &one_line(facts.site))
    };
    let [subject, before, button, after] = words(letter, tongue).map(fill);
    let (mut text, mut body) = (
        format!("{before}\n\n"),
        paragraph(&escape::attribute(&before)),
    );
    if !facts.link.is_empty() {
        text.push_str(&format!("{}\n\n", facts.link));
        body.push_str(&button_to(facts.link, &button));
    }
    if !facts.others.is_empty() {
        let choice = fill(CHOICE[place]);
        text.push_str(&format!("{choice}\n\n"));
        body.push_str(&paragraph(&escape::attribute(&choice)));
        for (handle, link) in facts.others {
            text.push_str(&format!("{handle}:\n{link}\n\n"));
            body.push_str(&paragraph(&format!(
                "{}<br>{}",
                escape::attribute(handle),
                anchor(link)
            )));
        }
    }
    if !after.is_empty() {
        text.push_str(&format!("{after}\n"));
        body.push_str(&paragraph(&escape::attribute(&after)));
    }
    if !facts.link.is_empty() {
        body.push_str(&format!(
            "<p class=\"small\" style=\"margin:0 0 14px;font-size:13px;color:#646b71\">{}<br>{}</p>\n",
            PLAIN_LINK[place],
            anchor(facts.link)
        ));
    }
    let html = [
        ("{language}", tongue.tag().to_owned()),
        ("{faces}", FACES[place].to_owned()),
        ("{home}", escape::attribute(facts.home)),
        ("{subject}", escape::attribute(&subject)),
        ("{foot}", escape::attribute(&fill(FOOT[place]))),
        ("{site}", escape::attribute(&one_line(facts.site))),
        // Last, so that nothing in it is taken for a place to fill.
        ("{body}", body),
    ]
    .into_iter()
    .fold(PAGE.to_owned(), |page, (name, value)| {
        page.replace(name, &value)
    });
    (subject, text, html)
}

/// Until when a tier is there, in words. An end at midnight of the site is the end of the day before.
pub fn until_in_words(until: Option<Timestamp>, zone: &TimeZone, language: &str) -> String {
    let place = Tongue::of(language).place();
    let [to_day, to_moment, for_good] = UNTIL[place];
    let Some(until) = until else {
        return for_good.into();
    };
    let at = |millis: i64| {
        let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
        moment.to_zoned(zone.clone())
    };
    let (end, last) = (at(until.as_millis()), at(until.as_millis() - 1));
    let is_midnight = end.date() != last.date();
    let (pattern, shown) = match is_midnight {
        true => (to_day, last),
        false => (to_moment, end),
    };
    pattern
        .replace("{day}", &shown.strftime(DAY[place]).to_string())
        .replace("{time}", &shown.strftime("%H:%M").to_string())
}

fn paragraph(html: &str) -> String {
    format!("<p style=\"margin:0 0 14px\">{html}</p>\n")
}

fn anchor(link: &str) -> String {
    let link = escape::attribute(link);
    format!("<a href=\"{link}\" style=\"color:inherit;word-break:break-all\">{link}</a>")
}

fn button_to(link: &str, words: &str) -> String {
    format!(
        "<p style=\"margin:20px 0\"><a class=\"button\" href=\"{}\" style=\"{BUTTON}\">{}</a></p>\n",
        escape::attribute(link),
        escape::attribute(words)
    )
}

/// Without control characters, which a header must not have: some of them its builder would not encode, but panic on.
pub fn one_line(text: &str) -> String {
    text.split(char::is_control)
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [EmailKind; 10] = [
        EmailKind::Verify,
        EmailKind::SignIn,
        EmailKind::Known,
        EmailKind::Reset,
        EmailKind::EmailChange,
        EmailKind::EmailChanging,
        EmailKind::EmailChanged,
        EmailKind::PasswordChanged,
        EmailKind::Granted,
        EmailKind::Ended,
    ];

    /// XSS-12: what others wrote is text in both parts of a letter.
    #[test]
    fn every_letter_says_the_same_twice_in_every_language() {
        let facts = Facts {
            site: "Notes <&\r\nBcc: x>",
            handle: "mei",
            link: "https://lyceum.example/members/link/?token=A&b",
            home: "https://lyceum.example/",
            tier: "Reader",
            until: "for good",
            others: &[],
        };
        for letter in ALL {
            for language in ["en", "zh-Hans", "zh_tw", "fr"] {
                let facts = Facts {
                    link: if letter.purpose().is_some() {
                        facts.link
                    } else {
                        ""
                    },
                    ..facts
                };
                let (subject, text, html) = write(letter, language, &facts);
                for part in [&subject, &text, &html] {
                    assert!(
                        !part.contains("{s")
                            && !part.contains("{h")
                            && !part.contains("{t")
                            && !part.contains("{u")
                            && !part.contains("{b")
                            && !part.contains('\r'),
                        "{letter:?} {part}"
                    );
                }
                assert!(!subject.contains('\n'), "{letter:?}");
                assert!(html.contains("Notes &lt;&amp;"), "{html}");
                assert_eq!(
                    text.contains(facts.link),
                    html.contains(&escape::attribute(facts.link)),
                    "{letter:?}"
                );
                let tag = Tongue::of(language).tag();
                assert!(html.contains(&format!("lang=\"{tag}\"")), "{html}");
            }
        }
    }

    #[test]
    fn a_language_has_its_words() {
        for (language, tag) in [
            ("en", "en"),
            ("fr", "en"),
            ("", "en"),
            ("zh", "zh"),
            ("zh-CN", "zh"),
            ("zh-Hans", "zh"),
            ("zh-TW", "zh-Hant"),
            ("zh-HK", "zh-Hant"),
            ("zh-hant-tw", "zh-Hant"),
            ("ZH_hk", "zh-Hant"),
        ] {
            assert_eq!(Tongue::of(language).tag(), tag, "{language}");
        }
        let taipei = TimeZone::get("Asia/Taipei").unwrap();
        let end = Timestamp::parse("2027-01-01T16:00:00Z");
        assert_eq!(
            until_in_words(end, &taipei, "zh-TW"),
            "有效期限至 2027年1月1日"
        );
        assert_eq!(until_in_words(None, &taipei, "zh-TW"), "長期有效");
    }

    /// No letter in traditional characters has a simplified one, or a word of the mainland.
    #[test]
    fn traditional_letters_are_written_as_in_taiwan() {
        const FOREIGN: [&str; 22] = [
            "账", "录", "链", "邮", "们", "请", "验", "证", "设", "码", "会", "员", "这", "个",
            "为", "时", "邮箱", "登錄", "鏈接", "網絡", "默認", "屏幕",
        ];
        for letter in ALL {
            for text in words(letter, Tongue::Traditional) {
                assert_eq!(
                    FOREIGN.iter().find(|it| text.contains(**it)),
                    None,
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn letters_read_what_they_write() {
        for letter in ALL {
            let written = serde_json::to_string(&letter).unwrap();
            assert_eq!(written, format!("\"{}\"", letter.as_str()));
        }
    }

    #[test]
    fn every_account_of_an_address_has_its_link() {
        let others = [(
            "mo".to_owned(),
            "https://lyceum.example/?token=B&b".to_owned(),
        )];
        for language in ["en", "zh"] {
            let facts = Facts {
                site: "Notes",
                handle: "mei",
                link: "https://lyceum.example/?token=A",
                home: "https://lyceum.example/",
                tier: "",
                until: "",
                others: &others,
            };
            let (_, text, html) = write(EmailKind::Reset, language, &facts);
            assert!(
                text.contains("mei") && text.contains("mo:\nhttps://lyceum.example/?token=B&b\n")
            );
            assert!(
                html.contains("mo<br>") && html.contains("token=B&amp;b"),
                "{html}"
            );
        }
    }
}
