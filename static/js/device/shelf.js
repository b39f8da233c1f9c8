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
      const text = guarded((shelf) => shelf.getItem(name), null);
      try {
        return text === null ? memory.get(name) ?? null : JSON.parse(text);
      } catch {
        return null;
      }
    },
    set(name, value) {
      memory.set(name, value);
      guarded((shelf) => shelf.setItem(name, JSON.stringify(value)));
    },
    remove(name) {
      memory.delete(name);
      guarded((shelf) => shelf.removeItem(name));
    },
  };
}
