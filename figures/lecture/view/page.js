import { problem } from "../maths/settings.js";
import { overlapped } from "../maths/shares.js";
import { Channels } from "./channels.js";
import { Controls } from "./controls.js";
import { by, say } from "./dom.js";
import { menus } from "./exports.js";
import { decode, encode, INITIAL, outside, PARTS, settingsOf } from "./fields.js";
import { Gains } from "./gains.js";
import { listen } from "./keyboard.js";
import { Live } from "./live.js";
import { fill } from "./menus.js";
import { PRESETS } from "./presets.js";
import { python } from "./python.js";
import { Runs } from "./runs.js";
import { Seeds } from "./seeds.js";
import { Story } from "./story.js";
import { Tour } from "./tour.js";
import { summary, Venn } from "./venn.js";

const OF_THE_ROOM = ["speed", "predict", "theme", "hide", "seed"]; // what another preset leaves as it is

const BETWEEN = 320; // milliseconds from one address to the next: browsers refuse many in a short time

let state = { ...INITIAL };
let written = -BETWEEN;
let writing = null;

const explained = (text) => say(by("explain"), text || `${summary(state)}. Drag the circles, or point at a part.`);
const venn = new Venn(by("venn"), { moved, dropped: () => live.run.playing || live.run.play(), explained });
const channels = new Channels(by("channels"), { explained });
const controls = new Controls(change);
const gains = new Gains(JSON.parse(by("families").textContent), { jumped: ({ a, g, b, h, da, db }) => change({ a, g, b, h, da, db }) });
const live = new Live({ ended, known: (settings) => gains.known(settings) });
const runs = new Runs();
const seeds = new Seeds(by("distribution"));
const tour = new Tour({ show, rested: () => rest(true) });
const story = new Story({ choose, show: (scene) => { tour.stop(); show(scene, false); } });

/**
 * Take on a part of a new state, or none of it if a number would be beyond its bounds. New settings end
 * a tour and begin a run; what was is not of these.
 */
function change(patch) {
  const why = outside({ ...state, ...patch });
  if (why !== "") {
    note(why);
    draw();
    return;
  }
  const before = JSON.stringify(settingsOf(state));
  state = { ...state, ...patch };
  if (JSON.stringify(settingsOf(state)) !== before) {
    tour.stop();
    begin();
  }
  write();
  draw();
}

function begin() {
  const settings = settingsOf(state);
  rest(false);
  seeds.clear();
  live.begin(settings);
  note("");
}

/** Write a state that can be run into the address, which is then a link to it; a drag writes its last. */
function write() {
  clearTimeout(writing);
  const left = written + BETWEEN - performance.now();
  if (left > 0) {
    writing = setTimeout(write, left);
    return;
  }
  if (problem(settingsOf(state)) !== "") return;
  const text = encode(state, PRESETS);
  if (location.hash.slice(1) === text) return;
  history.replaceState(null, "", `#${text}`);
  written = performance.now();
}

/** Take on a whole state: nothing of what was there remains. */
function enter(whole) {
  state = whole;
  tour.stop();
  runs.clear();
  begin();
  write();
  draw();
}

/** Read the state from the address. */
function read() {
  clearTimeout(writing);
  const { state: found, notes } = decode(location.hash.slice(1), PRESETS);
  enter(found);
  if (notes.length > 0) note(`Not all of the address was understood: ${notes.join("; ")}.`);
  theme();
}

function choose(index) {
  if (index >= PRESETS.length) return;
  const { name, scenes } = PRESETS[index];
  const kept = Object.fromEntries(OF_THE_ROOM.map((field) => [field, state[field]]));
  enter({ ...INITIAL, ...kept, ...scenes[0].settings, preset: name });
}

function show(scene, play) {
  const on = tour.on && play;
  change(tour.preset(state).scenes[scene].settings);
  tour.on = on;
  if (play) start();
}

/** Play or pause; a preset is played from where it is to its last scene, and then from the first. */
function play() {
  if (live.run.playing || tour.waiting !== null) {
    tour.stop();
    rest(false);
    return live.run.pause();
  }
  tour.start(state);
  if (live.run.done && tour.on) {
    const scenes = tour.preset(state).scenes.length;
    return show((tour.scene(state) + 1) % scenes, true);
  }
  if (live.run.done) begin();
  start();
}

function start() {
  live.run.pace = tour.pace(state);
  live.run.play();
}

function rest(resting) {
  live.resting = resting;
  live.draw();
}

function ended() {
  const scene = tour.scene(state);
  runs.add(live.run, scene < 0 ? "" : tour.preset(state).scenes[scene].label);
  drawGains();
  tour.next(state);
}

function moved(shared) {
  if (shared === state.g) venn.draw(settingsOf(state)); // only the circle has moved
  else change(overlapped(settingsOf(state), shared));
}

function note(text) {
  say(by("note"), text);
  by("note").hidden = text === "";
}

function draw() {
  const settings = settingsOf(state);
  const hidden = new Set(state.hide.split("."));
  for (const name of Object.keys(PARTS)) document.body.classList.toggle(`hide-${name}`, hidden.has(name));
  live.ceilings = !hidden.has("ceilings");
  live.predict.on = state.predict === "yes";
  live.run.pace = tour.pace(state);
  venn.draw(settings);
  channels.draw(settings);
  controls.draw(state);
  if (document.activeElement?.closest(".region, .channels") === null) explained("");
  story.draw(tour.preset(state), tour.scene(state));
  live.draw();
  drawGains();
  by("python").textContent = python(settings);
}

function drawGains() {
  gains.draw(settingsOf(state), tour.preset(state).path, runs.marks);
  runs.draw();
}

function theme() {
  document.documentElement.dataset.theme = state.theme;
  for (const each of [live.curves, gains.overlap, seeds]) each.build();
  draw();
}

function dark() {
  return state.theme === "dark" || (state.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
}

const stopped = (act) => () => { tour.stop(); rest(false); act(); };

const actions = {
  play,
  nudge: stopped(() => live.run.nudge()),
  stage: stopped(() => { live.run.pace = tour.pace(state); live.run.play(live.run.stage); }),
  reset: stopped(() => { begin(); draw(); }),
  reseed: () => change({ seed: state.seed + 1 }),
  many: () => { seeds.toggle(settingsOf(state)); by("distribution").scrollIntoView({ block: "nearest" }); },
  preset: choose,
  predict: () => change({ predict: state.predict === "yes" ? "no" : "yes" }),
  helps: () => live.predict.answer("helps"),
  little: () => live.predict.answer("changes little"),
  hurts: () => live.predict.answer("hurts"),
  lecturer: () => by("lecturer").showModal(),
  theme: () => { change({ theme: dark() ? "light" : "dark" }); theme(); },
  help: () => by("help").showModal(),
};

fill(actions, (name, shown) => {
  const hidden = Object.keys(PARTS).filter((part) => (part === name ? !shown : state.hide.split(".").includes(part)));
  change({ hide: hidden.join(".") });
});
menus(() => `mfh lecture page, settings ${JSON.stringify(settingsOf(state))}`, {
  curves: () => live.run.rows.map((row) => ({ ...row, ...live.run.settings })),
  "gain-over-gamma": () => gains.table("path", state),
  "gain-map": () => gains.table("simplex", state),
  "gain-of-seeds": () => seeds.table,
  runs: () => runs.table,
});
listen(actions);
addEventListener("hashchange", read);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", theme);
matchMedia("print").addEventListener("change", draw);
read();
document.body.dataset.ready = "yes";
