// The whole screen for one element: the browser's own full screen where there is one (not on an iPhone), and the window
// filled edge to edge in any case. The element carries [data-filled] meanwhile. Event "change".
export class Fill extends EventTarget {
  #element;

  constructor(element) {
    super();
    this.#element = element;
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement && this.filled) this.#became(false);
    });
  }

  get filled() {
    return this.#element.hasAttribute("data-filled");
  }

  toggle() {
    if (this.filled) this.leave();
    else this.enter();
  }

  enter() {
    this.#became(true);
    // Refused outside a press or by the page's setting; the filled window is enough then.
    document.documentElement.requestFullscreen?.({ navigationUI: "hide" }).catch(() => {});
  }

  leave() {
    this.#became(false);
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  }

  #became(filled) {
    this.#element.toggleAttribute("data-filled", filled);
    this.dispatchEvent(new Event("change"));
  }
}
