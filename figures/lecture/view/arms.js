/**
 * How teachers are called and look. Colours and marks are those of the figures; a teacher that is seen in
 * part, or more than one modality, has the colour of its student.
 */
export const LABELS = {
  teacher: { label: "teacher", colour: "--teacher", student: "--student" },
  general_teacher: { label: "general teacher", colour: "--general", student: "--general" },
  multimodal_teacher: { label: "multimodal teacher", colour: "--orange", student: "--orange" },
  um_teacher: { label: "unimodal teacher", colour: "--green", student: "--green" },
};

/** Line styles and marks of the three curves. */
export const LOOKS = {
  teacher: { dash: [], shape: "triangle-up", sign: "▲" },
  no_kd: { dash: [7, 5], shape: "square", sign: "■" },
  kd: { dash: [], shape: "circle", sign: "●" },
};

/** Return the three curves of a run: name, colour (a CSS variable), dash and mark of each. */
export function arms(settings) {
  const kind = LABELS[settings.teacher];
  return [
    { arm: "teacher", label: kind.label, colour: kind.colour, ...LOOKS.teacher },
    { arm: "no_kd", label: "No-KD student", colour: "--baseline", ...LOOKS.no_kd },
    { arm: "kd", label: "KD student", colour: kind.student, ...LOOKS.kd },
  ];
}
