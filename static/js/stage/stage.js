import { Leaves, atStep, fit, scale, styled } from "./leaf.js";
import { Pictures, THUMB, WIDTHS, bestWidth, pictureKey } from "./pictures.js";

const PATIENCE_MS = 150; // how long the sharp picture may take before a small one is painted in its place
const RETRY_MS = [500, 1000, 2000, 4000]; // then the last one, for as long as the slide is wanted

// Paints slides into an element of the class `picture`. A slide stays until the next one's picture is decoded, so there is
// never a flash between two; on a slow line a small picture comes first and the sharp one replaces it. A picture that
// the page itself brought, <img data-key>, is taken over as it is.
//
// A slide that is HTML (facts: html) is put on the page as such, on a canvas that is scaled to the element; a drawing of
// it takes its place when the HTML cannot be had.
//
// Event "paint" (detail: { facts, step, width }) after each picture that reaches the page.
export class Stage extends EventTarget {
  #element;
  #pictures;
  #leaves;
  #leafStyle; // address of the style sheet that slides of HTML need
  #leaf = null; // the slide on the page, when it is HTML
  #image;
  #turn = 0; // counts calls of show(); an older one paints nothing
  #shown = null; // { key, facts, step, width }
  #zoom = 1;
  #cssWidth = null; // px
  #again = null; // timer of the next try for a sharper picture

