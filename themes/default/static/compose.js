// What members do in a conversation: write, reply, edit, delete, like, accept. comments.js loads it for them.

import { all, announce, ask, field, goTo, holding, one, page, say, showFault } from "./api.js";
import { refreshScores } from "./engagement.js";
import { changeCount, fillComment, list, makeComment, nameOf, placeReply, talk, threadOf } from "./comments.js";

// Shown at once; taken back, with the reason, when the edge says no.
export async function like(item, comment) {
  const liked = !comment.liked;
  fillComment(item, Object.assign(comment, { liked, likes: comment.likes + (liked ? 1 : -1) }));
  const answer = await ask("PUT", "likes", { comment: comment.id, liked });
  if (answer.ok) fillComment(item, Object.assign(comment, answer.body));
  else fillComment(item, Object.assign(comment, { liked: !liked, likes: comment.likes + (liked ? -1 : 1) }));
  showFault(one("article", item), answer.ok ? null : answer.body);
}

// A question has one answer: accepting another takes the mark from the one that had it.
export async function accept(item, comment) {
  const answer = await ask("PUT", `comments/${comment.id}/accepted`, { accepted: !comment.accepted });
  showFault(one("article", item), answer.ok ? null : answer.body);
  if (!answer.ok) return;
  const others = all(".comment", threadOf(item)).filter((other) => other.comment.accepted);
  others.forEach((other) => fillComment(other, Object.assign(other.comment, { accepted: false })));
  fillComment(item, Object.assign(comment, answer.body));
}

export function reply(item, comment, button) {
  const title = say("reply_to", { name: nameOf(comment) });
  openEditor(item, { title, parent: comment.id, root: item.root || comment, opener: button }, (made) => placeReply(threadOf(item), made));
}

export function edit(item, comment, button) {
  openEditor(item, { title: say("editing"), comment, opener: button }, (_, changed) => fillComment(item, Object.assign(comment, changed)));
}

// An export cannot be named `delete` where it is made.
export { remove as delete };

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

function openEditor(item, { title, parent, root, comment, opener }, done) {
  const place = one("[data-editor-place]", item);
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
  growing(body);
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

/** Lets a field grow with its text where style sheets cannot: WebKit has no `field-sizing`. */
function growing(area) {
  if (CSS.supports("field-sizing", "content")) return;
  const grow = () => {
    if (area.scrollHeight > area.clientHeight) area.style.height = area.scrollHeight + area.offsetHeight - area.clientHeight + "px";
  };
  for (const kind of ["input", "focus"]) area.addEventListener(kind, grow);
  area.form.addEventListener("reset", () => (area.style.height = ""));
}

/** The field for a comment of one's own, above all others. */
export function begin() {
  const place = one("[data-compose]", talk);
  place.append(makeEditor({}, (made) => {
    list.prepend(made);
    one("[data-empty]", talk).hidden = true;
    goTo(one("article", made));
  }));
  place.hidden = false;
}
