// The author's preview: reloads when a new release is open, shows faults over the page, and looks through other eyes.
(() => {
  const here = new URL(document.currentScript.src);
  const mine = here.searchParams.get("release");
  const make = (tag, props = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), props);
    element.append(...children);
    return element;
  };
  document.head.append(make("link", { rel: "stylesheet", href: "/__lyceum/live.css" }));

  const overlay = make("aside", { id: "lyceum-overlay", hidden: true });
  overlay.setAttribute("role", "alert");
  const count = make("button", { type: "button", className: "lyceum-count", hidden: true });
  const eyes = make("select", { title: "Look through other eyes" });
  eyes.setAttribute("aria-label", "Look through other eyes");
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
    if (sorted.length > most) list.append(make("li", { textContent: `${sorted.length - most} more: see the terminal` }));
    const close = make("button", { type: "button", textContent: "×", title: "Close", onclick: () => { overlay.hidden = true; } });
    const title = state.failure || (errors.length ? "The page behind is the last good one." : "Warnings");
    overlay.replaceChildren(close, make("h2", { textContent: title }), list);
    overlay.hidden = !state.failure && errors.length === 0;
    count.hidden = state.findings.length === 0;
    count.textContent = state.findings.length;
    count.className = "lyceum-count " + (errors.length ? "error" : "warning");
    count.title = "Findings of the last build";
    count.onclick = () => { overlay.hidden = !overlay.hidden; };
  };

  const choices = async () => {
    const answer = await fetch("/api/tiers").catch(() => null);
    const tiers = answer && answer.ok ? (await answer.json()).items : [];
    const options = [["", "as myself"], ["visitor", "as a visitor"], ["members", "as a member"],
      ...tiers.map((tier) => [`tier:${tier.id}`, `as ${tier.name}`])];
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
