import { deviceId } from "../device/identity.js";
import { Connection } from "./connection.js";

// The server's word about this person's imports. Event "import" (detail: a frame) and "all" (detail: the ids of all that
// are open or undismissed, the first thing after connecting).
export class Imports extends EventTarget {
  #connection = new Connection({ url: "/ws/imports/", device: deviceId(), role: "presenter" });

  constructor() {
    super();
    this.#connection.addEventListener("frame", ({ detail }) => {
      if (detail.type === "import") this.dispatchEvent(new CustomEvent("import", { detail }));
      if (detail.type === "imports") this.dispatchEvent(new CustomEvent("all", { detail: detail.ids }));
    });
  }

  open() {
    this.#connection.open();
  }
}
