const FIGURE2 = { da: 25, db: 50 };
const WIDE = { da: 50, db: 50 };

const scene = (label, a, g, b, h, more) => ({ label, settings: { a, g, b, h, ...more } });

/**
 * What a lecturer shows: a title, a sentence on what is shown and one that tells what comes of it, and
 * one or more scenes, which are trained one after the other. Keys 1 to 9 choose them, in this order.
 */
export const PRESETS = [
  {
    name: "full",
    title: "Full overlap",
    shown: "Both modalities see the same ten decisive features, so γ = 1.",
    told: "All that the teacher has learnt is of use to the student, and distillation helps.",
    path: "gamma",
    scenes: [scene("γ = 1", 0, 10, 0, 10, FIGURE2)],
  },
  {
    name: "none",
    title: "No overlap",
    shown: "Teacher and student see ten decisive features each, and none in common, so γ = 0.",
    told: "The teacher is right for reasons that the student cannot see, and imitating it hurts.",
    path: "gamma",
    scenes: [scene("γ = 0", 10, 0, 10, 0, FIGURE2)],
  },
  {
    name: "growing",
    title: "Growing overlap (Figure 2)",
    shown: "Both modalities see ten decisive features, and more and more of them are the same.",
    told: "The teacher hardly changes, and the gain goes from loss to help.",
    path: "gamma",
    scenes: [0, 2, 4, 6, 8, 10].map((o) => scene(`γ = ${(o / (20 - o)).toFixed(2)}`, 10 - o, o, 10 - o, o, FIGURE2)),
  },
  {
    name: "better",
    title: "Better teacher, same student (Figure 3)",
    shown: "The teacher sees more and more features that the student does not, and becomes far more accurate.",
    told: "The student gains less and less: what the teacher adds is not general.",
    path: "alpha",
    scenes: [0, 10, 20, 30, 40].map((s) => scene(`α = ${(s / (s + 10)).toFixed(2)}`, s, 10, 0, 40 - s, WIDE)),
  },
  {
    name: "general",
    title: "Modality-general teacher (Table 2)",
    shown: "First the teacher learns from all it sees, then from the general features alone.",
    told: "The second teacher is much worse, and its student is better.",
    path: "general",
    scenes: [
      scene("whole teacher", 10, 5, 0, 0, { ...WIDE, teacher: "teacher" }),
      scene("general teacher", 10, 5, 0, 0, { ...WIDE, teacher: "general_teacher" }),
    ],
  },
  {
    name: "failure",
    title: "Multimodal teacher that fails (Table 1)",
    shown: "A teacher of both modalities is far more accurate than one of the student’s own.",
    told: "Its student is no better: what the teacher sees beyond the student cannot be passed on.",
    path: "alpha",
    scenes: [
      scene("unimodal teacher", 14, 0, 7, 0, { ...WIDE, teacher: "um_teacher" }),
      scene("multimodal teacher", 14, 0, 7, 0, { ...WIDE, teacher: "multimodal_teacher" }),
    ],
  },
  {
    name: "hidden",
    title: "Hidden features",
    shown: "The label depends on more and more features that nobody sees: to everyone they are noise, and both ceilings fall.",
    told: "The noisier the labels, the more there is to gain from a teacher that sees some of the same.",
    path: "gamma",
    scenes: [0, 10, 30].map((h) => scene(`${h} hidden`, 5, 5, 5, h, FIGURE2)),
  },
  {
    name: "rows",
    title: "More rows",
    shown: "Teacher and student learn from 50, 200, and then 1,000 labelled rows.",
    told: "With few rows the teacher knows little itself, with many the student needs no teacher: it helps most in between.",
    path: "gamma",
    scenes: [50, 200, 1000].map((n) => scene(`${n} rows`, 0, 10, 0, 10, { ...FIGURE2, n })),
  },
  {
    name: "synergy",
    title: "A label of both together",
    shown: "The label is the parity of a bit that one modality sees and a bit that the other sees: both together know it, each alone knows nothing.",
    told: "A teacher of both modalities learns it, and has nothing to pass on.",
    path: "gamma",
    scenes: [scene("parity", 1, 0, 1, 0, { da: 4, db: 4, n: 1000, rule: "parity", model: "hidden", teacher: "multimodal_teacher" })],
  },
];
