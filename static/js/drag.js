// Rows are dragged by their handles: with a mouse, a pen, a finger, or by Space and the arrow keys.
import { placeOf, rows, say, step, tell } from "./rows.js";

const EDGE = 72; // px from the window's edge within which the page scrolls
const FASTEST = 18; // px a frame
const SLACK = 4; // px that a click may tremble

let dragged; // by pointer: {handle, row, from, slot, startY, y, top, isMoving}
let lifted; // by keyboard: {row, from}

function begin() {
  const { row } = dragged;
  const box = row.getBoundingClientRect();
  dragged.slot = document.createElement("li");
  dragged.slot.className = "row-slot";
  dragged.slot.style.height = `${box.height}px`;
  dragged.top = box.top;
  row.before(dragged.slot);
  row.classList.add("is-dragged");
  Object.assign(row.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px` });
  dragged.isMoving = true;
  requestAnimationFrame(scroll);
}

/** The slot goes to where the row would fall: past each neighbour whose middle the pointer has passed. */
function follow() {
  const { row, slot, startY, y, top } = dragged;
  row.style.top = `${top + y - startY}px`;
  const beside = (way) => {
    const next = slot[way];
    return next === row ? next[way] : next;
  };
  const middle = (other) => {
    const box = other.getBoundingClientRect();
    return box.top + box.height / 2;
  };
  for (let next = beside("previousElementSibling"); next && y < middle(next); ) {
    next.before(slot);
    next = beside("previousElementSibling");
  }
  for (let next = beside("nextElementSibling"); next && y > middle(next); ) {
    next.after(slot);
    next = beside("nextElementSibling");
  }
}

function scroll() {
  if (!dragged?.isMoving) return;
  const past = Math.min(0, dragged.y - EDGE) + Math.max(0, dragged.y - (innerHeight - EDGE));
  if (past) {
    scrollBy(0, Math.sign(past) * Math.min(FASTEST, Math.ceil(Math.abs(past) / 4)));
    follow();
  }
  requestAnimationFrame(scroll);
}

function end(isDropped) {
  const { handle, row, slot, from, isMoving } = dragged;
  dragged = undefined;
  if (!isMoving) return;
  if (isDropped) slot.before(row);
  slot.remove();
  row.classList.remove("is-dragged");
  row.style = "";
  handle.focus({ preventScroll: true });
  if (!isDropped) say("putBack", row);
  else if (placeOf(row) !== from) {
    say("moved", row);
    tell();
  }
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest(".row-handle");
  if (!handle || event.button !== 0 || dragged) return;
  putDown();
  const row = handle.closest(".map-row");
  handle.setPointerCapture(event.pointerId);
  dragged = { handle, row, from: placeOf(row), startY: event.clientY, y: event.clientY };
});
document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  dragged.y = event.clientY;
  if (!dragged.isMoving && Math.abs(dragged.y - dragged.startY) > SLACK) begin();
  if (dragged.isMoving) follow();
});
document.addEventListener("pointerup", () => dragged && end(true));
document.addEventListener("pointercancel", () => dragged && end(false));

function lift(row) {
  lifted = { row, from: placeOf(row) };
  row.classList.add("is-lifted");
  say("lifted", row);
}

/** Drops the lifted row, if there is one, where it is. */
function putDown() {
  if (!lifted) return;
  const { row, from } = lifted;
  lifted = undefined;
  row.classList.remove("is-lifted");
  say("dropped", row);
  if (placeOf(row) !== from) tell();
}

function putBack() {
  const { row, from } = lifted;
  lifted = undefined;
  row.classList.remove("is-lifted");
  while (placeOf(row) !== from && step(row, Math.sign(from - placeOf(row))));
  say("putBack", row);
}

function press(key, handle) {
  const row = handle.closest(".map-row");
  const by = { ArrowUp: -1, ArrowDown: 1, Home: -rows().length, End: rows().length }[key];
  if (key === " " || key === "Enter") return lifted ? putDown() : lift(row), true;
  if (!lifted) return false;
  if (key === "Escape") return putBack(), true;
  if (!by) return false;
  for (let left = Math.abs(by); left && step(row, Math.sign(by)); left -= 1);
  say("at", row);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (dragged && event.key === "Escape") {
    end(false);
    event.preventDefault();
    return;
  }
  const handle = event.target.closest?.(".row-handle");
  const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey;
  if (handle && isPlain && press(event.key, handle)) event.preventDefault();
});
document.addEventListener("focusout", (event) => event.target.closest(".row-handle") && putDown());
