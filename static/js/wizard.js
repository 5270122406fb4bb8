// The wizard: everything here only makes quicker or kinder what works without it.
import { announce, takeFocus } from "./tributary.js";

const PHONE = matchMedia("(max-width: 760px)");
const form = document.getElementById("step-form");

/** Steps and preview are open where there is room (CSS shows them too, but older browsers do not heed it). */
function unfold() {
  for (const id of ["steps-bar", "preview-drawer"]) document.getElementById(id).open = !PHONE.matches;
}
unfold();
PHONE.addEventListener("change", unfold);

/** A form is sent once: a second click while the answer is on its way does nothing (for 10 s at most). */
document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (event.defaultPrevented || !sent.matches("[data-once]")) return;
  if (sent.dataset.sent) event.preventDefault();
  sent.dataset.sent = "yes";
  setTimeout(() => delete sent.dataset.sent, 10_000);
  isDirty = false;
});
addEventListener("pageshow", () => {
  for (const sent of document.querySelectorAll("[data-sent]")) delete sent.dataset.sent;
});

/** What was typed into the mapping is not lost by leaving: the other steps keep it as a draft, other pages ask. */
let isDirty = false;
form?.addEventListener("input", () => (isDirty = form.matches("[data-guard]")));
addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});
document.querySelector(".wizard-steps")?.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-step]");
  if (!link || !isDirty || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const next = Object.assign(document.createElement("input"), { type: "hidden", name: "next", value: link.dataset.step });
  form.append(next);
  form.requestSubmit(form.querySelector("[name=action][value=draft]"));
});

/** Removing a row keeps the focus near, and tells the preview. */
document.getElementById("rows")?.addEventListener("click", (event) => {
  const button = event.target.closest(".map-remove");
  if (!button) return;
  event.preventDefault();
  const row = button.closest(".map-row");
  const near = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (near?.querySelector("input") ?? document.getElementById("add-row")).focus();
  announce(document.getElementById("rows").dataset.removed);
  form.dispatchEvent(new Event("input", { bubbles: true }));
});

/** Enter in a key goes to its value; nowhere does it send the form by accident. */
form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !form.matches("[data-guard]") || event.target.tagName !== "INPUT") return;
  if (event.target.type === "checkbox") return;
  event.preventDefault();
  event.target.closest(".map-row")?.querySelector("textarea").focus();
});

/** The findings of the preview stand beside their inputs too, except where one is typing. */
function place(where, findings) {
  const box = document.getElementById(`${where}-problems`);
  if (!box) return;
  box.replaceChildren(
    ...findings
      .filter((finding) => finding.dataset.level !== "hint")
      .map((finding) =>
        Object.assign(document.createElement("p"), {
          className: finding.dataset.level === "error" ? "error" : "advice",
          textContent: finding.querySelector(".message").textContent,
        }),
      ),
  );
  const isWrong = findings.some((finding) => finding.dataset.level === "error");
  for (const input of box.parentElement.querySelectorAll("input[type=text], textarea")) {
    if (isWrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}
function placeAll() {
  const found = new Map();
  for (const finding of document.querySelectorAll("#preview .findings > li")) {
    const where = finding.dataset.where;
    found.set(where, [...(found.get(where) ?? []), finding]);
  }
  for (const box of document.querySelectorAll("#step-form .problems[id]")) {
    const where = box.id.replace(/-problems$/, "");
    const isTyping = box.parentElement.contains(document.activeElement) && !box.childElementCount;
    if (!isTyping) place(where, found.get(where) ?? []);
  }
  // What was put above may have pushed the focus under the bar at the foot of the form.
  if (form.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
}
form?.addEventListener("focusout", () => setTimeout(placeAll));
if (form?.matches("[data-guard]")) placeAll();

/** The preview is swapped as one types: it keeps its scroll position, and speaks only when one pauses. */
const scrolled = {};
let speaking;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "preview") return;
  for (const id of ["preview-json", "preview-mapped"]) scrolled[id] = document.getElementById(id)?.scrollTop;
});
document.addEventListener("htmx:afterSettle", (event) => {
  const swapped = event.detail.elt;
  if (swapped.id === "preview") {
    for (const [id, top] of Object.entries(scrolled)) document.getElementById(id).scrollTop = top ?? 0;
    document.getElementById("preview-stale").hidden = true;
    if (form?.matches("[data-guard]")) placeAll();
    const verdict = swapped.querySelector(".verdict").textContent;
    clearTimeout(speaking);
    speaking = setTimeout(() => verdict !== spoken && announce((spoken = verdict)), 1200);
  }
  // The target of an outerHTML swap is gone by now, so the shared handler does not see what came in its place.
  const wanted = swapped.matches("[data-focus]") ? swapped : swapped.querySelector("[data-focus]");
  if (wanted) takeFocus(wanted);
  const words = swapped.matches("[data-announce]") ? swapped : swapped.querySelector("[data-announce]");
  if (words) announce(words.textContent.trim());
});
let spoken = document.querySelector("#preview .verdict")?.textContent;
for (const type of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(type, (event) => {
    if (event.detail.target?.id === "preview") document.getElementById("preview-stale").hidden = false;
  });
}

/** A link to a row's input also puts the focus there. */
document.addEventListener("click", (event) => {
  const link = event.target.closest(".findings a");
  const input = link && link.pathname === location.pathname && document.getElementById(link.hash.slice(1));
  if (!input) return;
  event.preventDefault();
  if (PHONE.matches) document.getElementById("preview-drawer").open = false;
  input.scrollIntoView({ block: "center" });
  input.focus();
});

/** A refusal is where one looks first. */
document.querySelector("#step-notice:not([hidden])")?.focus();
