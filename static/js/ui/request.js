const SILENCE_MS = 60_000; // without a byte moving, the line is dead whatever the browser thinks

// One HTTP request whose sending can be watched, which fetch cannot. Resolves to { status, data }, where data is null
// unless the answer is JSON; rejects with `Broken` when the server cannot be reached, and with `Stopped` after an abort.
export function ask(method, url, { body = null, headers = {}, signal = null, progress = () => {} } = {}, tools = {}) {
  const { XMLHttpRequest = globalThis.XMLHttpRequest } = tools;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new Stopped());
      return;
    }
    const request = new XMLHttpRequest();
    let timer = null;
    const breaks = () => settle(reject, signal?.aborted ? new Stopped() : new Broken());
    const stop = () => request.abort();
    const settle = (how, what) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      how(what);
    };
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(stop, SILENCE_MS);
    };
    request.upload?.addEventListener("progress", ({ loaded }) => {
      alive();
      progress(loaded);
    });
    request.addEventListener("load", () => settle(resolve, { status: request.status, data: parsed(request.responseText) }));
    for (const end of ["error", "timeout", "abort"]) request.addEventListener(end, breaks);
    signal?.addEventListener("abort", stop);
    request.open(method, url);
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    alive();
    request.send(body);
  });
}

export class Broken extends Error {}
export class Stopped extends Error {}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
