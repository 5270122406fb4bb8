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

/** htmx sends a form to the address of the button in it that has the focus: a preview is asked for at its own. */
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.target.id === "preview") detail.path = detail.elt.getAttribute("hx-post");
});

/** A button that came to nothing is told of where its results are told. */
function sayNoAnswer() {
  const notice = document.getElementById("step-notice");
  if (!notice) return;
  const textContent = document.getElementById("announcer").dataset.noAnswer;
  notice.className = "notice error-notice";
  notice.replaceChildren(Object.assign(document.createElement("p"), { textContent }));
  notice.hidden = false;
  notice.focus();
}

for (const type of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(type, (event) => {
    if (event.detail.target?.id === "preview") document.getElementById("preview-stale").hidden = false;
    else sayNoAnswer();
  });
}
