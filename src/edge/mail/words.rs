//! What letters say, in English, and in Chinese in both scripts. `{handle}`, `{site}`, `{tier}` and `{until}` are filled in by `letters.rs`.

use crate::config::language::{canonical, script};
use crate::edge::mail::EmailKind;

/// Which words a letter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// English, also for every language without words of its own.
    English,
    /// Chinese in simplified characters.
    Simplified,
    /// Chinese in traditional characters, as it is written in Taiwan.
    Traditional,
}

impl Tongue {
    /// The words for a language by its tag.
    pub fn of(language: &str) -> Self {
        let tag = canonical(language).unwrap_or_default();
        match (script(&tag), tag.split('-').next()) {
            ("zh-Hant", _) => Tongue::Traditional,
            (_, Some("zh")) => Tongue::Simplified,
            _ => Tongue::English,
        }
    }

    /// The tag of what is written in it.
    pub fn tag(self) -> &'static str {
        ["en", "zh", "zh-Hant"][self.place()]
    }

    /// Its place in the lists below.
    pub fn place(self) -> usize {
        self as usize
    }
}

/// Subject, what is said before the link, the words on its button, and what is said after. The button is empty for letters
/// without a link, and the last for those that have said it all.
pub fn words(letter: EmailKind, tongue: Tongue) -> [&'static str; 4] {
    match tongue {
        Tongue::English => english(letter),
        Tongue::Simplified => simplified(letter),
        Tongue::Traditional => traditional(letter),
    }
}

fn english(letter: EmailKind) -> [&'static str; 4] {
    match letter {
        EmailKind::Verify => [
            "Confirm your address at {site}",
            "Welcome to {site}, {handle}. Open this link to confirm your address:",
            "Confirm my address",
            "The link is good for 24 hours. Open it in the browser in which you joined; in another one you will be asked to choose your password again. If you did not join, ignore this message: nothing happens without the link.",
        ],
        EmailKind::SignIn => [
            "Your sign-in link for {site}",
            "Hello {handle}, open this link to sign in to {site}:",
            "Sign in",
            "The link works once and for 10 minutes. If you did not ask for it, ignore this message.",
        ],
        EmailKind::Known => [
            "You already have an account at {site}",
            "Someone, probably you, asked to join {site} with this address, which belongs to the account {handle}. Open this link to sign in to it:",
            "Sign in",
            "The link works once and for 10 minutes. If it was not you, ignore this message: nothing was changed, and nobody was told that you have an account.",
        ],
        EmailKind::Reset => [
            "Set a new password for {site}",
            "Hello {handle}, open this link to set a new password for {site}:",
            "Set a new password",
            "The link works once and for 30 minutes, and ends all open sessions. If you did not ask for it, ignore this message: your password stays as it is.",
        ],
        EmailKind::EmailChange => [
            "Confirm your new address at {site}",
            "Hello {handle}, open this link to make this the address of your account at {site}:",
            "Confirm the new address",
            "The link is good for 24 hours, in a browser where you are signed in. Until you open it, your old address stays. If you did not ask for this, ignore this message.",
        ],
        EmailKind::EmailChanging => [
            "Your address at {site} is about to change",
            "Hello {handle}, a new address was asked for in your account at {site}. It counts once it is confirmed there.",
            "",
            "If it was not you, sign in and end the other sessions in your account, and set a new password.",
        ],
        EmailKind::EmailChanged => [
            "Your address at {site} was changed",
            "Hello {handle}, your account at {site} has a new address, and this one no longer belongs to it.",
            "",
            "If it was not you, write to the site's owner at once.",
        ],
        EmailKind::PasswordChanged => [
            "Your password at {site} was changed",
            "Hello {handle}, the password of your account at {site} was changed, and other sessions were ended.",
            "",
            "If it was not you, ask for a new password on the sign-in page at once.",
        ],
        EmailKind::Granted => [
            "{tier} at {site} is yours",
            "Hello {handle}, you have {tier} at {site} {until}. Your account shows what it opens:",
            "Open my account",
            "",
        ],
        EmailKind::Ended => [
            "{tier} at {site} has ended",
            "Hello {handle}, your {tier} at {site} has ended. What is open to all members stays open to you. Your account:",
            "Open my account",
            "",
        ],
    }
}

