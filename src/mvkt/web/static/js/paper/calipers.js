// Two legs for time and two for voltage, on one row of the paper. They snap to beats and peaks, and follow the keyboard.

import { beatsOf, lowerBound } from "../base/beats.js";
import { el } from "../base/dom.js";
import { number } from "../base/format.js";
import { settings } from "../base/settings.js";
import { t } from "../base/texts.js";
import { beatBeside, extreme, snapTime, snapVoltage } from "./caliper_snapping.js";
import { cellAt } from "./scene.js";

/** @typedef {import("./paper_view.js").PaperView} PaperView */
/** @typedef {import("./scene.js").Cell} Cell */
/** @typedef {"start" | "end" | "low" | "high"} Leg */

/** @type {Record<Leg, string>} */
const NAMES = { start: "edgeStart", end: "edgeEnd", low: "edgeLow", high: "edgeHigh" };
const MOST_MARCHED = 60;

export class Calipers {
  /**
   * @param {PaperView} paper
   * @param {HTMLElement} live Where what was measured is read out.
   */
  constructor(paper, live) {
    this.paper = paper;
    this.live = live;
    this.lead = "";
    this.row = 0;
    /** Seconds, and mV about the baseline. */
    this.at = { start: 0, end: 0, low: 0, high: 0 };
    this.placed = false;
    this.legs = /** @type {Record<Leg, HTMLElement>} */ ({});
    for (const leg of /** @type {Leg[]} */ (Object.keys(NAMES))) this.legs[leg] = this.make(leg);
    this.time = el("div", { class: "caliper-reading time" });
    this.voltage = el("div", { class: "caliper-reading voltage" });
    this.marched = el("div", { class: "caliper-march", "aria-hidden": "true" });
    this.element = el("div", { class: "calipers" }, this.marched, ...Object.values(this.legs), this.time, this.voltage);
    paper.element.append(this.element);
  }

  /** @param {Leg} leg */
  make(leg) {
    const upright = leg === "start" || leg === "end";
    const made = el("div", {
      class: `caliper-leg ${upright ? "upright" : "level"}`,
      role: "slider",
      tabIndex: 0,
      "aria-orientation": upright ? "horizontal" : "vertical",
      data: { leg },
    });
    made.addEventListener("pointerdown", (event) => {
      made.setPointerCapture(event.pointerId);
      made.focus({ preventScroll: true });
      event.preventDefault();
    });
    made.addEventListener("pointermove", (event) => event.buttons && this.drag(leg, event));
    made.addEventListener("pointerup", () => this.announce());
    made.addEventListener("keydown", (event) => this.key(leg, event));
    return made;
  }

  /** The row that is measured on. @returns {Cell | undefined} */
  get cell() {
    const cells = this.paper.scene?.cells ?? [];
    return cells.find((cell) => cell.lead === this.lead && cell.row === this.row) ?? cells.find((cell) => cell.lead === this.lead) ?? cells[0];
  }

  /** Begin on the widest row, a third of it apart, on two beats where there are any. */
  place() {
    const scene = this.paper.scene;
    const widest = scene?.cells.reduce((best, cell) => (cell.width > best.width ? cell : best));
    if (!scene || !widest) return;
    [this.lead, this.row, this.placed] = [widest.lead, widest.row, true];
    const seconds = widest.width / scene.perSecond;
    const beats = beatsOf(this.paper.recording).seconds;
    const first = lowerBound(beats, widest.start + seconds * 0.25);
    const [beat, next] = [beats[first], beats[first + 1]];
    const fits = beat !== undefined && next !== undefined && next < widest.start + seconds;
    this.at = {
      start: fits ? beat : widest.start + seconds * 0.35,
      end: fits ? next : widest.start + seconds * 0.55,
      low: 0,
      high: 1,
    };
    if (fits) this.at.high = extreme(this.paper, widest, beat - 0.06, beat + 0.06)?.value ?? 1;
  }

  /**
   * Put the legs on the row that was clicked on, the first of them at the place.
   *
   * @param {number} x
   * @param {number} y
   */
  click(x, y) {
    const scene = this.paper.scene;
    const cell = scene && cellAt(scene, x, y);
    if (!scene || !cell) return;
    const apart = this.at.end - this.at.start;
    [this.lead, this.row] = [cell.lead, cell.row];
    this.at.start = snapTime(this.paper, cell, cell.start + (x - cell.x) / scene.perSecond);
    this.at.end = this.at.start + apart;
    this.show();
    this.announce();
  }

  /**
   * @param {Leg} leg
   * @param {PointerEvent} event
   */
  drag(leg, event) {
    const { scene } = this.paper;
    const cell = this.cell;
    if (!scene || !cell) return;
    const box = this.paper.element.getBoundingClientRect();
    if (leg === "start" || leg === "end") {
      const time = cell.start + (event.clientX - box.left - cell.x) / scene.perSecond;
      this.at[leg] = event.altKey ? time : snapTime(this.paper, cell, time);
    } else {
      const value = (cell.baseline - (event.clientY - box.top + this.paper.element.scrollTop)) / scene.perMillivolt;
      this.at[leg] = event.altKey ? value : snapVoltage(this.paper, cell, value, [this.at.start, this.at.end]);
    }
    this.show();
  }

