// The wizard: everything here only makes quicker or kinder what works without it.
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
let isDirty = Boolean(form?.matches("[data-unsaved]"));
document.addEventListener("input", (event) => {
  const isTyped = form?.contains(event.target) || event.target.id === "id_sample_json";
  if (isTyped && form.matches("[data-guard]")) isDirty = true;
});
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

/** Enter in a key goes to its value; nowhere does it send the form by accident. */
form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !form.matches("[data-guard]") || event.target.tagName !== "INPUT") return;
  if (event.target.type === "checkbox") return;
  event.preventDefault();
  event.target.closest(".map-row")?.querySelector("textarea").focus();
});

/** A link to a row's input also puts the focus there. */
document.addEventListener("click", (event) => {
  const link = event.target.closest(".findings a");
  const input = link && link.pathname === location.pathname && document.getElementById(link.hash.slice(1));
  if (!input) return;
  event.preventDefault();
  if (PHONE.matches) document.getElementById("preview-drawer").open = false;
  const fold = input.closest("details");
  if (fold) fold.open = true;
  input.scrollIntoView({ block: "center" });
  input.focus();
});

/** A refusal is where one looks first. */
document.querySelector("#step-notice:not([hidden])")?.focus();
