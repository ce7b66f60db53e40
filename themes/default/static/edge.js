// What a page does beyond being read: light and dark, copying code, the marked table of contents, and all that asks
// the edge. Without an edge behind the site (a plain file server) every block that needs one stays hidden.

const root = document.documentElement;
const base = root.dataset.base || "/";
const page = root.dataset.page;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const field = (name, within) => one(`[data-f="${name}"]`, within);
const address = (path) => (root.dataset.home || base) + path;

/** Whether the site has no edge behind it, as far as this visit knows; `true` notes that. */
function isStatic(isKnown) {
  try {
    if (isKnown) sessionStorage.setItem("static " + base, 1);
    return !!sessionStorage.getItem("static " + base);
  } catch {
    return false;
  }
}

/** Asks the edge; never throws. `body` is the JSON of the answer, or a problem with at least a `code`. */
async function ask(method, path, body, headers = {}) {
  if (isStatic()) return { ok: false, status: 0, body: { code: "absent" } };
  try {
    // The page's language, not the browser's: letters come in the one that was being read.
    headers = { "accept-language": root.lang, ...headers };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    if (sent.body) headers = { "content-type": "application/json", ...headers };
    const answer = await fetch(`${base}api/${path}`, { method, headers, credentials: "same-origin", ...sent });
    const isJson = (answer.headers.get("content-type") || "").includes("json");
    const json = isJson ? await answer.json() : null;
    if (answer.ok && (json || answer.status === 204 || answer.status === 202)) return { ok: true, body: json };
    // A file server says so once a visit. The edge answers such codes with JSON.
    if (!json && [404, 405, 501].includes(answer.status)) isStatic(true);
    return { ok: false, status: answer.status, body: json || { code: "absent" } };
  } catch {
    return { ok: false, status: 0, body: { code: "offline" } };
  }
}

let texts;

/** A sentence in the page's language, from the `texts` template; undefined for a key it does not have. */
function say(key, values = {}) {
  texts ||= Object.fromEntries(all("[data-t]", one("#Ly-texts")?.content || root).map((it) => [it.dataset.t, it.textContent]));
  return texts[key]?.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A sentence with a number, in the form that the language has for it: `KEY_one` and the like, else `KEY`. */
function sayNumber(key, n, values = { n }) {
  const form = new Intl.PluralRules(root.lang).select(n);
  return say(`${key}_${form}`, values) || say(key, values);
}

/** What a problem means to the one who reads: our own sentence where there is one, else the edge's. */
function explain(problem) {
  const first = problem.errors?.[0];
  return (first && (say(first.code) || first.message)) || say(problem.code) || problem.detail || say("unknown");
}

/** Shows a problem where it happened, or takes it away. */
function showFault(within, problem) {
  const place = one("[data-fault]", within);
  place.hidden = !problem;
  place.textContent = problem ? explain(problem) : "";
}

/** Tells those who listen instead of looking. */
function announce(text = "") {
  one("#Ly-live").textContent = text;
}

/** Moves the focus to a place that is no control, so that it is not lost with the button that was there. */
function goTo(place) {
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

/** Keeps a button still until the answer is there. Disabling takes the focus away, so it is given back. */
async function holding(button, answer) {
  const isFocused = document.activeElement === button;
  button.disabled = true;
  const result = await answer;
  button.disabled = false;
  if (isFocused) button.focus({ preventScroll: true });
  return result;
}

// Making one takes longer than all that it formats on a page.
const formats = {};

/** A moment as the build writes it: its day, with the time where `timeStyle` asks for it. */
function dateText(date, options) {
  const locale = root.lang.replace(/^en\b.*/, "en-GB");
  return (formats[JSON.stringify(options)] ||= new Intl.DateTimeFormat(locale, { dateStyle: "long", ...options })).format(date);
}

/** A day with its time on hover. What is not a week old is told from now. */
function showDate(element, iso) {
  const date = new Date(iso);
  element.dateTime = iso;
  element.title = dateText(date, { timeStyle: "short" });
  element.textContent = ago(date) || dateText(date);
}

function ago(date) {
  const seconds = Math.round((date - Date.now()) / 1000);
  const [unit, length] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, length]) => -seconds >= length) || ["second", 1];
  if (seconds > 60 || -seconds >= 7 * 86400) return null;
  const n = unit === "second" ? 0 : Math.ceil(seconds / length);
  return (formats.ago ||= new Intl.RelativeTimeFormat(root.lang, { numeric: "auto" })).format(n, unit);
}

