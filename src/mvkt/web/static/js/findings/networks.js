// Which network read, what it is worth, and others to be compared with it.

import { el } from "../base/dom.js";
import { store } from "../base/store.js";
import { message } from "../base/messages.js";
import { t } from "../base/texts.js";
import { optionsForm } from "../recordings/options.js";
import { readAgain } from "../recordings/uploads.js";
import { readBy, studentsOf } from "./verdicts.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Student} Student */

const LIMB = ["I", "II", "III"];
let open = false;

/** @param {Recording} recording */
export function networks(recording) {
  const diagnoses = recording.answered?.diagnoses ?? [];
  const names = studentsOf(recording);
  const details = el(
    "details",
    { class: "networks", open, on: { toggle: () => (open = details.open) } },
    el("summary", { data: { focus: "networks" } }, diagnoses.map(readBy).join("; ")),
    ...diagnoses.map((diagnosis, number) =>
      el(
        "dl",
        { class: "small" },
        el("dt", {}, t("worth")),
        el("dd", { lang: message(diagnosis.bundle.worth).lang }, message(diagnosis.bundle.worth).words),
        ...(diagnosis.choice ? [el("dt", {}, t("chosen")), el("dd", { lang: message(diagnosis.choice.reason).lang }, message(diagnosis.choice.reason).words)] : []),
        el("dt", {}, t("limits")),
        el("dd", { lang: message(diagnosis.bundle.limits).lang }, message(diagnosis.bundle.limits).words),
        el("dd", {}, el("a", { href: `/api/models/${encodeURIComponent(names[number] ?? "")}/card`, target: "_blank", rel: "noopener" }, `${t("card")} ↗`)),
      ),
    ),
    chooser(recording, names),
    optionsForm(recording.upload),
  );
  return details;
}

/** Whether a network can read what was recorded. @param {Student} student @param {string[]} leads */
function canRead(student, leads) {
  const limbs = LIMB.filter((lead) => leads.includes(lead)).length >= 2;
  return student.leads.every((lead) => leads.includes(lead) || (limbs && !lead.startsWith("V")));
}

/**
 * @param {Recording} recording
 * @param {string[]} names
 */
function chooser(recording, names) {
  const fitting = store.students.filter((student) => canRead(student, recording.trace?.leads ?? []));
  if (fitting.length < 2) return null;
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const chosen = data.getAll("student").map(String);
    readAgain(recording.upload, { student: chosen });
  };
  const box = (/** @type {Student} */ student) =>
    el(
      "label",
      { class: "check" },
      el("input", { type: "checkbox", name: "student", value: student.name, checked: names.includes(student.name), data: { focus: `network-${student.name}` } }),
      student.name === student.view ? student.name : `${student.name} (${student.view})`,
    );
  return el(
    "form",
    { class: "network-form", on: { submit } },
    el("p", { class: "small" }, t("compareWords")),
    ...fitting.map(box),
    el("button", { class: "button", type: "submit" }, t("read")),
  );
}
