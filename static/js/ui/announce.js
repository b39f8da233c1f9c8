let region = null;

// Says a text to people who use a screen reader, when they are done listening to what is being said. The page may bring
// its own region, [data-announce]; some screen readers hear only regions that were there from the start.
export function announce(text) {
  region ??= document.querySelector("[data-announce]") ?? newRegion();
  region.textContent = "";
  // The same words twice are news only when the region was empty in between.
  setTimeout(() => (region.textContent = text), 50);
}

function newRegion() {
  const element = document.createElement("p");
  element.className = "unseen";
  element.setAttribute("role", "status");
  document.body.append(element);
  return element;
}
