// Typing a join code: one real input, drawn as eight cells.
import { codeField } from "./ui/codefield.js";
import { menus } from "./ui/menu.js";
import { scripted } from "./ui/scripted.js";

scripted();
menus();
for (const form of document.querySelectorAll("[data-code-form]")) codeField(form);
