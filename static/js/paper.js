// Pages on paper that need nothing but the frame: menus that close by themselves.
import { menus } from "./ui/menu.js";
import { scripted } from "./ui/scripted.js";

scripted();
menus();
