// Members' pages: forms that answer in place, and the account. Joining, signing in and out, links and passwords work
// without this file; it saves the round trip.

import { address, all, announce, ask, base, confirmAgain, dateText, explain, field, goTo, holding, knowing, note, one, root, say, tellDone } from "./api.js";

const desk = one("[data-members-page]");
const query = new URLSearchParams(location.search);
const token = query.get("token");
/** The account as it was last seen. */
let account = null;

// The new address of a member, which the edge compares with that of the letter: what is confirmed is what is shown.
const newAddress = query.get("email") || "";
const changeLine = one("[data-new-address]", desk);
if (newAddress && changeLine) {
  one("[data-address]", changeLine).textContent = newAddress;
  changeLine.hidden = false;
}

// This page has the token now; the address bar, the history and a copied address need none.
if (token) {
  query.delete("token");
  query.delete("email");
  history.replaceState(history.state, "", location.pathname + (String(query) && "?" + query) + location.hash);
}

/** Where to go after signing in: an own path, or the account. */
function nextPage() {
  const next = query.get("next") || "";
  const isOwn = next.startsWith("/") && new URL(next, location.origin).origin === location.origin;
  return isOwn ? next : address("members/account/");
}

/** On to the next page; whoever has to choose a password or a handle anew comes to that first. */
function goOn({ choose = [] }) {
  let next = choose.includes("handle") ? address("members/account/#choose-handle") : nextPage();
  if (choose.includes("password")) next = address("members/password/?") + new URLSearchParams({ next }) + "#choose-password";
  location.assign(next);
}

/** The page that a letter's link leads on to, for the letter. */
const leadingOn = (values) => (query.get("next") ? { ...values, next: query.get("next") } : values);

// What each form sends, and what happens then. `values` are the fields of the form by name.
const forms = {
  "join": { send: (values) => ["POST", "members", leadingOn(values)], then: address("members/check-mail/") },
  "sign-in": { send: (values) => ["POST", "session", values], then: nextPage() },
  "link": { send: (values) => ["POST", "session/link", leadingOn(values)], then: address("members/check-mail/") },
  "redeem": { send: () => ["POST", "session/link/redeem", { token }], then: goOn },
  "verify": { send: () => ["POST", "members/verify", { token, email: newAddress }], then: goOn },
  "forgot": { send: (values) => ["POST", "password/reset", values], then: address("members/check-mail/") },
  "password": { send: (values) => ["PUT", "password", token ? { token, ...values } : values], then: token ? address("members/sign-in/#done") : nextPage() },
  "sign-out": { send: () => ["DELETE", "session"], then: address("") },
  "profile": { send: (values) => ["PATCH", "me", changed({ name: "", newsletter: false, ...values })], then: fillAccount, stays: true },
  "change-password": { send: (values) => ["PUT", "password", values], then: () => fillSessions(), stays: true },
  "erase": { send: () => ["DELETE", "me"], then: address("members/sign-in/#erased") },
};

for (const form of all("form[data-form]", desk)) {
  const { send, then, stays } = forms[form.dataset.form];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = one("[type=submit]", form);
    clearFaults(form);
    const answer = await holding(button, ask(...send(valuesOf(form))));
    if (!answer.ok) return showFaults(form, answer.body);
    if (typeof then === "string") return location.assign(then);
    if (form.dataset.form === "change-password") form.reset();
    then(answer.body);
    if (stays) tellDone(button, "saved");
  });
}

/** Filled fields by name; a ticked box is true, an empty field is left out, since the edge takes it for absent. */
function valuesOf(form) {
  const values = {};
  for (const { name, type, checked, value } of form.elements) {
    if (!name || name === "sure" || (type !== "checkbox" && !value)) continue;
    if (type !== "checkbox") values[name] = value;
    else if (checked) values[name] = true;
  }
  return values;
}

/** What differs from the account as it was last seen; an address that stays must not be confirmed again. */
function changed(values) {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== (account[name] ?? "")));
}

function clearFaults(form) {
  all(".fault.shown", desk).forEach((place) => place.classList.remove("shown"));
  all(".fault-line, .done-line", form).forEach((line) => line.remove());
  all("[aria-invalid]", form).forEach((input) => input.removeAttribute("aria-invalid"));
}

// Codes that say the same to a reader as one the page has a sentence for.
const alike = { password_short: "password_weak", password_long: "password_weak", password_common: "password_weak", handle_reserved: "handle_taken", sign_up_closed: "closed" };

