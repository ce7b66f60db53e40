//! What `init` writes, in English, and in Chinese in both scripts.

use crate::config::language;

/// The files of a new site.
pub struct Examples {
    /// `site.toml`, with `{{language}}` for the tag.
    pub site: &'static str,
    /// The page of home.
    pub home: &'static str,
    /// An article with a part for members, with `{{date}}`.
    pub first_page: &'static str,
}

impl Examples {
    /// In a language; English where there are none in it.
    pub fn in_language(tag: &str) -> Self {
        let (site, home, first_page) = match language::script(tag) {
            "zh" | "zh-Hans" => (SITE_ZH, HOME_ZH, FIRST_PAGE_ZH),
            "zh-Hant" => (SITE_HANT, HOME_HANT, FIRST_PAGE_HANT),
            _ => (SITE, HOME, FIRST_PAGE),
        };
        Examples {
            site,
            home,
            first_page,
        }
    }
}

const SITE: &str = r#"title = "My site"
base_url = "http://127.0.0.1:1111/"
language = "{{language}}"
# timezone = "Asia/Shanghai"

# What is sold. A page or part with `paid` is open to every tier with a price.
# [[tiers]]
# id = "pro"
# name = "Pro"
# rank = 10
# price = { month = { CNY = 3000, USD = 500 } }
"#;

const HOME: &str = "---\ntitle: My site\ndescription: Notes on building things.\n---\n\nWelcome. Pages are Markdown files in `content/`.\n";

const FIRST_PAGE: &str = r#"---
title: A first page
date: {{date}}
description: What a page looks like, and where its paywall stands.
tags: [writing]
---

Everything above the marker below is for everyone.

```rust
fn main() {
    println!("highlighted when the site is built");
}
```

<!-- members -->

This part is for members. It is not in `public/`: the edge puts it in place for those who signed in.

<!-- /members -->

And this is for everyone again.
"#;

const SITE_ZH: &str = r#"title = "我的网站"
base_url = "http://127.0.0.1:1111/"
language = "{{language}}"
timezone = "Asia/Shanghai"

# 会员方案。写作 `paid` 的页面或部分，凡是有价格的方案都能阅读。
# [[tiers]]
# id = "pro"
# name = "专业版"
# rank = 10
# price = { month = { CNY = 3000, USD = 500 } }
"#;

const HOME_ZH: &str = "---\ntitle: 我的网站\ndescription: 记录做东西的过程。\n---\n\n欢迎。页面就是 `content/` 里的 Markdown 文件。\n";

const FIRST_PAGE_ZH: &str = r#"---
title: 第一篇
date: {{date}}
description: 页面是什么样子，会员内容从哪里开始。
tags: [写作]
---

下面的标记之前，所有人都能阅读。

```rust
fn main() {
    println!("代码在构建时着色");
}
```

<!-- members -->

这一部分仅会员可读。它不在 `public/` 里：会员登录后，由服务端放回原处。

<!-- /members -->

从这里起，又是所有人都能阅读的内容。
"#;

const SITE_HANT: &str = r#"title = "我的網站"
base_url = "http://127.0.0.1:1111/"
language = "{{language}}"
timezone = "Asia/Taipei"

# 會員方案。寫作 `paid` 的頁面或部分，凡是有價格的方案都能閱讀。
# [[tiers]]
# id = "pro"
# name = "專業版"
# rank = 10
# price = { month = { CNY = 3000, USD = 500 } }
"#;

const HOME_HANT: &str = "---\ntitle: 我的網站\ndescription: 記錄做東西的過程。\n---\n\n歡迎。頁面就是 `content/` 裡的 Markdown 檔案。\n";

const FIRST_PAGE_HANT: &str = r#"---
title: 第一篇
date: {{date}}
description: 頁面是什麼樣子，會員內容從哪裡開始。
tags: [寫作]
---

下面的標記之前，所有人都能閱讀。

```rust
fn main() {
    println!("程式碼在建置時著色");
}
```

<!-- members -->

這一部分僅會員可讀。它不在 `public/` 裡：會員登入後，由伺服器放回原處。

<!-- /members -->

從這裡起，又是所有人都能閱讀的內容。
"#;
