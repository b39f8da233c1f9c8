// The list of talks: open ones can be shared from here.
import { prepareHome } from "./offline/home.js";
import { announce } from "./ui/announce.js";
import { copyText } from "./ui/copy.js";
import { menus } from "./ui/menu.js";
import { scripted } from "./ui/scripted.js";

scripted();
menus();

for (const button of document.querySelectorAll("[data-copy]")) {
  const link = button.closest("article").querySelector("[data-link]");
  const words = button.querySelector("[data-copy-words]");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    words.textContent = (await copyText(link.href)) ? "Copied" : "Press and hold the link to copy it";
    announce(words.textContent);
    setTimeout(() => (words.textContent = before), 2500);
  });
}

prepareHome(JSON.parse(document.getElementById("offline").textContent));
