// Where the legs of the calipers snap to: beats and peaks in time, peaks and the baseline in voltage.

import { beatsOf, lowerBound } from "../base/beats.js";
import { settings } from "../base/settings.js";
import { MISSING, stretch } from "./tiles.js";

/** @typedef {import("./paper_view.js").PaperView} PaperView */
/** @typedef {import("./scene.js").Cell} Cell */
/** @typedef {import("./scene.js").Scene} Scene */

const SNAP_PIXELS = 7;

/**
 * The beat before or after a time; the time itself where there is none.
 *
 * @param {PaperView} paper
 * @param {number} time
 * @param {number} step
 */
export function beatBeside(paper, time, step) {
  const beats = beatsOf(paper.recording).seconds;
  const found = step > 0 ? beats[lowerBound(beats, time + 0.002)] : beats[lowerBound(beats, time - 0.002) - 1];
  return found ?? time;
}

/**
 * @param {PaperView} paper
 * @param {Cell} cell
 * @param {number} time
 */
export function snapTime(paper, cell, time) {
  const reach = SNAP_PIXELS / /** @type {Scene} */ (paper.scene).perSecond;
  const beats = beatsOf(paper.recording).seconds;
  const near = [beats[lowerBound(beats, time)], beats[lowerBound(beats, time) - 1]].filter((beat) => beat !== undefined && Math.abs(beat - time) < reach);
  const peak = extreme(paper, cell, (near[0] ?? time) - reach, (near[0] ?? time) + reach);
  return peak && Math.abs(peak.time - time) <= 2 * reach ? peak.time : (near[0] ?? time);
}

/**
 * The furthest sample from the middle of a stretch, if it stands out.
 *
 * @param {PaperView} paper
 * @param {Cell} cell
 * @param {number} from
 * @param {number} to
 * @returns {{time: number, value: number} | null}
 */
export function extreme(paper, cell, from, to) {
  const { values, first, rate } = samples(paper, cell, from, to);
  const known = values.filter((value) => Number.isFinite(value));
  if (known.length < 3) return null;
  const middle = [...known].sort((a, b) => a - b)[known.length >> 1] ?? 0;
  let best = 0;
  values.forEach((value, number) => {
    if (Math.abs(value - middle) > Math.abs(/** @type {number} */ (values[best]) - middle)) best = number;
  });
  const inside = best > 0 && best < values.length - 1;
  const value = /** @type {number} */ (values[best]);
  return inside && Math.abs(value - middle) > 0.03 ? { time: (first + best) / rate, value } : null;
}

/**
 * @param {PaperView} paper
 * @param {Cell} cell
 * @param {number} value
 * @param {[number, number]} times Of the two legs for time: peaks between them count.
 */
export function snapVoltage(paper, cell, value, times) {
  const scene = /** @type {Scene} */ (paper.scene);
  const known = samples(paper, cell, Math.min(...times) - 0.08, Math.max(...times) + 0.08).values.filter((level) => Number.isFinite(level));
  const candidates = [0, Math.max(...known), Math.min(...known)];
  return candidates.find((level) => Math.abs(level - value) * scene.perMillivolt < SNAP_PIXELS) ?? value;
}

/**
 * mV of the samples of a stretch, as drawn.
 *
 * @param {PaperView} paper
 * @param {Cell} cell
 * @param {number} from
 * @param {number} to
 */
function samples(paper, cell, from, to) {
  const recording = /** @type {import("../types.js").Recording} */ (paper.recording);
  const trace = /** @type {import("../types.js").TraceInfo} */ (recording.trace);
  const rate = trace.sampling_frequency;
  const first = Math.max(0, Math.round(from * rate));
  const last = Math.min(trace.samples, Math.round(to * rate) + 1);
  const { values } = stretch(recording, settings.filter ? "filtered" : "raw", 0, cell.index, first, Math.max(first, last));
  const unit = ((paper.isTurned(cell.lead) ? -1 : 1) * (settings.filter ? 1 : (trace.microvolts_per_unit[cell.index] ?? 1))) / 1000;
  return { values: Array.from(values, (value) => (value === MISSING ? NaN : value * unit - cell.middle)), first, rate };
}
