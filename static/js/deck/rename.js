import { post } from "../ui/scripted.js";

// The title changes in place; without scripts the same form loads the page again.
export function rename(element) {
  const heading = element.querySelector("[data-title-text]");
  const details = element.querySelector("[data-rename]");
  const form = element.querySelector("[data-rename-form]");
  const field = form.elements.title;
  const error = form.querySelector("[data-rename-error]");

  function close() {
    details.open = false;
    details.querySelector("summary").focus();
  }

  function complain(sentence) {
    error.textContent = sentence;
    field.toggleAttribute("aria-invalid", sentence !== "");
    if (sentence) field.setAttribute("aria-invalid", "true");
  }

  details.addEventListener("toggle", () => {
    if (!details.open) return;
    field.select();
    field.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    field.value = heading.textContent;
    complain("");
    close();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (field.value === heading.textContent) return close();
    try {
      const { data } = await post(form.action, { title: field.value });
      if (!data?.saved) return complain(data?.error ?? "This was not saved. Load the page again and try once more.");
      heading.textContent = field.value = data.title;
      document.title = `${data.title} · Presenter`;
      complain("");
      close();
    } catch {
      complain("No connection. The title is not saved yet; try again.");
    }
  });
}
