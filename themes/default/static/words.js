// Where lines of Chinese titles may break. Loaded on pages in Chinese.

// What belongs to the word before it, and what belongs to the one behind it.
const TRAILING = /^[的地得了着过吗呢吧啊们里上中下内外前后等]$/u;
const LEADING = /^[与和及或而但在从把被用以按对给向为让将当如比需可]$/u;

let segmenter;

/** The words of a text, each with its kind and whether a space stands before it. */
function wordsOf(text) {
  const found = [];
  let gap = "";
  // Making one takes longer than all titles of a page.
  segmenter ||= new Intl.Segmenter(document.documentElement.lang, { granularity: "word" });
  // The dictionary of Firefox takes 的中文 for one word.
  for (const segment of [...segmenter.segment(text)].flatMap((it) => it.segment.split(/^(的)(?=[^确士话])/u))) {
    const last = found.at(-1);
    let kind = "han";
    if (/^[\p{Ps}\p{Pi}]/u.test(segment)) kind = "lead";
    else if (/^[\p{P}\p{S}]/u.test(segment)) kind = "mark";
    else if (TRAILING.test(segment)) kind = "trail";
    else if (LEADING.test(segment)) kind = "lead";
    else if (!/\p{Script=Han}/u.test(segment)) kind = "other";
    else if ([...segment].length === 1) kind = "single";
    if (!segment.trim()) gap ||= segment && " ";
    // Dictionaries of browsers cut words that they do not know into single characters.
    else if (kind === "single" && last?.kind === "single" && !gap) last.text += segment;
    else {
      found.push({ text: segment, kind, gap });
      gap = "";
    }
  }
  return { found, gap };
}

/** Whether a line may begin with a word; `last` is the one before it, and `before` the one before that. */
function mayBreak(before, last, word) {
  const isLone = (it) => it.kind === "single" && [...it.text].length === 1;
  if (/mark|trail/.test(word.kind) || last?.kind === "lead") return false;
  if (!last) return true;
  if (last.kind === "mark") return Boolean(word.gap) || word.kind !== "other";
  // One character alone is a piece of the word beside it, as of 微服务 and 数据库, or counts the number before it.
  if (isLone(last)) return before?.kind === "other" || (word.kind === "lead" && Boolean(before));
  if (word.kind !== "single") return true;
  return !isLone(word) && last.kind !== "han";
}

/** A text in pieces, between which alone lines may end. Spaces within a piece do not break. */
export function phrases(text) {
  const { found, gap } = wordsOf(text);
  const parts = found.map((word, at) => {
    const isOpen = mayBreak(found[at - 2], found[at - 1], word);
    return (isOpen ? word.gap : word.gap && "\u00a0") + (at && isOpen ? "\n" : "") + word.text;
  });
  return (parts.join("") + gap).split("\n");
}

/** Titles in Chinese break between words alone, so that style sheets can balance their lines. */
function markWords() {
  if (!Intl.Segmenter) return;
  for (const title of document.querySelectorAll(":is(h1, h2, h3):lang(zh)")) {
    const texts = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (texts.nextNode()) nodes.push(texts.currentNode);
    for (const node of nodes) node.replaceWith(...phrases(node.data).flatMap((piece, at) => (at ? [document.createElement("wbr"), piece] : [piece])));
    title.classList.add("phrased");
  }
}

markWords();
