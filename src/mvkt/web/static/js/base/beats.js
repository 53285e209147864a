// The beats of a recording, and the way from an extra beat to the next.

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Beats} Beats */
/** @typedef {import("../types.js").BeatKind} BeatKind */

/** What stands beside a beat that is not normal. @type {Partial<Record<BeatKind, string>>} */
export const LETTERS = { ventricular: "V", supraventricular: "S", unsure: "?" };

/** @type {Beats} */
const NONE = { seconds: [], kinds: [] };

/** Those of the first network that read it. @param {Recording | null} recording */
export function beatsOf(recording) {
  return recording?.answered?.diagnoses[0]?.beats ?? NONE;
}

/**
 * Whether a beat is counted as an extra beat.
 *
 * @param {BeatKind | undefined} kind
 */
export function isExtra(kind) {
  return kind === "ventricular" || kind === "supraventricular";
}

/**
 * The first extra beat after a time, or the last before it.
 *
 * @param {Recording} recording
 * @param {number} time Seconds.
 * @param {1 | -1} step
 * @returns {number | undefined} Seconds.
 */
export function extraBeat(recording, time, step) {
  const { seconds, kinds } = beatsOf(recording);
  const extra = seconds.filter((_, number) => isExtra(kinds[number]));
  const after = lowerBound(extra, time);
  return step > 0 ? extra[after] : extra[after - 1];
}

/**
 * How many are below a value.
 *
 * @param {number[]} sorted
 * @param {number} value
 */
export function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (sorted[middle]) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