fn simplified(letter: EmailKind) -> [&'static str; 4] {
    match letter {
        EmailKind::Verify => [
            "验证你在 {site} 的邮箱",
            "{handle}，欢迎加入 {site}。请打开下面的链接，完成邮箱验证：",
            "验证邮箱",
            "链接 24 小时内有效。请用注册时的浏览器打开；换用其他浏览器时，需要重新设置密码。如果不是你本人注册，请忽略这封邮件：不打开链接，注册就不会生效。",
        ],
        EmailKind::SignIn => [
            "{site} 的登录链接",
            "{handle}，你好。打开下面的链接即可登录 {site}：",
            "登录",
            "链接只能使用一次，10 分钟内有效。如果不是你本人操作，请忽略这封邮件。",
        ],
        EmailKind::Known => [
            "你已有 {site} 的账号",
            "有人（可能是你本人）用此邮箱注册 {site}，而它已属于账号 {handle}。打开下面的链接即可登录该账号：",
            "登录",
            "链接只能使用一次，10 分钟内有效。如果不是你本人操作，请忽略这封邮件：你的账号没有任何变化，对方也不会知道你有账号。",
        ],
        EmailKind::Reset => [
            "重新设置 {site} 的密码",
            "{handle}，你好。打开下面的链接，为你在 {site} 的账号设置新密码：",
            "设置新密码",
            "链接只能使用一次，30 分钟内有效。设置新密码后，所有设备都会退出登录。如果不是你本人操作，请忽略这封邮件，密码不会改变。",
        ],
        EmailKind::EmailChange => [
            "验证你在 {site} 的新邮箱",
            "{handle}，你好。打开下面的链接，将此邮箱设为你在 {site} 的登录邮箱：",
            "验证新邮箱",
            "链接 24 小时内有效，请在已登录的浏览器中打开。验证之前，原邮箱继续有效。如果不是你本人操作，请忽略这封邮件。",
        ],
        EmailKind::EmailChanging => [
            "你在 {site} 的邮箱即将更换",
            "{handle}，你好。你正在更换 {site} 的账号邮箱，新邮箱验证后生效。",
            "",
            "如果不是你本人操作，请登录后在账号页面退出其他所有设备，并设置新密码。",
        ],
        EmailKind::EmailChanged => [
            "你在 {site} 的邮箱已更换",
            "{handle}，你好。你在 {site} 的账号已改用新邮箱，此邮箱不再属于该账号。",
            "",
            "如果不是你本人操作，请立即联系站长。",
        ],
        EmailKind::PasswordChanged => [
            "你在 {site} 的密码已修改",
            "{handle}，你好。你在 {site} 的账号密码已修改，其他设备已退出登录。",
            "",
            "如果不是你本人操作，请立即在登录页面重新设置密码。",
        ],
        EmailKind::Granted => [
            "你已获得 {site} 的会员方案「{tier}」",
            "{handle}，你好。你已获得 {site} 的会员方案「{tier}」，{until}。可在账号页面查看权益：",
            "查看我的账号",
            "",
        ],
        EmailKind::Ended => [
            "你在 {site} 的会员方案「{tier}」已到期",
            "{handle}，你好。你在 {site} 的会员方案「{tier}」已到期。免费会员内容仍可继续阅读。可在账号页面查看权益：",
            "查看我的账号",
            "",
        ],
    }
}

