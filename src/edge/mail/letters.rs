//! The letters themselves, in English and Chinese, as text and as simple HTML.
//!
//! A handle is the only word of a member in them: it is ASCII without any sign, so it can be neither a
//! link nor markup (XSS-12). All else is the site's own.

use crate::edge::sessions::Purpose;
use serde::{Deserialize, Serialize};

/// Which letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
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
    /// Handles and links of other accounts with the same address.
    pub others: &'f [(String, String)],
}

impl Letter {
    /// As it is written in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Letter::Verify => "verify",
            Letter::SignIn => "sign_in",
            Letter::Known => "known",
            Letter::Reset => "reset",
            Letter::EmailChange => "email_change",
            Letter::EmailChanging => "email_changing",
            Letter::EmailChanged => "email_changed",
            Letter::PasswordChanged => "password_changed",
        }
    }

    /// What its link is good for; `None` for letters that only tell.
    pub fn purpose(self) -> Option<Purpose> {
        match self {
            Letter::Verify => Some(Purpose::Verify),
            Letter::SignIn | Letter::Known => Some(Purpose::SignIn),
            Letter::Reset => Some(Purpose::Reset),
            Letter::EmailChange => Some(Purpose::EmailChange),
            Letter::EmailChanging | Letter::EmailChanged | Letter::PasswordChanged => None,
        }
    }

    /// Subject, what it says before its link, and after.
    fn words(self, is_chinese: bool) -> [&'static str; 3] {
        match (self, is_chinese) {
            (Letter::Verify, false) => [
                "Confirm your address at {site}",
                "Welcome to {site}, {handle}. Open this link to confirm your address:",
                "The link is good for 24 hours. Open it in the browser in which you joined; in another one you will be asked to choose your password again. If you did not join, ignore this message: nothing happens without the link.",
            ],
            (Letter::Verify, true) => [
                "验证你在 {site} 的邮箱",
                "{handle}，欢迎加入 {site}。请打开下面的链接，完成邮箱验证：",
                "链接 24 小时内有效。请用注册时的浏览器打开；换用其他浏览器时，需要重新设置密码。如果不是你本人注册，请忽略这封邮件：不打开链接，注册就不会生效。",
            ],
            (Letter::SignIn, false) => [
                "Your sign-in link for {site}",
                "Hello {handle}, open this link to sign in to {site}:",
                "The link works once and for 10 minutes. If you did not ask for it, ignore this message.",
            ],
            (Letter::SignIn, true) => [
                "{site} 的登录链接",
                "{handle}，你好。打开下面的链接即可登录 {site}：",
                "链接只能使用一次，10 分钟内有效。如果不是你本人操作，请忽略这封邮件。",
            ],
            (Letter::Known, false) => [
                "You already have an account at {site}",
                "Someone, probably you, asked to join {site} with this address, which belongs to the account {handle}. Open this link to sign in to it:",
                "The link works once and for 10 minutes. If it was not you, ignore this message: nothing was changed, and nobody was told that you have an account.",
            ],
            (Letter::Known, true) => [
                "你已有 {site} 的账号",
                "有人（可能是你本人）用此邮箱注册 {site}，而它已属于账号 {handle}。打开下面的链接即可登录该账号：",
                "链接只能使用一次，10 分钟内有效。如果不是你本人操作，请忽略这封邮件：你的账号没有任何变化，对方也不会知道你有账号。",
            ],
            (Letter::Reset, false) => [
                "Set a new password for {site}",
                "Hello {handle}, open this link to set a new password for {site}:",
                "The link works once and for 30 minutes, and ends all open sessions. If you did not ask for it, ignore this message: your password stays as it is.",
            ],
            (Letter::Reset, true) => [
                "重新设置 {site} 的密码",
                "{handle}，你好。打开下面的链接，为你在 {site} 的账号设置新密码：",
                "链接只能使用一次，30 分钟内有效。设置新密码后，所有设备都会退出登录。如果不是你本人操作，请忽略这封邮件，密码不会改变。",
            ],
            (Letter::EmailChange, false) => [
                "Confirm your new address at {site}",
                "Hello {handle}, open this link to make this the address of your account at {site}:",
                "The link is good for 24 hours, in a browser where you are signed in. Until you open it, your old address stays. If you did not ask for this, ignore this message.",
            ],
            (Letter::EmailChange, true) => [
                "验证你在 {site} 的新邮箱",
                "{handle}，你好。打开下面的链接，将此邮箱设为你在 {site} 的登录邮箱：",
                "链接 24 小时内有效，请在已登录的浏览器中打开。验证之前，原邮箱继续有效。如果不是你本人操作，请忽略这封邮件。",
            ],
            (Letter::EmailChanging, false) => [
                "Your address at {site} is about to change",
                "Hello {handle}, a new address was asked for in your account at {site}. It counts once it is confirmed there.",
                "If it was not you, sign in and end the other sessions in your account, and set a new password.",
            ],
            (Letter::EmailChanging, true) => [
                "你在 {site} 的邮箱即将更换",
                "{handle}，你好。你正在更换 {site} 的账号邮箱，新邮箱验证后生效。",
                "如果不是你本人操作，请登录后在账号页面退出其他所有设备，并设置新密码。",
            ],
            (Letter::EmailChanged, false) => [
                "Your address at {site} was changed",
                "Hello {handle}, your account at {site} has a new address, and this one no longer belongs to it.",
                "If it was not you, write to the site's owner at once.",
            ],
            (Letter::EmailChanged, true) => [
                "你在 {site} 的邮箱已更换",
                "{handle}，你好。你在 {site} 的账号已改用新邮箱，此邮箱不再属于该账号。",
                "如果不是你本人操作，请立即联系站长。",
            ],
            (Letter::PasswordChanged, false) => [
                "Your password at {site} was changed",
                "Hello {handle}, the password of your account at {site} was changed, and other sessions were ended.",
                "If it was not you, ask for a new password on the sign-in page at once.",
            ],
            (Letter::PasswordChanged, true) => [
                "你在 {site} 的密码已修改",
                "{handle}，你好。你在 {site} 的账号密码已修改，其他设备已退出登录。",
                "如果不是你本人操作，请立即在登录页面重新设置密码。",
            ],
        }
    }
}

