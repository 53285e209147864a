// Confirm, change or reject one finding, with a note.

import { ICONS, el, icon } from "../base/dom.js";
import { titleOf } from "../base/finding_texts.js";
import { t } from "../base/texts.js";
import { changeReview, decide, decisionOn } from "./reviews.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Finding} Finding */
/** @typedef {import("../types.js").Decision} Decision */
/** @typedef {import("../types.js").Judgement} Judgement */

/** @param {Decision} decision */
export function decisionWords(decision) {
  const words = { confirmed: t("confirmed"), rejected: t("rejected"), changed: t("changed", { title: decision.instead || "…" }) };
  return words[decision.judgement];
}

/**
 * @param {Recording} recording
 * @param {Finding} finding
 */
export function decisionButtons(recording, finding) {
  const now = decisionOn(recording, finding.code);
  const title = titleOf(finding);
  const set = (/** @type {Judgement} */ judgement) => () =>
    decide(recording, finding.code, { instead: "", note: "", ...now, code: finding.code, title: finding.title, judgement });
  const button = (/** @type {Judgement} */ judgement, /** @type {string} */ label, /** @type {string} */ picture) =>
    el(
      "button",
      {
        class: `button small ${judgement}`,
        type: "button",
        "aria-pressed": String(now?.judgement === judgement),
        data: { focus: `${judgement}-${finding.code}` },
        on: { click: now?.judgement === judgement ? () => decide(recording, finding.code, null) : set(judgement) },
      },
      icon(picture),
      label,
    );
  return el(
    "div",
    { class: "decision", role: "group", "aria-label": `${t("review")}: ${title}` },
    button("confirmed", t("confirm"), ICONS.check),
    button("changed", t("changeFinding"), ICONS.pencil),
    button("rejected", t("reject"), ICONS.close),
    now?.judgement === "changed" ? line(recording, now, "instead", t("changeTo", { title })) : null,
    now ? line(recording, now, "note", t("noteOn", { title })) : null,
  );
}

/**
 * @param {Recording} recording
 * @param {Decision} decision
 * @param {"instead" | "note"} name
 * @param {string} label
 */
function line(recording, decision, name, label) {
  const input = el("input", {
    type: "text",
    value: decision[name],
    maxLength: 500,
    placeholder: name === "note" ? t("note") : label,
    "aria-label": label,
    data: { focus: `${name}-${decision.code}` },
    on: {
      change: () => {
        decision[name] = input.value;
        changeReview(recording, {});
      },
    },
  });
  return input;
}
