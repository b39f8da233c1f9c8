// Stands in for a page that cannot be had without a network: which talks are on this device.
import { copies, nameOf } from "./copies.js";

const AGAIN_MS = 5000;

const list = document.querySelector("[data-copies]");
const row = document.querySelector("[data-copy-row]");
const retry = document.querySelector("[data-retry]");

async function show() {
  const found = (await Promise.all((await copies()).map(read))).filter(Boolean);
  list.replaceChildren(...found.map(drawn));
  list.hidden = found.length === 0;
  document.querySelector("[data-some]").hidden = found.length === 0;
  document.querySelector("[data-none]").hidden = found.length > 0;
}

// What the copied page says of its talk, or null when the copy is not whole.
async function read(copy) {
  const address = `/talks/${copy.talk}/present/`;
  const answer = await (await caches.open(nameOf(copy))).match(address, { ignoreVary: true });
  if (!answer) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const { title, state } = JSON.parse(page.getElementById("page").textContent);
  return { address, title, slides: state.slides };
}

function drawn({ address, title, slides }) {
  const item = row.content.cloneNode(true);
  item.querySelector("a").href = address;
  item.querySelector("[data-title]").textContent = title;
  item.querySelector("[data-slides]").textContent = slides === 1 ? "1 slide" : `${slides} slides`;
  return item;
}

// Only a page that the worker put in place of another one has something to go back to.
const standsIn = location.pathname !== "/talks/away/";

async function again() {
  const answer = await fetch(location.pathname, { method: "HEAD", cache: "no-store" }).catch(() => null);
  if (answer?.ok && standsIn) location.reload();
  else setTimeout(again, AGAIN_MS);
}

retry.addEventListener("click", () => (standsIn ? location.reload() : location.assign("/talks/")));
addEventListener("online", () => standsIn && location.reload());
if (standsIn) setTimeout(again, AGAIN_MS);
show();
