// What is written in a talk, as far as this page knows: strokes by slide and sheet. Changes come one by one with a rising
// version; after one that was missed a slide is read again, with `load(slide)`, before it is believed.
//
// What `load` gives with `kept` is from before the network went: it is shown, and asked for again until it is certain.
//
// `pending(slide)` gives the changes of this device that the server may not know yet; they lie on top of what it says.
// Events: "change" (detail: { slide }) when strokes of a slide may be others than before, and "forgotten" when those of all
// may be.
export class Book extends EventTarget {
  #load;
  #pending;
  #wait;
  #version;
  #indexed; // `inked` is all there is, but for what is unseen
  #inked = new Set();
  #unseen = 0; // how often we heard of ink on slides that may not be told of yet
  #pages = new Map(); // slide -> { sheets: Map(sheet -> Map(id -> stroke)), version, stale }
  #loading = new Map(); // slide -> frames that came meanwhile
  #wanted = null;
  #life = 0; // counts what made all earlier loads worthless

  constructor({ version = null, load, pending = () => [], wait = (ms) => new Promise((done) => setTimeout(done, ms)) }) {
    super();
    this.#version = version;
    this.#indexed = version?.[1] === 0;
    this.#load = load;
    this.#pending = pending;
    this.#wait = wait;
  }

  strokes(slide, sheet = 0) {
    const strokes = this.#pages.get(slide)?.sheets.get(sheet)?.values() ?? [];
    return [...strokes].filter(({ hidden }) => !hidden);
  }