  constructor(element, { media, leaf = "", pictures = new Pictures(media), leaves = new Leaves(media) }) {
    super();
    this.#element = element;
    this.#pictures = pictures;
    this.#leaves = leaves;
    this.#leafStyle = leaf;
    this.#image = element.querySelector("img");
    new ResizeObserver(() => this.#resized()).observe(element);
  }

  get element() {
    return this.#element;
  }

  get shown() {
    return this.#shown;
  }

  // Resolves to true once the picture is on the page, to false when a newer call came first.
  async show(facts, step = 0, { blank = "none" } = {}) {
    const turn = ++this.#turn;
    const key = pictureKey(facts, step);
    const wanted = { key, facts, step, turn };
    if (blank !== "none") this.blank(blank);
    const painted = key !== undefined && (await this.#bring(wanted));
    // What was covered is uncovered only with the right slide under it.
    if (turn === this.#turn) this.blank(blank);
    return painted;
  }

  blank(to) {
    this.#element.dataset.blank = to;
  }

  // Pictures of the slides that will probably come next, at the width this stage needs.
  preload(several) {
    for (const facts of several) {
      if (facts.html) this.#leaves.load(pictureKey(facts, 0)).catch(() => {});
      else this.#pictures.preload(facts, this.#width());
    }
  }

  // How much larger than its element the picture is looked at.
  zoom(factor) {
    this.#zoom = factor;
    this.#sharpen();
  }

  // Asking an element for its width makes the browser lay out the page on the spot, so it is asked once a size.
  #width() {
    this.#cssWidth ??= this.#element.clientWidth;
    return bestWidth(this.#cssWidth * this.#zoom);
  }

  #resized() {
    this.#cssWidth = null;
    if (this.#leaf) scale(this.#leaf, this.#element.clientWidth);
    this.#sharpen();
  }

  async #bring(wanted) {
    if (wanted.facts.html && (await this.#bringLeaf(wanted))) return wanted.turn === this.#turn;
    if (wanted.key === this.#shown?.key) {
      this.#shown = { ...wanted, width: this.#shown.width };
      this.#sharpen();
      return true;
    }
    if (!this.#shown && this.#image?.dataset.key === wanted.key && (await decodes(this.#image))) {
      const width = Number(/(\d+)\.webp$/.exec(this.#image.currentSrc)?.[1] ?? 0);
      return this.#became(this.#image, { ...wanted, width });
    }
    const width = this.#width();
    const ready = this.#pictures.take(wanted.key, width);
    // At once, before anything else happens: this is what makes a press feel like a press.
    return ready ? this.#became(sync(ready), { ...wanted, width }) : this.#load(wanted);
  }

  // The same slide at another step changes at once; another one is put in its place when it is complete.
  async #bringLeaf(wanted) {
    if (this.#leaf && wanted.key === this.#shown?.key) {
      atStep(this.#leaf, wanted.step);
      this.#leafPainted(wanted);
      return true;
    }
    try {
      const [section] = await Promise.all([this.#leaves.load(wanted.key), styled(this.#leafStyle)]);
      const images = [...section.querySelectorAll("img")].map((image) => image.decode().catch(() => {}));
      if (images.length > 0) await Promise.race([Promise.all(images), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
      if (wanted.turn === this.#turn) this.#putLeaf(section, wanted);
      return true;
    } catch {
      clearTimeout(this.#again);
      this.#again = setTimeout(() => wanted.turn === this.#turn && this.#bringLeaf(wanted), RETRY_MS.at(-1));
      return false;
    }
  }

  #putLeaf(section, wanted) {
    this.#element.style.setProperty("--ratio", wanted.facts.ratio);
    this.#element.dataset.painted = "";
    this.#element.prepend(section);
    scale(section, this.#element.clientWidth);
    fit(section);
    atStep(section, wanted.step);
    this.#leaf?.remove();
    this.#image?.remove();
    this.#image = null;
    this.#leaf = section;
    this.#leafPainted(wanted);
  }

  #leafPainted(wanted) {
    this.#shown = { ...wanted, width: WIDTHS.at(-1) }; // it is never less than sharp
    this.dispatchEvent(new CustomEvent("paint", { detail: this.#shown }));
  }

  async #load(wanted) {
    const width = this.#width();
    const sharp = this.#paintWhenReady(wanted, width);
    if (width === WIDTHS[0]) return sharp;
    const slow = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, "slow"));
    if ((await Promise.race([sharp, slow])) !== "slow") return sharp;
    return Promise.race([sharp, this.#paintWhenReady(wanted, WIDTHS[0])]);
  }

  async #paintWhenReady(wanted, width) {
    for (let tries = 0; wanted.turn === this.#turn; tries += 1) {
      try {
        const image = copy(await this.#pictures.load(wanted.key, width));
        await image.decode();
        return this.#became(image, { ...wanted, width });
      } catch {
        if (await this.#paintAnother(wanted, width)) return true; // and the sharp one comes when it can
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]));
      }
    }
    return false;
  }

  // The wanted rendition cannot be had, as without a network: another one may be in the browser's cache.
  async #paintAnother(wanted, width) {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#sharpen(), RETRY_MS.at(-1));
    for (const other of [...WIDTHS, THUMB].sort((a, b) => b - a)) {
      if (other === width || wanted.turn !== this.#turn) continue;
      const image = await this.#pictures.load(wanted.key, other).catch(() => null);
      if (image) return this.#became(copy(image), { ...wanted, width: other });
    }
    return false;
  }

  #became(image, wanted) {
    if (wanted.turn !== this.#turn) return false;
    if (wanted.key === this.#shown?.key && this.#shown.width >= wanted.width) return true; // the sharp one was faster
    image.className = "picture__image";
    image.alt = "";
    image.draggable = false;
    this.#element.style.setProperty("--ratio", wanted.facts.ratio);
    this.#element.dataset.painted = "";
    this.#leaf?.remove();
    this.#leaf = null;
    if (!this.#image) this.#element.prepend(image);
    else if (this.#image !== image) this.#image.replaceWith(image);
    this.#image = image;
    this.#shown = wanted;
    this.dispatchEvent(new CustomEvent("paint", { detail: wanted }));
    this.#sharpen();
    return true;
  }

  // The element has grown, is looked at more closely, or shows less than it could.
  #sharpen() {
    if (!this.#shown || this.#shown.turn !== this.#turn) return;
    const width = this.#width();
    if (width > this.#shown.width) this.#paintWhenReady(this.#shown, width);
  }
}

// A picture can be on several stages at once.
function copy(image) {
  return sync(image.cloneNode());
}

// On the page, it is painted with the rest of the frame and never a frame later.
function sync(image) {
  image.decoding = "sync";
  return image;
}

async function decodes(image) {
  try {
    await image.decode();
    return true;
  } catch {
    return false;
  }
}