fn traditional(letter: EmailKind) -> [&'static str; 4] {
    match letter {
        EmailKind::Verify => [
            "驗證你在 {site} 的電子郵件",
            "{handle}，歡迎加入 {site}。請開啟下方連結，完成電子郵件驗證：",
            "驗證電子郵件",
            "連結 24 小時內有效。請用註冊時的瀏覽器開啟；改用其他瀏覽器時，需要重新設定密碼。如果不是你本人註冊，請忽略這封信：沒有開啟連結，註冊就不會生效。",
        ],
        EmailKind::SignIn => [
            "{site} 的登入連結",
            "{handle}，你好。開啟下方連結即可登入 {site}：",
            "登入",
            "連結只能使用一次，10 分鐘內有效。如果不是你本人操作，請忽略這封信。",
        ],
        EmailKind::Known => [
            "你已有 {site} 的帳號",
            "有人（可能是你本人）用這個電子郵件註冊 {site}，而它已屬於帳號 {handle}。開啟下方連結即可登入該帳號：",
            "登入",
            "連結只能使用一次，10 分鐘內有效。如果不是你本人操作，請忽略這封信：你的帳號沒有任何變動，對方也不會知道你有帳號。",
        ],
        EmailKind::Reset => [
            "重新設定 {site} 的密碼",
            "{handle}，你好。開啟下方連結，為你在 {site} 的帳號設定新密碼：",
            "設定新密碼",
            "連結只能使用一次，30 分鐘內有效。設定新密碼後，所有裝置都會登出。如果不是你本人操作，請忽略這封信，密碼不會變更。",
        ],
        EmailKind::EmailChange => [
            "驗證你在 {site} 的新電子郵件",
            "{handle}，你好。開啟下方連結，將這個電子郵件設為你在 {site} 的帳號信箱：",
            "驗證新電子郵件",
            "連結 24 小時內有效，請在已登入的瀏覽器中開啟。驗證之前，原本的電子郵件仍然有效。如果不是你本人操作，請忽略這封信。",
        ],
        EmailKind::EmailChanging => [
            "你在 {site} 的電子郵件即將變更",
            "{handle}，你好。你在 {site} 的帳號正要更換電子郵件，新的電子郵件驗證後生效。",
            "",
            "如果不是你本人操作，請登入後在帳號頁面登出其他所有裝置，並設定新密碼。",
        ],
        EmailKind::EmailChanged => [
            "你在 {site} 的電子郵件已變更",
            "{handle}，你好。你在 {site} 的帳號已改用新的電子郵件，這個電子郵件不再屬於該帳號。",
            "",
            "如果不是你本人操作，請立即聯絡站長。",
        ],
        EmailKind::PasswordChanged => [
            "你在 {site} 的密碼已變更",
            "{handle}，你好。你在 {site} 的帳號密碼已變更，其他裝置均已登出。",
            "",
            "如果不是你本人操作，請立即到登入頁面重新設定密碼。",
        ],
        EmailKind::Granted => [
            "你已取得 {site} 的會員方案「{tier}」",
            "{handle}，你好。你已取得 {site} 的會員方案「{tier}」，{until}。可在帳號頁面查看權益：",
            "查看我的帳號",
            "",
        ],
        EmailKind::Ended => [
            "你在 {site} 的會員方案「{tier}」已到期",
            "{handle}，你好。你在 {site} 的會員方案「{tier}」已到期。免費會員內容仍可繼續閱讀。可在帳號頁面查看權益：",
            "查看我的帳號",
            "",
        ],
    }
}

/// What is said before the links of other accounts, by tongue.
pub const CHOICE: [&str; 3] = [
    "The link above is for the account {handle}. Others were opened with your address, perhaps by somebody else. Open the link of the account that you use: it keeps the address, and the others lose it.",
    "上面的链接用于账号 {handle}。还有其他账号也登记了你的邮箱，可能是别人注册的。请只打开你自己使用的账号的链接：该账号会保留此邮箱，其他账号不再使用它。",
    "上方連結用於帳號 {handle}。另有其他帳號也登記了你的電子郵件，可能是別人註冊的。請只開啟你自己使用的帳號的連結：該帳號會保留這個電子郵件，其他帳號不再使用它。",
];

/// Below the button, before the same link in letters.
pub const PLAIN_LINK: [&str; 3] = [
    "If the button does not work, copy this address into your browser:",
    "如果按钮无法点击，请将下面的网址复制到浏览器中打开：",
    "如果按鈕無法點選，請將下方網址複製到瀏覽器中開啟：",
];

/// At the foot.
pub const FOOT: [&str; 3] = [
    "This message is about your account at {site}.",
    "此邮件与你在 {site} 的账号有关。",
    "這封信與你在 {site} 的帳號有關。",
];

/// Until when a tier is there: to the end of a day, to a moment, or without an end.
pub const UNTIL: [[&str; 3]; 3] = [
    ["until the end of {day}", "until {day}, {time}", "for good"],
    ["有效期至 {day}", "有效期至 {day} {time}", "长期有效"],
    ["有效期限至 {day}", "有效期限至 {day} {time}", "長期有效"],
];
