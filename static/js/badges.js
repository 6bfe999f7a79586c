// The menu's badges: asked for once the page is there, and again when it comes back from the browser's memory.
// Without this script, or without the network, the menu stands without them; Today says the same numbers itself.

const badges = document.querySelectorAll("[data-badge]");

async function showBadges() {
  const answer = await fetch(document.querySelector("[data-badges-url]").dataset.badgesUrl, { redirect: "error" });
  if (!answer.ok) return;
  const counts = await answer.json();
  for (const badge of badges) {
    const count = counts[badge.dataset.badge];
    badge.hidden = !count;
    badge.firstElementChild.textContent = count ?? "";
  }
}

if (badges.length) {
  showBadges().catch(() => {});
  addEventListener("pageshow", ({ persisted }) => persisted && showBadges().catch(() => {}));
}
