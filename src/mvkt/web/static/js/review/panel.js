// The reading of a person as a whole: name, note, findings of their own.

import { ICONS, el, icon, replace } from "../base/dom.js";
import { settings } from "../base/settings.js";
import { store } from "../base/store.js";
import { t } from "../base/texts.js";
import { changeReview, emptyReview, isEmpty } from "./reviews.js";

/** @typedef {import("../types.js").Recording} Recording */

/** @param {HTMLElement} host */
export function showReview(host) {
  const recording = store.selected;
  if (!recording?.trace) return replace(host);
  const { review } = recording;
  replace(
    host,
    el("h2", {}, t("review")),
    el("p", { class: "small" }, t("reviewWords")),
    ...review.added.map((finding, number) => ownFinding(recording, finding, number)),
    addForm(recording),
    textLine(recording, "reviewer", t("reviewer"), review.reviewer || settings.reviewer),
    noteBox(recording),
    isEmpty(review)
      ? null
      : el("button", { class: "button small", type: "button", on: { click: () => changeReview(recording, emptyReview()) } }, t("forgetReview")),
  );
}

/**
 * @param {Recording} recording
 * @param {{title: string, note: string}} finding
 * @param {number} number
 */
function ownFinding(recording, finding, number) {
  const label = t("remove", { name: finding.title });
  const removed = () => changeReview(recording, { added: recording.review.added.filter((_, other) => other !== number) });
  return el(
    "p",
    { class: "own-finding" },
    el("strong", {}, finding.title),
    finding.note ? `: ${finding.note}` : "",
    el("button", { class: "icon-button", type: "button", title: label, "aria-label": label, on: { click: removed } }, icon(ICONS.close)),
  );
}

/** @param {Recording} recording */
function addForm(recording) {
  const title = el("input", { type: "text", maxLength: 200, required: true, placeholder: t("ownFinding"), "aria-label": t("ownFinding"), data: { focus: "own-title" } });
  const note = el("input", { type: "text", maxLength: 500, placeholder: t("note"), "aria-label": t("note"), data: { focus: "own-note" } });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (title.value.trim()) changeReview(recording, { added: [...recording.review.added, { title: title.value.trim(), note: note.value.trim() }] });
  };
  return el("form", { class: "add-finding", on: { submit } }, title, note, el("button", { class: "button small", type: "submit" }, icon(ICONS.add), t("addFinding")));
}

/**
 * @param {Recording} recording
 * @param {"reviewer"} name
 * @param {string} label
 * @param {string} value
 */
function textLine(recording, name, label, value) {
  const input = el("input", { type: "text", value, maxLength: 200, autocomplete: "name", data: { focus: name }, on: { change: () => changeReview(recording, { [name]: input.value.trim() }) } });
  return el("label", { class: "field" }, label, input);
}

/** @param {Recording} recording */
function noteBox(recording) {
  const box = el("textarea", { rows: 2, maxLength: 2000, value: recording.review.note, data: { focus: "review-note" }, on: { change: () => changeReview(recording, { note: box.value.trim() }) } });
  return el("label", { class: "field" }, t("note"), box);
}
