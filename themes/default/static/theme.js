// Runs before the first paint, so that nothing flashes: the reader's choice of light or dark, and whether somebody
// seems to be signed in (a hint for the header alone; the edge decides).
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  if (/(^|; )member=1(;|$)/.test(document.cookie)) root.classList.add("member");
  try {
    const choice = localStorage.getItem("theme");
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  } catch {
    // Storage may be forbidden; the system's choice stands then.
  }
})();
