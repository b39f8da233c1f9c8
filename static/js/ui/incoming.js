import { announce } from "./announce.js";
import { parcel, parcels } from "./parcels.js";
import { csrfToken, post, scripted } from "./scripted.js";
import { Upload } from "./upload.js";
import * as words from "./words.js";

const AT_ONCE = 2; // uploads; more only make each of them slower
const LEAST_TICK_PX = 3; // finer ticks run into each other
const MOST_TICK_PX = 40;
const MOST_DOTS = 8;

// The files on their way in, one row each: first as an upload, then as the import that it becomes.
//
// Event "import" (detail: { job, known }) for everything the server tells, after the rows have been brought up to date;
// `job` is the frame, `known` is whether there was a row for it. Event "change" when a row has left.
export class Incoming extends EventTarget {
  #section;
  #list;
  #template;
  #page;
  #rows = new Map(); // import id -> row
  #queue = []; // { upload, row } that wait for their turn
  #sending = 0;

  constructor(section, { template, page }) {
    super();
    this.#section = section;
    this.#list = section.querySelector("[data-incoming-list]");
    this.#template = template;
    this.#page = page;
    for (const element of this.#list.querySelectorAll("[data-import]")) this.#adopt(element);
  }

  // Sends files to `url`, at most two at a time. Pictures that are added together go together.
  add(files, url) {
    for (const sent of parcels(files)) this.#add(sent, url);
  }

  // The same for the one file that takes the place of another.
  replace(file, url) {
    this.#add(parcel([file]), url);
  }

  #add({ files, name, size }, url) {
    const row = this.#newRow(name);
    if (size > this.#page.maxBytes) {
      const what = files.length === 1 ? "This file is" : "These pictures are";
      row.fail(`${what} ${words.size(size)}, the most is ${this.#page.maxMegabytes} MB. Save it with smaller pictures.`);
    } else if (files.some((file) => file.size === 0)) {
      row.fail("The file is empty. Choose another one.");
    } else {
      this.#send(this.#task(row, files, url));
    }
  }

  has(id) {
    return this.#rows.has(id);
  }

  get empty() {
    return this.#list.childElementCount === 0;
  }

  // Something is still being sent; leaving the page would stop it.
  get busy() {
    return this.#sending > 0 || this.#queue.length > 0;
  }

  // What the server says about one import.
  update(job) {
    const known = this.#rows.get(job.id);
    const stays = job.state === "done" && job.findings > 0 && known; // until its report is seen, or it is closed
    const gone = (job.state === "done" && !stays) || job.state === "cancelled" || job.dismissed;
    if (gone) {
      this.#remove(known);
      if (known) this.#announceEnd(job);
    } else {
      const row = known ?? this.#rowFor(job);
      const before = row.state;
      row.show(job, () => this.#retry(row));
      if (known && job.state !== before) this.#announceEnd(job);
    }
    this.dispatchEvent(new CustomEvent("import", { detail: { job, known: known !== undefined } }));
  }

  #announceEnd({ state, title, name, error }) {
    if (state === "done") announce(`${title} is ready.`);
    if (state === "failed") announce(`${name}: ${error}`);
  }

