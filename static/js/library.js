// The library: decks on their shelf, and files that are on their way to become decks.
import { Imports } from "./live/imports.js";
import { Shelf } from "./library/shelf.js";
import { chooser } from "./ui/choose.js";
import { drop } from "./ui/drop.js";
import { Incoming } from "./ui/incoming.js";
import { menus } from "./ui/menu.js";
import { scripted } from "./ui/scripted.js";

const page = JSON.parse(document.getElementById("page").textContent);
const form = document.querySelector("[data-add]");
const input = form.querySelector("input[type=file]");
const empty = document.querySelector("[data-empty]");
const template = (name) => document.querySelector(`[data-template="${name}"]`);

scripted();
menus();

const shelf = new Shelf(document.querySelector("[data-shelf]"), { template: template("card"), cardUrl: page.card });
const incoming = new Incoming(document.querySelector("[data-incoming]"), {
  template: template("incoming"),
  page,
});

function add(files) {
  empty.hidden = true;
  incoming.add(files, form.action);
}

chooser(input, add);
drop(document.querySelector("[data-drop]"), {
  accept: add,
  describe: (count) => (count === 1 ? "Let go to add the file" : `Let go to add ${count} files`),
});

const look = () => (empty.hidden = !shelf.empty || !incoming.empty);
shelf.addEventListener("change", look);
incoming.addEventListener("change", look);
incoming.addEventListener("import", ({ detail }) => {
  shelf.follow(detail);
  look();
});

const imports = new Imports();
imports.addEventListener("import", ({ detail }) => incoming.update(detail));
imports.addEventListener("all", ({ detail }) => {
  if (incoming.keepOnly(detail).length) shelf.refresh();
});
imports.open();

addEventListener("beforeunload", (event) => {
  if (incoming.busy) event.preventDefault();
});
