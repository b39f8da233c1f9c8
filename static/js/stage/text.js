import { pictureUrl } from "./pictures.js";

const NOTHING = { title: "", text: "", lines: [], links: [] };
const known = new Map(); // url -> promise

// What a slide says: { title, text, lines, links }. Never rejects; a text that could not be fetched is asked for again.
export function slideText(media, key, { fetch = globalThis.fetch } = {}) {
  const url = pictureUrl(media, key, "text").replace(/webp$/, "json");
  if (!known.has(url)) {
    known.set(
      url,
      load(url, fetch).catch(() => {
        known.delete(url);
        return NOTHING;
      }),
    );
  }
  return known.get(url);
}

async function load(url, fetch) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return { ...NOTHING, ...(await answer.json()) };
}
