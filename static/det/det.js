// What the pages do beyond HTML. Everything works without it.
import { initAll } from "../vendor/govuk/govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// A link from another page names a question: the summary of errors must not take the focus from it.
const target = location.hash && document.getElementById(location.hash.slice(1));
if (target) target.focus();

// Questions that apply only after certain answers to others in the same form:
//
//   data-shown-when='[{"fields": ["sex"], "values": ["f"], "not": false}]'
//
// All conditions must hold; one holds when it holds for one of its fields. An answer is what would be posted, trimmed and in lower case, and
// "values" are written that way too. A question with a message stays, so that links can reach it.
function applies({ fields, values, not }, answers) {
  return fields.some((field) => {
    const answer = String(answers.getAll(field).at(-1) ?? "").trim().toLowerCase();
    return values.includes(answer) !== Boolean(not);
  });
}

function showWhatApplies(form) {
  const answers = new FormData(form);
  for (const question of form.querySelectorAll("[data-shown-when]")) {
    const conditions = JSON.parse(question.dataset.shownWhen);
    const hasMessage = question.querySelector(".govuk-error-message, .det-warning");
    question.hidden = !hasMessage && !conditions.every((condition) => applies(condition, answers));
  }
}

for (const form of document.forms) {
  showWhatApplies(form);
  // Not "change": that comes with the press of the mouse on another question, which would move away under it.
  form.addEventListener("input", () => showWhatApplies(form));
}
// Going back, the browser fills in the old answers after this script has run.
window.addEventListener("pageshow", () => [...document.forms].forEach(showWhatApplies));
