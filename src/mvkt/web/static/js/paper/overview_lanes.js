// What the strip of the whole recording consists of: lanes of trace, heart rate, findings and quality, and the axis of time.
// Each lane returns where the next one begins.

import { moment } from "../base/format.js";
import { t } from "../base/texts.js";
import { titleOf } from "../base/finding_texts.js";
import { coloursNow } from "./colours.js";
import { blockOf, levelFor, stretch } from "./tiles.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../types.js").TraceInfo} TraceInfo */

/** Pixels. */
export const LEFT = innerWidth < 700 ? 84 : 136;
export const RIGHT = 10;
export const LANES = { trace: 30, rate: 40, finding: 15, extra: 16, judged: 9 };
export const GAP = 4;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} name
 * @param {number} middle
 */
function writeName(context, name, middle) {
  context.fillStyle = style("--faint");
  context.textAlign = "right";
  context.textBaseline = "middle";
  let shown = name;
  while (shown.length > 3 && context.measureText(shown).width > LEFT - 12) shown = `${shown.slice(0, -2)}…`;
  context.fillText(shown, LEFT - 7, middle);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width Of the lanes.
 * @param {Recording} recording
 * @param {string} shownLead
 * @param {number} y
 */
export function traceLane(context, width, recording, shownLead, y) {
  const trace = /** @type {TraceInfo} */ (recording.trace);
  const level = Math.max(1, levelFor(trace, trace.samples / width));
  const block = blockOf(trace, level);
  const lead = Math.max(0, trace.leads.indexOf(shownLead));
  const total = Math.ceil(trace.samples / block);
  const kind = recording.envelope ? "filtered" : "raw";
  const { values } = stretch(recording, kind, level, lead, 0, total);
  const sorted = Float64Array.from(values.filter((value) => Math.abs(value) < 32767)).sort();
  const low = sorted[Math.floor(sorted.length * 0.005)] ?? 0;
  const high = sorted[Math.floor(sorted.length * 0.995)] ?? 1;
  const scale = LANES.trace / Math.max(1, high - low);
  const clamp = (/** @type {number} */ value) => y + LANES.trace - Math.max(0, Math.min(high - low, value - low)) * scale;
  context.beginPath();
  for (let number = 0; number < total; number += 1) {
    const x = LEFT + ((number + 0.5) / total) * width;
    const [bottom, top] = [/** @type {number} */ (values[2 * number]), /** @type {number} */ (values[2 * number + 1])];
    if (bottom > top || top === -32768) continue;
    context.moveTo(x, clamp(bottom) + 0.4);
    context.lineTo(x, clamp(top) - 0.4);
  }
  context.strokeStyle = coloursNow().trace;
  context.lineWidth = Math.max(0.8, Math.min(1.4, width / total));
  context.stroke();
  writeName(context, trace.leads.length === 1 ? t("laneTrace") : `${t("lead")} ${trace.leads[lead]}`, y + LANES.trace / 2);
  return y + LANES.trace + GAP;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width Of the lanes.
 * @param {Diagnosis} diagnosis
 * @param {number} y
 */
export function rateLane(context, width, diagnosis, y) {
  const rates = diagnosis.timeline.heart_rate;
  const columns = byColumn(diagnosis, rates, width);
  const known = columns.filter((column) => column !== null).flat();
  const low = Math.min(50, 10 * Math.floor(Math.min(...known) / 10));
  const high = Math.max(100, 10 * Math.ceil(Math.max(...known) / 10));
  const at = (/** @type {number} */ rate) => y + LANES.rate - ((rate - low) / (high - low)) * LANES.rate;
  context.strokeStyle = style("--line");
  context.lineWidth = 1;
  context.beginPath();
  for (const rate of [60, 100]) {
    context.moveTo(LEFT, at(rate));
    context.lineTo(LEFT + width, at(rate));
  }
  context.stroke();
  context.fillStyle = style("--rate");
  columns.forEach((column, number) => {
    if (!column) return;
    const x = LEFT + (number / columns.length) * width;
    const top = at(column[1]) - 0.9;
    context.fillRect(x, top, width / columns.length + 0.4, at(column[0]) + 0.9 - top);
  });
  writeName(context, `${t("laneRate")} ${low}–${high}`, y + LANES.rate / 2);
  return y + LANES.rate + GAP;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width Of the lanes.
 * @param {Diagnosis} diagnosis
 * @param {import("../types.js").Finding} finding
 * @param {number} y
 */
export function findingLane(context, width, diagnosis, finding, y) {
  const { start_seconds: starts, window_seconds: length } = diagnosis.timeline;
  const verdicts = diagnosis.timeline.verdicts[finding.code] ?? [];
  const seconds = diagnosis.signal.duration_seconds;
  context.fillStyle = style("--line");
  context.fillRect(LEFT, y + LANES.finding - 1, width, 1);
  for (const [verdict, colour] of /** @type {[string, string][]} */ ([["inconclusive", "--unsure"], ["found", "--found"]])) {
    context.fillStyle = style(colour);
    verdicts.forEach((seen, number) => {
      if (seen !== verdict) return;
      const start = /** @type {number} */ (starts[number]);
      const height = verdict === "found" ? LANES.finding : LANES.finding / 2;
      context.fillRect(LEFT + (start / seconds) * width, y + LANES.finding - height, Math.max(1, (length / seconds) * width), height);
    });
  }
  writeName(context, titleOf(finding), y + LANES.finding / 2);
  return y + LANES.finding + 2;
}

/**
 * A line for each extra beat: ventricular ones above, supraventricular ones below.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} width Of the lanes.
 * @param {Diagnosis} diagnosis
 * @param {number} y
 */
export function extraLane(context, width, diagnosis, y) {
  const { seconds, kinds } = diagnosis.beats;
  const half = LANES.extra / 2;
  context.fillStyle = style("--line");
  context.fillRect(LEFT, y + half - 0.5, width, 1);
  for (const [kind, top, colour] of /** @type {[string, number, string][]} */ ([["ventricular", y, "--ecg-extra"], ["supraventricular", y + half + 1, "--ecg-support"]])) {
    context.fillStyle = style(colour);
    seconds.forEach((second, number) => {
      if (kinds[number] === kind) context.fillRect(LEFT + (second / diagnosis.signal.duration_seconds) * width, top, 1, half - 1);
    });
  }
  writeName(context, t("laneExtra"), y + half);
  return y + LANES.extra + GAP;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width Of the lanes.
 * @param {Diagnosis} diagnosis
 * @param {number} y
 */
export function judgedLane(context, width, diagnosis, y) {
  const { start_seconds: starts, window_seconds: length, judged } = diagnosis.timeline;
  const seconds = diagnosis.signal.duration_seconds;
  context.fillStyle = style("--good");
  context.fillRect(LEFT, y, width, LANES.judged);
  context.fillStyle = style("--poor");
  judged.forEach((good, number) => {
    if (good) return;
    const start = /** @type {number} */ (starts[number]);
    const share = Math.min(length, seconds - start) / seconds;
    context.fillRect(LEFT + (start / seconds) * width, y, Math.max(1, share * width), LANES.judged);
  });
  writeName(context, t("laneJudged"), y + LANES.judged / 2);
  return y + LANES.judged + GAP;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} width Of the lanes.
 * @param {TraceInfo} trace
 * @param {number} y
 */
export function axis(context, width, trace, y) {
  const steps = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
  const step = steps.find((seconds) => (seconds / trace.seconds) * width > 72) ?? 86400;
  const found = /T(\d\d):(\d\d):(\d\d)/.exec(trace.start_time ?? "");
  const offset = found ? Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3]) : 0;
  context.fillStyle = context.strokeStyle = style("--faint");
  context.textBaseline = "top";
  context.textAlign = "center";
  for (let time = (step - (offset % step)) % step; time <= trace.seconds; time += step) {
    const x = LEFT + (time / trace.seconds) * width;
    context.fillRect(x, y - 2, 1, 3);
    const words = moment(time, trace.start_time).replace(/ \+\d+ d$/, "");
    const half = context.measureText(words).width / 2;
    context.fillText(words, Math.min(Math.max(x, LEFT + half), LEFT + width + RIGHT - half), y + 2);
  }
}

/**
 * Lowest and highest value of the windows of each column.
 *
 * @param {Diagnosis} diagnosis
 * @param {(number | null)[]} values
 * @param {number} width
 * @returns {([number, number] | null)[]}
 */
function byColumn(diagnosis, values, width) {
  const starts = diagnosis.timeline.start_seconds;
  const count = Math.max(1, Math.min(values.length, Math.floor(width)));
  /** @type {([number, number] | null)[]} */
  const columns = Array.from({ length: count }, () => null);
  values.forEach((value, number) => {
    if (value === null) return;
    const start = /** @type {number} */ (starts[number]);
    const column = Math.min(count - 1, Math.floor((start / diagnosis.signal.duration_seconds) * count));
    const before = columns[column];
    columns[column] = before ? [Math.min(before[0], value), Math.max(before[1], value)] : [value, value];
  });
  return columns;
}

/** @param {string} name */
function style(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
