// The service worker of the presenting pages. Pages put copies of themselves, with all they need, into caches (copy.js);
// this answers from them when the server does not.
//
// A page comes from the server whenever that answers in time, so nobody ever sees an old version of it while there is a
// new one to be had. What cannot change under its name comes from a copy first.

const PREFIX = "presenter.copy ";
const AWAY = "/talks/away/";
const PATIENCE_MS = 3000; // with a network that neither answers nor fails

const PRESENTING = /^\/talks\/([\w-]+)\/present\/$/;
const FACTS = /^\/(?:talks\/[\w-]+\/(?:slides|times|words)\.json|t\/[\w-]+\/qr\.svg)$/;
const LASTING = /^\/static\/.+\.[0-9a-f]{12}\.[a-z0-9]+$|^\/media\/slides\/../;
const PICTURE = /^(\/media\/slides\/.*\/)(?:640|1280|2560)\.webp$/;
const WIDTHS = [2560, 1280, 640]; // px
const GONE = new Set([401, 403, 404, 410]);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const answer = answerTo(event.request);
  if (answer) event.respondWith(answer);
});

// Null leaves a request alone.
function answerTo(request) {
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return null;
  if (request.mode === "navigate") {
    const talk = PRESENTING.exec(pathname)?.[1];
    if (talk) return presenting(request, talk);
    return pathname === "/talks/" ? otherPage(request) : null;
  }
  if (LASTING.test(pathname)) return lasting(request, pathname);
  return FACTS.test(pathname) && !search ? facts(request) : null;
}

async function presenting(request, talk) {
  const copy = await copied(request);
  const answer = await fromServer(request, copy);
  if (!answer) return copy ?? away();
  // The server's word: the talk is over, or whoever asks has no business with it any more. It answers both with another
  // page or with none.
  if (answer.type === "opaqueredirect" || GONE.has(answer.status)) await forget(talk);
  return answer;
}

async function otherPage(request) {
  const page = await away();
  return (await fromServer(request, page)) ?? page;
}

async function facts(request) {
  const copy = await copied(request);
  return (await fromServer(request, copy)) ?? copy ?? Response.error();
}

async function lasting(request, pathname) {
  const copy = await copied(request);
  if (copy) return copy;
  try {
    return await fetch(request);
  } catch (error) {
    const other = await otherWidth(pathname);
    if (other) return other;
    throw error;
  }
}

// The server's answer, or null when there is none that helps. Without anything in its place there is no haste.
async function fromServer(request, instead) {
  const answer = fetch(request).then(
    (response) => (response.status >= 500 && instead ? null : response),
    () => null,
  );
  if (!instead) return answer;
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS, null)));
  const first = await Promise.race([answer, late]);
  clearTimeout(timer);
  return first;
}

function copied({ url }) {
  return self.caches.match(url, { ignoreVary: true });
}

// A tablet that was turned wants another width than the one that was copied.
async function otherWidth(pathname) {
  const folder = PICTURE.exec(pathname)?.[1];
  if (!folder) return null;
  for (const width of WIDTHS) {
    const copy = await self.caches.match(`${folder}${width}.webp`);
    if (copy) return copy;
  }
  return null;
}

async function away() {
  return (await self.caches.match(AWAY, { ignoreVary: true })) ?? Response.error();
}

async function forget(talk) {
  const names = await self.caches.keys();
  const gone = names.filter((name) => name.startsWith(PREFIX) && name.endsWith(` ${talk}`));
  await Promise.all(gone.map((name) => self.caches.delete(name)));
}
