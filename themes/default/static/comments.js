// The conversation under a page: list, order, more, reply, edit, delete, like, accept. Words and shapes are the theme's
// templates; the only HTML taken from the edge is a comment's own clean `html`. Uses what edge.js defines.

const talk = one("[data-talk]");
const list = one("[data-list]", talk);
let cursor = null;

// `root` is the first comment of the thread, for its replies.
function makeComment(comment, root) {
  const item = one("[data-comment]", talk).content.firstElementChild.cloneNode(true);
  Object.assign(item, { comment, root });
  fillComment(item, comment);
  for (const reply of comment.replies || []) placeReply(item, makeComment(reply, comment));
  showMoreReplies(item, comment.more_replies);
  return item;
}

// Puts a reply into its thread: below what it answers, or beside it at the last level that the edge shows.
function placeReply(thread, made) {
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
function nameOf({ author }) {
  return author?.name || author?.handle || say("gone");
}

/** The first letters of the first two words of a name, or its first Han character. */
function initials(name) {
  const letters = name.trim().split(/[\s_-]+/).map((word) => [...word][0] || "");
  return /\p{Script=Han}/u.test(letters[0]) ? letters[0] : letters.slice(0, 2).join("").toUpperCase();
}

/** The first comment of the thread that an item stands in. */
function threadOf(item) {
  for (let up = item; up; up = up.parentElement.closest(".comment")) item = up;
  return item;
}

function fillComment(item, comment) {
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
  act("accept").onclick = () => accept(item, comment);
  act("like").onclick = () => like(item, comment);
  act("reply").onclick = () => (!me ? goSignIn() : me.verified ? reply(item, comment) : showFault(within, { code: "unverified" }));
  act("edit").onclick = () => edit(item, comment);
  act("delete").onclick = (event) => remove(item, comment, event.currentTarget);
}

// Shown at once; taken back, with the reason, when the edge says no.
async function like(item, comment) {
  if (!me) return goSignIn();
  const liked = !comment.liked;
  fillComment(item, Object.assign(comment, { liked, likes: comment.likes + (liked ? 1 : -1) }));
  const answer = await ask("PUT", "likes", { comment: comment.id, liked });
  if (answer.ok) fillComment(item, Object.assign(comment, answer.body));
  else fillComment(item, Object.assign(comment, { liked: !liked, likes: comment.likes + (liked ? -1 : 1) }));
  showFault(one("article", item), answer.ok ? null : answer.body);
}

// A direct reply to a question; its asker says whether it is the answer, or the staff does.
function mayAccept({ root }, comment) {
  const isAnswer = root?.kind === "question" && comment.parent === root.id && comment.state === "shown";
  return isAnswer && me && (root.author?.handle === me.handle || ["moderator", "editor", "owner"].includes(me.role));
}

// A question has one answer: accepting another takes the mark from the one that had it.
async function accept(item, comment) {
  const answer = await ask("PUT", `comments/${comment.id}/accepted`, { accepted: !comment.accepted });
  showFault(one("article", item), answer.ok ? null : answer.body);
  if (!answer.ok) return;
  const others = all(".comment", threadOf(item)).filter((other) => other.comment.accepted);
  others.forEach((other) => fillComment(other, Object.assign(other.comment, { accepted: false })));
  fillComment(item, Object.assign(comment, answer.body));
}

function reply(item, comment) {
  const title = say("reply_to", { name: nameOf(comment) });
  openEditor(item, { title, parent: comment.id, root: item.root || comment }, (made) => placeReply(threadOf(item), made));
}

function edit(item, comment) {
  openEditor(item, { title: say("editing"), comment }, (_, changed) => fillComment(item, Object.assign(comment, changed)));
}

async function remove(item, comment, button) {
  if (button.textContent !== button.dataset.sure) {
    const word = button.textContent;
    button.textContent = button.dataset.sure;
    announce(button.dataset.sure);
    button.onblur = () => (button.textContent = word);
    return;
  }
  const answer = await ask("DELETE", "comments/" + comment.id);
  if (!answer.ok) return showFault(one("article", item), answer.body);
  const gone = { state: "deleted", html: null, author: null, can_edit: false, can_delete: false };
  let place = item;
  if (one("[data-replies]", item).children.length) fillComment(item, Object.assign(comment, gone));
  else {
    place = item.nextElementSibling || item.previousElementSibling || item.parentElement.closest(".comment");
    item.remove();
  }
  goTo(place ? one("article", place) : one("#Ly-talk-title"));
  announce(say("deleted"));
  changeCount(-1);
  refreshScores();
}

function openEditor(item, { title, parent, root, comment }, done) {
  const place = one("[data-editor-place]", item);
  const opener = document.activeElement;
  const form = makeEditor({ title, parent, root, comment, isInner: true }, (made, changed) => {
    place.replaceChildren();
    done(made, changed);
    goTo(one("article", made || item));
  });
  place.replaceChildren(form);
  one("[data-cancel]", form).onclick = () => {
    place.replaceChildren();
    opener.focus();
  };
  form.elements.body.focus();
}

// One form for a new comment, a reply and an edit. A refused text stays in the field; a new one is kept while the tab is open.
function makeEditor({ title, parent, root, comment, isInner }, done) {
  const form = one("[data-editor]", talk).content.firstElementChild.cloneNode(true);
  const { body, question } = form.elements;
  const kept = `draft:${page}:${parent || ""}`;
  const label = field("title", form);
  body.id = "Ly-editor-" + (comment?.id || parent || "new");
  label.htmlFor = body.id;
  if (title) label.textContent = title;
  body.value = comment ? comment.body || "" : sessionStorage.getItem(kept) || "";
  one("[data-kind]", form).hidden = Boolean(isInner);
  one("[data-cancel]", form).hidden = !isInner;
  body.addEventListener("input", () => comment || sessionStorage.setItem(kept, body.value));
  // Not `onkeydown`: a handler of that kind that answers false would swallow the key.
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  // The key stays the same while the same text is tried again, so that a lost answer makes no second comment.
  let key = crypto.randomUUID?.();
  form.onsubmit = async (event) => {
    event.preventDefault();
    if (!body.value.trim()) return body.focus();
    const asked = comment
      ? ask("PATCH", "comments/" + comment.id, { body: body.value })
      : ask("POST", "comments", { page, body: body.value, ...(parent ? { parent } : { kind: question.checked ? "question" : "comment" }) }, key ? { "idempotency-key": key } : {});
    const answer = await holding(one("[type=submit]", form), asked);
    showFault(form, answer.ok ? null : answer.body);
    body.setAttribute("aria-invalid", !answer.ok);
    if (!answer.ok) {
      if (answer.status >= 400 && answer.status < 500) key = crypto.randomUUID?.();
      return body.focus();
    }
    announce(answer.body.state === "held" ? say("held") : say(comment ? "saved" : "posted"));
    if (comment) return done(null, answer.body);
    sessionStorage.removeItem(kept);
    form.reset();
    key = crypto.randomUUID?.();
    changeCount(1);
    done(makeComment(answer.body, root));
    refreshScores();
  };
  return form;
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

function changeCount(by) {
  const count = field("count", talk);
  count.textContent = Math.max(0, Number(count.textContent) + by) || "";
  one("[data-empty]", talk).hidden = list.children.length > 0;
}

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
  else if (me) {
    const compose = one("[data-compose]", talk);
    compose.append(makeEditor({}, (made) => {
      list.prepend(made);
      one("[data-empty]", talk).hidden = true;
      goTo(one("article", made));
    }));
    compose.hidden = false;
  }
  field("count", talk).textContent = (await counted)?.comments || "";
  if (location.hash.startsWith("#comment")) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
