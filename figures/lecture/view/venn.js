import { distanceFor, layout, sharedAt } from "../maths/circles.js";
import { shares } from "../maths/shares.js";
import { em, svg } from "./dom.js";
import { regions } from "./sentences.js";

const MARGIN = 8; // pixels around the drawing
const HEAD = 2.6; // lines of text for the names of the modalities
const NAMES = 19; // lines of text are as wide as two names side by side
const NESTED = 1e-6; // pixels that rounding may leave between circles one of which holds the other
const BESIDE = 0.5; // between the circles and what is hidden, in roots of a feature

/**
 * The diagram as a picture that can be dragged: one decisive feature is one unit of area.
 *
 * A circle that is dragged keeps its size; `moved(g)` hears how many features the two then share, and
 * `dropped()` that the circle was let go.
 * `explained(text)` hears the sentence of the region under the pointer or in focus, "" for none.
 */
export class Venn {
  constructor(picture, { moved, dropped, explained }) {
    this.picture = picture;
    this.moved = moved;
    this.dropped = dropped;
    this.explained = explained;
    this.drag = null;
    new ResizeObserver(() => this.settings && this.draw(this.settings)).observe(picture);
  }

  /** Draw the diagram of some settings. */
  draw(settings) {
    this.settings = settings;
    if (this.picture.clientWidth === 0) return; // hidden
    const focused = this.picture.contains(document.activeElement) ? document.activeElement.dataset.region : null;
    const place = this.drag?.place ?? this.fit(settings);
    const { scale, middle, left } = place;
    const { teacher, student } = layout(settings);
    const distance = this.drag?.distance ?? layout(settings).distance;
    const [ra, rb, d] = [teacher * scale, student * scale, distance * scale];
    const xa = this.drag?.which === "b" ? this.drag.fixed : this.drag ? this.drag.fixed - d : left + Math.max(ra, rb - d);
    const xb = xa + d;
    const spans = between(xa, ra, xb, rb);
    const said = regions(settings);
    const parts = [
      this.region("a", said.a, circle(xa, middle, ra, "alpha")),
      this.region("b", said.b, circle(xb, middle, rb, "beta")),
      this.region("g", said.g, lens(xa, ra, xb, rb, middle)),
      svg("circle", { class: "outline alpha", cx: xa, cy: middle, r: ra }),
      svg("circle", { class: "outline beta", cx: xb, cy: middle, r: rb }),
      ...labels(settings, spans, middle),
      ...names(settings, xa - ra, xb + rb),
    ];
    const radius = Math.sqrt(settings.h / Math.PI) * scale;
    if (settings.h > 0) {
      const x = Math.max(xa + ra, xb + rb) + BESIDE * scale + radius;
      parts.push(
        this.region("h", said.h, circle(x, middle, radius, "hidden")),
        svg("text", { class: "label hidden", x, y: middle - em(0.1) }, String(settings.h)),
        svg("text", { class: "label hidden small", x, y: middle + em(1.1) }, "hidden"),
      );
    }
    this.picture.setAttribute("viewBox", `0 0 ${this.picture.clientWidth} ${this.picture.clientHeight}`);
    this.picture.replaceChildren(...parts);
    if (focused) this.picture.querySelector(`[data-region="${focused}"]`)?.focus();
  }

  /** Find the scale at which circles and hidden features fit, and where they stand. */
  fit(settings) {
    const { teacher, student, distance } = layout(settings);
    const hidden = Math.sqrt(settings.h / Math.PI);
    const wide = Math.max(teacher, distance + student) - Math.min(-teacher, distance - student);
    const width = wide + (settings.h > 0 ? BESIDE + 2 * hidden : 0);
    const height = 2 * Math.max(teacher, student, hidden);
    const [w, h] = [this.picture.clientWidth - 2 * MARGIN, this.picture.clientHeight - HEAD * em() - 2 * MARGIN];
    const scale = Math.max(1, Math.min(w / width, h / height));
    return { scale, middle: HEAD * em() + MARGIN + h / 2, left: MARGIN + (w - width * scale) / 2 };
  }

  region(name, sentence, shape) {
    const slider = name === "g";
    const group = svg("g", {
      class: `region ${name}`,
      tabindex: 0,
      role: slider ? "slider" : "img",
      "aria-label": slider ? "overlap of the two modalities, in features" : sentence,
      "data-region": name,
    });
    if (slider) {
      const { a, g, b } = this.settings;
      group.setAttribute("aria-valuemin", 0);
      group.setAttribute("aria-valuemax", g + Math.min(a, b));
      group.setAttribute("aria-valuenow", g);
      group.setAttribute("aria-valuetext", sentence);
      group.addEventListener("keydown", (event) => this.key(event));
    }
    group.append(shape);
    for (const [event, text] of [["pointerenter", sentence], ["pointerleave", ""], ["focus", sentence], ["blur", ""]])
      group.addEventListener(event, () => this.explained(text));
    if (name !== "h") group.addEventListener("pointerdown", (event) => this.grab(event, name));
    return group;
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const { a, g, b } = this.settings;
    const shared = Math.min(Math.max(g + step, 0), g + Math.min(a, b));
    if (shared !== g) this.moved(shared);
  }

