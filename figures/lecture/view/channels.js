import { em, svg } from "./dom.js";
import { channels } from "./sentences.js";

const NAME = 4.7; // lines of text: the width of a row's name
const ROW = 2.4; // and its height

const LABEL = 0.6; // lines of text: the width of a letter
const SYMBOLS = {
  teacher: { own: "α", general: "γ", noise: "noise" },
  student: { own: "β", general: "γ", noise: "noise" },
};

/** Each modality's channels as columns, coloured by their role; `explained` hears what they are. */
export class Channels {
  constructor(picture, { explained }) {
    this.picture = picture;
    this.explained = explained;
    new ResizeObserver(() => this.settings && this.draw(this.settings)).observe(picture);
  }

  draw(settings) {
    this.settings = settings;
    const width = this.picture.clientWidth;
    if (width === 0) return; // hidden
    const rows = channels(settings);
    const column = (width - em(NAME)) / Math.max(...rows.map((row) => row.total));
    this.picture.setAttribute("viewBox", `0 0 ${width} ${rows.length * em(ROW)}`);
    this.picture.replaceChildren(...rows.flatMap((row, i) => this.row(row, i * em(ROW), column)));
  }

  row({ who, parts }, top, column) {
    const drawn = [svg("text", { class: "name", x: 0, y: top + em(1.5) }, who)];
    let x = em(NAME);
    for (const { role, count, said } of parts) {
      if (count === 0) continue;
      const group = svg("g", { class: `channels ${who} ${role}`, tabindex: 0, role: "img", "aria-label": said });
      for (let i = 0; i < count; i += 1) {
        const gap = Math.min(2, column / 4);
        group.append(svg("rect", { x: x + i * column, y: top + em(0.35), width: column - gap, height: em(ROW - 0.8), rx: 1.5 }));
      }
      for (const [event, text] of [["pointerenter", said], ["pointerleave", ""], ["focus", said], ["blur", ""]])
        group.addEventListener(event, () => this.explained(text));
      const text = SYMBOLS[who][role];
      if (count * column >= em(LABEL * (text.length + 3)))
        group.append(svg("text", { class: "role", x: x + (count * column) / 2, y: top + em(1.5) }, `${text} ${count}`));
      drawn.push(group);
      x += count * column;
    }
    return drawn;
  }
}
