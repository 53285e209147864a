// Several networks side by side: a row for each finding, a column for each network.

import { el } from "../base/dom.js";
import { percent } from "../base/format.js";
import { titleOf } from "../base/finding_texts.js";
import { t } from "../base/texts.js";
import { verdictClass, verdictName } from "./verdicts.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Finding} Finding */

const ORDER = ["found", "inconclusive", "not found", "not judged"];

/** @param {Recording} recording */
export function comparison(recording) {
  const diagnoses = recording.answered?.diagnoses ?? [];
  /** @type {Map<string, (Finding | undefined)[]>} */
  const rows = new Map();
  diagnoses.forEach((diagnosis, column) => {
    for (const finding of diagnosis.findings) {
      const row = rows.get(finding.code) ?? diagnoses.map(() => undefined);
      row[column] = finding;
      rows.set(finding.code, row);
    }
  });
  const weight = (/** @type {(Finding | undefined)[]} */ row) => Math.min(...row.map((finding) => (finding ? ORDER.indexOf(finding.verdict) : ORDER.length)));
  const sorted = [...rows.values()].filter((row) => weight(row) < 3).sort((a, b) => weight(a) - weight(b));
  return el(
    "div",
    { class: "comparison", tabIndex: 0, role: "region", "aria-label": t("compareWords") },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, el("td"), ...diagnoses.map(({ bundle }) => el("th", { scope: "col" }, bundle.name, bundle.name === bundle.view ? null : el("small", {}, bundle.view))))),
      el("tbody", {}, ...sorted.map(rowOf)),
    ),
  );
}

/** @param {(Finding | undefined)[]} row */
function rowOf(row) {
  const known = /** @type {Finding} */ (row.find((finding) => finding));
  return el("tr", {}, el("th", { scope: "row" }, titleOf(known)), ...row.map(cellOf));
}

/** @param {Finding | undefined} finding */
function cellOf(finding) {
  if (!finding) return el("td", { class: "none" }, "–");
  const value = finding.verdict === "not judged" ? "" : ` ${percent(finding.course ? finding.course.burden : finding.probability)}`;
  return el("td", { class: verdictClass(finding) }, el("span", { class: "verdict" }, verdictName(finding)), value);
}
