/** Space between circles that share nothing, as a share of the smaller radius. */
const GAP = 0.12;

/**
 * Lay out the Venn diagram: two circles and their lens, one decisive feature a unit of area.
 *
 *     π rₐ² = nₐ + nₐᵦ,   π rᵦ² = nᵦ + nₐᵦ,   lens(rₐ, rᵦ, d) = nₐᵦ
 *
 * Returns the radii and the distance d of the centres, `{ teacher, student, distance }`.
 */
export function layout({ a, g, b }) {
  const teacher = Math.sqrt((a + g) / Math.PI);
  const student = Math.sqrt((b + g) / Math.PI);
  return { teacher, student, distance: distanceFor(teacher, student, g) };
}

/** Return the area that circles of radii `ra` and `rb` share where their centres lie `distance` apart. */
export function sharedAt(ra, rb, distance) {
  if (distance >= ra + rb) return 0;
  if (distance <= Math.abs(ra - rb)) return Math.PI * Math.min(ra, rb) ** 2;
  const atA = halfAngle(ra, rb, distance);
  const atB = halfAngle(rb, ra, distance);
  return ra * ra * atA + rb * rb * atB - ra * distance * Math.sin(atA);
}

/**
 * Return the distance at which circles share an area. Those that share nothing stand a little apart;
 * of those that share the smaller one whole, it touches the larger from inside.
 */
export function distanceFor(ra, rb, shared) {
  const smaller = Math.min(ra, rb);
  let nested = Math.abs(ra - rb);
  let apart = ra + rb;
  if (shared === 0) return apart + GAP * smaller;
  if (shared >= Math.PI * smaller * smaller * (1 - 1e-9)) return nested;
  for (;;) {
    const middle = (nested + apart) / 2;
    if (middle <= nested || middle >= apart) return middle; // neighbouring numbers
    if (sharedAt(ra, rb, middle) > shared) nested = middle;
    else apart = middle;
  }
}

/** Return half the angle that the lens subtends at the centre of the circle of radius `own`. */
function halfAngle(own, other, distance) {
  const cosine = (distance * distance + own * own - other * other) / (2 * distance * own);
  return Math.acos(Math.min(1, Math.max(-1, cosine))); // rounding may leave 1 by an ulp
}
