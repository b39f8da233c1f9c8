// The title and the description of the slide that is open, in its editor. Resolves what was typed with the server.
export class WordsForm {
  #element;
  #form;
  #edits;
  #id;
  #item;

  constructor(element, { edits, item, id, url }) {
    this.#element = element;
    this.#form = element.querySelector("[data-words-form]");
    this.#edits = edits;
    this.#id = id;
    this.#item = item;
    const { title } = this.#form.elements;
    title.value = item.querySelector("[data-slide-title]").textContent;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(event.submitter);
    });
    this.#form.addEventListener("input", () => this.#say("Not saved yet"));
    this.#tellHidden();
    this.#describe(url);
  }

  // What a slide of HTML says is the slide itself.
  async #describe(url) {
    const isHtml = this.#item.hasAttribute("data-html");
    const { text } = this.#form.elements;
    this.#part("described").hidden = isHtml;
    text.disabled = true; // until it is known what stands there
    if (isHtml) return;
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    text.value = (await answer.json()).text;
    text.disabled = false;
  }

  async #save(button) {
    const { title, text } = this.#form.elements;
    const words = { title: title.value, ...(text.disabled ? {} : { text: text.value }) };
    const facts = button?.name === "hidden" ? { hidden: button.value } : words;
    this.#say("Saving");
    const { error } = await this.#edits.change([this.#id], facts);
    this.#say(error ?? "Saved");
    this.#tellHidden();
  }

  #tellHidden() {
    const hidden = this.#item.hasAttribute("data-hidden");
    const button = this.#part("hide");
    button.value = hidden ? "no" : "yes";
    button.textContent = hidden ? "Show this slide" : "Hide this slide";
  }

  #say(words) {
    this.#part("state").textContent = words;
  }

  #part(name) {
    return this.#element.querySelector(`[data-words-${name}]`);
  }
}
