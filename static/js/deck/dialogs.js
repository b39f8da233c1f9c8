import { tile } from "./tile.js";

// Asks where slides are to go. Resolves to a position, or null.
export function askPosition(dialog, { count, last, now }) {
  const field = dialog.querySelector("input");
  dialog.querySelector("[data-dialog-title]").textContent = count === 1 ? "Move the slide" : `Move ${count} slides`;
  dialog.querySelector("[data-dialog-range]").textContent = `1 to ${last}`;
  field.max = last;
  field.value = now;
  return asked(dialog, () => {
    field.select();
    return () => field.valueAsNumber;
  });
}

// Offers the slides of other decks. Resolves to the ids of those that were chosen, or null.
export function askSlides(dialog, { page, template }) {
  const find = (name) => dialog.querySelector(`[data-add-${name}]`);
  const [choice, words, list, button, all] = ["deck", "words", "slides", "button", "all"].map(find);
  const boxes = () => [...list.querySelectorAll("[data-choice]")];
  const chosen = () => boxes().filter((box) => box.checked);
  let turn = 0;

  function count() {
    const { length } = chosen();
    button.disabled = length === 0;
    button.textContent = length === 0 ? "Add" : `Add ${length} slide${length === 1 ? "" : "s"}`;
    all.textContent = length > 0 && length === boxes().length ? "Choose none" : "Choose all";
    all.hidden = boxes().length === 0;
  }

  async function show() {
    const mine = ++turn;
    list.replaceChildren();
    words.textContent = choice.value ? "" : "There is no other deck with slides.";
    count();
    if (!choice.value) return;
    const facts = await json(page.sourceSlides.replace("/0/", `/${choice.value}/`));
    if (mine !== turn) return;
    if (!facts) words.textContent = "The slides could not be fetched. Choose the deck again.";
    list.replaceChildren(...(facts?.slides ?? []).map((slide) => offered(template, slide)));
    count();
  }

  async function decks() {
    const known = (await json(page.sources))?.decks ?? [];
    const others = known.filter(({ id }) => id !== page.deck);
    choice.replaceChildren(...others.map(({ id, title }) => new Option(title, id)));
    choice.hidden = others.length === 0;
    return show();
  }

  choice.onchange = show;
  list.onchange = count;
  all.onclick = () => {
    const on = chosen().length < boxes().length;
    for (const box of boxes()) box.checked = on;
    count();
  };
  return asked(dialog, () => {
    decks();
    return () => chosen().map((box) => Number(box.value));
  });
}

function offered(template, slide) {
  const item = tile(template, slide);
  const box = item.querySelector("[data-choice]");
  box.value = slide.id;
  box.setAttribute("aria-label", `Slide ${slide.number}${slide.title ? `, ${slide.title}` : ""}${slide.hidden ? ", hidden" : ""}`);
  return item;
}

// Opens a dialog; `begin` returns what reads the answer. Resolves to the answer, or null when it was cancelled.
function asked(dialog, begin) {
  return new Promise((resolve) => {
    let answer = null;
    dialog.querySelector("[data-dialog-cancel]").onclick = () => dialog.close();
    dialog.querySelector("form").onsubmit = () => (answer = read());
    dialog.onclose = () => resolve(answer);
    dialog.showModal();
    const read = begin();
  });
}

async function json(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