/** Sign-in and join links lead back here; on members' pages to where the reader came from. */
function leadBack() {
  const asked = new URLSearchParams(location.search).get("next");
  const members = one("[data-members-page]")?.dataset.membersPage;
  const next = members && members !== "account" ? asked : location.pathname;
  if (next) all("a[data-next]").forEach((link) => (link.search = "?" + new URLSearchParams({ next })));
  // The same page in another language goes on with the same link from a letter and the same way back.
  if (members) all(".tools a[hreflang]").forEach((link) => (link.search = location.search));
}

function goSignIn() {
  location.assign(address("members/sign-in/?") + new URLSearchParams({ next: location.pathname }));
}

// Light and dark: as the system, light, dark, and round again.
function themeSwitch(button) {
  const order = ["auto", "light", "dark"];
  const show = () => {
    const label = button.dataset[root.dataset.theme || "auto"];
    button.title = label;
    button.setAttribute("aria-label", label);
  };
  button.addEventListener("click", () => {
    const next = order[(order.indexOf(root.dataset.theme || "auto") + 1) % 3];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      next === "auto" ? localStorage.removeItem("theme") : localStorage.setItem("theme", next);
    } catch {
      // The choice then lasts as long as the page.
    }
    show();
  });
  show();
  button.hidden = false;
}

// Copying code. The button is the theme's template, so its words and its place are the theme's.
function copyButtons(within) {
  const template = one("#Ly-copy-button");
  if (!template || !navigator.clipboard) return;
  for (const pre of all(".code > pre", within)) {
    const button = template.content.firstElementChild.cloneNode(true);
    const word = button.textContent;
    button.addEventListener("click", async () => {
      const code = pre.cloneNode(true);
      all("del.line", code).forEach((line) => line.remove());
      const text = code.textContent;
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = button.dataset.done;
        announce(button.dataset.done);
        setTimeout(() => (button.textContent = word), 2000);
      } catch {
        getSelection().selectAllChildren(pre);
      }
    });
    pre.before(button);
  }
}

// Line numbers that do not begin with 1; style sheets cannot read an attribute as a number everywhere yet.
function lineNumbers(within) {
  for (const pre of all("pre[data-start]", within)) pre.style.counterReset = `line ${pre.dataset.start - 1}`;
}

/** What the text of an article, or of a part that was opened, gets besides being there. */
function prepare(within) {
  copyButtons(within);
  lineNumbers(within);
}

// The table of contents marks the last heading above the upper third of the window.
function markContents(list) {
  let links, headings;
  list.refresh = () => {
    links = new Map(all("a", list).map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
  };
  list.refresh();
  const frame = list.closest(".toc-stay");
  let marked = null;
  const mark = () => {
    const current = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3).at(-1);
    if (current === marked) return;
    links.get(marked?.id)?.removeAttribute("aria-current");
    links.get(current?.id)?.setAttribute("aria-current", "true");
    // Contents longer than the window turn with the text.
    if (frame && current) frame.scrollTop = links.get(current.id).offsetTop - frame.clientHeight / 2;
    marked = current;
  };
  let isDue = false;
  const soon = () => {
    if (!isDue) requestAnimationFrame(() => ((isDue = false), mark()));
    isDue = true;
  };
  addEventListener("scroll", soon, { passive: true });
  soon();
}

