// Undo and redo of the rows and the IDs. The states live in this tab's sessionStorage, so they survive a reload
// and the way to another step and back, and two tabs have each their own.
import { control, fillRow, form, list, makeRow, readRow, rows, tell } from "./rows.js";
import { announce } from "./tributary.js";

const MOST_STEPS = 100;
const MOST_CHARACTERS = 500_000; // two bytes each
const PAUSE = 800; // ms
const STORED = `rows:${form.getAttribute("action")}`;
const bar = document.querySelector(".row-history");
const undo = document.getElementById("undo-rows");
const redo = document.getElementById("redo-rows");
const ids = ["user_id", "anonymous_id", "random_anonymous_id"].map((name) => form.elements[name]);

/** A state: each row as a JSON text, and the IDs as one. */
const read = () => ({
  rows: rows().map((row) => JSON.stringify(readRow(row))),
  ids: JSON.stringify(ids.map((field) => (field.type === "checkbox" ? field.checked : field.value))),
});
const isSame = (one, other) => one.ids === other.ids && one.rows.join() === other.rows.join();

/** Without blank rows, which the server drops. */
const BLANK = JSON.stringify(readRow(makeRow(1)));
const trim = (state) => ({ ids: state.ids, rows: state.rows.filter((row) => row !== BLANK) });

let states = [];
let at = -1;

/** Texts that states share are stored once. */
function pack() {
  const texts = new Map();
  const numberOf = (text) => texts.get(text) ?? texts.set(text, texts.size).get(text);
  const packed = states.map((state) => [numberOf(state.ids), ...state.rows.map(numberOf)]);
  return JSON.stringify({ at, packed, texts: [...texts.keys()] });
}

function unpack(stored) {
  const { at: place, packed, texts } = JSON.parse(stored);
  states = packed.map(([first, ...others]) => ({ ids: texts[first], rows: others.map((number) => texts[number]) }));
  at = place;
}

/** At most so many steps and bytes: the oldest go first, the present one stays. */
function save() {
  const isFull = () => states.length > MOST_STEPS + 1 || pack().length > MOST_CHARACTERS;
  while (states.length > 1 && isFull()) {
    if (at > 0) at -= 1, states.shift();
    else states.pop();
  }
  try {
    sessionStorage.setItem(STORED, pack());
  } catch {
    sessionStorage.removeItem(STORED); // no room: what is undone works until the page is left
  }
  undo.disabled = at <= 0;
  redo.disabled = at >= states.length - 1;
}

let pause;

/** Keeps what the page says as a new step, unless nothing changed. */
function record() {
  clearTimeout(pause);
  const now = read();
  if (at >= 0 && isSame(now, states[at])) return;
  states.splice(at + 1, states.length, now);
  at += 1;
  save();
}

/** Makes the rows between what is equal above and below say `wanted`; the row that changed first, if any. */
function restoreRows(wanted) {
  const present = rows();
  const now = present.map((row) => JSON.stringify(readRow(row)));
  let start = 0;
  while (start < Math.min(now.length, wanted.length) && now[start] === wanted[start]) start += 1;
  let cut = 0;
  while (cut < Math.min(now.length, wanted.length) - start && now.at(-1 - cut) === wanted.at(-1 - cut)) cut += 1;
  const old = present.slice(start, present.length - cut);
  const after = present[present.length - cut] ?? null;
  let number = 1 + Math.max(0, ...present.map((row) => Number(row.id.slice(4))));
  const fresh = wanted.slice(start, wanted.length - cut).map((text, index) => {
    const row = old[index] ?? list().insertBefore(makeRow(number++), after);
    fillRow(row, JSON.parse(text));
    return row;
  });
  for (const row of old.slice(fresh.length)) row.remove();
  return fresh[0] ?? after ?? rows().at(-1);
}

function restore(by, button, words) {
  record();
  if (!states[at + by]) return;
  at += by;
  const row = restoreRows(states[at].rows);
  JSON.parse(states[at].ids).forEach((value, index) => {
    ids[index][ids[index].type === "checkbox" ? "checked" : "value"] = value;
  });
  const focused = document.activeElement;
  save();
  tell();
  row?.scrollIntoView({ block: "nearest" });
  if (button.disabled && focused === button) (button === undo ? redo : undo).focus();
  else if (focused === document.body && row) control(row, "key").focus();
  announce(words);
}

const undoOnce = () => restore(-1, undo, bar.dataset.undone);
const redoOnce = () => restore(1, redo, bar.dataset.redone);
undo.addEventListener("click", undoOnce);
redo.addEventListener("click", redoOnce);

/** In a text field these keys are the browser's own undo of what was typed there. */
document.addEventListener("keydown", (event) => {
  const isText = event.target.matches?.("textarea, input:not([type=checkbox], [type=radio])");
  if (isText || event.altKey || !(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) redoOnce();
  else undoOnce();
});

form.addEventListener("input", ({ target }) => {
  clearTimeout(pause);
  if (target === form) record();
  else pause = setTimeout(record, PAUSE);
});
for (const type of ["change", "submit"]) form.addEventListener(type, record);
/** What was typed is a step of its own, apart from the rows that the server made meanwhile. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target.id === "rows" && record());
addEventListener("pagehide", record);

try {
  unpack(sessionStorage.getItem(STORED));
  const now = read();
  if (isSame(trim(now), trim(states[at]))) states[at] = now;
  if (at > 0 && isSame(states[at - 1], states[at])) states.splice(at--, 1);
} catch {
  states = []; // nothing stored, or nothing that can be read
  at = -1;
}
record();
save();
