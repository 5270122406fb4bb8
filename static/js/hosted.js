// The hosted survey page: sends in place. Without this module the form posts by itself, with the same result.

const form = document.querySelector("form[data-hosted]");
const problem = form.querySelector("[data-problem]");
const button = form.querySelector("button[type=submit]");
const label = button.textContent;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.ariaDisabled === "true") return;
  showProblem(null);
  setSending(true);
  try {
    await send();
  } catch {
    // The same submission key goes out again, so what did arrive is not counted twice.
    showProblem({ message: form.dataset.noAnswer });
  }
  setSending(false);
});

async function send() {
  const response = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
  });
  const answer = await response.json();
  if (response.status === 202) showThanks(answer.submission);
  else showProblem(answer.error);
}

function showThanks(submission) {
  const card = document.getElementById("thanks").content.cloneNode(true);
  card.querySelector("[data-reference]").textContent = submission;
  card.querySelector("[data-again]").href = location.href;
  form.replaceWith(card);
  document.querySelector("#thanks-card [data-focus]").focus();
}

function showProblem(error) {
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  problem.textContent = error?.message ?? "";
  problem.hidden = !error;
  if (!error?.field) return;
  const field = form.querySelector(`[data-field="${CSS.escape(error.field)}"] [name]`);
  field?.setAttribute("aria-invalid", "true");
  field?.setAttribute("aria-describedby", problem.id);
  field?.focus();
}

function setSending(isSending) {
  button.ariaDisabled = isSending ? "true" : null; // not `disabled`: that would lose the focus
  button.textContent = isSending ? form.dataset.sending : label;
}
