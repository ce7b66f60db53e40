// Runs before the first paint, so that nothing flashes: the reader's choice of light or dark, and whether somebody
// seems to be signed in (a hint for the header alone; the edge decides).
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const hint = `${root.dataset.memberCookie || "member"}=1`;
  const isSignedIn = () => document.cookie.split("; ").includes(hint);
  const wasSignedIn = isSignedIn();
  if (wasSignedIn) root.classList.add("member");
  // Back restores a page as it was left. After a sign-out it must not show the account of whoever was signed in.
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted || (isSignedIn() === wasSignedIn && !document.querySelector("[data-account]"))) return;
    root.hidden = true;
    location.reload();
  });
  try {
    const choice = localStorage.getItem("theme");
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
  } catch {
    // Storage may be forbidden; the system's choice stands then.
  }
})();
