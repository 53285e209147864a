// What a person decides on findings. It stands beside the network's answer, in the browser's own storage.

import { notify } from "../base/store.js";
import { change, settings } from "../base/settings.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Review} Review */
/** @typedef {import("../types.js").Decision} Decision */

const PREFIX = "mvkt-review:";

/** @returns {Review} */
export function emptyReview() {
  return { reviewer: "", note: "", time: "", decisions: [], added: [] };
}

/** @param {Review} review */
export function isEmpty(review) {
  return !review.note && !review.decisions.length && !review.added.length;
}

/**
 * @param {string} print
 * @param {number} index
 * @returns {Review}
 */
export function storedReview(print, index) {
  try {
    const found = JSON.parse(localStorage.getItem(`${PREFIX}${index}:${print}`) ?? "null");
    if (found && Array.isArray(found.decisions) && Array.isArray(found.added)) return { ...emptyReview(), ...found };
  } catch {
    // Damaged or forbidden storage: there is no reading.
  }
  return emptyReview();
}

/**
 * Change what a person decides on a recording.
 *
 * @param {Recording} recording
 * @param {Partial<Review>} changes
 */
export function changeReview(recording, changes) {
  Object.assign(recording.review, changes, { time: new Date().toISOString() });
  if (changes.reviewer !== undefined && changes.reviewer !== settings.reviewer) change({ reviewer: changes.reviewer });
  recording.review.reviewer ||= settings.reviewer;
  const name = `${PREFIX}${recording.index}:${recording.upload.print}`;
  notify("review");
  if (!recording.upload.print) return; // the files are not known yet
  try {
    if (isEmpty(recording.review)) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(recording.review));
  } catch {
    // Full or forbidden: it holds as long as the page is open.
  }
}

/**
 * @param {Recording} recording
 * @param {string} code
 * @returns {Decision | undefined}
 */
export function decisionOn(recording, code) {
  return recording.review.decisions.find((decision) => decision.code === code);
}

/**
 * @param {Recording} recording
 * @param {string} code
 * @param {Decision | null} decision Null takes it back.
 */
export function decide(recording, code, decision) {
  const others = recording.review.decisions.filter((other) => other.code !== code);
  changeReview(recording, { decisions: decision ? [...others, decision] : others });
}
