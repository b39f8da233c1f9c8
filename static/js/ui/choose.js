// Buttons instead of the browser's file input: [data-choose="id of the input"], now or later on the page.
export function chooser(input, take) {
  input.tabIndex = -1; // the button is what one tabs to
  input.setAttribute("aria-hidden", "true");
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-choose]")?.dataset.choose === input.id) input.click();
  });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    if (files.length) take(files);
  });
}
