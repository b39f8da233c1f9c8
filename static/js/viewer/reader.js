const BULLET = /^[•◦▪‣·●○■□–—*-]\s+/;
const GOES_ON = /^\p{Ll}/u;
const BOX = 65535; // positions are parts of this of the slide's width and height

// What a slide says, as text of the page: hidden from sight while the picture is shown, and the page itself when the viewer
// prefers to read.
export class Reader {
  #number;
  #title;
  #text;
  #before;
  #beforeTitle;

  constructor(element, { back }) {
    const find = (name) => element.querySelector(`[data-reader-${name}]`);
    this.#number = find("number");
    this.#title = find("title");
    this.#text = find("text");
    this.#before = find("before");
    this.#beforeTitle = find("before-title");
    this.#before.addEventListener("click", back);
  }

  show({ number, title }, { text, links }) {
    this.#number.textContent = number;
    this.#number.parentElement.hidden = false;
    this.#title.textContent = title || `Slide ${number}`;
    this.#text.replaceChildren(...paragraphs(text, title), ...linkList(links));
  }

  // The same slide stands elsewhere in the deck now.
  renumber(number) {
    this.#number.textContent = number;
  }

  // The slide before the one that is read, as a way back.
  showBefore(before) {
    this.#before.hidden = !before;
    if (before) this.#beforeTitle.textContent = before.title || `Slide ${before.number}`;
  }
}

// The lines of a text without the title it repeats; lines with bullets become lists.
export function blocks(text, title) {
  const lines = text.split("\n").map((line) => line.trim());
  const words = (line) => line.replace(/\s+/g, " ").toLowerCase();
  let taken = "";
  let rest = lines.filter(Boolean);
  for (let count = 0; count < rest.length && taken.length < title.length; count += 1) {
    taken = `${taken} ${rest[count]}`.trim();
    if (words(taken) === words(title)) {
      rest = rest.slice(count + 1);
      break;
    }
  }
  return grouped(unwrapped(rest));
}

// A line that begins in lower case goes on from the line before; the slide was too narrow for it.
function unwrapped(lines) {
  const whole = [];
  for (const line of lines) {
    const before = whole.at(-1);
    if (before === undefined || !GOES_ON.test(line)) whole.push(line);
    else whole.splice(-1, 1, before.endsWith("-") ? before + line : `${before} ${line}`);
  }
  return whole;
}

function grouped(lines) {
  const found = [];
  for (const line of lines) {
    const bullet = BULLET.test(line);
    const words = line.replace(BULLET, "");
    if (bullet && found.at(-1)?.items) found.at(-1).items.push(words);
    else found.push(bullet ? { items: [words] } : { line });
  }
  return found;
}

function paragraphs(text, title) {
  return blocks(text, title).map(({ items, line }) => {
    if (!items) return withText("p", line);
    const list = document.createElement("ul");
    list.append(...items.map((item) => withText("li", item)));
    return list;
  });
}

function linkList(links) {
  const addresses = [...new Set(links.map((link) => link[4]).filter(isAddress))];
  if (addresses.length === 0) return [];
  const list = document.createElement("ul");
  list.className = "viewer__addresses";
  list.append(
    ...addresses.map((address) => {
      const item = document.createElement("li");
      item.append(anchor(address, spoken(address)));
      return item;
    }),
  );
  return [list];
}

// The links of a slide as areas over its picture. `mayGoto` says whether a slide may be looked at.
export function showLinks(layer, links, { mayGoto, goto }) {
  layer.replaceChildren(
    ...links.flatMap(([x, y, width, height, target]) => {
      let area;
      if (isAddress(target)) {
        area = anchor(target, "");
        area.setAttribute("aria-label", spoken(target));
      } else if (Number.isInteger(target) && mayGoto(target)) {
        area = document.createElement("button");
        area.type = "button";
        area.setAttribute("aria-label", `Go to slide ${target}`);
        area.addEventListener("click", () => goto(target));
      } else {
        return [];
      }
      area.className = "viewer__link";
      area.draggable = false;
      for (const [name, part] of Object.entries({ left: x, top: y, width, height })) {
        area.style[name] = `${(part / BOX) * 100}%`;
      }
      return [area];
    }),
  );
}

function anchor(address, text) {
  const link = withText("a", text);
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function withText(tag, text) {
  const element = document.createElement(tag);
  element.dir = "auto";
  element.textContent = text;
  return element;
}

// Only what opens another page; a file can hold any other scheme, too.
export function isAddress(target) {
  try {
    return typeof target === "string" && ["http:", "https:"].includes(new URL(target).protocol);
  } catch {
    return false;
  }
}

function spoken(address) {
  const { host, pathname } = new URL(address);
  return pathname.length > 1 ? `${host}${pathname}` : host;
}
