// The conversation under a page: list, order, more. compose.js has what members do there. It is loaded when a member comes near
// the conversation. Words and shapes are the theme's templates; the only HTML taken from the edge is a comment's own clean
// `html`.

import { all, ask, field, goSignIn, goTo, holding, knowing, me, offerLetter, one, page, say, sayNumber, showDate, showFault } from "./api.js";
import { counted } from "./engagement.js";

export const talk = one("[data-talk]");
export const list = one("[data-list]", talk);

// `root` is the first comment of the thread, for its replies.
export function makeComment(comment, root) {
  const item = one("[data-comment]", talk).content.firstElementChild.cloneNode(true);
  Object.assign(item, { comment, root });
  fillComment(item, comment);
  for (const reply of comment.replies || []) placeReply(item, makeComment(reply, comment));
  showMoreReplies(item, comment.more_replies);
  return item;
}

// Puts a reply into its thread: below what it answers, or beside it at the last level that the edge shows.
export function placeReply(thread, made) {
  const { reply_to, level } = made.comment;
  const answered = all(".comment", thread).find((it) => it.comment.id === reply_to.id);
  const within = answered && (level > answered.comment.level ? one("[data-replies]", answered) : answered.parentElement);
  const list = within || one("[data-replies]", thread);
  if (level === 0) list.classList.add("flat");
  list.append(made);
  showAnswered(made, list.closest(".comment"));
}

// Where a reply does not stand below what it answers, it says whom it answers. A theme's own template may not have this place.
function showAnswered(made, above) {
  const place = field("to", one("article", made));
  const { reply_to } = made.comment;
  if (!place || above?.comment.id === reply_to.id) return;
  place.textContent = say("in_reply_to", { name: nameOf(reply_to) });
  place.href = "#comment-" + reply_to.id;
  place.hidden = false;
}

/** Who wrote a comment, or what a reply answers. */
export function nameOf({ author }) {
  return author?.name || author?.handle || say("gone");
}

/** The first letters of the first two words of a name, or its first Han character. */
function initials(name) {
  const letters = name.trim().split(/[\s_-]+/).map((word) => [...word][0] || "");
  return /\p{Script=Han}/u.test(letters[0]) ? letters[0] : letters.slice(0, 2).join("").toUpperCase();
}

/** The first comment of the thread that an item stands in. */
export function threadOf(item) {
  for (let up = item; up; up = up.parentElement.closest(".comment")) item = up;
  return item;
}

export function fillComment(item, comment) {
  const within = one("article", item);
  const put = (name, text) => {
    const place = field(name, within);
    place.textContent = text || "";
    place.hidden = !text;
  };
  item.id = "comment-" + comment.id;
  const isThere = comment.state === "shown" || comment.state === "held";
  put("author", comment.author ? comment.author.name || comment.author.handle : isThere && say("gone"));
  put("handle", comment.author?.name && comment.author.name !== comment.author.handle && "@" + comment.author.handle);
  const avatar = field("initials", within);
  if (avatar) {
    avatar.textContent = comment.author ? initials(nameOf(comment)) : "";
    avatar.dataset.tone = [...(comment.author?.handle || "")].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  }
  within.setAttribute("aria-label", say("comment_by", { name: nameOf(comment) }));
  put("role", comment.author?.role && say("role_" + comment.author.role));
  put("state", say(comment.state));
  put("likes", comment.likes || "");
  field("kind", within).hidden = comment.kind !== "question";
  field("accepted", within).hidden = !comment.accepted;
  field("edited", within).hidden = !comment.edited_at;
  field("link", within).href = "#" + item.id;
  showDate(field("posted", within), comment.posted_at);
  field("html", within).innerHTML = comment.html || "";
  // Wide code and tables scroll, with keys too.
  for (const wide of all("pre, table", field("html", within))) wide.tabIndex = 0;
  const act = (name) => one(`[data-do="${name}"]`, within);
  act("like").setAttribute("aria-pressed", comment.liked);
  act("like").hidden = act("reply").hidden = !isThere;
  act("edit").hidden = !comment.can_edit;
  act("delete").hidden = !comment.can_delete;
  act("accept").hidden = !mayAccept(item, comment);
  act("accept").setAttribute("aria-pressed", comment.accepted);
}

// A direct reply to a question; its asker says whether it is the answer, or the staff does.
function mayAccept({ root }, comment) {
  const isAnswer = root?.kind === "question" && comment.parent === root.id && comment.state === "shown";
  return isAnswer && me && (root.author?.handle === me.handle || ["moderator", "editor", "owner"].includes(me.role));
}

