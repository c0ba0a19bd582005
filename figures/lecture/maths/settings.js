import { RULES } from "./rules.js";
import { TEACHERS } from "./teachers.js";

/** How many steps each model is trained for. */
export const STEPS = { linear: 1000, hidden: 200 };

/** What is chosen by a name, and the names that are known; the page opens with the first of each. */
export const CHOICES = { rule: Object.keys(RULES), model: Object.keys(STEPS), teacher: Object.keys(TEACHERS) };

const COUNTS = { a: 0, g: 0, b: 0, h: 0, da: 0, db: 0, n: 1, seed: 0 };
const REALS = { flip: "a number from 0 to 0.5", temperature: "a number above 0", weight: "a number of at least 0" };

/** Return why these settings cannot be run, in one sentence, or "" if they can. */
export function problem(settings) {
  for (const [name, least] of Object.entries(COUNTS)) {
    const value = settings[name];
    if (!Number.isSafeInteger(value) || value < least) {
      return `${name} = ${value} is not a whole number of at least ${least}.`;
    }
  }
  for (const [name, what] of Object.entries(REALS)) {
    const value = settings[name];
    const above = name !== "temperature" || value > 0;
    if (!Number.isFinite(value) || value < 0 || !above || (name === "flip" && value > 0.5)) {
      return `${name} = ${value} is not ${what}.`;
    }
  }
  for (const [name, known] of Object.entries(CHOICES)) {
    if (!known.includes(settings[name])) return `${name} = ${settings[name]} is not one of ${known.join(", ")}.`;
  }
  return missing(settings);
}

/** Return what the features leave out. */
function missing({ a, g, b, da, db, rule }) {
  if (a + g + b === 0) return "No modality sees a decisive feature; give one of them at least one.";
  if (da === 0) return "The teacher’s modality has no channel; give it at least one.";
  if (db === 0) return "The student’s modality has no channel; give it at least one.";
  if (da < a + g) return `The teacher’s modality sees ${a + g} decisive features and has only ${da} channels.`;
  if (db < b + g) return `The student’s modality sees ${b + g} decisive features and has only ${db} channels.`;
  if (rule === "parity" && (a === 0 || b === 0)) {
    return "Parity needs a teacher-specific and a student-specific feature, one for each of its bits.";
  }
  return "";
}
