// One-click fixes of the findings, in place: undo takes them back. What is not on this page, the server mends.
import { form, tell } from "./rows.js";
import { announce } from "./tributary.js";

const PARTS = { set_key: "key", set_value: "value", set_type: "type" };
const fixes = () => [...document.querySelectorAll("#preview [data-fix]")].filter((button) => button.offsetParent);
let next; // {index, field}: where the focus goes when the preview has come

/** The control that a fix "<where> <kind> <text>" sets, if it is on this page. */
function find(where, kind) {
  const id = where.startsWith("row-") ? `${where}-${PARTS[kind]}` : `id_${where}`;
  return form.querySelector(`#${CSS.escape(id)}`);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fix]");
  if (!button) return;
  const [, where, kind, text] = button.value.match(/^(\S+) (\S+) ([^]*)$/);
  const field = find(where, kind);
  if (!field) return;
  event.preventDefault();
  if (event.detail > 1) return; // a double click is one fix: the second may be on another by now
  next = { index: fixes().indexOf(button), field };
  field.value = text;
  button.disabled = true;
  tell();
  announce(`${form.dataset.fixed}: ${button.textContent.trim()}`);
});

/** Whoever mends the findings one by one stays in their list; after the last, in the field that was mended. */
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.elt.id !== "preview" || !next) return;
  const { index, field } = next;
  next = undefined;
  if (document.activeElement !== document.body) return;
  const left = fixes();
  (left[Math.min(index, left.length - 1)] ?? field).focus({ preventScroll: left.length > 0 });
});
