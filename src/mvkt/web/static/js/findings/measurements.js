// What was measured rather than judged.

import { el } from "../base/dom.js";
import { number } from "../base/format.js";
import { phrase } from "../base/messages.js";
import { t } from "../base/texts.js";

/** @typedef {import("../types.js").Diagnosis} Diagnosis */

const INTERVALS = ["pr", "qrs", "qt", "qtc_fridericia", "axis"];

/** @param {Diagnosis} diagnosis */
export function measurements(diagnosis) {
  if (!diagnosis.quality.judged) return list(missing([t("measurements")], t("nothingGoodEnough")));
  const rate = diagnosis.heart_rate;
  const range = diagnosis.heart_rate_range;
  const around = range && range[1] - range[0] >= 2 ? t("mostly", { low: number(range[0]), high: number(range[1]) }) : "";
  const shown = rate === null ? [] : [entry(t("rate"), number(rate), "/min", around)];
  /** Reason -> what was not measured for it. @type {Map<string, string[]>} */
  const reasons = new Map(rate === null ? [[t("rateUnknown"), [t("rate")]]] : []);
  for (const name of INTERVALS) {
    const measured = diagnosis.measurements?.[name];
    if (!measured) continue;
    if (measured.value !== null) shown.push(entry(t(name), number(measured.value), measured.unit, name === "qtc_fridericia" ? t("fridericia") : ""));
    else {
      const reason = phrase(measured.because);
      reasons.set(reason, [...(reasons.get(reason) ?? []), t(name)]);
    }
  }
  const made = list(...shown, ...[...reasons].map(([reason, names]) => missing(names, reason)));
  made.classList.toggle("in-pairs", shown.length === 4); // rather than three and one
  return made;
}

/** @param {...HTMLElement} entries */
function list(...entries) {
  return el("dl", { class: "measurements", "aria-label": t("measurements") }, ...entries);
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
 * @param {string} words
 */
function entry(name, value, unit, words) {
  return el(
    "div",
    { class: "measurement" },
    el("dt", {}, name),
    el("dd", {}, el("strong", {}, value), unit === "°" ? unit : ` ${unit}`),
    words ? el("dd", { class: "small" }, words) : null,
  );
}
