import { colour } from "./chart.js";
import { html, svg } from "./dom.js";

const INLINED = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "paint-order",
];
const SCALE = 2; // pixels of a PNG to one of the page

/** Return an SVG of the page as a file of its own: styles inside, its making as its description. */
export function standalone(picture, about) {
  const copy = picture.cloneNode(true);
  const [own, copied] = [picture, copy].map((root) => [root, ...root.querySelectorAll("*")]);
  own.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of INLINED) if (style.getPropertyValue(name) !== "") copied[i].style.setProperty(name, style.getPropertyValue(name));
    copied[i].removeAttribute("class");
  });
  const { width, height } = picture.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const paper = svg("rect", { width: "100%", height: "100%", fill: colour("--paper") });
  copy.prepend(svg("desc", {}, about), paper);
  return new XMLSerializer().serializeToString(copy);
}

/** Draw an SVG's text on a canvas, and return it as a PNG. */
export async function png(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = html("canvas", { width: image.width * SCALE, height: image.height * SCALE });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Write rows as CSV: a header, then a line a row. */
export function csv(rows) {
  if (rows.length === 0) return "";
  const names = Object.keys(rows[0]);
  const cell = (value) => (value === null || value === undefined ? "" : /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  return [names, ...rows.map((row) => names.map((name) => row[name]))].map((line) => line.map(cell).join(",")).join("\n") + "\n";
}

/** An arrow down to a line: what is saved. */
function icon() {
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: "M8 2v8M4.5 7 8 10.5 11.5 7M3 14h10" }));
}

/** Give a file to the reader. */
export function save(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = html("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * Put an export menu into every element with `data-picture`, the name of the file; those named in
 * `tables` also export their rows.
 */
export function menus(about, tables) {
  for (const frame of document.querySelectorAll("[data-picture]")) {
    const name = frame.dataset.picture;
    const picture = () => frame.querySelector("svg:not(.icon)");
    const drawn = [
      ["SVG", () => save(`${name}.svg`, standalone(picture(), about()), "image/svg+xml")],
      ["PNG", async () => save(`${name}.png`, await png(standalone(picture(), about())), "image/png")],
    ];
    const choices = frame.querySelector(".picture, .chart") === null ? [] : drawn;
    if (name in tables) choices.push(["CSV", () => save(`${name}.csv`, csv(tables[name]()), "text/csv")]);
    const buttons = choices.map(([label, act]) => {
      const button = html("button", { type: "button", "aria-label": `${name} as ${label}` }, label);
      button.addEventListener("click", () => { act(); menu.open = false; });
      return button;
    });
    const menu = html("details", { class: "export" }, html("summary", { "aria-label": `export ${name}`, title: "export" }, icon()), html("div", {}, ...buttons));
    frame.append(menu);
  }
}
