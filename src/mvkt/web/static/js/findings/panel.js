// What was found, by whom, and how sure it is.

import { el, replace } from "../base/dom.js";
import { duration, percent } from "../base/format.js";
import { titleOf } from "../base/finding_texts.js";
import { store } from "../base/store.js";
import { message, phrase } from "../base/messages.js";
import { t } from "../base/texts.js";
import { measurements } from "./measurements.js";
import { findingItem } from "./finding_item.js";
import { networks } from "./networks.js";
import { compareViews } from "./compare_views.js";
import { comparison } from "./comparison.js";
import { isSuspected, presence, readBy, studentsOf } from "./verdicts.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../types.js").Finding} Finding */

/**
 * @param {HTMLElement} host
 * @param {(seconds: number) => void} goTo
 * @param {(step: 1 | -1) => void} toExtra To the next extra beat, or the one before.
 */
export function showFindings(host, goTo, toExtra) {
  const recording = store.selected;
  if (!recording) return replace(host);
  const diagnoses = recording.answered?.diagnoses ?? [];
  if (!diagnoses.length) return replace(host, el("h2", {}, t("findings")), waiting(recording));
  const first = /** @type {Diagnosis} */ (diagnoses[0]);
  replace(
    host,
    el("h2", {}, t("findings")),
    headline(diagnoses),
    measurements(first, toExtra),
    ...(diagnoses.length > 1 ? [comparison(recording)] : [compareViews(recording)]),
    ...diagnoses.flatMap((diagnosis, number) => byStudent(recording, diagnosis, number, diagnoses.length > 1, goTo)),
    quality(first),
    notes(diagnoses),
    networks(recording),
  );
}

const MOST_NAMED = 4;

/** @param {Recording} recording */
function waiting(recording) {
  if (recording.error) return el("p", { class: "note", lang: message(recording.error).lang }, message(recording.error).words);
  return el("div", { class: "skeletons", "aria-busy": "true", role: "status" }, el("p", { class: "pulse" }, t("judging")), ...[1, 2, 3].map(() => el("div", { class: "skeleton" })));
}

/** In a sentence what came out. @param {Diagnosis[]} diagnoses */
function headline(diagnoses) {
  if (!diagnoses.some((diagnosis) => diagnosis.quality.judged)) return el("p", { class: "headline" }, t("nothingJudged"));
  const all = diagnoses.flatMap((diagnosis) => diagnosis.findings);
  const list = (/** @type {(finding: Finding) => boolean} */ test) => {
    const names = [...new Set(all.filter(test).sort((a, b) => presence(b) - presence(a)).map((finding) => titleOf(finding)))];
    const more = names.length > MOST_NAMED ? ` ${t("andMore", { count: names.length - MOST_NAMED })}` : "";
    return names.slice(0, MOST_NAMED).join(", ") + more;
  };
  const found = list((finding) => finding.verdict === "found" && !finding.normal && !isSuspected(finding));
  const suspected = list((finding) => finding.verdict === "found" && !finding.normal && isSuspected(finding));
  const unsure = list((finding) => finding.verdict === "inconclusive" && !finding.normal);
  const normal = list((finding) => finding.verdict === "found" && finding.normal);
  const sentences = [
    found ? t("headFound", { list: found }) : suspected ? "" : t("noFinding"),
    suspected ? t("headSuspected", { list: suspected }) : "",
    unsure ? t("headInconclusive", { list: unsure }) : "",
    normal ? t("headNormal", { list: normal }) : "",
  ];
  return el("p", { class: "headline" }, sentences.filter(Boolean).join(" "));
}

/**
 * @param {Recording} recording
 * @param {Diagnosis} diagnosis
 * @param {number} number
 * @param {boolean} several
 * @param {(seconds: number) => void} goTo
 */
function byStudent(recording, diagnosis, number, several, goTo) {
  const student = studentsOf(recording)[number] ?? diagnosis.bundle.name;
  const of = (/** @type {string} */ verdict) => diagnosis.findings.filter((finding) => finding.verdict === verdict).sort((a, b) => presence(b) - presence(a));
  const item = (/** @type {Finding} */ finding) => findingItem(recording, student, diagnosis, finding, goTo);
  const [found, unsure, absent, open] = ["found", "inconclusive", "not found", "not judged"].map(of);
  const heading = several ? el("h3", {}, readBy(diagnosis)) : null;
  const shown = [...(found ?? []).filter((finding) => !finding.normal), ...(unsure ?? []), ...(found ?? []).filter((finding) => finding.normal)];
  return [
    heading,
    el("ul", { class: "finding-list" }, ...shown.map(item)),
    group(`${student}-absent`, t("notSeenCount", { count: absent?.length ?? 0 }), absent ?? [], item),
    group(`${student}-open`, t("notJudgedCount", { count: open?.length ?? 0 }), open ?? [], item),
  ];
}

/** Which groups are open. @type {Set<string>} */
const open = new Set();

/**
 * @param {string} key
 * @param {string} label
 * @param {Finding[]} findings
 * @param {(finding: Finding) => HTMLElement} item
 */
function group(key, label, findings, item) {
  if (!findings.length) return null;
  const details = el(
    "details",
    { class: "finding-group", open: open.has(key), on: { toggle: () => (details.open ? open.add(key) : open.delete(key)) } },
    el("summary", { data: { focus: `group-${key}` } }, label),
    el("ul", { class: "finding-list" }, ...findings.map(item)),
  );
  return details;
}

/** @param {Diagnosis} diagnosis */
function quality(diagnosis) {
  const { judged_share: share, reasons } = diagnosis.quality;
  const length = Math.min(diagnosis.timeline.window_seconds, diagnosis.signal.duration_seconds);
  const left = Object.entries(reasons).map(([reason, count]) => `${phrase(reason)} (${count} × ${duration(length)})`);
  return el(
    "p",
    { class: "small quality" },
    t("judgedShare", { share: percent(share) }),
    left.length ? ` ${t("leftOut", { reasons: left.join("; ") })}` : "",
  );
}

/** @param {Diagnosis[]} diagnoses */
function notes(diagnoses) {
  const all = [...new Set(diagnoses.flatMap((diagnosis) => diagnosis.notes))];
  if (!all.length) return null;
  return el("section", { class: "notes" }, el("h3", {}, t("notes")), el("ul", {}, ...all.map(message).map(({ words, lang }) => el("li", { lang }, words))));
}
