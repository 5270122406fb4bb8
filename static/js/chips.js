// Pipes as labelled chips: a picture of the text over a value field that is not being edited. The field below
// stays what it is: for screen readers, for undo and paste, in print and in forced colours.
import { findPipes, makeLabels } from "./pipes.js";

const LONGEST = 2000; // characters; a longer value is only text
const form = document.getElementById("step-form");
const labelOf = makeLabels(document.querySelectorAll("#pipe-options [data-pipe]"));
const drawn = new WeakMap(); // field -> the text that its picture shows
const near = new Set();
const { unknown } = document.getElementById("pipe-menu").dataset;

const shorten = (label, most) => (label.length > most ? `${label.slice(0, most - 1)}…` : label);

function makeChip(text, pipe, isAlone) {
  const label = pipe.isClosed ? shorten(labelOf(pipe.head), isAlone ? 40 : 20) : "";
  const chip = document.createElement("span");
  chip.className = label ? "chip" : "chip is-unknown";
  chip.append(label || text.slice(pipe.start, pipe.end));
  if (label && pipe.filters) {
    const filters = document.createElement("small");
    filters.append(pipe.filters);
    chip.append(" ", filters);
  }
  return chip;
}

/** Draws a field's picture if its text is another one now. */
function draw(field) {
  const text = field.value;
  if (drawn.get(field) === text) return;
  drawn.set(field, text);
  const pipes = text.length <= LONGEST && text.includes("{") ? findPipes(text) : [];
  let picture = field.nextElementSibling;
  if (!picture?.matches(".chips")) picture = null;
  field.removeAttribute("title");
  if (!pipes.length) {
    picture?.remove();
    return;
  }
  if (!picture) {
    picture = Object.assign(document.createElement("div"), { className: "chips mono", dir: "auto" });
    picture.setAttribute("aria-hidden", "true");
    field.after(picture);
  }
  picture.replaceChildren(
    ...pipes.flatMap((pipe, index) => [text.slice(pipes[index - 1]?.end ?? 0, pipe.start), makeChip(text, pipe, pipes.length === 1)]),
    text.slice(pipes.at(-1).end),
  );
  const wrong = pipes.filter((pipe) => !pipe.isClosed || !labelOf(pipe.head));
  if (wrong.length) field.title = `${unknown}: ${wrong.map((pipe) => text.slice(pipe.start, pipe.end)).join(" ")}`;
}

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) near.delete(target);
      else {
        near.add(target);
        if (target !== document.activeElement) draw(target);
      }
    }
  },
  { rootMargin: "600px 0px" },
);

/** Fields that came are watched, and what changed in those near the screen is drawn. */
function look() {
  for (const field of form.querySelectorAll(".with-pipe > :first-child")) {
    if (!drawn.has(field)) {
      drawn.set(field, "");
      observer.observe(field);
    }
  }
  for (const field of near) {
    if (!field.isConnected) near.delete(field);
    else if (field !== document.activeElement) draw(field);
  }
}

look();
form.addEventListener("input", ({ target }) => target === form && look());
form.addEventListener("focusout", ({ target }) => drawn.has(target) && draw(target));