// Who reads. The hint cookie says whether asking is worth it; visitors cost no request.
let me = null;
const knowing = (async () => {
  if (!root.classList.contains("member")) return null;
  const answer = await ask("GET", "me");
  if (answer.ok) {
    me = answer.body.member || answer.body;
    all("[data-my-name]").forEach((place) => (place.textContent = me.name || me.handle));
  } else if (answer.status === 401 || answer.status === 404) {
    root.classList.remove("member");
  }
  return me;
})();

/** Below a sentence that asks to confirm the address: a button that sends the letter again. */
function offerLetter(place) {
  const offer = one("#Ly-confirm")?.content.firstElementChild.cloneNode(true);
  if (!offer) return;
  one("button", offer).onclick = confirmAgain;
  place.after(offer);
}

async function confirmAgain({ currentTarget: button }) {
  const answer = await holding(button, ask("POST", "members/confirmation"));
  tellDone(button, answer.ok ? "sent" : null, answer.body);
}

/** Says beside a button what came of it. */
function tellDone(button, key, problem) {
  const text = key ? say(key) : explain(problem);
  all(".done-line, .fault-line", button.parentElement).forEach((line) => line.remove());
  button.after(note(text, key ? "done-line" : "fault-line"));
  announce(text);
}

function note(text, className) {
  const line = document.createElement("small");
  line.className = className;
  line.textContent = text;
  return line;
}

// Likes, kept pages, "this solved it", and scores; `counted` is what the edge said, for comments.js.
async function engagement() {
  const acts = one("[data-acts]");
  const scores = one("[data-scores]");
  if (!page || !(acts || scores)) return null;
  const [answer] = await Promise.all([ask("GET", "engagement?" + new URLSearchParams({ page })), knowing]);
  if (!answer.ok) return null;
  if (acts) showActs(acts, answer.body);
  if (scores) showScores(scores, answer.body.scores);
  watchReading();
  return answer.body;
}

function showActs(acts, state) {
  const mine = state.mine || { liked: false, saved: false, helpful: null };
  const buttons = Object.fromEntries(all("[data-act]", acts).map((button) => [button.dataset.act, button]));
  const show = () => {
    field("likes", acts).textContent = state.likes || "";
    field("saves", acts).textContent = state.saves || "";
    const { yes, total } = state.helpful;
    field("helpful", acts).textContent = total ? sayNumber("helpful_count", yes, { yes, total }) : "";
    const pressed = { like: mine.liked, save: mine.saved, yes: mine.helpful === true, no: mine.helpful === false };
    for (const [act, is] of Object.entries(pressed)) buttons[act].setAttribute("aria-pressed", is);
  };
  // Shown at once, taken back with the reason when the edge says no.
  const change = async (path, body, turn) => {
    if (!me) return goSignIn();
    const before = [structuredClone(state), { ...mine }];
    turn();
    show();
    const answer = await ask("PUT", path, { page, ...body });
    if (answer.ok) take(answer.body);
    else [state] = [before[0], Object.assign(mine, before[1])];
    showFault(acts, answer.ok ? null : answer.body);
    show();
    if (answer.ok) refreshScores();
  };
  const take = (body) => {
    for (const key of ["likes", "saves", "helpful"]) if (key in body) state[key] = body[key];
  };
  const count = (key, is) => (state[key] += is ? 1 : -1);
  buttons.like.onclick = () => change("likes", { liked: !mine.liked }, () => count("likes", (mine.liked = !mine.liked)));
  buttons.save.onclick = () => change("saves", { saved: !mine.saved }, () => count("saves", (mine.saved = !mine.saved)));
  const rate = (value) => {
    const helpful = mine.helpful === value ? null : value;
    return change("ratings", { helpful }, () => (mine.helpful = helpful));
  };
  buttons.yes.onclick = () => rate(true);
  buttons.no.onclick = () => rate(false);
  buttons.share.onclick = () => share(buttons.share);
  const readers = field("readers", acts);
  readers.hidden = !state.readers;
  readers.textContent = sayNumber("readers", state.readers || 0);
  // The edge takes no like and no rating from whoever may not read the conversation.
  buttons.like.hidden = one("[role=group]", acts).hidden = !!state.closed;
  show();
  acts.hidden = false;
}

