// Keeps the debugger's list up to date: asks for the page again every two seconds and takes over what is new.
// Rows are added, never replaced, so that focus and scrolling stay where they are.
const POLL_MS = 2000;
const MAX_ROWS = 100;

const list = document.getElementById("events");
const detail = document.getElementById("detail");
const summary = document.getElementById("summary");
const news = document.getElementById("news");

const newestSeq = () => Number(list.firstElementChild?.dataset.seq ?? 0);

function addRows(page) {
  const known = newestSeq();
  const fresh = [...page.querySelectorAll("#events > li")].filter((row) => Number(row.dataset.seq) > known);
  if (fresh.length === 0) return 0;
  if (detail.hasAttribute("data-follows")) {
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  } else {
    fresh.forEach((row) => row.querySelector("[aria-current]")?.removeAttribute("aria-current"));
  }
  list.prepend(...fresh);
  trimRows();
  return fresh.length;
}

function trimRows() {
  while (list.children.length > MAX_ROWS && !list.lastElementChild.contains(document.activeElement)) {
    list.lastElementChild.remove();
  }
}

function followNewest(page) {
  if (detail.hasAttribute("data-follows") && !detail.contains(document.activeElement)) {
    detail.replaceChildren(...page.getElementById("detail").childNodes);
  }
}

async function poll() {
  if (!document.hidden) {
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const count = addRows(page);
      if (count > 0) {
        followNewest(page);
        summary.textContent = page.getElementById("summary").textContent;
        news.textContent = count === 1 ? "1 new event" : `${count} new events`;
      }
    } catch {
      news.textContent = "The sandbox does not answer.";
    }
  }
  setTimeout(poll, POLL_MS);
}

setTimeout(poll, POLL_MS);
