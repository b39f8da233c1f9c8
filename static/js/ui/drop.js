// Files that are dragged over the page: the whole page takes them. `accept` gets a list of files, `describe` the number
// that hovers and gives the words for it.
export function drop(overlay, { accept, describe }) {
  let depth = 0; // dragenter and dragleave come for every element on the way
  const title = overlay.querySelector("[data-drop-title]");

  const leave = () => {
    depth = 0;
    overlay.hidden = true;
  };

  document.addEventListener("dragenter", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth += 1;
    title.textContent = describe([...event.dataTransfer.items].filter(({ kind }) => kind === "file").length || 1);
    overlay.hidden = false;
  });
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("dragleave", (event) => {
    if (!holdsFiles(event)) return;
    depth -= 1;
    if (depth <= 0) leave();
  });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    leave();
    const files = [...event.dataTransfer.files].filter((file) => file.size > 0 || file.type);
    if (files.length) accept(files);
  });
}

function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}
