// A deck: its slides with their notes, its title, its file.
import { Arranger } from "./deck/arrange.js";
import { Edits } from "./deck/edits.js";
import { SlideGrid } from "./deck/grid.js";
import { rename } from "./deck/rename.js";
import { NotesEditor } from "./deck/editor.js";
import { Imports } from "./live/imports.js";
import { NoteKeeper } from "./present/notes.js";
import { chooser } from "./ui/choose.js";
import { drop } from "./ui/drop.js";
import { Incoming } from "./ui/incoming.js";
import { menus } from "./ui/menu.js";
import { post, scripted } from "./ui/scripted.js";
import { slides } from "./ui/words.js";

const page = JSON.parse(document.getElementById("page").textContent);
const find = (name) => document.querySelector(`[data-${name}]`);
const template = (name) => document.querySelector(`[data-template="${name}"]`);
const replaceForm = find("replace");
const replaceInput = replaceForm.querySelector("input[type=file]");
const notesUrl = (id) => page.notesUrl.replace("/0/", `/${id}/`);
const wordsUrl = (id) => page.words.replace("/0/", `/${id}/`);

scripted();
menus();
rename(find("title"));

const keeper = new NoteKeeper({ save: saveNotes });
for (const [id, text] of Object.entries(page.notes)) keeper.learn(Number(id), text);

const grid = new SlideGrid(find("grid"), { template: template("slide"), url: page.slides });
const edits = new Edits(page);
const editor = new NotesEditor(grid, { template: template("editor"), keeper, fresh: freshNotes, edits, wordsUrl });
const arranger = new Arranger(grid, edits, {
  bar: find("arrange"),
  button: find("arrange-button"),
  template: template("picker"),
  dialogs: { move: find('dialog="move"'), add: find('dialog="add"'), choice: template("choice") },
  page,
});
editor.openAtStart();

arranger.addEventListener("begin", () => editor.close());
edits.addEventListener("change", async ({ detail: { moved, facts } }) => {
  if (facts) grid.show(facts.slides, moved);
  learn(facts ?? (await grid.refresh(moved)));
});

keeper.addEventListener("change", ({ detail }) => grid.markNoted(detail.id, keeper.text(detail.id) !== ""));
addEventListener("pagehide", () => keeper.flush());

const incoming = new Incoming(find("incoming"), { template: template("incoming"), page });

function replace([file]) {
  find("replaced").hidden = true;
  incoming.replace(file, replaceForm.action);
}

chooser(replaceInput, (files) => {
  replaceInput.closest("[data-menu]").open = false;
  replace(files);
});
drop(find("drop"), { accept: replace, describe: () => "Let go to replace the file" });

// The first import shows its slides as they come; a replacing one changes all of them at once, at its end.
incoming.addEventListener("import", ({ detail: { job, known } }) => {
  if (job.state === "done" && (known || !page.complete)) finish(job, known);
  else if (job.replaces) return;
  else if (job.deck === null) location.assign(page.library); // the deck went with its import
  else if (job.state === "running") grid.grow(job.done).then(learn);
});

async function finish(job, known) {
  const facts = await grid.refresh();
  if (!facts) return;
  page.complete = facts.complete;
  learn(facts);
  if (!job.replaces || !known) return;
  editor.close();
  find("replaced-words").textContent = `The new file is in place, with ${slides(facts.slides.length)}.`;
  find("replaced").hidden = false;
}

function learn(facts) {
  if (!facts) return;
  edits.learn(facts);
  for (const { id, notes } of facts.slides) keeper.learn(id, notes);
  editor.refresh();
  arranger.refresh();
  const count = facts.slides.length;
  find("count").textContent = facts.complete ? slides(count) : `${slides(count)} so far`;
  const hidden = facts.slides.filter((slide) => slide.hidden).length;
  find("hidden-count").textContent = hidden ? `, ${hidden} hidden` : "";
  find("arrange-button").disabled = !facts.complete;
  if (find("source")) find("source").textContent = facts.name;
  find("start-button").disabled = count === 0;
  find("no-slides").hidden = count > 0;
  warn(facts.warnings);
}

function warn(sentences) {
  const item = (sentence) => Object.assign(document.createElement("li"), { className: "warnings__row", textContent: sentence });
  const things = sentences.length === 1 ? "1 thing" : `${sentences.length} things`;
  find("warnings").hidden = sentences.length === 0;
  find("warnings-title").textContent = `${things} to know about this file`;
  find("warnings-list").replaceChildren(...sentences.map(item));
}

const imports = new Imports();
const ours = ({ deck, id }) => deck === page.deck || incoming.has(id); // a failed first import has no deck any more
imports.addEventListener("import", ({ detail }) => {
  if (ours(detail)) incoming.update(detail);
});
imports.addEventListener("all", async ({ detail }) => {
  if (incoming.keepOnly(detail).length) learn(await grid.refresh());
});
imports.open();

addEventListener("beforeunload", (event) => {
  if (incoming.busy) event.preventDefault();
});

async function saveNotes(id, text) {
  const { status, data } = await post(notesUrl(id), { notes: text }, { keepalive: text.length < 30_000 });
  if (data?.saved) return "saved"; // a status alone may be that of the sign-in page
  if (status >= 500) throw new Error("not saved");
  return "refused";
}

// Notes may have been written elsewhere since this page came, on the tablet for instance.
async function freshNotes(id) {
  const response = await fetch(notesUrl(id), { headers: { Accept: "application/json" } });
  return response.ok ? (await response.json()).notes : null;
}
