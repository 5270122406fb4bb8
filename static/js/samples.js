// The sample edited as JSON: typing in it chooses it, and it is sent along only where it counts.
const TYPED = "typed";
const chooser = () => document.getElementById("id_sample");
let typed;

document.addEventListener("input", ({ target }) => {
  if (target.id !== "id_sample_json") return;
  typed = target.value;
  chooser().value = TYPED;
});

/** Choosing what was typed before brings it back. */
document.addEventListener(
  "change",
  ({ target }) => {
    if (target.id === "id_sample" && target.value === TYPED && typed !== undefined) {
      document.getElementById("id_sample_json").value = typed;
    }
  },
  true,
);

/** A sample that is only shown need not travel with every keystroke: it may have 256 KB. */
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (chooser().value !== TYPED && !detail.path.includes("/samples/")) detail.formData.delete("sample_json");
});

document.addEventListener("htmx:afterSettle", () => {
  const isWrong = Boolean(document.querySelector("#sample-problem > *"));
  document.getElementById("id_sample_json")?.setAttribute("aria-invalid", String(isWrong));
});

/** Enter in the name saves the sample, not the draft. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "id_sample_name") return;
  event.preventDefault();
  document.getElementById("sample-save").click();
});
