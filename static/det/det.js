// What the pages do beyond HTML. Everything works without it.
import { initAll } from "../vendor/govuk/govuk-frontend.min.js";
import { suggestAnswers } from "./answers.js";

document.querySelectorAll("input[data-answers]").forEach(suggestAnswers);
document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// A link from another page names a question: the summary of errors must not take the focus from it.
const target = location.hash && document.getElementById(location.hash.slice(1));
if (target) {
  target.closest("details:not([open])")?.setAttribute("open", "");
  target.focus();
}

// Questions that apply only after certain answers to others in the same form:
//
//   data-shown-when='[{"fields": ["sex"], "values": ["f"], "not": false}]'
//
// All conditions must hold; one holds when it holds for one of its fields. An answer is what would be posted, trimmed and in lower case, and
// "values" are written that way too. A question that is not asked counts as not answered for the next. One with a message stays, so that links
// can reach it.
function applies({ fields, values, not }, answer) {
  return fields.some((field) => values.includes(answer(field)) !== Boolean(not));
}

// The conditional questions of a form that are not asked, and all the fields in them.
function notAsked(form) {
  const answers = new FormData(form);
  const questions = [...form.querySelectorAll("[data-shown-when]")];
  const fields = new Set();
  const answer = (field) => (fields.has(field) ? "" : String(answers.getAll(field).at(-1) ?? "").trim().toLowerCase());
  const found = new Set();
  let before;
  do {
    before = found.size;
    for (const question of questions) {
      const conditions = JSON.parse(question.dataset.shownWhen);
      if (!found.has(question) && !conditions.every((condition) => applies(condition, answer))) {
        found.add(question);
        question.querySelectorAll("[name]").forEach(({ name }) => fields.add(name));
      }
    }
  } while (found.size > before);
  return found;
}

function showWhatApplies(form) {
  const gone = notAsked(form);
  for (const question of form.querySelectorAll("[data-shown-when]")) {
    const hasMessage = question.querySelector(".govuk-error-message, .det-warning");
    question.hidden = gone.has(question) && !hasMessage;
    // One that is not asked and stays says when it is.
    question.classList.toggle("det-not-asked", gone.has(question));
  }
}

for (const form of document.forms) {
  showWhatApplies(form);
  // Not "change": that comes with the press of the mouse on another question, which would move away under it.
  form.addEventListener("input", () => showWhatApplies(form));
}
// Going back, the browser fills in the old answers after this script has run.
window.addEventListener("pageshow", () => [...document.forms].forEach(showWhatApplies));
