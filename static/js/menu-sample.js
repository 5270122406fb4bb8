// What the {a} menu says of each field's answer, from the sample that is edited as JSON beside the preview.
import { findPipes, keyOf } from "./pipes.js";

const LONGEST = 60; // characters

const print = (value) => {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(print).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
};

/** Each field's answer in the sample as it is now; one that is unreadable, or too large to edit, changes nothing. */
export function showSample(options) {
  let answers;
  try {
    answers = JSON.parse(document.getElementById("id_sample_json").value);
  } catch {
    return;
  }
  if (typeof answers !== "object" || answers === null) return;
  for (const option of options.filter(({ sample }) => sample)) {
    const key = keyOf(findPipes(option.element.dataset.pipe)[0].head);
    const text = Object.hasOwn(answers, key) && answers[key] !== null ? print(answers[key]) : "";
    option.sample.textContent = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
    option.text = option.element.textContent.toLowerCase();
  }
}
