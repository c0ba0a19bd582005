import { KEYS } from "./keys.js";
import { Stream } from "./random.js";
import { labels } from "./rules.js";

/** Rows to test on. */
export const TEST_ROWS = 1000;

/**
 * Draw the rows of a world, to train on and then to test on:
 *
 *     z ~ N(0, I),   y = rule(z),   xᵃ = (z of what a sees, noise),   xᵇ likewise
 *
 * with the features in the order b, a&b, a, hidden, so that each modality sees one run of them.
 * They are the rows that `synth.Population` draws from the seed. Returns `teacher` and `student`,
 * arrays (row, channel) whose values are rounded to single precision, and `y`, classes 0 and 1.
 */
export function draw(settings) {
  const { a, g, b, h, da, db, n, seed } = settings;
  const rows = n + TEST_ROWS;
  const decisive = a + g + b + h;
  const latents = normals(seed, KEYS.latents, rows * decisive);
  const view = (channels, first, features, key) => {
    const x = normals(seed, key, rows * channels).map(Math.fround);
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < features; j++) {
        x[row * channels + j] = Math.fround(latents[row * decisive + first + j]);
      }
    }
    return x;
  };
  return {
    teacher: view(da, b, a + g, KEYS.noise.teacher),
    student: view(db, 0, b + g, KEYS.noise.student),
    y: labels(settings, latents, new Stream(seed, KEYS.label)),
  };
}

/**
 * Return what a network sees of the rows, `{ x, channels }`: the "teacher" or "student" modality,
 * "both" side by side, or "general": the teacher's with all but the general features set to zero.
 */
export function seen(data, { g, da, db }, sight) {
  if (sight === "student") return { x: data.student, channels: db };
  if (sight === "teacher") return { x: data.teacher, channels: da };
  if (sight === "general") {
    return { x: data.teacher.map((value, i) => (i % da < g ? value : 0)), channels: da };
  }
  const [rows, channels] = [data.y.length, da + db];
  const x = new Float64Array(rows * channels);
  for (let row = 0; row < rows; row++) {
    x.set(data.teacher.subarray(row * da, (row + 1) * da), row * channels);
    x.set(data.student.subarray(row * db, (row + 1) * db), row * channels + da);
  }
  return { x, channels };
}

function normals(seed, key, count) {
  const stream = new Stream(seed, key);
  const drawn = new Float64Array(count);
  for (let i = 0; i < count; i++) drawn[i] = stream.normal();
  return drawn;
}
