//! What letters say, in English and Chinese. `{handle}`, `{site}`, `{tier}` and `{until}` are filled in by `letters.rs`.

use crate::edge::mail::Letter;

/// Subject, what is said before the link, the words on its button, and what is said after. The button is empty for letters
/// without a link, and the last for those that have said it all.
pub fn words(letter: Letter, is_chinese: bool) -> [&'static str; 4] {
    match (letter, is_chinese) {
        (Letter::Verify, false) => [
            "Confirm your address at {site}",
            "Welcome to {site}, {handle}. Open this link to confirm your address:",
            "Confirm my address",
            "The link is good for 24 hours. Open it in the browser in which you joined; in another one you will be asked to choose your password again. If you did not join, ignore this message: nothing happens without the link.",
        ],
        (Letter::Verify, true) => [
            "验证你在 {site} 的邮箱",
            "{handle}，欢迎加入 {site}。请打开下面的链接，完成邮箱验证：",
            "验证邮箱",
            "链接 24 小时内有效。请用注册时的浏览器打开；换用其他浏览器时，需要重新设置密码。如果不是你本人注册，请忽略这封邮件：不打开链接，注册就不会生效。",
        ],
        (Letter::SignIn, false) => [
            "Your sign-in link for {site}",
            "Hello {handle}, open this link to sign in to {site}:",
            "Sign in",
            "The link works once and for 10 minutes. If you did not ask for it, ignore this message.",
        ],
        (Letter::SignIn, true) => [
            "{site} 的登录链接",
            "{handle}，你好。打开下面的链接即可登录 {site}：",
            "登录",
            "链接只能使用一次，10 分钟内有效。如果不是你本人操作，请忽略这封邮件。",
        ],
        (Letter::Known, false) => [
            "You already have an account at {site}",
            "Someone, probably you, asked to join {site} with this address, which belongs to the account {handle}. Open this link to sign in to it:",
            "Sign in",
            "The link works once and for 10 minutes. If it was not you, ignore this message: nothing was changed, and nobody was told that you have an account.",
        ],
        (Letter::Known, true) => [
            "你已有 {site} 的账号",
            "有人（可能是你本人）用此邮箱注册 {site}，而它已属于账号 {handle}。打开下面的链接即可登录该账号：",
            "登录",
            "链接只能使用一次，10 分钟内有效。如果不是你本人操作，请忽略这封邮件：你的账号没有任何变化，对方也不会知道你有账号。",
        ],
        (Letter::Reset, false) => [
            "Set a new password for {site}",
            "Hello {handle}, open this link to set a new password for {site}:",
            "Set a new password",
            "The link works once and for 30 minutes, and ends all open sessions. If you did not ask for it, ignore this message: your password stays as it is.",
        ],
        (Letter::Reset, true) => [
            "重新设置 {site} 的密码",
            "{handle}，你好。打开下面的链接，为你在 {site} 的账号设置新密码：",
            "设置新密码",
            "链接只能使用一次，30 分钟内有效。设置新密码后，所有设备都会退出登录。如果不是你本人操作，请忽略这封邮件，密码不会改变。",
        ],
        (Letter::EmailChange, false) => [
            "Confirm your new address at {site}",
            "Hello {handle}, open this link to make this the address of your account at {site}:",
            "Confirm the new address",
            "The link is good for 24 hours, in a browser where you are signed in. Until you open it, your old address stays. If you did not ask for this, ignore this message.",
        ],
        (Letter::EmailChange, true) => [
            "验证你在 {site} 的新邮箱",
            "{handle}，你好。打开下面的链接，将此邮箱设为你在 {site} 的登录邮箱：",
            "验证新邮箱",
            "链接 24 小时内有效，请在已登录的浏览器中打开。验证之前，原邮箱继续有效。如果不是你本人操作，请忽略这封邮件。",
        ],
        (Letter::EmailChanging, false) => [
            "Your address at {site} is about to change",
            "Hello {handle}, a new address was asked for in your account at {site}. It counts once it is confirmed there.",
            "",
            "If it was not you, sign in and end the other sessions in your account, and set a new password.",
        ],
        (Letter::EmailChanging, true) => [
            "你在 {site} 的邮箱即将更换",
            "{handle}，你好。你正在更换 {site} 的账号邮箱，新邮箱验证后生效。",
            "",
            "如果不是你本人操作，请登录后在账号页面退出其他所有设备，并设置新密码。",
        ],
        (Letter::EmailChanged, false) => [
            "Your address at {site} was changed",
            "Hello {handle}, your account at {site} has a new address, and this one no longer belongs to it.",
            "",
            "If it was not you, write to the site's owner at once.",
        ],
        (Letter::EmailChanged, true) => [
            "你在 {site} 的邮箱已更换",
            "{handle}，你好。你在 {site} 的账号已改用新邮箱，此邮箱不再属于该账号。",
            "",
            "如果不是你本人操作，请立即联系站长。",
        ],
        (Letter::PasswordChanged, false) => [
            "Your password at {site} was changed",
            "Hello {handle}, the password of your account at {site} was changed, and other sessions were ended.",
            "",
            "If it was not you, ask for a new password on the sign-in page at once.",
        ],
        (Letter::PasswordChanged, true) => [
            "你在 {site} 的密码已修改",
            "{handle}，你好。你在 {site} 的账号密码已修改，其他设备已退出登录。",
            "",
            "如果不是你本人操作，请立即在登录页面重新设置密码。",
        ],
        (Letter::Granted, false) => [
            "{tier} at {site} is yours",
            "Hello {handle}, you have {tier} at {site} {until}. Your account shows what it opens:",
            "Open my account",
            "",
        ],
        (Letter::Granted, true) => [
            "你已获得 {site} 的会员方案「{tier}」",
            "{handle}，你好。你已获得 {site} 的会员方案「{tier}」，{until}。可在账号页面查看权益：",
            "查看我的账号",
            "",
        ],
        (Letter::Ended, false) => [
            "{tier} at {site} has ended",
            "Hello {handle}, your {tier} at {site} has ended. What is open to all members stays open to you. Your account:",
            "Open my account",
            "",
        ],
        (Letter::Ended, true) => [
            "你在 {site} 的会员方案「{tier}」已到期",
            "{handle}，你好。你在 {site} 的会员方案「{tier}」已到期。免费会员内容仍可继续阅读。可在账号页面查看权益：",
            "查看我的账号",
            "",
        ],
    }
}

