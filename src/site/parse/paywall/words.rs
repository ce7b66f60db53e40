//! The words of which markers are made: ours, those of other tools, and those that may stand around them.
//!
//! Data only. Every entry is written as `fold` leaves it: lower case, without accents.

/// What a word says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Members.
    Members,
    /// Who pays.
    Paid,
    /// A tier; its id follows.
    Tier,
    /// Everyone.
    Public,
    /// Some gate, where a word such as `only` or `content` stands beside it.
    Weak,
    /// Limits who may read, such as `only`.
    Limit,
    /// Something begins.
    Begin,
    /// Something ends.
    End,
    /// Says nothing by itself.
    Filler,
}

/// All words but the ids of tiers. Lists are separated by spaces.
pub const WORDS: [(Word, &str); 9] = [
    (
        Word::Members,
        "member members membership subscriber subscribers vip vips gated 会员 會員 会員 订阅者 訂閱者 \
         订户 訂戶 メンバ 購読者 회원 멤버 멤버십 구독자 mitglied mitglieder abonnenten abonnes abonne adherents \
         miembros suscriptores membros assinantes abbonati leden подписчиков подписчики участников للأعضاء \
         للمشتركين",
    ),
    (
        Word::Paid,
        "paid pay payed payer payers paying paywall paywalled premium 付费 付費 收费 收費 有料 付费墙 \
         付費牆 유료 bezahlt kostenpflichtig payant pago платно платный платное",
    ),
    (Word::Tier, "tier tiers"),
    (Word::Public, "public 公开 公開"),
    (
        Word::Weak,
        "subscription subscriptions subscribed subs restricted exclusive login patrons supporters sponsors backers \
         donors customers insiders registered logged 购买 購買 粉丝 粉絲 密码 密碼 付款 解锁 解鎖 关注 關注 订阅 訂閱 登录 登陆 登入 \
         回复 回覆 专属 專屬 专享 專享 限定 隐藏 隱藏",
    ),
    (
        Word::Limit,
        "only required requires require access visible visibility content contents 可见 可見 可读 \
         可讀 可看 可阅 阅读 閱讀 查看 内容 內容 仅 僅 限 权限 權限 \
         需要 需登录 必须 必須 전용 reserve только nur solo",
    ),
    (
        Word::Begin,
        "start starts begin begins open opens opening from 开始 開始 起",
    ),
    (
        Word::End,
        "end ends stop stops close closes closed closing finish 结束 結束 止 完 到此",
    ),
    (
        Word::Filler,
        "a all and area article below block by card for here if in is jetpack container kg level marker of \
         bonus chapter continue ever everything expr extra has jump line out past point fur fuer aux pour para für для \
         off on or page part post reader readers region rest section tag text the this to true user users \
         wall wp yes zone above gate 以下 以上 以后 之后 从 这里 此处 下面 部分 区 区域 \
         只 供 给 为 对 的 是 需 要 后 才 能 可 请 本 文 全 正 章 节 用户 读者 人 \
         者 级 等 标记 墙 及 和 或 与 段 落 块 上 下 线 线下 分割线 分隔线 分界线 分割線 分隔線 记事 記事 ここから 先 は です の この下 \
         以降 专属 专享 区块 以 為 從 \
         這裡",
    ),
];

/// Words of their own that lie near one of a marker's.
pub const ORDINARY: &str = "numbers ads aside bad mad mrow pads pains pdf phd pre timbers embeds meters memes bombers \
    tempers remembers menders cambers air aired api apis acid aids aided and ask avid bid cid did gid \
    had hid kid lad lake land lid mid oid paced paired pairs paint pan par pas past pat paved pic pie \
    pig pin pip pit plaid pod prix raids rapid rid said sid side six uid vid wide core node nodes none \
    not note notes noted modes moved move nor norm one ore sore";

/// Where other tools end a teaser. Without spaces.
pub const DIVIDERS: &str = "readmore moretag morehere morebelow moretext endmore continuereading keepreading excerpt endexcerpt \
    excerptend endofexcerpt excerptseparator truncate teaser endteaser teaserend endofteaser preview \
    endpreview previewend endofpreview publicpreview freepreview endsummary \
    summaryend endofsummary break 阅读更多 更多 阅读全文 继续阅读 查看更多 \
    查看全文 展开全文 摘要结束 试读结束 预览结束 閱讀更多";

