const NAME = "presenter.ink";
const STORE = "changes";

// Keeps the unanswered changes of a talk's ink in IndexedDB, and nowhere where that is refused: the page itself has them.
export function inkShelf(talk, indexed = globalThis.indexedDB) {
  let opening = null;

  function open() {
    opening ??= new Promise((resolve, reject) => {
      const request = indexed.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["talk", "ref"] });
      request.onsuccess = () => resolve(request.result);
      request.onerror = request.onblocked = () => reject(request.error);
    });
    return opening;
  }

  async function ask(mode, act) {
    try {
      const store = (await open()).transaction(STORE, mode).objectStore(STORE);
      return await new Promise((resolve, reject) => {
        const request = act(store);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    } catch {
      return null;
    }
  }

  return {
    async all() {
      const kept = await ask("readonly", (store) => store.getAll(IDBKeyRange.bound([talk, 0], [talk, Infinity])));
      return (kept ?? []).map(({ message }) => message);
    },
    put: (message) => ask("readwrite", (store) => store.put({ talk, ref: message.ref, message })),
    remove: (ref) => ask("readwrite", (store) => store.delete([talk, ref])),
  };
}
