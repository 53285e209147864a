// What was measured rather than judged.

import { ICONS, el, icon } from "../base/dom.js";
import { number } from "../base/format.js";
import { phrase } from "../base/messages.js";
import { t } from "../base/texts.js";

/** @typedef {import("../types.js").Diagnosis} Diagnosis */

const INTERVALS = ["pr", "qrs", "qt", "qtc_fridericia", "axis"];
const OF_DEVICE = ["heart_rate", "rr", "pr", "qrs", "qt", "qtc_bazett", "qtc_fridericia", "axis"];
/** @type {Record<string, string>} */
const UNITS = { heart_rate: "/min", axis: "°" };

/**
 * @param {Diagnosis} diagnosis
 * @param {(step: 1 | -1) => void} toExtra To the next extra beat, or the one before.
 */
export function measurements(diagnosis, toExtra) {
  const device = new Map(OF_DEVICE.flatMap((name) => (diagnosis.machine_measurements?.[name] == null ? [] : [[name, number(Number(diagnosis.machine_measurements[name]))]])));
  if (!diagnosis.quality.judged) return list(missing([t("measurements")], t("nothingGoodEnough")), ...ofDevice(device));
  const rate = diagnosis.heart_rate;
  const range = diagnosis.heart_rate_range;
  const around = range && range[1] - range[0] >= 2 ? t("mostly", { low: number(range[0]), high: number(range[1]) }) : "";
  const shown = rate === null ? [] : [entry(t("rate"), number(rate), "/min", around, beside(device, "heart_rate"))];
  /** Reason -> what was not measured for it. @type {Map<string, string[]>} */
  const reasons = new Map(rate === null ? [[t("rateUnknown"), [t("rate")]]] : []);
  for (const name of INTERVALS) {
    const measured = diagnosis.measurements?.[name];
    if (!measured) continue;
    if (measured.value !== null) shown.push(entry(t(name), number(measured.value), measured.unit, name === "qtc_fridericia" ? t("fridericia") : "", beside(device, name)));
    else {
      const reason = phrase(measured.because);
      reasons.set(reason, [...(reasons.get(reason) ?? []), t(name)]);
    }
  }
  const made = list(...shown, ...extraBeats(diagnosis, toExtra), ...[...reasons].map(([reason, names]) => missing(names, reason)), ...ofDevice(device));
  made.classList.toggle("in-pairs", shown.length === 4); // rather than three and one
  return made;
}

/**
 * How many there are of each kind, and the way to them.
 *
 * @param {Diagnosis} diagnosis
 * @param {(step: 1 | -1) => void} toExtra
 */
function extraBeats(diagnosis, toExtra) {
  const count = (/** @type {string} */ name) => diagnosis.measurements?.[name]?.value ?? 0;
  if (!count("beats")) return [];
  const [ventricular, upper, unsure] = ["ventricular_beats", "supraventricular_beats", "unsure_beats"].map(count);
  const words = [
    ventricular ? t("ventricularBeats", { count: number(ventricular) }) : "",
    upper ? t("upperBeats", { count: number(upper) }) : "",
    unsure ? t("unsureBeats", { count: number(unsure) }) : "",
  ].filter(Boolean);
  const extra = (ventricular ?? 0) + (upper ?? 0);
  const step = (/** @type {1 | -1} */ way, /** @type {string} */ picture, /** @type {string} */ label) =>
    el("button", { class: "icon-button", type: "button", "aria-label": t(label), title: t(label), data: { focus: label }, on: { click: () => toExtra(way) } }, icon(picture));
  return [
    el(
      "div",
      { class: "measurement missing" },
      el("dt", {}, t("extraBeats")),
      el(
        "dd",
        { class: "small" },
        t("extraOf", { list: words.join(", ") || t("none"), beats: number(count("beats")) }),
        extra ? el("span", { class: "steps" }, step(-1, ICONS.left, "extraBefore"), step(1, ICONS.right, "extraNext")) : null,
      ),
    ),
  ];
}

/** @param {...HTMLElement} entries */
function list(...entries) {
  return el("dl", { class: "measurements", "aria-label": t("measurements") }, ...entries);
}

/**
 * What the device measured of the same, taken out of what is left of it.
 * @param {Map<string, string>} device
 * @param {string} name
 */
function beside(device, name) {
  const value = device.get(name);
  device.delete(name);
  return value === undefined ? "" : t("byDevice", { value: withUnit(value, name) });
}

/**
 * What the device measured and stands beside no value of ours.
 * @param {Map<string, string>} device
 */
function ofDevice(device) {
  if (!device.size) return [];
  const values = [...device].map(([name, value]) => `${t(name)} ${withUnit(value, name)}`);
  return [el("div", { class: "measurement missing" }, el("dt", {}, t("measuredByDevice")), el("dd", { class: "small" }, values.join(", ")))];
}

/**
 * @param {string} value
 * @param {string} name
 */
function withUnit(value, name) {
  const unit = UNITS[name] ?? "ms";
  return unit === "°" ? `${value}°` : `${value} ${unit}`;
}

/**
 * @param {string[]} names
 * @param {string} reason
 */
function missing(names, reason) {
  return el("div", { class: "measurement missing" }, el("dt", {}, names.join(", ")), el("dd", { class: "small" }, t("notMeasuredBecause", { reason })));
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} unit
 * @param {...string} words
 */
function entry(name, value, unit, ...words) {
  return el(
    "div",
    { class: "measurement" },
    el("dt", {}, name),
    el("dd", {}, el("strong", {}, value), unit === "°" ? unit : ` ${unit}`),
    ...words.filter(Boolean).map((line) => el("dd", { class: "small" }, line)),
  );
}