  // Everything there is, after connecting: what is not in it has ended meanwhile. Returns those that ended.
  keepOnly(ids) {
    const ended = [...this.#rows.keys()].filter((id) => !ids.includes(id));
    for (const id of ended) this.#remove(this.#rows.get(id));
    return ended;
  }

  #task(row, files, url) {
    const upload = new Upload({ url, begin: this.#page.uploads, files, token: csrfToken });
    const task = { upload, row };
    upload.addEventListener("progress", ({ detail }) => row.progress(detail));
    upload.addEventListener("arrived", ({ detail }) => this.#arrived(row, detail.imports[0]));
    upload.addEventListener("refused", ({ detail }) => {
      row.fail(detail.sentence);
      announce(`${row.name}: ${detail.sentence}`);
    });
    upload.addEventListener("waiting", () => row.wait());
    for (const end of ["arrived", "refused", "cancelled"]) upload.addEventListener(end, () => this.#ended());
    row.onClose = () => {
      const waiting = this.#queue.indexOf(task);
      if (waiting >= 0) this.#queue.splice(waiting, 1);
      upload.cancel();
      this.#remove(row);
    };
    return task;
  }

  #send(task) {
    task.row.say("Waiting to be sent");
    this.#queue.push(task);
    this.#sendNext();
  }

  #ended() {
    this.#sending -= 1;
    this.#sendNext();
  }

  #sendNext() {
    while (this.#sending < AT_ONCE && this.#queue.length) {
      const { upload, row } = this.#queue.shift();
      this.#sending += 1;
      row.begin();
      upload.start();
    }
  }

  // The server has the file. It may have told of the import over the WebSocket before it answered the upload.
  #arrived(row, job) {
    const already = this.#rows.get(job.id);
    if (already) this.#remove(row);
    else {
      this.#bind(row, job.id);
      this.update(job);
    }
  }

  #rowFor(job) {
    const row = this.#newRow(job.name);
    this.#bind(row, job.id);
    return row;
  }

  #newRow(name) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    scripted(element);
    this.#list.append(element);
    this.#section.hidden = false;
    const row = new Row(element, name);
    row.onClose = () => this.#remove(row);
    return row;
  }

  #adopt(element) {
    const row = new Row(element, element.querySelector("[data-name]").textContent);
    this.#bind(row, Number(element.dataset.import));
  }

  #bind(row, id) {
    row.id = id;
    row.element.dataset.import = id;
    this.#rows.set(id, row);
    row.onClose = async () => {
      const { data } = await post(this.#page.dismiss.replace("/0/", `/${id}/`)).catch(() => ({ data: null }));
      if (data?.dismissed) this.#remove(row);
      else row.say("This did not reach the server. Try it once more.");
    };
  }

  async #retry(row) {
    row.say("In line");
    const { data } = await post(this.#page.retry.replace("/0/", `/${row.id}/`)).catch(() => ({ data: null }));
    if (!data?.queued) row.fail("This did not reach the server. Try it once more.", () => this.#retry(row));
  }

  #remove(row) {
    if (!row) return;
    const hadFocus = row.element.contains(document.activeElement);
    const neighbour = row.element.nextElementSibling ?? row.element.previousElementSibling;
    this.#rows.delete(row.id);
    row.element.remove();
    this.#section.hidden = this.empty;
    this.dispatchEvent(new Event("change"));
    if (hadFocus) (neighbour?.querySelector("[data-close-button]") ?? document.querySelector("main")).focus();
  }
}

class Row {
  id = null;
  onClose = () => {};
  #parts;
  #retry = null;