// A fault of a field stands below it; any other at the top, in the words that plain forms get.
function showFaults(form, problem) {
  const sentence = (code) => document.getElementById("error-" + String(alike[code] || code).replaceAll("_", "-"));
  const marked = (problem.errors || []).filter(({ field: name, code, message }) => {
    const input = form.elements[name];
    if (!input) return false;
    input.setAttribute("aria-invalid", "true");
    input.after(note(sentence(code)?.textContent || message, "fault-line"));
    return true;
  });
  if (marked.length) return form.elements[marked[0].field].focus();
  const place = sentence(problem.code) || one("#error-other");
  if (place.id === "error-other") place.textContent = explain(problem);
  const why = one("[data-reason]", place);
  if (why) why.textContent = problem.reason || "";
  place.classList.add("shown");
  place.scrollIntoView({ block: "nearest" });
}

/** One row of a list, cloned from the template beside it. */
function row(template, texts) {
  const item = one(template, desk).content.firstElementChild.cloneNode(true);
  for (const [name, text] of Object.entries(texts)) field(name, item).textContent = text;
  return item;
}

function fillAccount(body) {
  const member = (account = body.member || body);
  all("[data-me]", desk).forEach((place) => (place.textContent = member[place.dataset.me]));
  const { elements } = one('[data-form="profile"]', desk);
  for (const name of ["name", "handle", "email"]) elements[name].value = member[name] || "";
  one("[data-username]", desk).value = member.handle;
  elements.newsletter.checked = member.newsletter;
  one("[data-unverified]", desk).hidden = member.verified;
  one("[data-has-password]", desk).hidden = !member.has_password;
  fillPending(member);
  const tiers = one("[data-tiers]", desk).content;
  const list = one("[data-entitlements]", desk);
  const rows = member.entitlements.map(({ tier, until }) => {
    const name = one(`[data-t="${CSS.escape(tier)}"]`, tiers)?.textContent || tier;
    const date = until && lastDay(until, list.dataset.zone);
    return row("[data-entitlement]", { tier: name, until: until ? say("until", { date }) : say("forever") });
  });
  list.replaceChildren(...rows);
  const readsAll = ["editor", "owner"].includes(member.role);
  one("[data-reads-all]", desk).hidden = !readsAll;
  one("[data-no-entitlements]", desk).hidden = readsAll || rows.length > 0;
  // Until the address is confirmed there is no more than visitors have, which the line above says.
  one("[data-access]", desk).hidden = !member.verified && !rows.length;
}

/** The last day that counts, in the site's zone: an end is the first moment that no longer does. */
function lastDay(until, timeZone) {
  const date = new Date(Date.parse(until) - 1);
  try {
    return dateText(date, { timeZone });
  } catch {
    // The browser does not know the zone.
    return dateText(date);
  }
}

/** A new address that waits for its letter to be opened: where it went, and a way to send it again or call it off. */
function fillPending({ email, pending_email: pending }) {
  const place = one("[data-pending]", desk);
  place.hidden = !pending;
  if (!pending) return;
  field("text", place).textContent = say("pending", { email: pending, now: email });
  const change = async (wanted, button) => {
    const form = one('[data-form="profile"]', desk);
    clearFaults(form);
    const answer = await holding(button, ask("PATCH", "me", { email: wanted }));
    if (!answer.ok) return showFaults(form, answer.body);
    fillAccount(answer.body);
    tellDone(button, wanted === email ? "saved" : "sent");
  };
  const [again, cancel] = [one("[data-pending-again]", place), one("[data-pending-cancel]", place)];
  again.onclick = () => change(pending, again);
  cancel.onclick = () => change(email, cancel);
}

async function fillSessions() {
  const answer = await ask("GET", "me/sessions");
  if (!answer.ok) return;
  const rows = answer.body.items.map((session) => {
    const when = (iso) => dateText(new Date(iso), { timeStyle: "short" });
    const times = say("session_times", { seen: when(session.last_seen_at), since: when(session.created_at) });
    const item = row("[data-session]", { agent: shortAgent(session.user_agent), times });
    field("current", item).hidden = !session.current;
    const button = one("[data-revoke]", item);
    button.hidden = session.current;
    button.onclick = () => revoke("me/sessions/" + session.id);
    return item;
  });
  one("[data-sessions]", desk).replaceChildren(...rows);
  const others = one("[data-revoke-others]", desk);
  others.hidden = rows.length < 2;
  others.onclick = () => revoke("me/sessions");
}

