// The {a} menu: search the survey's fields and insert one's pipe at the cursor, or a filter into the pipe there.
import { showSample } from "./menu-sample.js";
import { findPipes } from "./pipes.js";
import { announce } from "./tributary.js";

const menu = document.getElementById("pipe-menu");
const search = document.getElementById("pipe-search");
const none = menu.querySelector(".pipe-none");
const groups = [...menu.querySelectorAll(".pipe-group")];
const filters = document.getElementById("pipe-filters");
const options = [...menu.querySelectorAll("[role=option]")].map((element) => ({
  element,
  label: element.querySelector(".pipe-label").textContent.trim(),
  text: element.textContent.toLowerCase(),
  sample: element.querySelector(".pipe-sample"),
  isFilter: element.parentElement === filters,
}));
let shown = options;
let marked;
let button;
let input;
let selection;
let pipe; // the one that a filter would go into

/** A field that was never in use has its cursor at the start, where nobody put it. */
const visited = new WeakSet();
document.addEventListener("focusin", ({ target }) => visited.add(target));

function mark(option) {
  marked?.element.setAttribute("aria-selected", "false");
  marked = option;
  if (!option) {
    search.removeAttribute("aria-activedescendant");
    return;
  }
  option.element.setAttribute("aria-selected", "true");
  search.setAttribute("aria-activedescendant", option.element.id);
  option.element.scrollIntoView({ block: "nearest" });
}

/** What is first named so, else a field, else a filter: typing a field's name and Enter means the field. */
function best(typed) {
  return (
    (typed && shown.find(({ label }) => label.toLowerCase().startsWith(typed))) ||
    (typed && shown.find(({ isFilter }) => !isFilter)) ||
    shown[0]
  );
}

function filter() {
  const typed = search.value.trim().toLowerCase();
  const words = typed.split(/\s+/);
  shown = options.filter(({ text, isFilter }) => (pipe || !isFilter) && words.every((word) => text.includes(word)));
  const isShown = new Set(shown);
  for (const option of options) option.element.hidden = !isShown.has(option);
  for (const group of groups) group.hidden = !group.querySelector("[role=option]:not([hidden])");
  none.hidden = shown.length > 0;
  mark(best(typed));
}

/** Below the button, or above it where there is more room; never past an edge of the window. */
function place() {
  const box = button.getBoundingClientRect();
  const height = menu.offsetHeight;
  const isAbove = box.bottom + height + 8 > innerHeight && box.top > innerHeight - box.bottom;
  const top = isAbove ? box.top - height - 4 : box.bottom + 4;
  menu.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  menu.style.left = `${Math.max(8, Math.min(box.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
}

/** The pipe that the cursor is in or right behind, else the only one. */
function findPipe() {
  const pipes = findPipes(input.value).filter(({ isClosed }) => isClosed);
  const [, cursor] = selection;
  return pipes.find(({ start, end }) => start < cursor && cursor <= end) ?? (pipes.length === 1 ? pipes[0] : null);
}

function open(pressed) {
  button = pressed;
  input = button.parentElement.firstElementChild;
  const { length } = input.value;
  selection = visited.has(input) ? [input.selectionStart, input.selectionEnd] : [length, length];
  pipe = findPipe();
  document.getElementById("pipe-filtered").textContent = pipe ? input.value.slice(pipe.start, pipe.end) : "";
  search.value = "";
  showSample(options);
  menu.showPopover();
  filter();
  place();
  search.focus();
}

/** execCommand keeps the browser's undo; where it is gone, the text is set. */
function type(text, start, end) {
  input.focus();
  input.setSelectionRange(start, end);
  if (document.execCommand("insertText", false, text)) return;
  input.setRangeText(text, start, end, "end");
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Before the closing brace; the filter's first argument is selected, to be typed over. */
function insertFilter(text) {
  const end = pipe.end - 1;
  const start = input.value.slice(0, end).trimEnd().length;
  type(` ${text}`, start, end);
  const argument = text.match(/:"?([^"]+"|[^",]+)/);
  const from = start + 1 + (argument ? argument.index + argument[0].length - argument[1].length : text.length + 1);
  input.setSelectionRange(from, from + (argument ? argument[1].replace('"', "").length : 0));
}

function choose({ element, label }) {
  menu.hidePopover();
  if (element.dataset.filter) insertFilter(element.dataset.filter);
  else type(element.dataset.pipe, ...selection);
  announce(`${menu.dataset.inserted}: ${label}`);
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest(".pipe-button");
  if (pressed) open(pressed);
});
menu.addEventListener("click", (event) => {
  const chosen = options.find(({ element }) => element.contains(event.target));
  if (chosen) choose(chosen);
});
menu.addEventListener("toggle", (event) => {
  button?.setAttribute("aria-expanded", String(event.newState === "open"));
});

const MOVES = {
  ArrowDown: (index, count) => (index + 1) % count,
  ArrowUp: (index, count) => (index - 1 + count) % count,
  PageDown: (index, count) => Math.min(index + 8, count - 1),
  PageUp: (index) => Math.max(index - 8, 0),
};
search.addEventListener("input", filter);
search.addEventListener("keydown", (event) => {
  if (MOVES[event.key] && shown.length) mark(shown[MOVES[event.key](shown.indexOf(marked), shown.length)]);
  else if (event.key === "Enter" && marked) choose(marked);
  else if (event.key === "Escape" || event.key === "Tab") {
    menu.hidePopover();
    input.focus();
  } else if (event.key !== "Enter") return;
  event.preventDefault();
});
addEventListener("resize", () => menu.matches(":popover-open") && place());
