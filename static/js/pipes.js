// Reading piped text as workflows/mapping/pipes.py does, as far as the chips and the {a} menu need it.

const BODY = String.raw`(?:\\[^\r\n]|[^}|\\\r\n])*(?:\|(?:"(?:\\[^\r\n]|[^"\\\r\n])*"|\\[^\r\n]|[^"}\\\r\n])*)?`;
const TOKEN = new RegExp(String.raw`\\(?:\\|\$\{|~\{)|(\$\{|~\{ch://)(${BODY})(\}?)`, "g");
const HEAD = /^(?:\\.|[^|\\])*/;
const KEY = /^(?:q:\/\/([^/]+)|e:\/\/Field\/(.+)|m:\/\/(.+)|loc:\/\/(.+)|gr:\/\/([^/]+)\/Score)/;
const ALWAYS = /^(?:date:\/\/CurrentDate\/.|rand:\/\/int\/|rm:\/\/Field\/ResponseID$|e:\/\/Field\/ResponseID$)/;

/** The pipes in `text`: {start, end, head, filters, isClosed}, `filters` with its first bar or "". */
export function findPipes(text) {
  return [...text.matchAll(TOKEN)]
    .filter(([, mark]) => mark)
    .map((match) => {
      const [all, mark, body, end] = match;
      const head = body.match(HEAD)[0];
      return {
        start: match.index,
        end: match.index + all.length,
        head: mark === "${" ? head.trim() : "",
        filters: body.slice(head.length).trim(),
        isClosed: end === "}" && mark === "${",
      };
    });
}

const decode = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The key of the answer that a pipe's head reads: the short form's is the head. */
export function keyOf(head) {
  const found = head.match(KEY);
  return found ? decode(found.slice(1).find(Boolean)) : head;
}

/** Looks labels up: by a head as the {a} menu writes it, or by the key that the head reads. "" for none. */
export function makeLabels(options) {
  const labels = new Map();
  for (const option of options) {
    const [pipe] = findPipes(option.dataset.pipe);
    const label = option.querySelector(".pipe-label").textContent;
    labels.set(pipe.head, label);
    if (!labels.has(keyOf(pipe.head))) labels.set(keyOf(pipe.head), label);
  }
  return (head) => labels.get(head) ?? labels.get(keyOf(head)) ?? (ALWAYS.test(head) ? head : "");
}
