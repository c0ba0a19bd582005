import { em, html } from "./dom.js";

const ERRORS = 1; // Vega's level of a log without warnings: a chart may be empty

/** The colours of the page, by the names of its CSS variables. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** How every chart looks: text of the page's size, colours of the theme. */
function config() {
  const size = em();
  const ink = colour("--ink");
  const text = { labelFontSize: size, titleFontSize: size, labelColor: ink, titleColor: ink, titleFontWeight: "normal" };
  return {
    background: null,
    font: getComputedStyle(document.body).fontFamily,
    padding: 2,
    view: { stroke: null },
    axis: { ...text, gridColor: colour("--grid"), domainColor: ink, tickColor: ink, labelFlush: false },
    text: { fontSize: size, fill: ink },
  };
}

/**
 * A chart in an element: a Vega-Lite specification that a function of the theme returns, and data
 * that may change at any time. It is made anew when the theme or the size of text changes.
 */
export class Chart {
  constructor(node, label, specification) {
    this.node = node;
    this.label = label;
    this.specification = specification;
    this.rows = {};
    this.signals = {};
    this.view = null;
    new ResizeObserver(() => this.view && this.fit()).observe(node);
  }

  /** Make the chart, or make it anew; the last of several that are asked for at once is shown. */
  async build() {
    const place = html("div");
    Object.assign(this, { place, size: em() });
    const specification = { autosize: { type: "fit", contains: "padding" }, ...this.specification() };
    const options = { mode: "vega-lite", renderer: "svg", actions: false, hover: false, tooltip: false, logLevel: ERRORS, config: config() };
    const { view } = await vegaEmbed(place, specification, options);
    if (this.place !== place) return view.finalize();
    this.view?.finalize();
    this.view = view.description(this.label);
    for (const [name, value] of Object.entries(this.signals)) view.signal(name, value);
    for (const [name, rows] of Object.entries(this.rows)) view.data(name, rows);
    this.fit();
    this.node.replaceChildren(place);
  }

  /** Show rows and values of signals, by their names. */
  show(rows, signals = {}) {
    Object.assign(this.rows, rows);
    Object.assign(this.signals, signals);
    if (this.view === null) return;
    for (const [name, value] of Object.entries(signals)) this.view.signal(name, value);
    for (const [name, values] of Object.entries(rows)) this.view.data(name, values);
    this.view.runAsync();
  }

  fit() {
    if (this.size !== em()) return this.build();
    const { clientWidth, clientHeight } = this.node;
    if (clientWidth > 0 && clientHeight > 0) this.view.width(clientWidth).height(clientHeight).runAsync();
  }
}

/** A line of what a chart's marks are: an HTML legend that can hold live values. */
export function legend(entries) {
  return entries.map(({ sign, colour: name, label, value }) => {
    const mark = html("span", { class: "sign", style: `color: var(${name})`, "aria-hidden": "true" }, sign);
    const text = html("span", { class: "label" }, label);
    return html("span", { class: "entry" }, mark, " ", text, " ", html("b", {}, value));
  });
}
