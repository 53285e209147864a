// A recording of many leads, beside what a network of one lead sees of it.

import { el } from "../base/dom.js";
import { store } from "../base/store.js";
import { t } from "../base/texts.js";
import { readAgain } from "../recordings/uploads.js";
import { studentsOf } from "./verdicts.js";

/** @typedef {import("../types.js").Recording} Recording */

/**
 * A button that reads the recording by its network and by one of a single lead; null where that shows nothing new.
 * @param {Recording} recording
 */
export function compareViews(recording) {
  const [name, ...more] = studentsOf(recording);
  const others = recording.answered?.diagnoses[0]?.choice?.others ?? [];
  const leadsOf = (/** @type {string | undefined} */ wanted) => store.students.find((student) => student.name === wanted)?.leads.length ?? 0;
  const single = others.find((other) => leadsOf(other) === 1);
  if (!name || more.length || !single || leadsOf(name) < 2) return null;
  const click = () => readAgain(recording.upload, { student: [name, single] });
  return el("button", { class: "button", type: "button", data: { focus: "compare-views" }, on: { click } }, t("compareViews"));
}
