// The preview follows what is typed: it keeps its place, says when it is out of date, and speaks on a pause.
import "./patch.js";
import { announce, takeFocus } from "./tributary.js";

const PAUSE = 1200; // ms
const boxes = () => [...document.querySelectorAll("#preview-json, #preview-mapped")];
const find = () => new Map(boxes().map((box) => [box.id, box]));
const scrolled = new Map();
let shown = find();
const verdict = () => document.querySelector("#preview .verdict")?.textContent;
let spoken = verdict();
let speaking;

document.addEventListener("scroll", ({ target }) => scrolled.set(target.id, target.scrollTop), true);

document.addEventListener("htmx:afterSettle", (event) => {
  const swapped = event.detail.elt;
  if (swapped.id === "preview") {
    for (const box of boxes()) if (box !== shown.get(box.id)) box.scrollTop = scrolled.get(box.id) ?? 0;
    shown = find();
    document.getElementById("preview-stale").hidden = true;
    clearTimeout(speaking);
    speaking = setTimeout(() => verdict() !== spoken && announce((spoken = verdict())), PAUSE);
  }
  // The target of an outerHTML swap is gone by now, so the shared handler does not see what came in its place.
  const wanted = swapped.matches("[data-focus]") ? swapped : swapped.querySelector("[data-focus]");
  if (wanted) takeFocus(wanted);
  const words = swapped.matches("[data-announce]") ? swapped : swapped.querySelector("[data-announce]");
  if (words) announce(words.textContent.trim());
});

for (const type of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(type, (event) => {
    if (event.detail.target?.id === "preview") document.getElementById("preview-stale").hidden = false;
  });
}
