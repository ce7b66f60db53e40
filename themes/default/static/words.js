// Where lines of Chinese titles may break. Loaded on pages in Chinese.

// What stands alone belongs to the word before it.
const CLINGING = /^(?:[的地得了着过吗呢吧啊们里上中下内外前后等]|[\p{P}\p{Z}]+)$/u;
const OPENING = /[\p{Ps}\p{Pi}]$/u;

/** Titles in Chinese break between words alone, so that style sheets can balance their lines. */
function markWords() {
  if (!Intl.Segmenter) return;
  for (const title of document.querySelectorAll(":is(h1, h2, h3):lang(zh)")) {
    const words = new Intl.Segmenter(document.documentElement.lang, { granularity: "word" });
    const texts = document.createTreeWalker(title, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (texts.nextNode()) nodes.push(texts.currentNode);
    for (const node of nodes) {
      const pieces = [];
      let isRun = false;
      for (const { segment } of words.segment(node.data)) {
        // Single characters in a row, such as a number with what it counts, stay together.
        const isSingle = [...segment].length === 1;
        const clings = CLINGING.test(segment) || OPENING.test(pieces.at(-1)) || (isSingle && isRun);
        if (pieces.length && clings) pieces.push(pieces.pop() + segment);
        else pieces.push(segment);
        isRun = isSingle;
      }
      node.replaceWith(...pieces.flatMap((piece, at) => (at ? [document.createElement("wbr"), piece] : [piece])));
    }
    title.classList.add("phrased");
  }
}

markWords();