/// Words that may name where a teaser ends. What is made of them, with those of [`DIVIDING_FILLERS`], ends one.
pub const DIVIDING: &str = "more moar continue continued cut cutoff fold folded summary end ends rest intro introduction preview teaser excerpt \
    lead lede free nextpage pagebreak pb break divider split snip jump readmore abstract hook sample trial gratis stop \
    truncate separator below morelink moretag 摘要 更多 全文 正文 预览 預覽 试读 試讀 分割 分隔 分割线 分隔线 截断 继续 繼續 折叠 省略 免费 免費 \
    结束 結束 到此 分页 分頁 导读 引言 続き 続きを読む";
/// Words that may stand around them.
pub const DIVIDING_FILLERS: &str = "show see and read click of the a to until till up for is from here on this point part page post \
    article story text content full everything after tag mark line begin begins start starts now keep reading expand next section less \
    only above before then it one long short blog entry 阅读 閱讀 展开 展開 查看 以下 以上 部分 为止 為止 下文 从 这里 此处 内容 文章 的 请 点击 显示 线 标记";

/// Words of a name that gates what it encloses, as far as a name such as `content_hide` and `ripay` has one of them.
/// They count where something is closed, so that no prose has them.
pub const STEMS: &str = "hide hidden pay paid protect passw login loggedin restrict unlock purchase sell buy access member \
    premium vip private secret subscri usersonly useronly exclusive paywall patreon patron confidential encrypt locked \
    tier 会员 會員 付费 付費 收费 收費 隐藏 隱藏 登录 登陆 登入 可见 可見 密码 密碼 加密 购买 購買 解锁 解鎖 私密 订阅 訂閱 非公开 限定 有料";
/// Words in which one of [`STEMS`] stands by chance.
pub const NO_STEMS: &str = "payload paypal repay remember frontier accessib counsell";
/// Words that gate what they enclose where a comment of the word and one with `/` before it are a pair.
pub const CLOSERS: &str = "private hidden hide secret locked lock unlock exclusive login purchase buy sell supporter supporters patron \
    patrons sponsor sponsors backer backers donor donors customer customers insider insiders founder founders gold silver bronze \
    platinum diamond pro plus restricted protected password gate gated internal confidential nonpublic free 高级 高級 专业版 專業版 尊享 \
    黄金 白金 钻石 铂金 旗舰版 专享 專享 专属 專屬 粉丝 粉絲";

/// Shortcodes of other tools that gate what they enclose.
pub const SHORTCODES: &str = "restrict rcp-restrict wcm-restrict mepr-show mepr-active s2if s2member pmpro-member um-loggedin \
    memberful patreon loginshow \
    ihc-hide-content wlm-private erphpdown swpm-protected wpmem-logged-in learndash-login memberpress";

/// Shortcodes that may gate what they enclose; they count where the page closes one.
pub const PAIRED_SHORTCODES: &str = "hide hidden hidecontent reply replyshow login secret private lock locked subscribe content-control";

/// Phrases that close a text to some, though none of their words does. Without spaces.
pub const GATES: &str = "loggedin loggedinusers loggedinreaders signedin signedinusers signedinonly logintoview logintoread \
    logintocontinue logintosee loginintoview signintoview signintoread signintocontinue subscribetoread subscribetoreadmore \
    subscribetoview subscribetocontinue subscribetocontinuereading subscribetounlock paytoread paytoview paytounlock \
    paytocontinue purchasetoread purchasetoview purchasetounlock buytoread buytounlock unlocktoread registertoread \
    registeredusers hidefrompublic hiddenfrompublic notpublic nonpublic notfree nonfree unlessfree endfree freeend \
    freeends freeendshere endoffree endoffreepart endoffreecontent endoffreepreview endoffreesection endfreepreview \
    endfreepart freepreviewends freepreviewend freepartends freecontentends freesectionends 免费部分结束 免费内容结束 \
    试读部分结束 免費部分結束";

/// What may stand before a word of a marker, and names who reads or which tool is meant.
pub const KEYS: &str = "lyceum ghost substack jekyll hugo hexo wordpress wp audience role roles restrict restricted show \
    showif reveal who whom readers viewers group groups plan permission permissions auth allow allowed unlock require \
    requires access visibility gate gated lock locked hide only";

/// Words that make a comment a note to oneself, wherever they stand in it.
pub const NOTES: &str = "todo fixme xxx hack note notes see about explain discuss describe mention ask check fix remove \
    later why how what when should we i";

/// Whether a list has a word.
pub fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|it| it == word)
}
