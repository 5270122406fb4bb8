// The rows of the mapping: reading, filling, adding, removing and moving them in the page.
import { announce } from "./tributary.js";

export const PARTS = ["key", "value", "type", "if", "default"];
export const form = document.getElementById("step-form");
const template = document.getElementById("row-template");
const adder = document.getElementById("add-row");

export const list = () => document.getElementById("rows");
export const rows = () => [...list().getElementsByClassName("map-row")];
export const numberOf = (row) => row.id.slice(4);
export const placeOf = (row) => rows().indexOf(row) + 1;
export const control = (row, part) => row.querySelector(`#${row.id}-${part}`);

/** What the row's controls say, in the order of PARTS. */
export const readRow = (row) => PARTS.map((part) => control(row, part).value);

export function fillRow(row, values) {
  PARTS.forEach((part, index) => {
    const field = control(row, part);
    if (field.value === values[index]) return;
    field.value = values[index];
    // A type or a rule that there is not stays to be seen, as on the server.
    if (field.value !== values[index] && field.options) field.add(new Option(values[index], values[index], true, true));
  });
}

/** A blank row under a number that no row has: the template has 0 in its ids and its labels. */
export function makeRow(number = 1 + Math.max(0, ...rows().map(numberOf))) {
  const row = template.content.firstElementChild.cloneNode(true);
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      if (name === "aria-label") element.setAttribute(name, value.replace("0", number));
      else if (name === "value" && value === "0") element.value = number;
      else if (value.includes("row-0")) element.setAttribute(name, value.replaceAll("row-0", `row-${number}`));
    }
  }
  return row;
}

/** Says one of the list's sentences, such as "Field {n} moved to place {place}." */
export function say(sentence, row, values = {}) {
  const known = { n: numberOf(row), place: placeOf(row), count: rows().length, ...values };
  announce(list().dataset[sentence].replace(/\{(\w+)\}/g, (_all, name) => known[name]));
}

/** Tells the preview, the history and the chips that the rows are others now. */
export const tell = () => form.dispatchEvent(new Event("input", { bubbles: true }));

export function add(row, before = null) {
  list().insertBefore(row, before);
  control(row, "key").focus();
  row.scrollIntoView({ block: "nearest" });
}

/** One place up (-1) or down (1), by moving the neighbour: so the row keeps the focus. Whether there was room. */
export function step(row, by) {
  const neighbour = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!neighbour) return false;
  if (by < 0) row.after(neighbour);
  else row.before(neighbour);
  row.scrollIntoView({ block: "nearest" });
  return true;
}

function move(row, by) {
  if (!step(row, by)) return;
  say("moved", row);
  tell();
}

const ACTIONS = {
  remove(row) {
    const near = row.nextElementSibling ?? row.previousElementSibling;
    say("removed", row);
    row.remove();
    (near ? control(near, "key") : adder).focus();
    tell();
  },
  duplicate(row) {
    const copy = makeRow();
    fillRow(copy, readRow(row));
    add(copy, row.nextElementSibling);
    say("duplicated", row, { copy: numberOf(copy) });
    tell();
  },
  up: (row) => move(row, -1),
  down: (row) => move(row, 1),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("#rows button[name], #add-row");
  if (!button) return;
  event.preventDefault();
  if (button === adder) {
    add(makeRow());
    tell();
    return;
  }
  const menu = button.closest("details");
  if (menu) {
    menu.open = false;
    menu.firstElementChild.focus();
  }
  ACTIONS[button.name](button.closest(".map-row"));
});

document.addEventListener("keydown", (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const row = event.target.closest?.(".map-row");
  if (!by || !row || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  move(row, by);
});
