// Marks in the preview's JSON the lines that changed since it was last shown.
const find = () => document.getElementById("preview-json");
let before = find() && readLines(find());
let marked = []; // the numbers of the lines that are marked
let asked; // the form as the preview was asked for last
let shown; // and as it was when what is shown was asked for

/** The lines of the JSON; a comma at a line's end does not count. */
function readLines(pre) {
  return pre.textContent.split("\n").map((text) => text.replace(/,$/, ""));
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

/** Puts a <mark> around each of the lines with these ascending numbers. Only their text nodes are cut. */
function markLines(pre, numbers) {
  const marks = [];
  let [line, around] = [0, null];
  const isWanted = () => numbers[marks.length - (around ? 1 : 0)] === line;
  const take = (node) => {
    if (!around) {
      marks.push((around = document.createElement("mark")));
      node.before(around);
    }
    around.append(node);
  };
  for (let node of [...pre.childNodes]) {
    if (marks.length === numbers.length && !around) break;
    if (node.nodeType !== Node.TEXT_NODE) {
      if (isWanted()) take(node);
      continue;
    }
    let from = 0;
    for (let end = node.data.indexOf("\n"); end >= 0; end = node.data.indexOf("\n", from)) {
      if (isWanted()) {
        const rest = node.splitText(end);
        if (node.data.slice(from)) take(from ? node.splitText(from) : node);
        [node, from, end] = [rest, 0, 0];
        around = null;
      }
      line += 1;
      from = end + 1;
    }
    if (isWanted() && from < node.data.length) take(from ? node.splitText(from) : node);
  }
  return marks;
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.target.id === "preview") asked = JSON.stringify([...detail.formData]);
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.elt.id !== "preview") return;
  const pre = find();
  const now = readLines(pre);
  const ignored = pre.dataset.ignored && `  "${pre.dataset.ignored}":`;
  const changed = findChanges(before, now).filter((index) => !ignored || !now[index].startsWith(ignored));
  // The same form asked for once more, as when a key comes while an answer does, takes no mark away.
  if (changed.length || asked !== shown) marked = changed;
  const marks = markLines(pre, marked);
  [before, shown] = [now, asked];
  const isSeen = ({ offsetTop: top }) => top >= pre.scrollTop && top < pre.scrollTop + pre.clientHeight - 16;
  const middle = pre.clientHeight / 2;
  if (marks.length && !marks.some(isSeen)) pre.scrollTop = marks[0].offsetTop - middle;
});
