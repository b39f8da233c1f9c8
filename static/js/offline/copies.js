// The copies of talks that this device keeps for when there is no network: one cache for each talk and login. Notes are
// in them, so none outlives the login that made it.

const PREFIX = "presenter.copy ";

export const APP = `${PREFIX}app`; // what belongs to nobody: the page that stands in for one that cannot be had

const browser = () => ({
  caches: globalThis.isSecureContext ? globalThis.caches : undefined, // plain http has none, and some browsers an empty shell
});

export function nameOf({ login, talk }) {
  return `${PREFIX}${login} ${talk}`;
}

// { login, talk } of each copy here.
export async function copies({ caches } = browser()) {
  const names = caches ? await caches.keys().catch(() => []) : [];
  return names
    .filter((name) => name.startsWith(PREFIX) && name !== APP)
    .map((name) => {
      const [login, talk] = name.slice(PREFIX.length).split(" ");
      return { login, talk };
    });
}

// Frees what is not wanted any more: `wanted` says of { login, talk } whether it is.
export async function dropCopies(wanted = () => false, { caches } = browser()) {
  const gone = (await copies({ caches })).filter((copy) => !wanted(copy));
  await Promise.all(gone.map((copy) => caches.delete(nameOf(copy))));
  return gone;
}