  constructor(element, name) {
    this.element = element;
    this.#parts = Object.fromEntries(
      ["kind", "name", "words", "bar", "pages", "line", "open", "again", "retry", "report", "close"].map((part) => [
        part,
        element.querySelector(`[data-${part}]`),
      ]),
    );
    this.#parts.closeButton = element.querySelector("[data-close-button]");
    this.#parts.name.textContent = name;
    this.#parts.kind.textContent = words.fileKind(name);
    this.#parts.close.addEventListener("submit", (event) => {
      event.preventDefault();
      this.onClose();
    });
    this.#parts.retry.addEventListener("click", () => this.#retry?.());
    if (this.state === "failed") this.#actions({ again: true });
    this.#label();
  }

  get state() {
    return this.element.dataset.state ?? "";
  }

  say(text) {
    this.#set("queued");
    this.#parts.words.textContent = text;
    this.#meter(null);
    this.#actions({});
  }

  get name() {
    return this.#parts.name.textContent;
  }

  // The server is not to be reached. What has been sent stays.
  wait() {
    this.#parts.words.textContent = "No connection. It goes on by itself.";
  }

  begin() {
    this.progress({ sent: 0, total: 1, left: null });
    this.#parts.words.textContent = "Sending";
  }

  progress({ sent, total, left }) {
    this.#set("sending");
    this.#parts.words.textContent = sent >= total ? "Checking the file" : words.sent(sent, total, left);
    this.#meter("bar");
    this.#parts.bar.max = total;
    this.#parts.bar.value = sent;
    this.#actions({});
  }

  // One sentence and at most one action: to try the same again, or to choose another file.
  fail(sentence, retry = null) {
    this.#retry = retry;
    this.#set("failed");
    this.#parts.words.textContent = sentence;
    this.#meter(null);
    this.#actions(retry ? { retry: true } : { again: true });
  }

  show(job, retry) {
    this.#parts.name.textContent = job.name;
    this.#parts.kind.textContent = words.fileKind(job.name);
    if (job.state === "failed") {
      this.fail(job.error, job.again ? retry : null);
      return;
    }
    if (job.state === "done") {
      this.#finish(job);
      return;
    }
    this.#set(job.state);
    this.#parts.words.textContent = words.importState(job);
    if (job.state === "waiting" && job.place) this.#showLine(job.place);
    else if (job.state === "waiting") this.#meter(null);
    else if (job.total) this.#showPages(job);
    else this.#showWork();
    this.#actions({ open: job.deck !== null && !job.replaces ? job.deck : null });
  }

  #finish({ deck, findings }) {
    this.#set("done");
    this.#parts.words.textContent = `Ready, with ${findings === 1 ? "1 thing" : `${findings} things`} to look at`;
    this.#meter(null);
    this.#actions({ open: deck, report: deck });
  }

  #showLine(place) {
    const dots = Math.min(Math.max(place, 1), MOST_DOTS);
    this.#parts.line.replaceChildren(...Array.from({ length: dots }, () => document.createElement("i")));
    this.#meter("line");
  }

  // How much there is to do is not known yet.
  #showWork() {
    this.#parts.bar.removeAttribute("value");
    this.#meter("bar");
  }

  #showPages({ done, total }) {
    const { pages } = this.#parts;
    this.#meter("pages");
    const tick = tickWidth(pages.clientWidth, total);
    pages.toggleAttribute("data-many", tick === null);
    if (tick === null) pages.style.removeProperty("--tick");
    else pages.style.setProperty("--tick", `${tick}px`);
    pages.style.setProperty("--pages", total);
    pages.style.setProperty("--read", done);
    pages.style.setProperty("--now", Math.min(done + 1, total));
  }

  #meter(shown) {
    for (const part of ["bar", "pages", "line"]) this.#parts[part].hidden = part !== shown;
  }

  #actions({ open = null, again = false, retry = false, report = null }) {
    this.#parts.open.hidden = open === null || location.pathname === deckPath(open);
    if (open !== null) this.#parts.open.href = deckPath(open);
    this.#parts.again.hidden = !again;
    this.#parts.retry.hidden = !retry;
    this.#parts.report.hidden = report === null;
    if (report !== null) this.#parts.report.href = `${deckPath(report)}report/`;
  }

  #set(state) {
    this.element.dataset.state = state;
    this.#label();
  }

  #label() {
    const name = this.#parts.name.textContent;
    this.#parts.closeButton.setAttribute("aria-label", ["failed", "done"].includes(this.state) ? `Dismiss ${name}` : `Stop ${name}`);
  }
}

// Ticks a whole number of device pixels wide, or they would differ from each other; null when they would be too fine.
function tickWidth(available, pages) {
  const tick = Math.floor((available * devicePixelRatio) / pages) / devicePixelRatio;
  return tick >= LEAST_TICK_PX ? Math.min(tick, MOST_TICK_PX) : null;
}

function deckPath(id) {
  return `/decks/${id}/`;
}
