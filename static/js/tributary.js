// Small helpers for every page. Everything here only makes quicker or kinder what works without it.

/** After a swap, put the focus where the person was, or on what the new content asks for with data-focus. */
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = event.detail.target?.querySelector?.("[data-focus]");
  if (wanted) takeFocus(wanted);
});

/** Focus an element that asked for it; once, so that the next swap beside it is not drawn back here. */
export function takeFocus(element) {
  element.removeAttribute("data-focus");
  element.focus();
}

/** Say something to screen readers without moving the focus. */
export function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}

for (const type of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(type, () => announce(document.getElementById("announcer").dataset.noAnswer));
}

/** Copy buttons: <button data-copy="#id"> copies that input's value. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const input = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(input.value);
  announce(button.dataset.copied);
  button.querySelector("[data-copy-label]")?.replaceChildren(button.dataset.copied);
});

/** Menus close on Escape, on a click elsewhere, and when the focus leaves. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
for (const type of ["click", "focusin"]) {
  document.addEventListener(type, (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}
