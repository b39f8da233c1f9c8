// Slide pictures by key and width, loaded once and decoded before anybody paints them.

export const THUMB = 320; // px
export const WIDTHS = [640, 1280, 2560]; // px, of the renditions of a slide picture

const KEPT = 12; // decoded pictures; 2560 px ones are 15 MB each, and an iPad has little to spare

export function pictureUrl(media, key, width) {
  return `${media}${key.slice(0, 2)}/${key}/${width === THUMB ? "thumb" : width}.webp`;
}

// The picture of a step, or the nearest one there is. `first` is the step of the first picture that the facts hold.
export function pictureKey({ pictures, first = 0 }, step) {
  return pictures[Math.max(0, Math.min(step - first, pictures.length - 1))];
}

// The rendition that fills so many CSS pixels sharply. A little stretch cannot be seen, four times the bytes can be felt.
export function bestWidth(cssPx, ratio = globalThis.devicePixelRatio ?? 1) {
  const needed = cssPx * ratio * 0.9;
  return WIDTHS.find((width) => width >= needed) ?? WIDTHS.at(-1);
}

export class Pictures {
  #media;
  #kept = new Map(); // url -> promise, the oldest use first
  #decoded = new Map(); // url -> image, of those kept
  #newImage;

  constructor(media, { newImage = () => new Image() } = {}) {
    this.#media = media;
    this.#newImage = newImage;
  }

  // The decoded image. It belongs to this cache: who paints it makes a copy.
  load(key, width) {
    const url = pictureUrl(this.#media, key, width);
    let picture = this.#kept.get(url);
    this.#kept.delete(url);
    if (!picture) {
      const image = this.#newImage();
      image.src = url;
      picture = image.decode().then(() => {
        if (this.#kept.get(url) === picture) this.#decoded.set(url, image);
        return image;
      });
      picture.catch(() => this.#kept.delete(url)); // so that the next one who asks tries again
    }
    this.#kept.set(url, picture);
    if (this.#kept.size > KEPT) this.#forget(this.#kept.keys().next().value);
    return picture;
  }

  // The image itself, to be painted without waiting; null when it is not decoded yet. Another one takes its place here,
  // because a copy is not complete until the browser has looked at it, and that is a frame later.
  take(key, width) {
    const url = pictureUrl(this.#media, key, width);
    const image = this.#decoded.get(url);
    if (!image) return null;
    this.#forget(url);
    this.load(key, width).catch(() => {});
    return image;
  }

  // Fetches what will probably be shown. Nobody waits for it, so nobody hears when it fails.
  preload(facts, width) {
    for (const key of facts.pictures) this.load(key, width).catch(() => {});
  }

  #forget(url) {
    this.#kept.delete(url);
    this.#decoded.delete(url);
  }
}
