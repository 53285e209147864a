// The whole recording in one strip: where the heart was fast, what was judged, when something was found. A click goes there.

import { el } from "../base/dom.js";
import { moment } from "../base/format.js";
import { t } from "../base/texts.js";
import { titleOf } from "../base/finding_texts.js";
import { coloursNow } from "./colours.js";
import { blockOf, levelFor, stretch } from "./tiles.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../types.js").TraceInfo} TraceInfo */
/** @typedef {import("./paper_view.js").PaperView} PaperView */

const LEFT = 104;
const RIGHT = 10;
const TRACE_SECONDS = 600;
const LANES = { trace: 30, rate: 40, finding: 15, judged: 9 };
const MOST_FINDINGS = 6;
const GAP = 4;
const FONT = "11px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

export class Overview {
  /**
   * @param {HTMLElement} host
   * @param {PaperView} paper
   */
  constructor(host, paper) {
    this.paper = paper;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.window = el("div", { class: "overview-window" });
    this.element = el("div", { class: "overview", role: "slider", tabIndex: 0, "aria-valuemin": 0 }, this.canvas, this.window);
    host.append(this.element);
    this.pending = 0;
    this.background = "";
    this.element.addEventListener("pointerdown", (event) => this.press(event));
    this.element.addEventListener("pointermove", (event) => event.buttons && this.go(event.clientX));
    this.element.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** Draw all anew in the next frame. */
  draw() {
    this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      this.paint();
      this.move();
    });
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.element.setPointerCapture(event.pointerId);
    this.go(event.clientX);
  }

  /** @param {number} x */
  go(x) {
    const trace = this.paper.recording?.trace;
    if (!trace) return;
    const share = (x - this.element.getBoundingClientRect().left - LEFT) / this.width;
    this.paper.moveTo(share * trace.seconds - (this.paper.scene?.seconds ?? 0) / 2);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const trace = this.paper.recording?.trace;
    if (!trace || event.ctrlKey || event.metaKey) return;
    const pages = /** @type {Record<string, number>} */ (KEYS)[event.key];
    if (pages !== undefined) this.paper.turn(pages);
    else if (event.key === "Home") this.paper.moveTo(0);
    else if (event.key === "End") this.paper.moveTo(trace.seconds);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  get width() {
    return Math.max(1, this.element.clientWidth - LEFT - RIGHT);
  }

  /** Put the frame where the paper is. */
  move() {
    const { recording, scene } = this.paper;
    const trace = recording?.trace;
    if (!trace || !recording) return;
    const share = Math.min(1, (scene?.seconds ?? trace.seconds) / trace.seconds);
    const left = Math.min(1 - share, recording.start / trace.seconds);
    this.window.style.setProperty("left", `${LEFT + left * this.width}px`);
    this.window.style.setProperty("width", `${Math.max(3, share * this.width)}px`);
    this.element.setAttribute("aria-valuemax", String(Math.round(trace.seconds)));
    this.element.setAttribute("aria-valuenow", String(Math.round(recording.start)));
    this.element.setAttribute("aria-valuetext", moment(recording.start, trace.start_time));
    this.element.setAttribute("aria-label", t("overviewLabel"));
  }

  paint() {
    const recording = this.paper.recording;
    const trace = recording?.trace;
    this.element.hidden = !trace;
    if (!trace || !recording || !this.element.clientWidth) return;
    const diagnosis = recording.answered?.diagnoses[0];
    const long = trace.seconds > TRACE_SECONDS;
    const found = diagnosis && diagnosis.rule === "course" ? lanesOf(diagnosis) : [];
    const rated = diagnosis && diagnosis.timeline.heart_rate.filter((rate) => rate !== null).length > 3;
    const height =
      (long ? 0 : LANES.trace + GAP) + (rated ? LANES.rate + GAP : 0) + found.length * (LANES.finding + 2) + LANES.judged + GAP + 18;
    const ratio = devicePixelRatio || 1;
    Object.assign(this.canvas, { width: Math.round(this.element.clientWidth * ratio), height: Math.round(height * ratio) });
    this.canvas.style.setProperty("height", `${height}px`);
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = FONT;
    let y = GAP;
    if (!long) y = this.trace(context, recording, trace, y);
    if (diagnosis && rated) y = this.rate(context, diagnosis, y);
    for (const finding of found) y = this.finding(context, /** @type {Diagnosis} */ (diagnosis), finding, y);
    if (diagnosis) y = this.judged(context, diagnosis, y);
    this.axis(context, trace, y);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {string} name
   * @param {number} middle
   */
  name(context, name, middle) {
    context.fillStyle = style("--faint");
    context.textAlign = "right";
    context.textBaseline = "middle";
    let shown = name;
    while (shown.length > 3 && context.measureText(shown).width > LEFT - 12) shown = `${shown.slice(0, -2)}…`;
    context.fillText(shown, LEFT - 7, middle);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Recording} recording
   * @param {TraceInfo} trace
   * @param {number} y
   */
  trace(context, recording, trace, y) {
    const level = Math.max(1, levelFor(trace, trace.samples / this.width));
    const block = blockOf(trace, level);
    const lead = Math.max(0, trace.leads.indexOf(this.paper.lead));
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
      const x = LEFT + ((number + 0.5) / total) * this.width;
      const [bottom, top] = [/** @type {number} */ (values[2 * number]), /** @type {number} */ (values[2 * number + 1])];
      if (bottom > top || top === -32768) continue;
      context.moveTo(x, clamp(bottom) + 0.4);
      context.lineTo(x, clamp(top) - 0.4);
    }
    context.strokeStyle = coloursNow().trace;
    context.lineWidth = Math.max(0.8, Math.min(1.4, this.width / total));
    context.stroke();
    this.name(context, recording.trace?.leads.length === 1 ? t("laneTrace") : `${t("lead")} ${trace.leads[lead]}`, y + LANES.trace / 2);
    return y + LANES.trace + GAP;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Diagnosis} diagnosis
   * @param {number} y
   */
  rate(context, diagnosis, y) {
    const rates = diagnosis.timeline.heart_rate;
    const columns = byColumn(diagnosis, rates, this.width);
    const known = columns.filter((one) => one !== null).flat();
    const low = Math.min(50, 10 * Math.floor(Math.min(...known) / 10));
    const high = Math.max(100, 10 * Math.ceil(Math.max(...known) / 10));
    const at = (/** @type {number} */ rate) => y + LANES.rate - ((rate - low) / (high - low)) * LANES.rate;
    context.strokeStyle = style("--line");
    context.lineWidth = 1;
    context.beginPath();
    for (const rate of [60, 100]) {
      context.moveTo(LEFT, at(rate));
      context.lineTo(LEFT + this.width, at(rate));
    }
    context.stroke();
    context.fillStyle = style("--rate");
    columns.forEach((column, number) => {
      if (!column) return;
      const x = LEFT + (number / columns.length) * this.width;
      const top = at(column[1]) - 0.9;
      context.fillRect(x, top, this.width / columns.length + 0.4, at(column[0]) + 0.9 - top);
    });
    this.name(context, `${t("laneRate")} ${low}–${high}`, y + LANES.rate / 2);
    return y + LANES.rate + GAP;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Diagnosis} diagnosis
   * @param {import("../types.js").Finding} finding
   * @param {number} y
   */
  finding(context, diagnosis, finding, y) {
    const { start_seconds: starts, window_seconds: length } = diagnosis.timeline;
    const verdicts = diagnosis.timeline.verdicts[finding.code] ?? [];
    const seconds = diagnosis.signal.duration_seconds;
    context.fillStyle = style("--line");
    context.fillRect(LEFT, y + LANES.finding - 1, this.width, 1);
    for (const [verdict, colour] of /** @type {[string, string][]} */ ([["inconclusive", "--unsure"], ["found", "--found"]])) {
      context.fillStyle = style(colour);
      verdicts.forEach((one, number) => {
        if (one !== verdict) return;
        const start = /** @type {number} */ (starts[number]);
        const height = verdict === "found" ? LANES.finding : LANES.finding / 2;
        context.fillRect(LEFT + (start / seconds) * this.width, y + LANES.finding - height, Math.max(1, (length / seconds) * this.width), height);
      });
    }
    this.name(context, titleOf(finding), y + LANES.finding / 2);
    return y + LANES.finding + 2;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Diagnosis} diagnosis
   * @param {number} y
   */
  judged(context, diagnosis, y) {
    const { start_seconds: starts, window_seconds: length, judged } = diagnosis.timeline;
    const seconds = diagnosis.signal.duration_seconds;
    context.fillStyle = style("--good");
    context.fillRect(LEFT, y, this.width, LANES.judged);
    context.fillStyle = style("--poor");
    judged.forEach((good, number) => {
      if (good) return;
      const start = /** @type {number} */ (starts[number]);
      const share = Math.min(length, seconds - start) / seconds;
      context.fillRect(LEFT + (start / seconds) * this.width, y, Math.max(1, share * this.width), LANES.judged);
    });
    this.name(context, t("laneJudged"), y + LANES.judged / 2);
    return y + LANES.judged + GAP;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {TraceInfo} trace
   * @param {number} y
   */
  axis(context, trace, y) {
    const steps = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
    const step = steps.find((one) => (one / trace.seconds) * this.width > 72) ?? 86400;
    const found = /T(\d\d):(\d\d):(\d\d)/.exec(trace.start_time ?? "");
    const offset = found ? Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3]) : 0;
    context.fillStyle = context.strokeStyle = style("--faint");
    context.textBaseline = "top";
    context.textAlign = "center";
    for (let time = (step - (offset % step)) % step; time <= trace.seconds; time += step) {
      const x = LEFT + (time / trace.seconds) * this.width;
      context.fillRect(x, y - 2, 1, 3);
      const words = moment(time, trace.start_time).replace(/ \+\d+ d$/, "");
      const half = context.measureText(words).width / 2;
      context.fillText(words, Math.min(Math.max(x, LEFT + half), LEFT + this.width + RIGHT - half), y + 2);
    }
  }
}

/** The findings that have a lane: those found at any time, the most present first. @param {Diagnosis} diagnosis */
function lanesOf(diagnosis) {
  const seen = diagnosis.findings.filter((one) => one.course && one.course.episodes.length && !one.normal);
  seen.sort((a, b) => (b.course?.burden ?? 0) - (a.course?.burden ?? 0));
  return seen.slice(0, MOST_FINDINGS);
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
