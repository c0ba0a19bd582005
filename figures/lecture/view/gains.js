import { TEACHERS } from "../maths/teachers.js";
import { by, say } from "./dom.js";
import { chosen, differences, points, same } from "./measured.js";
import { Overlap } from "./overlap.js";
import { Simplex } from "./simplex.js";
import { signed } from "./words.js";

/** What was measured over many seeds: the gain over γ and over all shares, with the current diagram. */
export class Gains {
  constructor(families, { jumped }) {
    this.families = families;
    this.overlap = new Overlap(by("overlap"));
    this.simplex = new Simplex(by("simplex"), { chosen: jumped });
  }

  /** Show what fits some settings; `path` names the preset's path, `marks` are the runs so far. */
  draw(settings, path, marks) {
    this.path = chosen(this.families, "path", settings, path);
    this.map = chosen(this.families, "simplex", settings, path);
    this.overlap.draw(settings, this.path, marks);
    this.simplex.draw(settings, this.map);
    const { largest } = this.simplex;
    for (const [id, end] of [["least", -largest], ["most", largest]]) say(by(id), signed(end));
    for (const [family, name, first] of [[this.path, "overlap", ""], [this.map, "simplex", "Thick line: no gain. "]]) {
      say(by(`${name}-title`), family === null ? "Not measured for this teacher" : family.title);
      say(by(`${name}-note`), family === null ? "" : first + about(family, settings));
    }
  }

  /** Say what was measured at just these settings, or nothing. */
  known(settings) {
    const { arm } = TEACHERS[settings.teacher];
    for (const family of [this.path, this.map]) {
      if (family === null || differences(family, settings).length > 0) continue;
      const point = same(family, settings);
      if (point === null || !(arm in point.arms)) continue;
      const { gain, low, high } = point.arms[arm];
      const interval = low === null ? "" : ` [${signed(low)}, ${signed(high)}]`;
      return `${averaged(point.seeds)}: ${signed(gain)}${interval}.`;
    }
    return "";
  }

  /** Return the points of a picture as rows of a table. */
  table(kind, settings) {
    const family = kind === "path" ? this.path : this.map;
    if (family === null) return [];
    return points(family, TEACHERS[settings.teacher].arm).map(({ arms: _, ...row }) => ({ ...row, ...family.settings }));
  }
}

function about(family, settings) {
  const seeds = [...new Set(family.points.map((point) => point.seeds))].sort((one, other) => one - other);
  const each = seeds.length === 1 ? averaged(seeds[0]) : `Mean of ${seeds[0]} to ${seeds.at(-1)} seeds`;
  const other = differences(family, settings);
  const beside = other.length === 0 && same(family, settings) === null ? "; not measured at this diagram" : "";
  return `${each}${other.length > 0 ? `; measured with ${other.join(", ")}` : beside}.`;
}

function averaged(seeds) {
  return seeds === 1 ? "One seed, no interval" : `Mean of ${seeds} seeds`;
}
