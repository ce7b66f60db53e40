// Gated parts: those that the edge has put into the page, and those that it hands over to a page from a CDN. page.js loads it
// for members, on pages that have some.

import { all, announce, ask, knowing, offerLetter, one, page, say } from "./api.js";
import { leadBack, markContents, prepare } from "./page.js";

// A page from a CDN has its gates shut; the edge hands over what this member may read, if the page is the one that it
// knows: `data-version` names it.
async function openParts() {
  const gates = all(".paywall[data-part]");
  if (!page || !gates.length || !(await knowing)) return;
  const version = gates[0].dataset.version || "";
  const answer = await ask("GET", "parts?" + new URLSearchParams({ page, version }));
  if (answer.body?.code === "page_changed") return replacePage(gates);
  if (!answer.ok) return gates.forEach((gate) => answer.body.code === "unavailable" && showReason(gate, "unavailable"));
  const opened = [];
  for (const { part, html, reason } of answer.body.parts) {
    const gate = gates.find((it) => it.dataset.part === String(part));
    if (!gate) continue;
    if (!html) {
      showReason(gate, reason);
      continue;
    }
    const holder = document.createElement("template");
    holder.innerHTML = html;
    opened.push(holder.content.firstElementChild);
    gate.replaceWith(holder.content);
  }
  opened.forEach(prepare);
  growContents();
  countMinutes();
  showOpened(opened[0]);
}

/** Says at a gate why it stays shut. */
function showReason(gate, reason) {
  const place = one("[data-reason]", gate);
  if (!place) return;
  place.textContent = say(reason) || "";
  place.hidden = !place.textContent;
  if (reason === "unverified") offerLetter(place);
}

/** Tells of the first part that was opened, and goes there when nothing else has the focus. */
function showOpened(part) {
  if (!part) return;
  announce(say("opened"));
  part.tabIndex = -1;
  if (document.activeElement === document.body) part.focus({ preventScroll: true });
}

/**
 * The page is of another release than the one the edge has open. Its gates may not be those of the new parts, so all of
 * its text is taken from the edge. What scripts have filled already stays: conversation, acts and scores.
 */
async function replacePage(gates) {
  const answer = await ask("GET", "page?" + new URLSearchParams({ page }));
  const fresh = answer.ok && new DOMParser().parseFromString(answer.body.html, "text/html");
  const [main, its] = [one("main"), fresh && one("main", fresh)];
  if (!main || !its) return gates.forEach((gate) => showReason(gate, "unavailable"));
  for (const kept of ["[data-talk]", "[data-acts]", "[data-scores]", "[data-body]"]) {
    const [old, now] = [one(kept, main), one(kept, its)];
    if (!old || !now) continue;
    if (kept === "[data-body]") old.replaceChildren(...now.childNodes);
    now.replaceWith(old);
  }
  main.replaceChildren(...its.childNodes);
  document.title = fresh.title;
  prepare(main);
  leadBack();
  all(".toc-list", main).forEach(markContents);
  growContents();
  countMinutes();
  showOpened(one(".part[data-part]", main));
}

// The headings of opened parts enter the contents, which are made anew from the page: two levels, as the theme's are.
function growContents() {
  const body = one("[data-body]");
  const parts = body ? all(":scope > .part[data-part]", body) : [];
  const lists = all(".toc-list");
  if (!parts.some((part) => one(":scope > :is(h2, h3, h4)[id]", part)) || !lists.length) return;
  const headings = all(":scope > :is(h2, h3, h4)[id], :scope > .part > :is(h2, h3, h4)[id]", body);
  for (const list of lists) {
    const entry = (heading) => {
      const link = document.createElement("a");
      const text = heading.cloneNode(true);
      all(".anchor, .footnote-ref", text).forEach((it) => it.remove());
      link.href = "#" + encodeURIComponent(heading.id);
      link.textContent = text.textContent.trim();
      const item = document.createElement("li");
      item.append(link);
      return Object.assign(item, { level: heading.localName });
    };
    list.replaceChildren();
    for (const item of headings.map(entry)) {
      const above = list.lastElementChild;
      if (!above || item.level <= above.level) {
        list.append(item);
        continue;
      }
      const inner = one("ol", above) || above.appendChild(document.createElement("ol"));
      if (!inner.lastElementChild || item.level <= inner.lastElementChild.level) inner.append(item);
    }
    const frame = list.closest(".toc, .toc-fold, .book");
    frame.hidden = false;
    frame.closest(".article")?.classList.add("has-toc");
    list.refresh?.();
  }
}

/** Says how long the page takes with the parts that are open, once all of them are. */
function countMinutes() {
  const place = one(".article-head [data-minutes]");
  const body = one("[data-body]");
  if (!place || !one(".part[data-part]", body) || one(".paywall", body)) return;
  const text = body.textContent;
  const han = text.match(/\p{Script=Han}/gu)?.length || 0;
  const words = text.match(/[\p{L}\p{N}]+/gu)?.filter((word) => !/\p{Script=Han}/u.test(word)).length || 0;
  place.textContent = place.dataset.minutes.replace("{n}", Math.max(1, Math.round(words / 238 + han / 380)));
}

growContents();
countMinutes();
openParts();
