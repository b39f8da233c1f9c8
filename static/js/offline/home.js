import { Copy } from "./copy.js";
import { dropCopies } from "./copies.js";
import { registerWorker } from "./register.js";

// Where the app begins: it opens from the Home Screen without a network too, and talks that are over take no room.
export async function prepareHome({ login, worker, away, open }) {
  await dropCopies((copy) => copy.login === login && open.includes(copy.talk));
  if (await registerWorker(worker)) await new Copy(null).take(away).catch(() => {}); // the next visit tries again
}
