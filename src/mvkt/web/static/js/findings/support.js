// What a finding rests on, window by window; requested when somebody points at the finding.

import { json } from "../base/api.js";
import { notify } from "../base/store.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Diagnosis} Diagnosis */

/**
 * @typedef {object} Shade
 * @property {number} from Seconds.
 * @property {number} to
 * @property {number} strength 0 to 1.
 *
 * @typedef {object} Support
 * @property {number} probability
 * @property {number} without
 * @property {number} blanked_seconds
 * @property {number[]} strengths
 */

const FAINTEST = 0.05;
const MOST_WINDOWS = 8;

/** @type {Map<string, {step: number, findings: Record<string, Support>} | "requested">} */
const known = new Map();

/**
 * Number of the student among those that read a recording.
 *
 * @param {Recording} recording
 * @param {string} student
 */
function diagnosisBy(recording, student) {
  const number = recording.readBy.findIndex((reading) => reading.student === student);
  return number < 0 ? undefined : recording.answered?.diagnoses[number];
}

/**
 * Windows that overlap a stretch and were judged.
 *
 * @param {Diagnosis} diagnosis
 * @param {number} from
 * @param {number} to
 */
function windowsIn(diagnosis, from, to) {
  const { start_seconds: starts, window_seconds: length, judged } = diagnosis.timeline;
  const found = [];
  for (let number = 0; number < starts.length && found.length < MOST_WINDOWS; number += 1) {
    const start = /** @type {number} */ (starts[number]);
    if (judged[number] && start < to && start + length > from) found.push(number);
  }
  return found;
}

/**
 * The shades of a stretch, as far as they are known; what is not is requested.
 *
 * @param {Recording} recording
 * @param {{student: string, code: string}} finding
 * @param {number} from
 * @param {number} to
 * @returns {Shade[]}
 */
export function shadesOf(recording, { student, code }, from, to) {
  const diagnosis = diagnosisBy(recording, student);
  if (!diagnosis || !recording.id) return [];
  /** @type {Shade[]} */
  const found = [];
  const isSeen = (/** @type {string | null | undefined} */ verdict) => verdict === "found" || verdict === "inconclusive";
  // What comes and goes rests on the times at which it is there.
  const verdicts = isSeen(diagnosis.findings.find((finding) => finding.code === code)?.verdict) ? diagnosis.timeline.verdicts[code] : undefined;
  for (const window of windowsIn(diagnosis, from, to)) {
    if (diagnosis.rule === "course" && verdicts && !isSeen(verdicts[window])) continue;
    const answer = supportOf(recording, diagnosis, student, window);
    const support = answer?.findings[code];
    if (!answer || !support) continue;
    const begin = /** @type {number} */ (diagnosis.timeline.start_seconds[window]);
    support.strengths.forEach((strength, number) => {
      const start = begin + number * answer.step;
      if (strength > FAINTEST && start < diagnosis.signal.duration_seconds) found.push({ from: start, to: start + answer.step, strength });
    });
  }
  return found;
}

/**
 * What is known of a finding in the window of a moment; null where nothing is (yet).
 *
 * @param {Recording} recording
 * @param {{student: string, code: string}} finding
 * @param {number} time
 * @returns {Support | null}
 */
export function supportAt(recording, { student, code }, time) {
  const diagnosis = diagnosisBy(recording, student);
  const window = diagnosis ? windowsIn(diagnosis, time, time + 0.01)[0] : undefined;
  const answer = window === undefined ? undefined : known.get(`${recording.id}/${student}/${window}`);
  return typeof answer === "object" ? (answer.findings[code] ?? null) : null;
}

/**
 * The support in a window, if it is known; the first call requests it.
 *
 * @param {Recording} recording
 * @param {Diagnosis} diagnosis
 * @param {string} student
 * @param {number} window
 */
function supportOf(recording, diagnosis, student, window) {
  const name = `${recording.id}/${student}/${window}`;
  const found = known.get(name);
  if (found === undefined) {
    known.set(name, "requested");
    load(recording, diagnosis, student, window, name);
  }
  return typeof found === "object" ? found : undefined;
}

/**
 * @param {Recording} recording
 * @param {Diagnosis} diagnosis
 * @param {string} student
 * @param {number} window
 * @param {string} name
 */
async function load(recording, diagnosis, student, window, name) {
  const query = new URLSearchParams({ student, window: String(window) });
  for (const { code, verdict } of diagnosis.findings) if (verdict !== "not judged") query.append("code", code);
  try {
    const answer = await json(`/api/recordings/${recording.id}/support?${query}`);
    known.set(name, { step: answer.step_seconds, findings: answer.findings });
    notify("hover");
  } catch {
    known.delete(name); // the finding is shown without shades; the next look requests them again
  }
}

/** @param {Recording} recording */
export function forgetSupport(recording) {
  for (const name of [...known.keys()]) if (name.startsWith(`${recording.id}/`)) known.delete(name);
}
