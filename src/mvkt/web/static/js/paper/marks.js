// What is drawn besides the trace: beats, what was left out, what a finding rests on, the time.

import { LETTERS, lowerBound } from "../base/beats.js";
import { moment } from "../base/format.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Diagnosis} Diagnosis */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").Cell} Cell */
/** @typedef {import("./colours.js").Colours} Colours */
/** @typedef {import("../findings/support.js").Shade} Shade */
/** @typedef {CanvasRenderingContext2D} Context */

const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const ROOM_FOR_RATE = 34;
const LEAST_BEAT_PIXELS = 5;

/**
 * Marks at the beats of a row, letters at those that are not normal, and the rate between them where there is room.
 *
 * @param {Context} context
 * @param {Scene} scene
 * @param {Cell} cell
 * @param {import("../types.js").Beats} beats
 * @param {Colours} colours
 * @param {number | null} marked Seconds of the beat that has a ring.
 */
export function drawBeats(context, scene, cell, { seconds: beats, kinds }, colours, marked) {
  const end = cell.start + cell.width / scene.perSecond;
  const first = Math.max(0, lowerBound(beats, cell.start) - 1);
  if (((end - cell.start) / Math.max(1, lowerBound(beats, end) - first)) * scene.perSecond < LEAST_BEAT_PIXELS) return;
  context.save();
  context.beginPath();
  context.rect(cell.x, cell.y, cell.width, cell.height);
  context.clip();
  context.textAlign = "center";
  context.textBaseline = "top";
  for (let number = first; number < beats.length; number += 1) {
    const time = /** @type {number} */ (beats[number]);
    const x = cell.x + (time - cell.start) * scene.perSecond;
    const next = beats[number + 1];
    const letter = LETTERS[kinds[number] ?? "normal"];
    context.fillStyle = letter ? colours.extra : colours.beat;
    context.font = `${letter ? "700 13px" : "10px"} ${FONT}`;
    if (letter) context.fillText(letter, x, cell.y + cell.height - 27);
    else mark(context, x, cell.y + cell.height - 23);
    if (time === marked) ring(context, x, cell.y + cell.height - 21, colours.extra);
    context.fillStyle = colours.beat;
    context.font = `10px ${FONT}`;
    if (next !== undefined && (next - time) * scene.perSecond > ROOM_FOR_RATE && next - time < 3) {
      context.fillText(String(Math.round(60 / (next - time))), x + ((next - time) / 2) * scene.perSecond, cell.y + cell.height - 27);
    }
    if (time > end) break;
  }
  context.restore();
}

/**
 * @param {Context} context
 * @param {number} x
 * @param {number} y Of its middle.
 * @param {string} colour
 */
function ring(context, x, y, colour) {
  context.beginPath();
  context.arc(x, y, 9.5, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.lineWidth = 1.8;
  context.stroke();
}

/**
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 */
function mark(context, x, y) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x - 3.2, y + 5.5);
  context.lineTo(x + 3.2, y + 5.5);
  context.fill();
}

/**
 * @param {Context} context
 * @param {Scene} scene
 * @param {Cell} cell
 * @param {Shade[]} shades
 * @param {Colours} colours
 */
export function drawSupport(context, scene, cell, shades, colours) {
  context.fillStyle = colours.support;
  for (const { from, to, strength } of shades) {
    // Whole pixels, so that neighbours neither overlap nor leave a gap.
    const left = Math.max(cell.x, Math.round(cell.x + (from - cell.start) * scene.perSecond));
    const right = Math.min(cell.x + cell.width, Math.round(cell.x + (to - cell.start) * scene.perSecond));
    if (right <= left) continue;
    context.globalAlpha = 0.5 * strength;
    context.fillRect(left, cell.y, right - left, cell.height);
  }
  context.globalAlpha = 1;
}

/**
 * Hatch the windows that were too poor to be judged.
 *
 * @param {Context} context
 * @param {Scene} scene
 * @param {Cell} cell
 * @param {Diagnosis} diagnosis
 * @param {Colours} colours
 * @param {string} label
 */
export function drawLeftOut(context, scene, cell, diagnosis, colours, label) {
  const { start_seconds: starts, window_seconds: length, judged } = diagnosis.timeline;
  const end = cell.start + cell.width / scene.perSecond;
  context.save();
  context.beginPath();
  context.rect(cell.x, cell.y, cell.width, cell.height);
  context.clip();
  context.strokeStyle = context.fillStyle = colours.out;
  context.font = `11px ${FONT}`;
  context.textBaseline = "top";
  const begin = Math.max(0, firstAfter(starts, cell.start - length));
  for (let number = begin; number < starts.length && /** @type {number} */ (starts[number]) < end; number += 1) {
    if (judged[number]) continue;
    const x = cell.x + (/** @type {number} */ (starts[number]) - cell.start) * scene.perSecond;
    const width = Math.min(length, diagnosis.signal.duration_seconds) * scene.perSecond;
    context.globalAlpha = 0.13;
    context.fillRect(x, cell.y, width, cell.height);
    context.globalAlpha = 0.9;
    if (width > 90) context.fillText(label, Math.max(x, cell.x) + 34, cell.y + 6);
  }
  context.restore();
}

/**
 * @param {number[]} sorted
 * @param {number} value
 */
function firstAfter(sorted, value) {
  const found = sorted.findIndex((place) => place >= value);
  return found < 0 ? sorted.length : found;
}

/**
 * Times along the lower edge of a row, each at its tick; the beats have the line above them.
 *
 * @param {Context} context
 * @param {Scene} scene
 * @param {Cell} cell
 * @param {Colours} colours
 * @param {string | null} begin
 * @param {number} duration
 */
export function drawTime(context, scene, cell, colours, begin, duration) {
  context.font = `10.5px ${FONT}`;
  context.textBaseline = "bottom";
  context.fillStyle = colours.faint;
  const step = [1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14400].find((seconds) => seconds * scene.perSecond > 110) ?? 28800;
  const end = Math.min(duration, cell.start + cell.width / scene.perSecond);
  context.beginPath();
  for (let time = Math.ceil(cell.start / step - 1e-9) * step; time <= end; time += step) {
    const x = cell.x + (time - cell.start) * scene.perSecond;
    context.moveTo(x, cell.y + cell.height);
    context.lineTo(x, cell.y + cell.height - 10);
    const words = moment(time, begin);
    if (x + context.measureText(words).width + 4 < cell.x + cell.width) context.fillText(words, x + 3, cell.y + cell.height - 1);
  }
  context.strokeStyle = colours.faint;
  context.lineWidth = 1;
  context.stroke();
}
