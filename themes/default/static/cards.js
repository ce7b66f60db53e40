// Lists of pages: how many comments each has.

import { all, ask, field, sayNumber } from "./api.js";

/** Cards say how many comments their pages have. The edge is asked once for all of them. */
async function countComments() {
  const cards = all("[data-card]");
  if (!cards.length) return;
  const answer = await ask("GET", "comments/counts?" + new URLSearchParams({ pages: cards.map((it) => it.dataset.card).join("\n") }));
  for (const { page: id, comments } of answer.body?.items || []) {
    const place = comments && field("comments", cards.find((it) => it.dataset.card === id));
    if (!place) continue;
    place.textContent = sayNumber("comment_count", comments);
    place.hidden = false;
  }
}

countComments();
