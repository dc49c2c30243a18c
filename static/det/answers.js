// A text box for one of many answers opens a list of those that fit while one types. What is typed stays as it is until
// one of them is chosen; the server reads it either way.
import "../vendor/autocomplete/accessible-autocomplete.min.js";

const MOST = 12;

// As validation/words.py does it.
function plain(text) {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/['’‘`´]/g, "")
    .replace(/[&+]/g, " and ")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .replace(/\bst\b/g, "saint");
}

// How well a name fits: the whole, its beginning, beginnings of its words, anything inside; 0 if not at all.
function fit(name, wanted) {
  if (name === wanted) return 4;
  if (name.startsWith(wanted)) return 3;
  const words = name.split(" ");
  if (wanted.split(" ").every((part) => words.some((word) => word.startsWith(part)))) return 2;
  return name.replaceAll(" ", "").includes(wanted.replaceAll(" ", "")) ? 1 : 0;
}

// The answers of a datalist: each with what else it is called, all made plain once.
function answersOf(list) {
  return [...list.options].map((option) => {
    const also = (option.dataset.also ?? "").split(";").filter(Boolean);
    const names = [option.value, option.value.replace(/ \([^()]*\)$/, ""), ...also];
    return { answer: option.value, names: names.map((name) => ({ name, plain: plain(name) })), own: 2 };
  });
}

function find(answers, typed) {
  const wanted = plain(typed);
  if (!wanted) return [];
  return answers
    .map(({ answer, names, own }) => {
      const fits = names.map((name) => fit(name.plain, wanted));
      const best = Math.max(...fits);
      const by = fits.indexOf(best);
      return { answer, best, also: by < own ? "" : names[by].name };
    })
    .filter(({ best }) => best)
    .sort((one, other) => other.best - one.best)
    .slice(0, MOST);
}

function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const templates = {
  inputValue: (found) => (typeof found === "string" ? found : (found?.answer ?? "")),
  suggestion: (found) => {
    if (typeof found === "string") return escaped(found);
    const also = found.also ? ` <span class="autocomplete__option-also">${escaped(found.also)}</span>` : "";
    return escaped(found.answer) + also;
  },
};

// Hint and messages describe the box still; the component knows only its own words of help.
function keepDescriptions(input, own) {
  const add = () => {
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
    const missing = own.filter((id) => !described.includes(id));
    if (missing.length) input.setAttribute("aria-describedby", [...missing, ...described].join(" "));
  };
  add();
  new MutationObserver(add).observe(input, { attributeFilter: ["aria-describedby"] });
}

export function suggestAnswers(box) {
  const answers = answersOf(document.getElementById(box.dataset.answers));
  const place = document.createElement("div");
  box.replaceWith(place);
  let input;
  window.accessibleAutocomplete({
    element: place,
    id: box.id,
    name: box.name,
    defaultValue: box.value,
    inputClasses: box.className,
    menuAttributes: { "aria-labelledby": null, "aria-label": "Answers that fit" },
    displayMenu: "overlay",
    confirmOnBlur: false,
    source: (typed, show) => show(find(answers, typed)),
    templates,
    tNoResults: () => "No answer has these words. Save, and the nearest are shown.",
    // Other questions may rest on the answer. It is in the box when the component has drawn itself.
    onConfirm: () => setTimeout(() => input.dispatchEvent(new Event("input", { bubbles: true }))),
  });
  input = place.querySelector("input");
  for (const name of ["spellcheck", "aria-invalid"]) {
    if (box.hasAttribute(name)) input.setAttribute(name, box.getAttribute(name));
  }
  keepDescriptions(input, (box.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
}