/// What is said before the links of other accounts, in English and Chinese.
pub const CHOICE: [&str; 2] = [
    "The link above is for the account {handle}. Others were opened with your address, perhaps by somebody else. Open the link of the account that you use: it keeps the address, and the others lose it.",
    "上面的链接用于账号 {handle}。还有其他账号也登记了你的邮箱，可能是别人注册的。请只打开你自己使用的账号的链接：该账号会保留此邮箱，其他账号不再使用它。",
];

/// Below the button, before the same link in letters.
pub const PLAIN_LINK: [&str; 2] = [
    "If the button does not work, copy this address into your browser:",
    "如果按钮无法点击，请将下面的网址复制到浏览器中打开：",
];

/// At the foot.
pub const FOOT: [&str; 2] = [
    "This message is about your account at {site}.",
    "此邮件与你在 {site} 的账号有关。",
];

/// Until when a tier is there: to the end of a day, to a moment, or without an end.
pub const UNTIL: [[&str; 3]; 2] = [
    ["until the end of {day}", "until {day}, {time}", "for good"],
    ["有效期至 {day}", "有效期至 {day} {time}", "长期有效"],
];

/// How a day is written, after `strftime`.
pub const DAY: [&str; 2] = ["%-d %B %Y", "%Y年%-m月%-d日"];
