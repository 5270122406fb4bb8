// The {a} menu: search the survey's fields and insert one's pipe at the cursor.
import { announce } from "./tributary.js";

const menu = document.getElementById("pipe-menu");
const search = document.getElementById("pipe-search");
const none = menu.querySelector(".pipe-none");
const options = [...menu.querySelectorAll("[role=option]")];
const groups = [...menu.querySelectorAll(".pipe-group")];
let button;
let input;
let selection;

const shown = () => options.filter((option) => !option.hidden);

function mark(option) {
  for (const other of options) other.setAttribute("aria-selected", String(other === option));
  if (option) {
    search.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    search.removeAttribute("aria-activedescendant");
  }
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const option of options) {
    const text = option.textContent.toLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
  for (const group of groups) group.hidden = !group.querySelector("[role=option]:not([hidden])");
  none.hidden = shown().length > 0;
  mark(shown()[0]);
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

function open(pressed) {
  button = pressed;
  input = document.getElementById(button.dataset.pipeFor);
  selection = [input.selectionStart, input.selectionEnd];
  search.value = "";
  menu.showPopover();
  filter();
  place();
  search.focus();
}

function insert(option) {
  const pipe = option.dataset.pipe;
  menu.hidePopover();
  input.focus();
  input.setSelectionRange(...selection);
  // execCommand keeps the browser's undo; where it is gone, the text is set.
  if (!document.execCommand("insertText", false, pipe)) {
    input.setRangeText(pipe, ...selection, "end");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  announce(`${menu.dataset.inserted}: ${option.querySelector(".pipe-label").textContent}`);
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest(".pipe-button");
  if (pressed) open(pressed);
});
menu.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) insert(option);
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
  const visible = shown();
  const index = visible.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (MOVES[event.key] && visible.length) mark(visible[MOVES[event.key](index, visible.length)]);
  else if (event.key === "Enter" && index >= 0) insert(visible[index]);
  else if (event.key === "Escape" || event.key === "Tab") {
    menu.hidePopover();
    input.focus();
  } else if (event.key !== "Enter") return;
  event.preventDefault();
});
addEventListener("resize", () => menu.matches(":popover-open") && place());
