// What the preview says of a row or an ID stands beside it too: what it yields, and what is wrong with it.
const form = document.getElementById("step-form");
let shown; // where -> its findings as one text

/** What the server put beside the inputs is replaced wherever the preview says something else. */
const forget = () => {
  const boxes = [...form.querySelectorAll(".problems[id]")].filter((box) => box.childElementCount);
  shown = new Map(boxes.map((box) => [box.id.replace(/-problems$/, ""), null]));
};

function findAll() {
  const found = new Map();
  for (const finding of document.querySelectorAll("#preview .findings > li[data-level]:not([data-level=hint])")) {
    const { where, level } = finding.dataset;
    found.set(where, [...(found.get(where) ?? []), [level, finding.querySelector(".message").textContent]]);
  }
  return found;
}

function place(box, findings) {
  box.replaceChildren(
    ...findings.map(([level, textContent]) =>
      Object.assign(document.createElement("p"), { className: level === "error" ? "error" : "advice", textContent }),
    ),
  );
  const isWrong = findings.some(([level]) => level === "error");
  for (const input of box.parentElement.querySelectorAll("input[type=text], textarea")) {
    if (isWrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
}

/** While the mouse is pressed nothing may move: a button that slips away from under it is not clicked. */
let isPressed = false;

/** Beside each input whose findings changed, except where one is typing and nothing was said yet. */
function placeAll() {
  if (isPressed) return;
  const found = findAll();
  const focused = document.activeElement;
  const placed = new Map();
  let hasMoved = false;
  for (const where of new Set([...shown.keys(), ...found.keys()])) {
    const box = document.getElementById(`${where}-problems`);
    const isTyping = box?.parentElement.contains(focused) && !box.childElementCount;
    if (!box || isTyping) continue;
    const findings = found.get(where) ?? [];
    const text = JSON.stringify(findings);
    if (findings.length) placed.set(where, text);
    if ((shown.get(where) ?? "[]") === text && shown.get(where) !== null) continue;
    place(box, findings);
    hasMoved = true;
  }
  shown = placed;
  // What was put above may have pushed the focus under the bar at the foot of the form.
  if (hasMoved && form.contains(focused)) focused.scrollIntoView({ block: "nearest" });
}

/** What each row yields, from the table of the mapped fields. */
function showYields() {
  for (const line of document.querySelectorAll("#preview-mapped tr[data-row]")) {
    const output = document.getElementById(`${line.dataset.row}-yield`);
    const text = line.lastElementChild.textContent;
    if (!output || (output.value === text && output.dataset.status === line.dataset.status)) continue;
    output.value = text;
    output.dataset.status = line.dataset.status;
  }
}

/** What does not fit into its line is told by hovering. */
document.addEventListener("pointerover", ({ target }) => {
  if (target.matches(".row-yield")) target.title = target.textContent;
});

/** A row's settings that are as ever need not travel with every keystroke. */
const USUAL = { type: "auto", if: "leave_out", default: "" };
form.addEventListener("formdata", ({ formData }) => {
  const isUsual = ([name, value]) => USUAL[name.match(/^row-\d+-(type|if|default)$/)?.[1]] === value;
  for (const [name] of [...formData].filter(isUsual)) formData.delete(name);
});

forget();
placeAll();
form.addEventListener("focusout", () => setTimeout(placeAll));
document.addEventListener("pointerdown", () => (isPressed = true));
for (const type of ["pointerup", "pointercancel"]) {
  document.addEventListener(type, () => {
    isPressed = false;
    setTimeout(placeAll); // after the click
  });
}
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.elt.id === "rows") forget();
  if (detail.elt.id !== "preview" && detail.elt.id !== "rows") return;
  showYields();
  placeAll();
});
