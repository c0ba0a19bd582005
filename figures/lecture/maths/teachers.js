/** What each teacher is trained on, the stream of its initial parameters, and the arm that imitates it. */
export const TEACHERS = {
  teacher: { input: "teacher", initStream: "teacher", arm: "kd" },
  general_teacher: { input: "general", initStream: "teacher", arm: "kd_general" },
  multimodal_teacher: { input: "both", initStream: "multimodal_teacher", arm: "kd_multimodal" },
  um_teacher: { input: "student", initStream: "um_teacher", arm: "um_kd" },
};
