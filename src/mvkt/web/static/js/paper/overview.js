// The whole recording in one strip: where the heart was fast, what was judged, when something was found. A click goes there.

import { isExtra } from "../base/beats.js";
import { el } from "../base/dom.js";
import { moment } from "../base/format.js";
import { t } from "../base/texts.js";
import { GAP, LANES, LEFT, RIGHT, axis, extraLane, findingLane, judgedLane, rateLane, traceLane } from "./overview_lanes.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../types.js").TraceInfo} TraceInfo */
/** @typedef {import("./paper_view.js").PaperView} PaperView */

const TRACE_SECONDS = 600;
const MOST_FINDINGS = 6;
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
    const extra = diagnosis && diagnosis.rule === "course" && diagnosis.beats.kinds.some(isExtra);
    const traced = !long || !diagnosis; // a long one has its trace until more is known
    const height =
      (traced ? LANES.trace + GAP : 0) + (rated ? LANES.rate + GAP : 0) + (extra ? LANES.extra + GAP : 0) + found.length * (LANES.finding + 2) + LANES.judged + GAP + 18;
    const ratio = devicePixelRatio || 1;
    Object.assign(this.canvas, { width: Math.round(this.element.clientWidth * ratio), height: Math.round(height * ratio) });
    this.canvas.style.setProperty("height", `${height}px`);
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = FONT;
    let y = GAP;
    if (traced) y = traceLane(context, this.width, recording, this.paper.lead, y);
    if (diagnosis && rated) y = rateLane(context, this.width, diagnosis, y);
    if (extra) y = extraLane(context, this.width, diagnosis, y);
    for (const finding of found) y = findingLane(context, this.width, /** @type {Diagnosis} */ (diagnosis), finding, y);
    if (diagnosis) y = judgedLane(context, this.width, diagnosis, y);
    axis(context, this.width, trace, y);
  }
}

/** The findings that have a lane: those found at any time, the most present first. @param {Diagnosis} diagnosis */
function lanesOf(diagnosis) {
  const seen = diagnosis.findings.filter((finding) => finding.course && finding.course.episodes.length && !finding.normal);
  seen.sort((a, b) => (b.course?.burden ?? 0) - (a.course?.burden ?? 0));
  return seen.slice(0, MOST_FINDINGS);
}