// The rest of a thread comes in steps, and the button says how many the next one brings. What is posted or taken away
// meanwhile may make it one more or less.
const STEP = 50;

function showMoreReplies(item, more) {
  const button = one(':scope > [data-do="more"]', item);
  let missing = more?.count || 0;
  let cursor = more?.cursor;
  let fetched = [];
  const show = () => {
    button.hidden = missing <= 0;
    button.textContent = sayNumber("replies_more", Math.min(missing, STEP));
  };
  button.onclick = async () => {
    const wanted = Math.min(missing, STEP);
    const isNew = (it) => !document.getElementById("comment-" + it.id);
    while (fetched.length < wanted && (cursor || !fetched.isAll)) {
      const query = { page, parent: item.comment.id, sort: "old", limit: STEP, ...(cursor && { cursor }) };
      const answer = await holding(button, ask("GET", "comments?" + new URLSearchParams(query)));
      if (!answer.ok) return showFault(one("article", item), answer.body);
      fetched = fetched.concat(answer.body.items.filter(isNew));
      cursor = answer.body.next_cursor;
      fetched.isAll = !cursor;
    }
    const isAll = fetched.isAll;
    const made = fetched.splice(0, wanted).map((reply) => makeComment(reply, item.comment));
    fetched.isAll = isAll;
    made.forEach((reply) => placeReply(item, reply));
    missing = isAll ? fetched.length : missing - made.length;
    show();
    if (made.length) goTo(one("article", made[0]));
  };
  show();
}

/** Counts a comment more or less. */
export function changeCount(by) {
  const count = field("count", talk);
  count.textContent = Math.max(0, Number(count.textContent) + by) || "";
  one("[data-empty]", talk).hidden = list.children.length > 0;
}

let cursor = null;

async function load(isMore) {
  const query = { page, sort: one("[data-sort]", talk).value, ...(isMore && { cursor }) };
  const answer = await ask("GET", "comments?" + new URLSearchParams(query));
  if (!answer.ok) return answer;
  const items = answer.body.items.map((it) => makeComment(it));
  isMore ? list.append(...items) : list.replaceChildren(...items);
  if (isMore) items[0]?.querySelector("a")?.focus();
  cursor = answer.body.next_cursor;
  one("[data-more]", talk).hidden = !cursor;
  one("[data-empty]", talk).hidden = list.children.length > 0;
  return answer;
}

/** Says in a line below the title why the reader cannot take part. */
function showWhy(text, reason) {
  const place = one("[data-gated]", talk);
  if (text) place.textContent = text;
  place.hidden = false;
  if (reason === "unverified") offerLetter(place);
}

let composing;

/** What members do; null where it could not be loaded. */
function compose() {
  return (composing ||= import(one("[data-compose]", talk).dataset.compose).catch(() => (composing = null)));
}

/** Offers the field for a new comment before the reader sees its place. */
function offerField() {
  const near = new IntersectionObserver(async ([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    near.disconnect();
    (await compose())?.begin();
  }, { rootMargin: "100%" });
  near.observe(talk);
}

// All buttons of all comments but "more", which has its own step.
list.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-do]");
  const act = button?.dataset.do;
  if (!act || act === "more") return;
  const item = button.closest(".comment");
  if (!me) return goSignIn();
  if (act === "reply" && !me.verified) return showFault(one("article", item), { code: "unverified" });
  (await compose())?.[act](item, item.comment, button);
});

(async () => {
  await knowing;
  // The conversation of a gated page is for those who may read it.
  const closed = one("[data-part]") && (await counted)?.closed;
  const answer = closed ? { body: { code: closed } } : await load(false);
  const { code } = answer.body;
  const isClosed = ["sign_in_needed", "unverified", "not_entitled"].includes(code);
  if (!answer.ok && !isClosed && code !== "rate_limited" && code !== "busy") return;
  talk.hidden = false;
  if (isClosed) {
    showWhy(code === "unverified" && say(code), code);
    all(".talk-sort, [data-invite]", talk).forEach((it) => it.remove());
    return;
  }
  one("[data-sort]", talk).onchange = () => load(false);
  one("[data-more]", talk).onclick = () => load(true);
  if (me && !me.verified) showWhy(say("unverified"), "unverified");
  else if (me) offerField();
  field("count", talk).textContent = (await counted)?.comments || "";
  if (location.hash.startsWith("#comment")) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
