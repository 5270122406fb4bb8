// hx-swap="patch": of what is there, only the parts that differ are changed. With hundreds of rows that is far
// less work for the browser than new elements for all of it, and the focus and the scrolled places stay.

function patch(old, now) {
  if (old.isEqualNode(now)) return;
  if (old.nodeName !== now.nodeName) old.replaceWith(now);
  else if (old.nodeType !== Node.ELEMENT_NODE) old.data = now.data;
  else {
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    patchChildren(old, [...now.childNodes]);
  }
}

const isSpace = (node) => node.nodeType === Node.TEXT_NODE && !node.data.trim();

/** What is equal at both ends stays; between, a node is patched into the one with its id, or the next without any. */
function patchChildren(parent, fresh) {
  const matters = (node) => parent.nodeName === "PRE" || !isSpace(node);
  const present = [...parent.childNodes].filter(matters);
  const wanted = fresh.filter(matters);
  const most = Math.min(present.length, wanted.length);
  let start = 0;
  while (start < most && present[start].isEqualNode(wanted[start])) start += 1;
  let cut = 0;
  while (cut < most - start && present.at(-1 - cut).isEqualNode(wanted.at(-1 - cut))) cut += 1;
  const after = present[present.length - cut] ?? null;
  const old = present.slice(start, present.length - cut);
  for (const node of wanted.slice(start, wanted.length - cut)) {
    if (node.id && old.some(({ id }) => id === node.id)) while (old[0].id !== node.id) old.shift().remove();
    if (old[0] && (old[0].id ?? "") === (node.id ?? "")) patch(old.shift(), node);
    else parent.insertBefore(node, old[0] ?? after);
  }
  for (const node of old) node.remove();
}

/** The marks of what changed are not of the server. */
function unmark(element) {
  for (const mark of element.querySelectorAll("mark")) {
    const { parentElement } = mark;
    mark.replaceWith(...mark.childNodes);
    parentElement.normalize();
  }
}

htmx.defineExtension("patch", {
  handleSwap(style, target, fragment) {
    if (style !== "patch") return false;
    unmark(target);
    patch(target, fragment.firstElementChild);
    return [];
  },
});
