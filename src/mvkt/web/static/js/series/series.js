// Several recordings of one person over time: a strip of each, and a table of what was measured and found.

import { ICONS, el, icon, replace } from "../base/dom.js";
import { date, number, percent } from "../base/format.js";
import { titleOf } from "../base/finding_texts.js";
import { notify, select, store } from "../base/store.js";
import { t } from "../base/texts.js";
import { PaperView } from "../paper/paper_view.js";
import { verdictClass, verdictName } from "../findings/verdicts.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Finding} Finding */

/** @type {Map<string, {element: HTMLElement, view: PaperView}>} */
const strips = new Map();

/** The recordings that are compared, in the order of time. */
export function comparedRecordings() {
  const chosen = store.recordings.filter((recording) => store.compared.has(recording.key) && recording.trace);
  return chosen.sort((a, b) => (a.trace?.start_time ?? "").localeCompare(b.trace?.start_time ?? ""));
}

/** @param {HTMLElement} host */
export function showSeries(host) {
  host.hidden = !store.series;
  if (!store.series) return;
  const recordings = comparedRecordings();
  for (const [key, { element }] of strips) {
    if (recordings.some((recording) => recording.key === key)) continue;
    element.remove();
    strips.delete(key);
  }
  replace(
    host,
    el(
      "header",
      { class: "series-head" },
      el("h2", { tabIndex: -1 }, t("overTimeOf", { count: recordings.length })),
      el("button", { class: "button", type: "button", on: { click: back } }, icon(ICONS.left), t("back")),
    ),
    ...recordings.map((recording) => stripOf(recording)),
    el("div", { class: "table-frame", tabIndex: 0, role: "region", "aria-label": t("findings") }, table(recordings)),
  );
}

function back() {
  store.series = false;
  notify("series", "selected", "uploads");
}

/** @param {Recording} recording */
function stripOf(recording) {
  let strip = strips.get(recording.key);
  if (!strip) {
    const element = el("section", { class: "strip" });
    const frame = el("div", { class: "strip-paper" });
    element.append(el("h3"), frame);
    strip = { element, view: new PaperView(frame, { strip: true }) };
    strips.set(recording.key, strip);
  }
  const name = recording.part.split("/").pop() || recording.file;
  const button = el("button", { class: "link", type: "button", on: { click: () => select(recording) } }, name);
  replace(/** @type {Element} */ (strip.element.firstElementChild), `${date(recording.trace?.start_time ?? null) || t("noDate")} · `, button);
  strip.view.show(recording);
  return strip.element;
}

/** Draw the strips anew. */
export function drawStrips() {
  if (store.series) for (const { view } of strips.values()) view.draw();
}

/** @param {Recording[]} recordings */
function table(recordings) {
  const head = recordings.map((recording) => el("th", { scope: "col" }, date(recording.trace?.start_time ?? null) || recording.file));
  return el(
    "table",
    { class: "series-table" },
    el("thead", {}, el("tr", {}, el("td"), ...head)),
    el(
      "tbody",
      {},
      measured(recordings, t("rate"), (recording) => {
        const rate = recording.answered?.diagnoses[0]?.heart_rate;
        return rate === null || rate === undefined ? "–" : `${number(rate)} /min`;
      }),
      ...rows(recordings).map(([title, findings]) => el("tr", {}, el("th", { scope: "row" }, title), ...findings.map(cellOf))),
    ),
  );
}

/**
 * @param {Recording[]} recordings
 * @param {string} name
 * @param {(recording: Recording) => string} value
 */
function measured(recordings, name, value) {
  return el("tr", {}, el("th", { scope: "row" }, name), ...recordings.map((recording) => el("td", {}, value(recording))));
}

/**
 * The findings that were found or inconclusive in any of them.
 *
 * @param {Recording[]} recordings
 * @returns {[string, (Finding | undefined)[]][]}
 */
function rows(recordings) {
  const all = recordings.map((recording) => recording.answered?.diagnoses.flatMap((diagnosis) => diagnosis.findings) ?? []);
  const codes = new Set(all.flat().filter((finding) => finding.verdict === "found" || finding.verdict === "inconclusive").map((finding) => finding.code));
  return [...codes].map((code) => {
    const found = all.map((findings) => findings.find((finding) => finding.code === code));
    return [titleOf(/** @type {Finding} */ (found.find((finding) => finding))), found];
  });
}

/** @param {Finding | undefined} finding */
function cellOf(finding) {
  if (!finding) return el("td", { class: "none" }, "–");
  return el("td", { class: verdictClass(finding) }, el("span", { class: "verdict" }, verdictName(finding)), finding.verdict === "not judged" ? "" : ` ${percent(finding.course ? finding.course.burden : finding.probability)}`);
}
