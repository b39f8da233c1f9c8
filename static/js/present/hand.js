import { safeShelf } from "../device/shelf.js";

const HAND = "presenter.hand";

// Which hand holds the tablet: the rail lies under its thumb. `key` is a switch.
export function prepareHand(root, key, shelf = safeShelf()) {
  const show = (left) => {
    if (left) root.dataset.hand = "left";
    else delete root.dataset.hand;
  };
  key.checked = shelf.get(HAND) === "left";
  show(key.checked);
  key.addEventListener("change", () => {
    shelf.set(HAND, key.checked ? "left" : "right");
    show(key.checked);
  });
}
