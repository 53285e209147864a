// The list of recordings: what each is, how far it has come, what was found.

import { ICONS, el, icon, replace } from "../base/dom.js";
import { date, duration, number, percent, size } from "../base/format.js";
import { notify, select, store } from "../base/store.js";
import { titleOf } from "../base/finding_texts.js";
import { message } from "../base/messages.js";
import { t } from "../base/texts.js";
import { presence } from "../findings/verdicts.js";
import { remove } from "./uploads.js";
import { optionsForm } from "./options.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Upload} Upload */

/** @param {HTMLElement} host */
export function showList(host) {
  const cards = store.uploads.flatMap((upload) => {
    const recordings = store.recordings.filter((recording) => recording.upload === upload);
    const pending = upload.state !== "done" || upload.error ? [uploadCard(upload, recordings.length)] : [];
    return [...recordings.map(recordingCard), ...(recordings.length && !upload.error ? [] : pending)];
  });
  replace(host, ...cards);
}

/**
 * Files that are on their way, or that could not be read at all.
 *
 * @param {Upload} upload
 * @param {number} known How many of its recordings are known.
 */
function uploadCard(upload, known) {
  const bytes = upload.files.reduce((sum, file) => sum + file.size, 0);
  const state = { waiting: t("waiting"), sending: t("sending", { share: percent(upload.progress) }), reading: t("reading"), done: "" };
  const body = upload.error
    ? [errorWords(upload.error), optionsForm(upload)]
    : [
        el("div", { class: "card-line" }, `${state[upload.state]} · ${size(bytes)}`),
        el("progress", { "aria-label": upload.name, ...(upload.state === "sending" ? { value: upload.progress } : {}) }),
      ];
  return el(
    "li",
    { class: upload.error ? "card error" : "card busy" },
    known ? null : el("div", { class: "card-title" }, upload.name),
    ...body,
    closeButton(upload),
  );
}

/** @param {string} words */
function errorWords(words) {
  const shown = message(words);
  return el("p", { class: "card-error", lang: shown.lang, role: "alert" }, icon(ICONS.warning), shown.words);
}

/** @param {Recording} recording */
function recordingCard(recording) {
  const { trace } = recording;
  const name = recording.part ? (recording.part.split("/").pop() ?? recording.part) : recording.file;
  const about = trace ? [date(trace.start_time), duration(trace.seconds), trace.source, person(trace)].filter(Boolean).join(" · ") : "";
  const chosen = store.selected === recording && !store.series;
  const button = el(
    "button",
    {
      class: "card-button",
      type: "button",
      "aria-current": chosen ? "true" : "false",
      data: { focus: `card-${recording.key}` },
      on: { click: () => select(recording) },
    },
    el("span", { class: "card-title", title: recording.part || recording.file }, name),
    about ? el("span", { class: "card-line" }, about) : null,
    recording.error && trace ? el("span", { class: "card-line" }, t("notJudgedYet")) : verdictLine(recording),
  );
  return el(
    "li",
    { class: `card${chosen ? " chosen" : ""}${recording.error && !trace ? " error" : ""}` },
    button,
    recording.error ? errorWords(recording.error) : null,
    recording.error ? optionsForm(recording.upload) : null,
    trace ? compareBox(recording, name) : null,
    closeButton(recording.upload, name),
  );
}

/** Age and sex, where they are known. @param {import("../types.js").TraceInfo} trace */
function person({ age, sex }) {
  const years = age === null ? "" : number(age);
  if (sex === "female") return years ? t("womanOf", { age: years }) : t("woman");
  if (sex === "male") return years ? t("manOf", { age: years }) : t("man");
  return years ? t("aged", { age: years }) : "";
}

/** @param {Recording} recording */
function verdictLine(recording) {
  if (!recording.answered) return recording.trace ? el("span", { class: "card-line pulse" }, t("judging")) : null;
  const { diagnoses } = recording.answered;
  if (!diagnoses.some((diagnosis) => diagnosis.quality.judged)) return el("span", { class: "card-verdict unsure" }, t("notJudged"));
  const all = diagnoses.flatMap((diagnosis) => diagnosis.findings).sort((a, b) => presence(b) - presence(a));
  const names = (/** @type {string} */ verdict) => [
    ...new Set(all.filter((finding) => finding.verdict === verdict && !finding.normal).map((finding) => titleOf(finding))),
  ];
  const [found, unsure] = [names("found"), names("inconclusive")];
  const normal = [...new Set(all.filter((finding) => finding.verdict === "found" && finding.normal).map((finding) => titleOf(finding)))];
  if (found.length) return el("span", { class: "card-verdict found" }, found.join(", "));
  if (unsure.length) return el("span", { class: "card-verdict unsure" }, `${t("inconclusive")}: ${unsure.join(", ")}`);
  return el("span", { class: "card-verdict good" }, normal.join(", ") || t("nothingFound"));
}

/**
 * @param {Recording} recording
 * @param {string} name
 */
function compareBox(recording, name) {
  if (store.recordings.filter((other) => other.trace).length < 2) return null;
  return el("input", {
    type: "checkbox",
    class: "card-box",
    checked: store.compared.has(recording.key),
    title: t("chooseForSeries", { name }),
    "aria-label": t("chooseForSeries", { name }),
    data: { focus: `compare-${recording.key}` },
    on: {
      change: (/** @type {Event} */ event) => {
        if (/** @type {HTMLInputElement} */ (event.target).checked) store.compared.add(recording.key);
        else store.compared.delete(recording.key);
        if (store.compared.size < 2) store.series = false;
        notify("series", "uploads");
      },
    },
  });
}

/**
 * @param {Upload} upload
 * @param {string} [name]
 */
function closeButton(upload, name = upload.name) {
  const label = t("remove", { name });
  return el(
    "button",
    { class: "card-close", type: "button", title: label, "aria-label": label, on: { click: () => remove(upload) } },
    icon(ICONS.close),
  );
}
