// What of a page axe has not looked at yet, so that each piece of markup is looked at once and not once per page.
//
// `known`: the digests of what axe has found nothing in. Gives the digests of what is new. The elements that axe may
// leave out, because the same was there before in the same surroundings, are kept in `window.lookedAt`.
//
// Words, addresses and values do not matter. What names something else, as a label its field, is only ever left out
// together with what it names.
(known) => {
  const REFERENCES = ["aria-describedby", "aria-labelledby", "for"];
  const DULL = ["action", "aria-controls", "content", "data-shown-when", "href", "list", "name", "src", "value"];
  const seen = new Set(known);
  const fresh = new Set();
  window.lookedAt = [];

  function digest(text) {
    let [high, low] = [0xdeadbeef, 0x41c6ce57];
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      high = Math.imul(high ^ code, 2654435761);
      low = Math.imul(low ^ code, 1597334677);
    }
    return 4294967296 * (2097151 & low) + (high >>> 0);
  }

  // The element as text, and whether all names and what they name are in it.
  function draw(top) {
    const ids = new Map();
    const named = new Set();
    const number = (id) => ids.get(id) ?? ids.set(id, ids.size).get(id);
    const attribute = ({ name, value }) => {
      if (name === "id") return `id=${number(value)}`;
      if (!REFERENCES.includes(name)) return DULL.includes(name) ? name : `${name}=${value}`;
      value.split(" ").forEach((id) => named.add(id));
      return `${name}=${value.split(" ").map(number)}`;
    };
    const node = (part) => {
      if (part.nodeType === Node.TEXT_NODE) return part.data.trim() ? "words" : "";
      if (part.nodeType !== Node.ELEMENT_NODE) return "";
      const state = part.matches(":checked, :disabled") ? "!" : "";
      return `<${part.tagName}${state} ${[...part.attributes].map(attribute)}>${[...part.childNodes].map(node).join("")}</>`;
    };
    const text = node(top);
    const inside = new Set([...top.querySelectorAll("[id]"), top].map((part) => part.id).filter(Boolean));
    const isWhole = inside.size === named.size && [...named].every((id) => inside.has(id));
    return { text, isWhole: isWhole || top === document.documentElement };
  }

  function walk(element, around) {
    const { text, isWhole } = draw(element);
    const key = digest(around + text);
    if (isWhole && (seen.has(key) || fresh.has(key))) {
      window.lookedAt.push(element);
      return;
    }
    if (isWhole) fresh.add(key);
    for (const child of element.children) walk(child, `${around}${element.tagName}.${element.className} `);
  }

  walk(document.documentElement, "");
  return [...fresh];
}
