import { shares } from "../maths/shares.js";
import { TEACHERS } from "../maths/teachers.js";
import { colour } from "./chart.js";
import { mixed } from "./colours.js";
import { em, svg } from "./dom.js";
import { points } from "./measured.js";

const ROOT = Math.sqrt(3) / 2;
const LEVELS = 12;
const LEAST = 1; // points that the strongest colour stands for at least: less is little in any colour
const [SIDE, TOP, BELOW] = [2.4, 0.8, 1.6]; // room around the triangle, in lines of text

/**
 * The map of gain over all shares: a ternary map, α = 1 at the lower left, β = 1 at the lower right,
 * γ = 1 at the top; between measured points it is interpolated linearly. `chosen(point)` hears which
 * measured point was clicked, or reached by the arrow keys.
 */
export class Simplex {
  constructor(picture, { chosen }) {
    this.picture = picture;
    this.chosen = chosen;
    new ResizeObserver(() => this.settings && this.draw(this.settings, this.family)).observe(picture);
    picture.addEventListener("click", (event) => this.click(event));
    picture.addEventListener("keydown", (event) => this.key(event));
  }

  draw(settings, family) {
    this.settings = settings;
    this.family = family;
    const [width, height] = [this.picture.clientWidth, this.picture.clientHeight];
    const side = Math.min(width - 2 * em(SIDE), (height - em(TOP + BELOW)) / ROOT);
    if (side <= 0) return;
    const [left, bottom] = [(width - side) / 2, em(TOP) + side * ROOT];
    this.put = ({ alpha, beta, gamma }) => {
      const sum = alpha + beta + gamma;
      return [left + (side * (beta + gamma / 2)) / sum, bottom - (side * ROOT * gamma) / sum];
    };
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const found = family === null ? [] : points(family, TEACHERS[settings.teacher].arm);
    this.found = found;
    this.largest = Math.max(LEAST, ...found.map((point) => Math.abs(point.gain)));
    const parts = found.length === 0 ? [this.outline()] : [...this.surface(found), this.outline(), ...this.zero(found), ...this.dots(found)];
    this.picture.replaceChildren(...parts, ...this.corners(), this.mark());
    const { alpha, beta, gamma } = shares(settings);
    this.picture.setAttribute("aria-valuenow", gamma.toFixed(2));
    this.picture.setAttribute("aria-valuetext", `α ${alpha.toFixed(2)}, β ${beta.toFixed(2)}, γ ${gamma.toFixed(2)}`);
  }

  /** Colour every triangle, band by band. */
  surface(found) {
    const largest = this.largest;
    const width = (2 * largest) / LEVELS;
    const parts = [];
    for (const corners of this.triangles(found)) {
      for (let band = 0; band < LEVELS; band += 1) {
        const low = -largest + band * width;
        const polygon = clipped(clipped(corners, (gain) => gain - low), (gain) => low + width - gain);
        if (polygon.length < 3) continue;
        const fill = mixed((low + width / 2) / largest);
        parts.push(svg("path", { class: "band", d: path(polygon), fill, stroke: fill }));
      }
    }
    return parts;
  }

  /** Draw where the gain is 0: thick, ink on paper. */
  zero(found) {
    const lines = [];
    for (const corners of this.triangles(found)) {
      const ends = crossings(corners);
      if (ends.length === 2) lines.push(`M${ends[0]} L${ends[1]}`);
    }
    return ["zero-halo", "zero"].map((name) => svg("path", { class: name, d: lines.join(" ") }));
  }

  triangles(found) {
    return this.family.triangles.map((triple) => triple.map((i) => {
      const point = this.family.points[i];
      return { place: this.put(point), gain: found.find((each) => each.a === point.a && each.g === point.g && each.b === point.b)?.gain ?? NaN };
    })).filter((corners) => corners.every((corner) => Number.isFinite(corner.gain)));
  }

  dots(found) {
    return found.map((point) => {
      const [cx, cy] = this.put(point);
      return svg("circle", { class: "dot", cx, cy, r: 2 });
    });
  }

  outline() {
    const corners = [{ alpha: 1, beta: 0, gamma: 0 }, { alpha: 0, beta: 1, gamma: 0 }, { alpha: 0, beta: 0, gamma: 1 }];
    return svg("path", { class: "triangle", d: path(corners.map((corner) => ({ place: this.put(corner) }))) });
  }

  corners() {
    const text = (share, words, dx, dy, anchor, name) => {
      const [x, y] = this.put(share);
      return svg("text", { class: `corner ${name}`, x: x + dx, y: y + dy, "text-anchor": anchor }, words);
    };
    return [
      text({ alpha: 1, beta: 0, gamma: 0 }, "α = 1", 0, em(1.2), "middle", "alpha"),
      text({ alpha: 0, beta: 1, gamma: 0 }, "β = 1", 0, em(1.2), "middle", "beta"),
      text({ alpha: 0, beta: 0, gamma: 1 }, "γ = 1", em(1.1), em(0.3), "start", "gamma"),
    ];
  }

  mark() {
    const [x, y] = this.put(shares(this.settings));
    return svg("path", { class: "here", d: `M${x},${y - 12} L${x + 12},${y} L${x},${y + 12} L${x - 12},${y} Z` });
  }

  click(event) {
    const box = this.picture.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top];
    const near = nearest(this.found, (point) => distance(this.put(point), at));
    if (near !== null && distance(this.put(near), at) < 60) this.chosen(near);
  }

  /** Go to the nearest measured point in the direction of an arrow. */
  key(event) {
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way === undefined || this.found.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const from = this.put(shares(this.settings));
    const ahead = this.found.filter((point) => {
      const [dx, dy] = minus(this.put(point), from);
      const along = dx * way[0] + dy * way[1];
      return along > 1 && along >= 0.49 * Math.hypot(dx, dy);
    });
    const near = nearest(ahead, (point) => distance(this.put(point), from));
    if (near !== null) this.chosen(near);
  }
}

/** Keep of a polygon what is on the positive side of a linear function of the gain. */
function clipped(polygon, side) {
  return polygon.flatMap((from, i) => {
    const to = polygon[(i + 1) % polygon.length];
    const [one, other] = [side(from.gain), side(to.gain)];
    const kept = one >= 0 ? [from] : [];
    return one * other < 0 ? [...kept, between(from, to, one / (one - other))] : kept;
  });
}

function between(from, to, share) {
  const mix = (one, other) => one + share * (other - one);
  return { place: [mix(from.place[0], to.place[0]), mix(from.place[1], to.place[1])], gain: mix(from.gain, to.gain) };
}

function crossings(corners) {
  return corners.flatMap((from, i) => {
    const to = corners[(i + 1) % 3];
    return from.gain >= 0 === to.gain >= 0 ? [] : [between(from, to, from.gain / (from.gain - to.gain)).place];
  });
}

function path(polygon) {
  return `M${polygon.map(({ place }) => place.map((value) => value.toFixed(1))).join(" L")} Z`;
}

function nearest(found, far) {
  return found.reduce((best, point) => (best === null || far(point) < far(best) ? point : best), null);
}

function minus(one, other) {
  return [one[0] - other[0], one[1] - other[1]];
}

function distance(one, other) {
  return Math.hypot(...minus(one, other));
}
