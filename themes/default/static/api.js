// What the other scripts share: elements of the page, texts and dates in its language, requests to the edge, and who is
// reading. Every page loads it; it changes nothing by itself.

export const root = document.documentElement;
export const base = root.dataset.base || "/";
/** Id of the content page that this is; undefined for lists and members' pages. */
export const page = root.dataset.page;

export const one = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
/** The place for one value of a template. */
export const field = (name, within) => one(`[data-f="${name}"]`, within);
/** A page of this language, such as `members/sign-in/`. */
export const address = (path) => (root.dataset.home || base) + path;

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
export async function ask(method, path, body, headers = {}) {
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
export function say(key, values = {}) {
  texts ||= Object.fromEntries(all("[data-t]", one("#Ly-texts")?.content || root).map((it) => [it.dataset.t, it.textContent]));
  return texts[key]?.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A sentence with a number, in the form that the language has for it: `KEY_one` and the like, else `KEY`. */
export function sayNumber(key, n, values = { n }) {
  const form = new Intl.PluralRules(root.lang).select(n);
  return say(`${key}_${form}`, values) || say(key, values);
}

/** What a problem means to the reader: the page's own sentence where it has one, else the edge's. */
export function explain(problem) {
  const first = problem.errors?.[0];
  return (first && (say(first.code) || first.message)) || say(problem.code) || problem.detail || say("unknown");
}

/** Shows a problem where it happened; hides it again when there is none. */
export function showFault(within, problem) {
  const place = one("[data-fault]", within);
  place.hidden = !problem;
  place.textContent = problem ? explain(problem) : "";
}

/** Says something to screen readers. */
export function announce(text = "") {
  one("#Ly-live").textContent = text;
}

/** Moves the focus to an element that is no control, so that it is not lost with the button that was there. */
export function goTo(place) {
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "nearest" });
}

/** Disables a button until the answer is there. That takes the focus away, so it is given back. */
export async function holding(button, answer) {
  const isFocused = document.activeElement === button;
  button.disabled = true;
  const result = await answer;
  button.disabled = false;
  if (isFocused) button.focus({ preventScroll: true });
  return result;
}

/** A line of small text. */
export function note(text, className) {
  const line = document.createElement("small");
  line.className = className;
  line.textContent = text;
  return line;
}

/** Says beside a button what came of it. */
export function tellDone(button, key, problem) {
  const text = key ? say(key) : explain(problem);
  all(".done-line, .fault-line", button.parentElement).forEach((line) => line.remove());
  button.after(note(text, key ? "done-line" : "fault-line"));
  announce(text);
}

/** Below a sentence that asks to confirm the address: a button that sends the letter again. */
export function offerLetter(place) {
  const offer = one("#Ly-confirm")?.content.firstElementChild.cloneNode(true);
  if (!offer) return;
  one("button", offer).onclick = confirmAgain;
  place.after(offer);
}

export async function confirmAgain({ currentTarget: button }) {
  const answer = await holding(button, ask("POST", "members/confirmation"));
  tellDone(button, answer.ok ? "sent" : null, answer.body);
}

// Making one takes longer than all that it formats on a page.
const formats = {};

/** A moment as the build writes it: its day, with the time where `timeStyle` asks for it. */
export function dateText(date, options) {
  const locale = root.lang.replace(/^en\b.*/, "en-GB");
  return (formats[JSON.stringify(options)] ||= new Intl.DateTimeFormat(locale, { dateStyle: "long", ...options })).format(date);
}

/** A day with its time on hover. Within a week it is told from now. */
export function showDate(element, iso) {
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

export function goSignIn() {
  location.assign(address("members/sign-in/?") + new URLSearchParams({ next: location.pathname }));
}

/** The member who reads; null for a visitor, and until the edge has answered. */
export let me = null;

/** Comes to `me`. The hint cookie tells whether to ask, so visitors cost no request. */
export const knowing = (async () => {
  if (!root.classList.contains("member")) return null;
  const answer = await ask("GET", "me");
  if (answer.ok) me = answer.body.member || answer.body;
  else if (answer.status === 401 || answer.status === 404) root.classList.remove("member");
  return me;
})();
