// Lets the service worker answer for the presenting pages. Resolves to false where a browser has none: over plain http, in
// some private windows, or when storage is refused.
export async function registerWorker(address, { navigator = globalThis.navigator, secure = globalThis.isSecureContext } = {}) {
  if (!secure || !navigator.serviceWorker || !globalThis.caches) return false;
  try {
    await navigator.serviceWorker.register(address, { updateViaCache: "none" });
    if (matchMedia("(display-mode: standalone)").matches) navigator.storage?.persist?.(); // an app is not asked about it
    return true;
  } catch {
    return false;
  }
}
