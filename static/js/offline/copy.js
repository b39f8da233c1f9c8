import { APP, nameOf } from "./copies.js";

const AT_A_TIME = 4;
const LINKS = "link[rel=stylesheet], link[rel=modulepreload], link[rel=icon], link[rel=manifest]";
const INK = /\/ink\.json\?slide=/; // comes and goes with what is written (ink/copy.js)
const PICTURE = /\/media\/slides\/(?:..)\/([^/]+)\//;

const browser = () => ({
  caches: globalThis.caches,
  fetch: globalThis.fetch.bind(globalThis),
  parse: (html) => new DOMParser().parseFromString(html, "text/html"),
  now: Date.now,
  origin: globalThis.location?.origin,
});

// The copy of one page with all that it needs to run without a network. The page is written last, so that a copy is never
// of two versions: until then the earlier one and its files stay.
export class Copy {
  #name;
  #tools;
  #cache = null;

  constructor(whose, tools = {}) {
    this.#name = whose ? nameOf(whose) : APP;
    this.#tools = { ...browser(), ...tools };
  }

  // Takes the page as the server has it now. `more(page)` names what else belongs to it, from what its scripts are told;
  // `keys()` are those of the slide pictures that do. Rejects when it cannot be had, and leaves what there was.
  async take(address, { more = () => [], keys = () => [] } = {}) {
    const answer = await this.#get(address);
    const html = await answer.text();
    const page = this.#tools.parse(html);
    const files = new Set([...linked(page), ...more(told(page))].map((url) => this.#path(url)).filter(Boolean));
    await this.#fetchAll([...files]);
    await this.#put(address, copyOf(html, answer, this.#tools.now()));
    await this.#prune(new Set([...files, address]), new Set(keys()));
  }

  // The paths that are here.
  async paths() {
    const cache = await this.#open();
    return new Set((await cache.keys()).map(({ url }) => this.#path(url)));
  }

  async put(path, answer) {
    await this.#put(path, answer);
  }

  // What is kept under a path, or undefined.
  async get(path) {
    return (await this.#open()).match(path, { ignoreVary: true });
  }

  #open() {
    this.#cache ??= this.#tools.caches.open(this.#name);
    return this.#cache;
  }

  async #put(path, answer) {
    await (await this.#open()).put(path, answer);
  }

  async #get(path) {
    const answer = await this.#tools.fetch(path, { credentials: "same-origin", priority: "low" });
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    return answer;
  }

  async #fetchAll(files) {
    const here = await this.paths();
    const wanted = files.filter((path) => !lasting(path) || !here.has(path));
    const next = async () => {
      for (let path = wanted.shift(); path; path = wanted.shift()) await this.#put(path, await this.#get(path));
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, next));
  }

  // What an earlier version needed, and slides that are not in the deck any more.
  async #prune(wanted, keys) {
    const cache = await this.#open();
    for (const { url } of await cache.keys()) {
      const path = this.#path(url);
      if (INK.test(path)) continue;
      const picture = PICTURE.exec(path)?.[1];
      if (picture ? !keys.has(picture) : !wanted.has(path)) await cache.delete(url);
    }
  }

  // Null for what is somewhere else.
  #path(url) {
    const { origin, pathname, search } = new URL(url, this.#tools.origin);
    return origin === this.#tools.origin ? pathname + search : null;
  }
}

const lasting = (path) => path.startsWith("/static/") || path.startsWith("/media/");

function linked(page) {
  const links = [...page.querySelectorAll(LINKS)].map((link) => link.getAttribute("href"));
  const scripts = [...page.querySelectorAll("script[src]")].map((script) => script.getAttribute("src"));
  return [...links, ...scripts];
}

function told(page) {
  const text = page.getElementById("page")?.textContent;
  return text ? JSON.parse(text) : {};
}

// A page that knows that it is a copy, and how old: what it says of the time was true then.
function copyOf(html, { headers }, now) {
  const kept = new Headers(headers);
  for (const name of ["content-encoding", "content-length", "set-cookie"]) kept.delete(name);
  return new Response(html.replace("<html ", `<html data-copied="${now}" `), { headers: kept });
}