  grab(event, name) {
    if (event.button !== 0) return;
    event.preventDefault();
    const place = this.fit(this.settings);
    const { teacher, student, distance } = layout(this.settings);
    const [ra, rb, d] = [teacher * place.scale, student * place.scale, distance * place.scale];
    const xa = place.left + Math.max(ra, rb - d);
    const which = name === "a" ? "a" : "b";
    this.drag = { which, place, distance, start: distance, from: event.clientX, fixed: which === "a" ? xa + d : xa };
    const move = (next) => this.pull(next, teacher, student);
    const drop = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", drop);
      removeEventListener("pointercancel", drop);
      this.drag = null;
      this.draw(this.settings);
      this.dropped();
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", drop);
    addEventListener("pointercancel", drop);
  }

  /** Follow the pointer: the lens then holds so many features, to the nearest whole one. */
  pull(event, teacher, student) {
    const { drag } = this;
    const towards = (event.clientX - drag.from) / drag.place.scale;
    const wanted = drag.start + (drag.which === "b" ? towards : -towards);
    const most = Math.min(this.settings.a, this.settings.b) + this.settings.g;
    const [nested, apart] = [distanceFor(teacher, student, most), distanceFor(teacher, student, 0)];
    drag.distance = Math.min(Math.max(wanted, nested), apart);
    this.moved(Math.min(most, Math.round(sharedAt(teacher, student, drag.distance))));
  }
}

function between(xa, ra, xb, rb) {
  const [inner, outer] = [Math.max(xa - ra, xb - rb), Math.min(xa + ra, xb + rb)];
  const apart = inner >= outer;
  return { a: [xa - ra, apart ? xa + ra : inner], g: apart ? null : [inner, outer], b: [apart ? xb - rb : outer, xb + rb] };
}

function circle(x, y, r, role) {
  return svg("circle", { class: `area ${role}`, cx: x, cy: y, r: Math.max(r, 0) });
}

function lens(xa, ra, xb, rb, y) {
  const d = xb - xa;
  if (d >= ra + rb) return svg("path", { class: "area gamma", d: "" });
  if (d <= Math.abs(ra - rb) + NESTED) return ra <= rb ? circle(xa, y, ra, "gamma") : circle(xb, y, rb, "gamma");
  const along = (d * d + ra * ra - rb * rb) / (2 * d);
  const half = Math.sqrt(ra * ra - along * along);
  const x = xa + along;
  const [wideA, wideB] = [along < 0 ? 1 : 0, d - along < 0 ? 1 : 0];
  return svg("path", {
    class: "area gamma",
    d: `M${x},${y - half} A${ra},${ra} 0 ${wideA} 1 ${x},${y + half} A${rb},${rb} 0 ${wideB} 1 ${x},${y - half} Z`,
  });
}

/** Symbol and count in each region that has room for them, above it otherwise. */
function labels(settings, spans, middle) {
  const found = [];
  for (const [name, symbol] of [["a", "α"], ["g", "γ"], ["b", "β"]]) {
    if (settings[name] === 0 || !spans[name]) continue;
    const [from, to] = spans[name];
    const x = (from + to) / 2;
    const text = svg("text", { class: `label ${name}`, x, y: middle });
    if (to - from >= em(1.6)) {
      text.append(
        svg("tspan", { x, dy: "-0.35em", class: "symbol" }, symbol),
        svg("tspan", { x, dy: "1.2em" }, String(settings[name])),
      );
    } else {
      text.setAttribute("transform", `rotate(-90 ${x} ${middle})`);
      text.append(svg("tspan", { class: "symbol", dy: "0.35em" }, `${symbol} `), String(settings[name]));
    }
    found.push(text);
  }
  return found;
}

/** Say above the circles whose they are, and how many decisive features each sees. */
function names({ a, g, b }, left, right) {
  const beside = right - left >= NAMES * em();
  return [
    svg("text", { class: "name alpha", x: left, y: em(beside ? 2 : 1) }, `teacher sees ${a + g}`),
    svg("text", { class: "name beta", x: beside ? right : left, y: em(beside ? 2 : 2.2), "text-anchor": beside ? "end" : "start" }, `student sees ${b + g}`),
  ];
}

/** Return one line that says the shares, for those who cannot see the picture. */
export function summary(settings) {
  const { alpha, beta, gamma } = shares(settings);
  const text = (share) => share.toFixed(2);
  return `α ${text(alpha)}, γ ${text(gamma)}, β ${text(beta)}, hidden ${settings.h}`;
}