  // All that is known of a slide, as `load` gives it; null when nothing is, or nothing that can be relied on.
  page(slide) {
    const page = this.#pages.get(slide);
    if (!page || page.stale) return null;
    const sheets = [...page.sheets].map(([sheet, strokes]) => ({ sheet, strokes: [...strokes.values()] }));
    return { sheets, inked: [...this.#inked] };
  }

  // This slide is looked at: what is on it should be known.
  want(slide) {
    this.#wanted = slide;
    const page = this.#pages.get(slide);
    if (page && !page.stale) return;
    if (this.#empty(slide)) this.#lay(slide, []);
    else this.#read(slide);
  }

  hear(frame) {
    const { version, unseen, after, slide } = frame;
    const known = this.#version;
    if (known && compare(version, known) <= 0) return;
    this.#version = version;
    if (!known || version[0] !== known[0] || version[1] !== known[1] + 1) return this.#missed();
    if (unseen && after < this.#wanted) this.#missed(); // the server has not heard yet that the audience is here
    else if (unseen) this.#heardUnseen();
    else if (slide === undefined) this.#missed();
    else if (slide !== null) this.#heard(frame);
  }

  // What this device does itself, before anybody else knows.
  apply(change) {
    this.#page(change.slide);
    this.#change(change);
  }

  // The slides are others, or the server has another life: nothing that is known is certain.
  forget() {
    this.#pages.clear();
    this.dispatchEvent(new Event("forgotten"));
    this.#missed();
  }

  #heard(frame) {
    const loading = this.#loading.get(frame.slide);
    loading?.push(frame);
    if (!loading && !this.#pages.has(frame.slide) && this.#empty(frame.slide)) this.#page(frame.slide).stale = false;
    if (frame.add || frame.show) this.#inked.add(frame.slide);
    this.#change(frame);
  }

  #heardUnseen() {
    this.#unseen += 1;
    for (const [slide, page] of this.#pages) if (slide !== this.#wanted) page.stale = true;
  }

  // Nothing is on this slide, for certain.
  #empty(slide) {
    return this.#indexed && !this.#unseen && !this.#inked.has(slide);
  }

  #change({ slide, sheet = 0, add, hide, show }) {
    const page = this.#pages.get(slide);
    if (!page) return;
    if (!page.sheets.has(sheet)) page.sheets.set(sheet, new Map());
    const strokes = page.sheets.get(sheet);
    if (add && !strokes.has(add.id)) strokes.set(add.id, { ...add });
    for (const id of hide ?? []) this.#find(page, id, (stroke) => (stroke.hidden = true));
    for (const id of show ?? []) if (!this.#find(page, id, (stroke) => (stroke.hidden = false))) page.stale = true;
    if (page.stale && slide === this.#wanted) this.#read(slide);
    this.#tell(slide);
  }

  #find(page, id, act) {
    const strokes = [...page.sheets.values()].find((sheet) => sheet.has(id));
    if (strokes) act(strokes.get(id));
    return Boolean(strokes);
  }

  #page(slide) {
    if (!this.#pages.has(slide)) this.#pages.set(slide, { sheets: new Map(), stale: true });
    return this.#pages.get(slide);
  }

  #missed() {
    this.#life += 1;
    this.#indexed = false;
    this.#inked.clear();
    this.#loading.clear();
    for (const page of this.#pages.values()) page.stale = true;
    if (this.#wanted !== null) this.#read(this.#wanted);
  }

  async #read(slide) {
    if (this.#loading.has(slide)) return;
    const life = this.#life;
    const meanwhile = [];
    this.#loading.set(slide, meanwhile);
    for (let tries = 0; life === this.#life; tries += 1) {
      const needed = this.#version;
      const unseen = this.#unseen;
      const found = await this.#load(slide, tries).catch(() => null);
      if (life !== this.#life) return; // and on: somebody reads again already
      if (found?.kept) this.#show(slide, found, meanwhile.splice(0));
      else if (found && (!needed || compare(found.version, needed) >= 0)) {
        this.#loading.delete(slide);
        this.#unseen = this.#unseen - unseen + Number(found.unseen);
        return this.#learn(slide, found, meanwhile);
      }
      await this.#wait(Math.min(5000, 300 * 2 ** tries));
    }
  }

  #learn(slide, { version, sheets, inked }, meanwhile) {
    for (const number of inked) this.#inked.add(number);
    this.#indexed = true;
    // Nothing else is known, so nothing else can have been missed.
    const alone = [...this.#pages.values()].every(({ stale }) => stale);
    if (!this.#version || (alone && compare(version, this.#version) > 0)) this.#version = version;
    this.#lay(
      slide,
      sheets,
      meanwhile.filter((frame) => compare(frame.version, version) > 0),
    );
  }

  // Of a time that is over, and only as long as nothing better is known.
  #show(slide, { sheets }, meanwhile) {
    if (!this.#pages.get(slide)?.kept) this.#put(slide, sheets, true);
    this.#add(slide, meanwhile);
  }

  #lay(slide, sheets, meanwhile = []) {
    this.#put(slide, sheets, false);
    this.#add(slide, meanwhile);
  }

  #put(slide, sheets, kept) {
    const page = { sheets: new Map(), stale: kept, kept };
    for (const { sheet, strokes } of sheets) page.sheets.set(sheet, new Map(strokes.map((stroke) => [stroke.id, stroke])));
    this.#carry(this.#pages.get(slide), page, slide);
    this.#pages.set(slide, page);
  }

  // What this device is bringing back is not among what the server gives, which knows it as hidden. It stays on the page,
  // in the order in which all was written.
  #carry(before, page, slide) {
    if (!before) return;
    for (const { sheet = 0, show = [] } of this.#pending(slide)) {
      const known = before.sheets.get(sheet) ?? new Map();
      const back = show.filter((id) => known.has(id) && !this.#find(page, id, () => {}));
      const now = page.sheets.get(sheet) ?? new Map();
      const all = new Map([...back.map((id) => [id, { ...known.get(id), hidden: true }]), ...now]);
      const written = [...known.keys()].filter((id) => all.has(id)).map((id) => [id, all.get(id)]);
      if (back.length > 0) page.sheets.set(sheet, new Map([...written, ...now]));
    }
  }

  #add(slide, meanwhile) {
    for (const change of [...meanwhile, ...this.#pending(slide)]) this.#change(change);
    this.#tell(slide);
  }

  #tell(slide) {
    this.dispatchEvent(new CustomEvent("change", { detail: { slide } }));
  }
}

export function compare(one, other) {
  return one[0] - other[0] || one[1] - other[1];
}
