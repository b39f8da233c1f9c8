// Where the code of a hall's screen leads: what was scanned waits behind the #, and a press on a talk sends it along.
const form = document.querySelector("[data-approve]");
const link = location.hash.slice(1);

if (form && link) {
  form.querySelector("[data-link]").value = link;
  form.querySelector("[data-typed]").hidden = true;
  history.replaceState(null, "", location.pathname);
}
