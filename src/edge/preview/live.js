// The author's preview: reloads when a new release is open, shows faults over the page, and looks through other eyes.
(() => {
  const here = new URL(document.currentScript.src);
  const mine = here.searchParams.get("release");
  const make = (tag, props = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), props);
    element.append(...children);
    return element;
  };
  const chinese = document.documentElement.lang.startsWith("zh");
  const say = (english, other) => (chinese ? other : english);
  document.head.append(make("link", { rel: "stylesheet", href: "/__lyceum/live.css" }));

  const overlay = make("aside", { id: "lyceum-overlay", hidden: true });
  overlay.setAttribute("role", "alert");
  const count = make("button", { type: "button", className: "lyceum-count", hidden: true });
  const reader = say("Show the page as another reader sees it", "切换预览身份");
  const eyes = make("select", { title: reader });
  eyes.setAttribute("aria-label", reader);
  const bar = make("div", { id: "lyceum-bar" }, count, eyes);
  document.body.append(overlay, bar);

  // The id of the page that a file of content is, where its head gives it no other.
  const idOf = (path) => path.replace(/^content\//, "").replace(/\.(md|markdown)$/i, "").replace(/(^|\/)_?index(?=\.|$)/i, "");
  const own = document.documentElement.dataset.page;
  // Errors before warnings; of each, those of this page come first.
  const weight = (it) => (it.severity === "error" ? 0 : 2) + (own !== undefined && idOf(it.path) === own ? 0 : 1);
  const most = 100;

  const finding = (it) => make("li", { className: it.severity },
    make("b", { textContent: it.line ? `${it.path}:${it.line}:${it.column}` : it.path }),
    make("span", { textContent: ` ${it.severity}: ${it.message}` }),
    make("pre", { textContent: it.excerpt, hidden: !it.excerpt }),
    make("small", { textContent: it.help }));

  const show = (state) => {
    const errors = state.findings.filter((it) => it.severity === "error");
    const sorted = state.findings.toSorted((a, b) => weight(a) - weight(b));
    const list = make("ul", {}, ...sorted.slice(0, most).map(finding));
    if (sorted.length > most) list.append(make("li", { textContent: say(`${sorted.length - most} more: see the terminal`, `还有 ${sorted.length - most} 条，请看终端`) }));
    const close = make("button", { type: "button", textContent: "×", title: say("Close", "关闭"), onclick: () => { overlay.hidden = true; } });
    const title = state.failure || (errors.length ? say("The page behind is the last good one.", "有错误，后面仍是上一个正常的版本。") : say("Warnings", "警告"));
    overlay.replaceChildren(close, make("h2", { textContent: title }), list);
    overlay.hidden = !state.failure && errors.length === 0;
    count.hidden = state.findings.length === 0;
    count.textContent = state.findings.length;
    count.className = "lyceum-count " + (errors.length ? "error" : "warning");
    count.title = say("Findings of the last build", "上次构建发现的问题");
    count.onclick = () => { overlay.hidden = !overlay.hidden; };
  };

  const choices = async () => {
    const answer = await fetch("/api/tiers").catch(() => null);
    const tiers = answer && answer.ok ? (await answer.json()).items : [];
    const options = [["", say("as myself", "以自己的身份")], ["visitor", say("as a visitor", "以访客身份")], ["members", say("as a member", "以会员身份")],
      ...tiers.map((tier) => [`tier:${tier.id}`, say(`as ${tier.name}`, `以「${tier.name}」身份`)])];
    eyes.replaceChildren(...options.map(([value, text]) => make("option", { value, textContent: text })));
    eyes.value = sessionStorage.getItem("lyceum-eyes") || "";
  };
  eyes.onchange = async () => {
    sessionStorage.setItem("lyceum-eyes", eyes.value);
    await fetch(`/__lyceum/as?eyes=${encodeURIComponent(eyes.value)}`, { method: "POST" });
    location.reload();
  };
  choices();

  const news = new EventSource("/__lyceum/live");
  news.onmessage = (event) => {
    const state = JSON.parse(event.data);
    if (state.release && state.release !== mine) location.reload();
    else show(state);
  };
})();
