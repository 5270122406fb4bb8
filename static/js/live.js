// Parts that poll for news ([data-poll]): quiet while the tab is hidden, and a swap never loses the focus.

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});

let focusedPart = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target?.closest("[data-poll]");
  focusedPart = part?.contains(document.activeElement) ? part.id : "";
});

// htmx gives the focus back to an element with the same id. Where that is gone, the part takes it.
document.addEventListener("htmx:afterSettle", () => {
  if (focusedPart && document.activeElement === document.body) document.getElementById(focusedPart)?.focus();
  focusedPart = "";
});