  /**
   * @param {Leg} leg
   * @param {KeyboardEvent} event
   */
  key(leg, event) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
    const step = /** @type {Record<string, number>} */ (steps)[event.key];
    const trace = this.paper.recording?.trace;
    if (step === undefined || !trace) return;
    const many = event.shiftKey ? 10 : 1;
    if (leg === "low" || leg === "high") this.at[leg] += step * many * 0.01;
    else if (event.ctrlKey || event.metaKey) this.at[leg] = beatBeside(this.paper, this.at[leg], step);
    else this.at[leg] += step * many * Math.max(0.001, 1 / trace.sampling_frequency);
    event.preventDefault();
    event.stopPropagation();
    this.follow(leg);
    this.show();
    this.announce();
  }

  /** Move the paper when a leg leaves it. @param {Leg} leg */
  follow(leg) {
    const { scene, recording } = this.paper;
    if (!scene || !recording || leg === "low" || leg === "high") return;
    const time = this.at[leg];
    if (time < recording.start || time > recording.start + scene.seconds) this.paper.moveTo(time - scene.seconds / 2);
  }

  /** Put everything where it belongs. */
  show() {
    const scene = this.paper.scene;
    this.element.hidden = !settings.calipers || !scene;
    if (this.element.hidden || !scene) return;
    if (!this.placed) this.place();
    const cell = this.cell;
    if (!cell) return;
    const { start, end, low, high } = this.at;
    const x = (/** @type {number} */ time) => cell.x + (time - cell.start) * scene.perSecond;
    const y = (/** @type {number} */ value) => cell.baseline - value * scene.perMillivolt;
    for (const leg of /** @type {("start" | "end")[]} */ (["start", "end"])) {
      put(this.legs[leg], { left: x(this.at[leg]), top: cell.y, height: cell.height });
      this.legs[leg].hidden = x(this.at[leg]) < 0 || x(this.at[leg]) > scene.width;
    }
    for (const leg of /** @type {("low" | "high")[]} */ (["low", "high"])) put(this.legs[leg], { top: y(this.at[leg]), left: cell.x, width: cell.width });
    const { time, voltage } = this.readings();
    this.time.textContent = time;
    this.voltage.textContent = voltage;
    const middle = Math.min(scene.width - 70, Math.max(70, (x(start) + x(end)) / 2));
    put(this.time, { left: middle, top: cell.y + 4 });
    put(this.voltage, { left: Math.min(scene.width - 124, cell.x + cell.width - 124), top: Math.max(cell.y + 2, y(Math.max(low, high)) - 22) });
    this.march(cell, x, Math.abs(end - start), Math.min(start, end));
    this.describe();
  }

  /** @returns {{time: string, voltage: string}} */
  readings() {
    const seconds = Math.abs(this.at.end - this.at.start);
    const rate = seconds > 0 ? ` · ${number(60 / seconds, 60 / seconds < 100 ? 1 : 0)} ${t("perMinute")}` : "";
    return { time: `${number(seconds * 1000)} ms${rate}`, voltage: `${number(Math.abs(this.at.high - this.at.low), 2)} mV` };
  }

  describe() {
    const { time, voltage } = this.readings();
    const trace = this.paper.recording?.trace;
    for (const [leg, element] of Object.entries(this.legs)) {
      const upright = leg === "start" || leg === "end";
      const value = this.at[/** @type {Leg} */ (leg)];
      element.setAttribute("aria-label", t(NAMES[/** @type {Leg} */ (leg)]));
      element.setAttribute("aria-valuenow", value.toFixed(3));
      element.setAttribute("aria-valuemin", upright ? "0" : "-50");
      element.setAttribute("aria-valuemax", upright ? String(trace?.seconds ?? 0) : "50");
      element.setAttribute("aria-valuetext", `${number(value, upright ? 3 : 2)} ${upright ? "s" : "mV"}; ${upright ? time : voltage}`);
    }
  }

  announce() {
    const { time, voltage } = this.readings();
    this.live.textContent = `${t("timeCaliper")} ${time}, ${t("voltageCaliper")} ${voltage}`;
  }

  /**
   * Repeat the interval along the row.
   *
   * @param {Cell} cell
   * @param {(time: number) => number} x
   * @param {number} apart
   * @param {number} start
   */
  march(cell, x, apart, start) {
    const ticks = [];
    if (settings.march && x(apart) - x(0) > 6) {
      for (let step = -MOST_MARCHED; step <= MOST_MARCHED; step += 1) {
        const at = x(start + step * apart);
        if (step === 0 || step === 1 || at < cell.x || at > cell.x + cell.width) continue;
        const tick = el("i");
        put(tick, { left: at, top: cell.y, height: cell.height });
        ticks.push(tick);
      }
    }
    this.marched.replaceChildren(...ticks);
  }
}

/**
 * @param {HTMLElement} element
 * @param {Record<string, number>} place
 */
function put(element, place) {
  for (const [name, value] of Object.entries(place)) element.style.setProperty(name, `${value.toFixed(1)}px`);
}
