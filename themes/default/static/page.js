// What every page does beyond being read: the menu, light and dark, copying code, the marked table of contents, and the
// name of the member who reads.

import { all, announce, knowing, one, root } from "./api.js";

/** Sign-in and join links lead back here; on members' pages to where the reader came from. */
export function leadBack() {
  const asked = new URLSearchParams(location.search).get("next");
  const members = one("[data-members-page]")?.dataset.membersPage;
  const next = members && members !== "account" ? asked : location.pathname;
  if (next) all("a[data-next]").forEach((link) => (link.search = "?" + new URLSearchParams({ next })));
  // The same page in another language goes on with the same link from a letter and the same way back.
  if (members) all(".tools a[hreflang]").forEach((link) => (link.search = location.search));
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
export function prepare(within) {
  copyButtons(within);
  lineNumbers(within);
}

// The table of contents marks the last heading above the upper third of the window.
export function markContents(list) {
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

// A menu that was folded open closes by Esc, and where something else is clicked or gets the focus.
for (const menu of all(".menu-more")) {
  for (const kind of ["click", "focusin"]) document.addEventListener(kind, ({ target }) => menu.contains(target) || (menu.open = false));
  menu.addEventListener("keydown", ({ key }) => key === "Escape" && ((menu.open = false), menu.firstElementChild.focus()));
}
all("[data-theme-switch]").forEach(themeSwitch);
all(".toc-list").forEach(markContents);
prepare(document);
leadBack();
knowing.then((me) => me && all("[data-my-name]").forEach((place) => (place.textContent = me.name || me.handle)));
// Gated parts open for members alone, so visitors need no script for them.
const gated = one(".member [data-parts]")?.dataset.parts;
if (gated) import(gated);