async function revoke(path) {
  const answer = await ask("DELETE", path);
  announce(answer.ok ? say("revoked") : explain(answer.body));
  await fillSessions();
  goTo(one("#sessions-title"));
}

/** Browser and system out of a user agent, as far as a reader would know them. */
function shortAgent(agent) {
  const browser = /(MicroMessenger|Edg|Firefox|Chrome|Safari)\/?([\d]*)/.exec(agent || "");
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(agent || "");
  return [browser?.[1].replace("Edg", "Edge"), system?.[1]].filter(Boolean).join(", ") || agent || "–";
}

// The file comes through a request, so that a refusal is told here and not in a window of its own.
async function exportAll(event) {
  event.preventDefault();
  const isPage = event.currentTarget.dataset.export === "html";
  const form = one('[data-form="erase"]', desk);
  clearFaults(form);
  const answer = await ask("GET", "me/export");
  if (!answer.ok) return showFaults(form, answer.body);
  const link = document.createElement("a");
  const text = isPage ? readable(answer.body) : JSON.stringify(answer.body, null, 2);
  link.href = URL.createObjectURL(new Blob([text], { type: isPage ? "text/html" : "application/json" }));
  link.download = isPage ? "account.html" : "account.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

/** All of an export as a page: a table for each kind of thing, kinds without any left out, moments in words. */
function readable(everything) {
  const page = document.implementation.createHTMLDocument(desk.querySelector("h1").textContent);
  page.documentElement.lang = root.lang;
  const add = (place, tag, text) => {
    const made = page.createElement(tag);
    if (text !== undefined) made.textContent = text;
    return place.appendChild(made);
  };
  add(page.head, "meta").setAttribute("charset", "utf-8");
  add(page.head, "style", "body{font:1rem/1.6 system-ui;max-width:70rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}table{border-collapse:collapse}th,td{padding:.3rem .6rem;border:1px solid #8886;text-align:start;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}");
  add(page.body, "h1", page.title);
  const texts = document.getElementById("Ly-data")?.content;
  const words = (name) => texts?.querySelector(`[data-t="${name}"]`)?.textContent ?? name.replaceAll("_", " ");
  const shown = (value) => {
    const isTime = typeof value === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
    return isTime ? dateText(new Date(value), { timeStyle: "medium" }) : String(value ?? "");
  };
  for (const [kind, value] of Object.entries(everything)) {
    const rows = [value].flat();
    if (!rows.length) continue;
    add(page.body, "h2", words(kind));
    const table = add(page.body, "table");
    const names = Object.keys(rows[0]);
    if (!Array.isArray(value)) {
      for (const name of names) {
        const line = add(table, "tr");
        add(line, "th", words(name));
        add(line, "td", shown(value[name]));
      }
      continue;
    }
    const head = add(table, "tr");
    for (const name of names) add(head, "th", words(name));
    for (const item of rows) {
      const line = add(table, "tr");
      for (const name of names) add(line, "td", shown(item[name]));
    }
  }
  return "<!doctype html>\n" + page.documentElement.outerHTML;
}

async function fillSaves() {
  const answer = await ask("GET", "saves");
  if (!answer.ok || !answer.body.items.length) return;
  const rows = answer.body.items.map((saved) => {
    const item = row("[data-save]", { title: saved.title });
    // A page that is no longer published has no address.
    if (saved.path) field("title", item).href = base + saved.path.replace(/^\//, "");
    else field("title", item).removeAttribute("href");
    return item;
  });
  one("[data-saves]", desk).replaceChildren(...rows);
  one("[data-saved]", desk).hidden = false;
}

(async () => {
  for (const part of all("[data-with-token]", desk)) part.hidden = !token;
  for (const part of all("[data-without-token]", desk)) part.hidden = Boolean(token);
  if (desk.dataset.membersPage !== "account") return;
  const member = await knowing;
  one("[data-stranger]", desk).hidden = Boolean(member);
  one('[data-form="sign-out"]', desk).hidden = !member;
  if (!member) return;
  fillAccount(member);
  one("[data-account]", desk).hidden = false;
  all("[data-export]", desk).forEach((link) => (link.onclick = exportAll));
  one("[data-confirm]", desk).onclick = confirmAgain;
  fillSessions();
  if (member.verified) fillSaves();
})();
