// What this device remembers by name, as JSON: in localStorage, or in memory where that is refused or full.
export function safeShelf(storage = () => globalThis.localStorage) {
  const memory = new Map();
  const guarded = (act, otherwise) => {
    try {
      return act(storage());
    } catch {
      return otherwise;
    }
  };
  return {
    get(name) {
      if (memory.has(name)) return memory.get(name);
      return guarded((shelf) => JSON.parse(shelf.getItem(name)), null);
    },
    set(name, value) {
      memory.set(name, value);
      guarded((shelf) => {
        shelf.setItem(name, JSON.stringify(value));
        memory.delete(name); // what lies in a storage that is full is older
      });
    },
    remove(name) {
      memory.delete(name);
      guarded((shelf) => shelf.removeItem(name));
    },
  };
}
