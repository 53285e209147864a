// One recording on ECG paper: the canvas, what moves it, and what is drawn on it.

import { beatsOf, extraBeat } from "../base/beats.js";
import { el } from "../base/dom.js";
import { moment, number } from "../base/format.js";
import { change, settings } from "../base/settings.js";
import { t } from "../base/texts.js";
import { shadesOf } from "../findings/support.js";
import { coloursNow } from "./colours.js";
import { drawLabel, drawPaper, drawPulse, drawTrace } from "./draw.js";
import { listen } from "./gestures.js";
import { drawBeats, drawLeftOut, drawSupport, drawTime } from "./marks.js";
import { RHYTHM, sceneOf } from "./scene.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").TraceInfo} TraceInfo */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./colours.js").Colours} Colours */

export const GAINS = [2.5, 5, 10, 20, 40];
const SLOWEST_SECONDS_SHARE = 1;
const FASTEST = 200;
const TURN_SHARE = 0.8;

export class PaperView {
  /**
   * @param {HTMLElement} host
   * @param {{strip?: boolean, onChange?: () => void, onClick?: (x: number, y: number) => void}} [options] `strip`: one
   *   row, for recordings beside each other.
   */
  constructor(host, options = {}) {
    this.options = options;
    /** @type {Recording | null} */
    this.recording = null;
    /** The finding whose support is shaded. @type {{student: string, code: string} | null} */
    this.hover = null;
    this.canvas = el("canvas", { class: "paper-canvas", "aria-hidden": "true" });
    this.element = el("div", { class: "paper", tabIndex: 0, role: "application", data: { focus: "paper" } }, this.canvas);
    host.append(this.element);
    this.pending = 0;
    /** Seconds of the extra beat that was gone to. @type {number | null} */
    this.marked = null;
    /** @type {Scene | null} */
    this.scene = null;
    listen(this.element, {
      pan: (pixels) => this.scene && this.move(-pixels / this.scene.perSecond),
      zoom: (factor, x) => this.zoom(factor, x),
      gain: (steps) => this.gain(steps),
      click: (x, y) => this.options.onClick?.(x, y),
    });
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** @param {Recording | null} recording */
  show(recording) {
    if (recording !== this.recording) this.marked = null;
    this.recording = recording;
    this.draw();
  }

  /** Draw in the next frame. */
  draw() {
    this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      this.paint();
    });
  }

  /** The lead that the first student read, or the first of the recording. */
  get lead() {
    const read = this.recording?.readBy[0]?.leads[0];
    const leads = this.recording?.trace?.leads ?? [];
    if (settings.lead && leads.includes(settings.lead)) return settings.lead;
    return read && leads.includes(read) ? read : (leads[0] ?? "");
  }

  /** @param {number} start Seconds at the left edge. */
  moveTo(start) {
    const { recording, scene } = this;
    if (!recording?.trace) return;
    const shown = scene ? scene.seconds * TURN_SHARE : 0;
    recording.start = Math.max(0, Math.min(start, Math.max(0, recording.trace.seconds - shown)));
    this.draw();
    this.options.onChange?.();
  }

  /**
   * Go to the next extra beat, or to the one before, and put a ring around its letter; after the last comes the first.
   *
   * @param {1 | -1} step
   * @returns {number | undefined} Its seconds; undefined where there is none.
   */
  toExtra(step) {
    const { recording, scene } = this;
    if (!recording?.trace || !scene) return undefined;
    const end = recording.start + scene.seconds;
    const inView = (/** @type {number} */ time) => time >= recording.start && time < end;
    const edge = step > 0 ? recording.start : end;
    const from = this.marked !== null && inView(this.marked) ? this.marked + step * 0.001 : edge;
    const beat = extraBeat(recording, from, step) ?? extraBeat(recording, -step * Infinity, step);
    if (beat === undefined) return undefined;
    this.marked = beat;
    if (inView(beat)) this.draw();
    else this.moveTo(beat - scene.seconds / 4);
    return beat;
  }

  /** @param {number} seconds To the right. */
  move(seconds) {
    this.moveTo((this.recording?.start ?? 0) + seconds);
  }

  /** @param {number} pages To the right. */
  turn(pages) {
    this.move(pages * (this.scene?.page ?? 1) * TURN_SHARE);
  }

  /**
   * @param {number} factor Above one shows less, larger.
   * @param {number} [x] Pixels from the left; what is there stays there.
   */
  zoom(factor, x) {
    const { recording, scene } = this;
    if (!recording?.trace || !scene) return;
    const across = scene.width - (scene.cells[0]?.x ?? 0);
    const slowest = across / (recording.trace.seconds * SLOWEST_SECONDS_SHARE) / scene.mm;
    const speed = Math.min(FASTEST, Math.max(Math.min(slowest, 25), settings.mmPerSecond * factor));
    const at = (x ?? scene.width / 2) - (scene.cells[0]?.x ?? 0);
    const time = recording.start + at / scene.perSecond;
    change({ mmPerSecond: speed });
    this.rescale();
    this.moveTo(time - at / (this.scene?.perSecond ?? 1));
  }

  /** @param {number} steps */
  gain(steps) {
    const now = GAINS.findIndex((gain) => gain >= settings.mmPerMillivolt);
    const next = GAINS[Math.max(0, Math.min(GAINS.length - 1, now + steps))];
    if (next !== undefined) change({ mmPerMillivolt: next });
  }

  /** Find out where everything lies. */
  rescale() {
    const trace = this.recording?.trace;
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    if (!trace || !width || !height) return (this.scene = null);
    const read = this.recording?.readBy.find((reading) => reading.student === this.hover?.student)?.leads ?? [];
    // What a network read of one lead is seen along a whole strip while its finding is pointed at.
    const rhythm = read.length === 1 && read[0] && trace.leads.includes(read[0]) ? read[0] : RHYTHM;
    const wanted = { ...settings, lead: this.lead, start: this.recording?.start ?? 0, rhythm };
    if (this.options.strip) wanted.layout = "rows";
    return (this.scene = sceneOf(trace.leads, trace.seconds, { width, height: this.options.strip ? 1 : height }, wanted));
  }

  paint() {
    const scene = this.rescale();
    if (!scene) return;
    const ratio = devicePixelRatio || 1;
    const width = Math.round(scene.width * ratio);
    const height = Math.round(scene.height * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      this.canvas.style.setProperty("height", `${scene.height}px`);
    }
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.compose(context, scene, coloursNow(), ratio);
    this.label();
  }

  /**
   * Draw all; also what is taken away as a picture.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {Scene} scene
   * @param {Colours} colours
   * @param {number} ratio
   * @returns {boolean} Whether all of the trace was here.
   */
  compose(context, scene, colours, ratio) {
    const { recording } = this;
    const trace = /** @type {TraceInfo} */ (recording?.trace);
    if (!recording) return true;
    drawPaper(context, scene, colours, recording.start * scene.perSecond, ratio);
    this.background(context, scene, colours);
    const rowsOfOne = new Set(scene.cells.map((cell) => cell.lead)).size === 1;
    const lastRow = Math.max(...scene.cells.map((cell) => cell.row));
    let complete = true;
    for (const cell of scene.cells) {
      const turned = this.isTurned(cell.lead);
      complete = drawTrace(context, scene, cell, recording, { filter: settings.filter, turned, colour: colours.trace }) && complete;
      if (cell.first) drawPulse(context, scene, cell, colours);
      if (!rowsOfOne || cell.row === 0) drawLabel(context, scene, cell, colours, turned ? `−${cell.lead}` : cell.lead);
      const widest = cell.width > scene.width * 0.6;
      if (settings.beats && widest && (rowsOfOne || cell.row === lastRow)) drawBeats(context, scene, cell, beatsOf(recording), colours, this.marked);
      if (widest && (rowsOfOne || cell.row === lastRow)) drawTime(context, scene, cell, colours, trace.start_time, trace.seconds);
    }
    return complete;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Scene} scene
   * @param {Colours} colours
   */
  background(context, scene, colours) {
    const recording = /** @type {Recording} */ (this.recording);
    const diagnosis = recording.answered?.diagnoses[0];
    const from = recording.start;
    const shades = this.hover ? shadesOf(recording, this.hover, from, from + scene.seconds) : [];
    const read = recording.readBy.find((reading) => reading.student === this.hover?.student)?.leads ?? [];
    const shown = scene.cells.some((cell) => read.includes(cell.lead));
    for (const cell of scene.cells) {
      if (diagnosis) drawLeftOut(context, scene, cell, diagnosis, colours, cell.first ? t("notJudged") : "");
      if (!shown || read.includes(cell.lead)) drawSupport(context, scene, cell, shades, colours);
    }
  }

  /** Whether a lead is shown as the student turned it. @param {string} lead */
  isTurned(lead) {
    return settings.filter && (this.recording?.readBy.some((reading) => reading.turned && reading.leads.includes(lead)) ?? false);
  }

  label() {
    const { recording, scene } = this;
    if (!recording?.trace || !scene) return;
    const begin = recording.trace.start_time;
    const label = t("paperLabel", {
      file: recording.part || recording.file,
      leads: [...new Set(scene.cells.map((cell) => cell.lead))].join(", "),
      from: moment(recording.start, begin, 1),
      to: moment(Math.min(recording.trace.seconds, recording.start + scene.seconds), begin, 1),
      speed: number(settings.mmPerSecond, Number.isInteger(settings.mmPerSecond) ? 0 : 1),
      gain: settings.mmPerMillivolt,
    });
    if (this.element.getAttribute("aria-label") !== label) this.element.setAttribute("aria-label", label);
  }
}
