// Menus are <details>. This makes them close like menus: by Escape, by a tap beside them, and when another one opens.
export function menus() {
  document.addEventListener("pointerdown", ({ target }) => closeAll((menu) => !menu.contains(target)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of opened()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (target.matches?.("[data-menu]") && target.open) closeAll((menu) => menu !== target);
    },
    true, // toggle does not bubble
  );
  document.addEventListener("focusin", ({ target }) => closeAll((menu) => !menu.contains(target)));
}

function closeAll(which) {
  for (const menu of opened()) if (which(menu)) menu.open = false;
}

function opened() {
  return document.querySelectorAll("[data-menu][open]");
}
