// What was measured rather than judged.

import { el } from "../base/dom.js";
import { number } from "../base/format.js";
import { t } from "../base/texts.js";

/** @typedef {import("../types.js").Diagnosis} Diagnosis */

/** @param {Diagnosis} diagnosis */
export function measurements(diagnosis) {
  const rate = diagnosis.heart_rate;
  const range = diagnosis.heart_rate_range;
  const around = range && range[1] - range[0] >= 2 ? t("mostly", { low: number(range[0]), high: number(range[1]) }) : "";
  return el(
    "dl",
    { class: "measurements", "aria-label": t("measurements") },
    entry(t("rate"), rate === null ? null : number(rate), "/min", rate === null ? t("rateUnknown") : around),
  );
}

/**
 * @param {string} name
 * @param {string | null} value
 * @param {string} unit
 * @param {string} words
 */
function entry(name, value, unit, words) {
  return el(
    "div",
    { class: "measurement" },
    el("dt", {}, name),
    el("dd", {}, value === null ? el("span", { class: "none" }, t("notMeasured")) : el("strong", {}, value), value === null ? "" : ` ${unit}`),
    words ? el("dd", { class: "small" }, value === null ? t("notMeasuredBecause", { reason: words }) : words) : null,
  );
}
