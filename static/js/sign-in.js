// Nobody is signed in here: what this device kept for a login goes with it.
import { dropCopies } from "./offline/copies.js";
import { forgetPlaces } from "./present/resume.js";
import { forgetUploads } from "./ui/unfinished.js";

forgetPlaces();
forgetUploads();
dropCopies();
