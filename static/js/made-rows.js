// Rows that the server makes, of a paste or of all fields, from what stood in the form when it was asked.
import { readRow, rows, tell } from "./rows.js";

const read = () => JSON.stringify(rows().map(readRow));
let asked;

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.target.id === "rows") asked = read();
});

/** Where more was typed since then, it is asked again, so that nothing of that is lost. */
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "rows" || read() === asked) return;
  event.preventDefault();
  setTimeout(() => event.detail.requestConfig.elt.click()); // once this request is over
});

document.addEventListener("htmx:afterSettle", ({ detail }) => detail.elt.id === "rows" && tell());