/// What is said before the links of other accounts, in English and Chinese.
const CHOICE: [&str; 2] = [
    "The link above is for the account {handle}. Others were opened with your address, perhaps by somebody else. Open the link of the account that you use: it keeps the address, and the others lose it.",
    "上面的链接用于账号 {handle}。还有其他账号也登记了你的邮箱，可能是别人注册的。请只打开你自己使用的账号的链接：该账号会保留此邮箱，其他账号不再使用它。",
];

/// Subject, text part and HTML part. `language` is a code; whatever does not begin with `zh` is English.
pub fn write(letter: Letter, language: &str, facts: &Facts) -> (String, String, String) {
    let is_chinese = language
        .split('-')
        .next()
        .is_some_and(|it| it.eq_ignore_ascii_case("zh"));
    let fill = |text: &str| {
        text.replace("{handle}", facts.handle)
            .replace("{site}", &one_line(facts.site))
    };
    let [subject, before, after] = letter.words(is_chinese).map(fill);
    let (link, code) = (facts.link, if is_chinese { "zh" } else { "en" });
    let mut text = format!("{before}\n\n");
    let mut middle = String::new();
    if !link.is_empty() {
        text.push_str(&format!("{link}\n\n"));
        let link = escaped(link);
        middle = format!("<p><a href=\"{link}\">{link}</a></p>\n");
    }
    if !facts.others.is_empty() {
        let choice = fill(CHOICE[usize::from(is_chinese)]);
        text.push_str(&format!("{choice}\n\n"));
        middle.push_str(&format!("<p>{}</p>\n", escaped(&choice)));
        for (handle, link) in facts.others {
            text.push_str(&format!("{handle}:\n{link}\n\n"));
            let link = escaped(link);
            middle.push_str(&format!(
                "<p>{}<br><a href=\"{link}\">{link}</a></p>\n",
                escaped(handle)
            ));
        }
    }
    text.push_str(&format!("{after}\n"));
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\">\n<body style=\"font-family: sans-serif; line-height: 1.6\">\n<p>{}</p>\n{middle}<p>{}</p>\n</body>\n</html>\n",
        escaped(&before),
        escaped(&after)
    );
    (subject, text, html)
}

/// Without control characters, which a header must not have: some of them its builder would not encode, but panic on.
pub fn one_line(text: &str) -> String {
    text.split(char::is_control)
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Letter; 8] = [
        Letter::Verify,
        Letter::SignIn,
        Letter::Known,
        Letter::Reset,
        Letter::EmailChange,
        Letter::EmailChanging,
        Letter::EmailChanged,
        Letter::PasswordChanged,
    ];

    #[test]
    fn every_letter_says_the_same_twice_in_both_languages() {
        let facts = Facts {
            site: "Notes <&\r\nBcc: x>",
            handle: "mei",
            link: "https://lyceum.example/members/link/?token=A&b",
            others: &[],
        };
        for letter in ALL {
            for language in ["en", "zh-Hans", "fr"] {
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
                        !part.contains('{') && !part.contains('\r'),
                        "{letter:?} {part}"
                    );
                }
                assert!(!subject.contains('\n'), "{letter:?}");
                assert!(html.contains("Notes &lt;&amp;"), "{html}");
                assert_eq!(
                    text.contains(facts.link),
                    html.contains(&escaped(facts.link)),
                    "{letter:?}"
                );
                assert_eq!(html.contains("lang=\"zh\""), language == "zh-Hans");
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
                others: &others,
            };
            let (_, text, html) = write(Letter::Reset, language, &facts);
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
