// How verdicts are named and coloured.

import { percent } from "../base/format.js";
import { t } from "../base/texts.js";

/** @typedef {import("../types.js").Finding} Finding */
/** @typedef {import("../types.js").Recording} Recording */

/**
 * A finding that was found although it is less likely than not is a suspicion: its limit lies below a half.
 *
 * @param {{verdict: import("../types.js").Verdict, probability: number, course: unknown}} finding
 */
export function isSuspected(finding) {
  return finding.verdict === "found" && finding.probability < 0.5 && !finding.course;
}

/** @param {{verdict: import("../types.js").Verdict, probability: number, course: unknown, normal: boolean}} finding */
export function verdictName(finding) {
  if (finding.verdict === "inconclusive") return t("inconclusive");
  if (finding.verdict === "not found") return t("notFound");
  if (finding.verdict === "not judged") return t("notJudged");
  return t(isSuspected(finding) ? "suspected" : "found");
}

/** @param {{verdict: import("../types.js").Verdict, normal: boolean}} finding */
export function verdictClass(finding) {
  if (finding.verdict === "found") return finding.normal ? "good" : "found";
  return { inconclusive: "unsure", "not found": "absent", "not judged": "open" }[finding.verdict];
}

/** The probability from which it is found. @param {Finding} finding */
export function foundFrom(finding) {
  return finding.band ? Math.max(finding.threshold, finding.band[1]) : finding.threshold;
}

/** @param {Finding} finding */
export function probabilityWords(finding) {
  const limit = t("probabilityOf", { value: percent(finding.probability), limit: percent(foundFrom(finding)) });
  const band = finding.band;
  return limit + (band ? t("probabilityBand", { low: percent(band[0]), high: percent(band[1]) }) : "");
}

/** How much of a recording has a finding, to sort by. @param {Finding} finding */
export function presence(finding) {
  return finding.course ? finding.course.burden + finding.probability / 100 : finding.probability;
}

/** Who read. @param {import("../types.js").Diagnosis} diagnosis */
export function readBy({ bundle: { name, view } }) {
  return name === view ? t("readBy", { name }) : t("readByView", { name, view });
}

/** The names of the students that read a recording, as the server knows them. @param {Recording} recording */
export function studentsOf(recording) {
  return recording.readBy.map((reading) => reading.student);
}

