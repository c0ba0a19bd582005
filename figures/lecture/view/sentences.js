import { count } from "./words.js";

/** What each region of a diagram is, in a sentence. */
export function regions({ a, g, b, h }) {
  const visible = a + g + b;
  const of = (number) => `${number} of ${count(visible, "visible decisive feature")} ${number === 1 ? "is" : "are"}`;
  return {
    a: `α: ${of(a)} the teacher’s own. The teacher learns from them, and the student cannot see them.`,
    g: `γ: ${of(g)} general: both see them. What the teacher knows of them, the student can use.`,
    b: `β: ${of(b)} the student’s own. A teacher of the other modality knows nothing of them.`,
    h: `${h} of ${count(visible + h, "decisive feature")} ${h === 1 ? "is" : "are"} hidden: the label depends on them, and nobody sees them.`,
  };
}

/** What the channels of a modality are, role by role, in the order in which they stand. */
export function channels({ a, g, b, da, db }) {
  const rows = [
    { who: "teacher", own: a, total: da, before: ["general", "own"] },
    { who: "student", own: b, total: db, before: ["own", "general"] },
  ];
  return rows.map(({ who, own, total, before }) => {
    const counts = { own, general: g, noise: total - own - g };
    const said = {
      own: `${count(own, "channel")} of the ${who}’s ${total} ${own === 1 ? "shows a feature" : "show features"} that the ${who} alone sees.`,
      general: `${count(g, "channel")} of the ${who}’s ${total} ${g === 1 ? "shows a feature" : "show features"} that both modalities see.`,
      noise: `${count(counts.noise, "channel")} of the ${who}’s ${total} ${counts.noise === 1 ? "is" : "are"} noise: it tells nothing of the label, and must be learnt to be left alone.`,
    };
    return { who, total, parts: [...before, "noise"].map((role) => ({ role, count: counts[role], said: said[role] })) };
  });
}
