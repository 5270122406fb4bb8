// Marks in the preview's JSON the lines that changed since it was last shown.
let shown = document.getElementById("preview-json");
let before = shown && readLines(shown).map(([text]) => text);

/** The lines of the JSON: each one's text (a comma at its end does not count) and its nodes. */
function readLines(pre) {
  const lines = [["", []]];
  for (const node of [...pre.childNodes]) {
    const parts = node.nodeType === Node.TEXT_NODE ? node.data.split(/(?<=\n)/) : [node];
    for (const part of parts) {
      const piece = typeof part === "string" ? document.createTextNode(part) : part;
      if (piece !== node) pre.insertBefore(piece, node);
      const line = lines.at(-1);
      line[0] += piece.textContent;
      line[1].push(piece);
      if (piece.textContent.endsWith("\n")) lines.push(["", []]);
    }
    if (node.nodeType === Node.TEXT_NODE) node.remove();
  }
  return lines.map(([text, nodes]) => [text.replace(/,?\n?$/, ""), nodes]);
}

/** The numbers of the lines that `old` does not have: equal ends are cut off, the middle is compared by text. */
function findChanges(old, now) {
  let start = 0;
  while (start < now.length && start < old.length && old[start] === now[start]) start += 1;
  let cut = 0;
  while (cut < Math.min(now.length, old.length) - start && old.at(-1 - cut) === now.at(-1 - cut)) cut += 1;
  const left = new Map();
  for (const text of old.slice(start, old.length - cut)) left.set(text, (left.get(text) ?? 0) + 1);
  const changed = [];
  for (let index = start; index < now.length - cut; index += 1) {
    const count = left.get(now[index]) ?? 0;
    if (count) left.set(now[index], count - 1);
    else if (/[^\s{}[\]]/.test(now[index])) changed.push(index);
  }
  return changed;
}

function mark(nodes) {
  const end = nodes.at(-1);
  const tail = end.nodeType === Node.TEXT_NODE && end.data.endsWith("\n") ? end.splitText(end.data.length - 1) : null;
  const around = document.createElement("mark");
  nodes[0].before(around);
  around.append(...nodes);
  if (tail) around.after(tail);
  return around;
}

document.addEventListener("htmx:afterSettle", () => {
  const pre = document.getElementById("preview-json");
  if (!pre || pre === shown) return;
  const lines = readLines(pre);
  const now = lines.map(([text]) => text);
  const ignored = pre.dataset.ignored && `  "${pre.dataset.ignored}":`;
  const marks = findChanges(before, now)
    .filter((index) => !ignored || !now[index].startsWith(ignored))
    .map((index) => mark(lines[index][1]));
  [shown, before] = [pre, now];
  const isSeen = ({ offsetTop: top }) => top >= pre.scrollTop && top < pre.scrollTop + pre.clientHeight - 16;
  const middle = pre.clientHeight / 2;
  if (marks.length && !marks.some(isSeen)) pre.scrollTop = marks[0].offsetTop - middle;
});