async function share(button) {
  const url = one("link[rel=canonical]")?.href || location.href;
  try {
    if (navigator.share) await navigator.share({ title: document.title, url });
    else await navigator.clipboard.writeText(url);
  } catch {
    return; // The reader thought better of it.
  }
  if (!navigator.share) announce((button.firstElementChild.textContent = say("copied")));
  tell([{ page, kind: "share" }]);
}

function showScores(block, scores) {
  const fill = (name, value) => {
    if (value === null || value === undefined) return;
    const text = one(`[data-score="${name}"]`, block);
    text.textContent = value.toFixed(1);
    text.closest("div").hidden = false;
    const meter = one(`[data-meter="${name}"]`, block);
    if (meter) meter.value = value;
  };
  const quality = scores.content_quality;
  fill("content_quality", quality.score);
  const parts = ["expertise", "practicality", "readability"];
  for (const part of parts) fill(part, quality[part]);
  for (const name of ["interaction", "participation", "interaction_quality"]) fill(name, scores[name].score);
  // Nothing to show is no score of 0.
  const isMoving = scores.interaction.score > 0;
  one("[data-interaction]", block).hidden = !isMoving;
  block.hidden = !isMoving && !parts.some((part) => (quality[part] ?? null) !== null);
}

/** Scores as they are after something the reader did; those shown stay where the edge does not answer. */
async function refreshScores() {
  const block = one("[data-scores]");
  const answer = block && (await ask("GET", "engagement?" + new URLSearchParams({ page })));
  if (answer?.ok) showScores(block, answer.body.scores);
}

/** Reading beacons; lost ones do not matter. */
function tell(events) {
  const headers = { "content-type": "application/json" };
  fetch(`${base}api/events`, { method: "POST", keepalive: true, headers, body: JSON.stringify(events) }).catch(() => {});
}

// How far and how long this page was read. Nothing is sent for readers who ask not to be followed.
function watchReading() {
  const body = one("[data-body]");
  if (!body || navigator.globalPrivacyControl || navigator.doNotTrack === "1") return;
  let depth = 0;
  let since = document.hidden ? 0 : performance.now();
  let dwell = 0;
  const look = () => {
    const box = body.getBoundingClientRect();
    depth = Math.max(depth, Math.min(1, (innerHeight - box.top) / box.height));
  };
  const leave = () => {
    if (since) dwell += performance.now() - since;
    since = document.hidden ? 0 : performance.now();
    const seconds = Math.round(dwell / 1000);
    if (!document.hidden || seconds < 1) return;
    dwell = 0;
    tell([{ page, kind: "progress", value: Math.max(0, Math.round(depth * 100) / 100) }, { page, kind: "dwell", value: seconds }]);
  };
  look();
  addEventListener("scroll", look, { passive: true });
  document.addEventListener("visibilitychange", leave);
  // A tab that was never looked at, or was fetched ahead, is no view.
  let isTold = false;
  const view = () => {
    if (isTold || document.hidden || document.prerendering) return;
    isTold = true;
    tell([{ page, kind: "view" }]);
  };
  document.addEventListener("visibilitychange", view);
  document.addEventListener("prerenderingchange", view);
  view();
}

// A menu that was folded open closes by Esc, and where something else is clicked or gets the focus.
for (const menu of all(".menu-more")) {
  for (const kind of ["click", "focusin"]) document.addEventListener(kind, ({ target }) => menu.contains(target) || (menu.open = false));
  menu.addEventListener("keydown", ({ key }) => key === "Escape" && ((menu.open = false), menu.firstElementChild.focus()));
}
all("[data-theme-switch]").forEach(themeSwitch);
all(".toc-list").forEach(markContents);
prepare(document);
leadBack();
const counted = engagement();
// Gated parts open for members alone, so that visitors need no script for them.
const gated = one(".member [data-parts]")?.dataset.parts;
if (gated) document.head.append(Object.assign(document.createElement("script"), { src: gated }));
