// What was measured rather than judged.

import { el } from "../base/dom.js";
import { number } from "../base/format.js";
import { phrase } from "../base/messages.js";
import { t } from "../base/texts.js";

/** @typedef {import("../types.js").Diagnosis} Diagnosis */

const INTERVALS = ["pr", "qrs", "qt", "qtc_fridericia", "axis"];

/** @param {Diagnosis} diagnosis */
export function measurements(diagnosis) {
  const rate = diagnosis.heart_rate;
  const range = diagnosis.heart_rate_range;
  const around = range && range[1] - range[0] >= 2 ? t("mostly", { low: number(range[0]), high: number(range[1]) }) : "";
  return el(
    "dl",
    { class: "measurements", "aria-label": t("measurements") },
    entry(t("rate"), rate === null ? null : number(rate), "/min", rate === null ? t("rateUnknown") : around),
    ...INTERVALS.map((name) => interval(t(name), diagnosis.measurements?.[name])),
  );
}

/**
 * @param {string} name
 * @param {import("../types.js").Measurement | undefined} measured
 */
function interval(name, measured) {
  if (!measured) return null;
  const value = measured.value === null ? null : number(measured.value);
  return entry(name, value, measured.unit, phrase(measured.because));
}

/**
 * @param {string} name
 * @param {string | null} value
 * @param {string} unit
 * @param {string} words
 */
function entry(name, value, unit, words) {
  if (value === null) {
    return el("div", { class: "measurement missing" }, el("dt", {}, name), el("dd", { class: "small" }, t("notMeasuredBecause", { reason: words })));
  }
  return el(
    "div",
    { class: "measurement" },
    el("dt", {}, name),
    el("dd", {}, el("strong", {}, value), ` ${unit}`),
    words ? el("dd", { class: "small" }, words) : null,
  );
}
