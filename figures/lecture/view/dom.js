const SVG = "http://www.w3.org/2000/svg";

/** Return the element of the page with an id; the template has it. */
export function by(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** Return a new HTML element; text children become text, never markup. */
export function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Return a new SVG element. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Say one thing in an element, if it does not say it already: a live region reads what changes. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Return how many pixels so many lines of the page's text are. */
export function em(lines = 1) {
  return lines * parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** Whether the reader asked for less motion. */
export function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
