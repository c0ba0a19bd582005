/**
 * What each random stream is for, as the four words that Python hashes from it
 * (`synth.streams.stream`): latents, noise of each modality, chance in labels, initial parameters.
 */
export const KEYS = {
  latents: [0x0a9912ab, 0xe56c2484, 0xcc290771, 0x0e8911c0],
  noise: {
    teacher: [0x2d6e4860, 0xd508aa52, 0x3dbd92c3, 0x4fce7643],
    student: [0x3ff5ddff, 0x0365da85, 0xbc2a5ecf, 0xbd074b86],
  },
  label: [0x9d7027a6, 0x1f9894e8, 0x71f4c0a3, 0x7cdb2b73],
  initial: {
    teacher: [0xa0e05cb9, 0xba8d0349, 0xe6a11f6d, 0xf88b96dc],
    um_teacher: [0x1339ab7c, 0x45f6c663, 0xeea7448d, 0x4ae4e078],
    multimodal_teacher: [0xfdf98507, 0x7020fe9d, 0xa588c7e1, 0xd83fc1e6],
    student: [0x72b8e37e, 0x3937c031, 0xcb75bf98, 0x03bc172e],
  },
};
