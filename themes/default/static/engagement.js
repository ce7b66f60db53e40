// Likes, kept pages, "this solved it", sharing, scores, and how far a page is read.

import { all, announce, ask, base, field, goSignIn, knowing, me, one, page, say, sayNumber, showFault } from "./api.js";

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
    // The reader thought better of it.
    return;
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
export async function refreshScores() {
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

/** What the edge counted on this page; null where it did not answer. */
export const counted = engagement();
