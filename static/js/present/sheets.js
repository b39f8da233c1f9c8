export const END = {
  title: "End the talk?",
  words: "The audience sees that it is over. An ended talk cannot go on.",
  yes: "End the talk",
  no: "Go on",
};

export const END_REHEARSAL = {
  title: "End the rehearsal?",
  words: "The time of each slide is kept for your time plan.",
  yes: "End the rehearsal",
  no: "Go on",
};

export const takeBack = (name, own) => ({
  title: own ? "Take the slides back?" : "Take the slides?",
  words: `${name} can no longer move them then.`,
  yes: own ? "Take back" : "Take over",
  no: "Leave it so",
});

// The sheets of the page: how to follow along, and a question before something that cannot be undone.
export function prepareSheets() {
  const invite = document.querySelector("[data-invite]");
  const ask = document.querySelector("[data-ask]");
  document.querySelector("[data-open-invite]").addEventListener("click", () => invite.showModal());
  for (const sheet of [invite, ask]) closable(sheet);
  for (const key of invite.querySelectorAll("[data-copy]")) key.addEventListener("click", () => copy(key));
  return { ask: (question) => answer(ask, question) };
}

// The sheet [data-<name>-sheet], which every key [data-open-<name>] opens.
export function sheet(name, { opened } = {}) {
  const element = document.querySelector(`[data-${name}-sheet]`);
  closable(element);
  const open = () => {
    for (const other of document.querySelectorAll("dialog[open]")) other.close();
    opened?.();
    element.showModal();
  };
  for (const key of document.querySelectorAll(`[data-open-${name}]`)) key.addEventListener("click", open);
  return { element, open };
}

function closable(sheet) {
  sheet.querySelector("[data-close]")?.addEventListener("click", () => sheet.close());
  // A touch beside the sheet hits its backdrop, which counts as the dialog itself.
  sheet.addEventListener("click", ({ target, clientX, clientY }) => {
    if (target !== sheet) return;
    const { left, right, top, bottom } = sheet.getBoundingClientRect();
    if (clientX < left || clientX > right || clientY < top || clientY > bottom) sheet.close();
  });
}

// Resolves to true for yes.
function answer(sheet, { title, words, yes, no }) {
  sheet.querySelector("[data-ask-title]").textContent = title;
  sheet.querySelector("[data-ask-words]").textContent = words;
  const keys = [sheet.querySelector("[data-ask-yes]"), sheet.querySelector("[data-ask-no]")];
  keys[0].textContent = yes;
  keys[1].textContent = no;
  sheet.returnValue = "";
  sheet.showModal();
  keys[1].focus();
  return new Promise((resolve) => {
    keys[0].onclick = () => sheet.close("yes");
    keys[1].onclick = () => sheet.close();
    sheet.addEventListener("close", () => resolve(sheet.returnValue === "yes"), { once: true });
  });
}

async function copy(key) {
  const text = key.dataset.copy;
  const label = key.querySelector("span");
  const said = (label.dataset.said ??= label.textContent);
  const done = await copied(text, key);
  label.textContent = done ? "Copied" : text;
  setTimeout(() => (label.textContent = said), 2500);
}

// The clipboard of an insecure page is reached only the old way.
async function copied(text, beside) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    beside.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
