// Two columns of a spreadsheet or a JSON object, pasted into the key of an empty row, become rows.
import { form, readRow } from "./rows.js";

function isTable(text) {
  return text.includes("\t") && /[\r\n]/.test(text.trim());
}

function isObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

document.addEventListener("paste", (event) => {
  const row = event.target.closest?.(".map-row");
  if (!row || event.target.id !== `${row.id}-key`) return;
  const [key, value] = readRow(row);
  if (key || value) return;
  const text = event.clipboardData.getData("text");
  if (!isTable(text) && !isObject(text)) return;
  event.preventDefault();
  document.getElementById("id_paste").value = text;
  form.querySelector("[name=action][value=paste]").click();
});
