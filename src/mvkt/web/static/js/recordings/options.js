// What a file does not state itself, or who shall read it: filled in, and the file is read again.

import { el } from "../base/dom.js";
import { store } from "../base/store.js";
import { t } from "../base/texts.js";
import { noOptions, readAgain } from "./uploads.js";

/** @typedef {import("../types.js").Upload} Upload */
/** @typedef {import("../types.js").Options} Options */

const LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
const UNITS = ["mV", "uV", "nV", "V"];

/** Which forms are open, by the upload, so that they stay open when the list is drawn anew. @type {Map<string, Record<string, string>>} */
const open = new Map();

/** @param {Upload} upload */
export function optionsForm(upload) {
  const started = open.get(upload.key);
  const { student, ...given } = upload.options;
  const now = started ?? { ...given, student: student[0] ?? "" };
  const remember = (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    open.set(upload.key, { ...now, ...open.get(upload.key), [input.name]: input.value });
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const { student: chosen, ...fields } = /** @type {Record<string, string>} */ (Object.fromEntries(data));
    open.delete(upload.key);
    readAgain(upload, { ...noOptions(), ...fields, student: chosen ? [chosen] : [] });
  };
  const details = el(
    "details",
    { class: "options", open: started !== undefined, on: { toggle: () => details.open || open.delete(upload.key) } },
    el("summary", { data: { focus: `options-${upload.key}` } }, t("readAgain")),
    el("p", { class: "small" }, t("readAgainWords")),
    el(
      "form",
      { on: { submit, input: remember } },
      select("lead", t("fieldLead"), now, [["", t("asInFile")], ...LEADS.map((lead) => [lead, lead])], upload),
      field("sampling_frequency", t("fieldRate"), now, { type: "number", min: "1", max: "100000", step: "any" }, upload),
      select("unit", t("fieldUnit"), now, [["", t("asInFile")], ...UNITS.map((unit) => [unit, unit.replace("u", "µ")])], upload),
      select("student", t("fieldStudent"), now, [["", t("automatic")], ...store.students.map(({ name }) => [name, name])], upload),
      field("age", t("fieldAge"), now, { type: "number", min: "0", max: "130", step: "any" }, upload),
      select("sex", t("fieldSex"), now, [["", t("asInFile")], ["female", t("female")], ["male", t("male")]], upload),
      el("button", { class: "button primary", type: "submit" }, t("read")),
    ),
  );
  return details;
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Record<string, string>} now
 * @param {Record<string, string>} properties
 * @param {Upload} upload
 */
function field(name, label, now, properties, upload) {
  return el("label", {}, label, el("input", { name, value: now[name] ?? "", data: { focus: `${name}-${upload.key}` }, ...properties }));
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Record<string, string>} now
 * @param {string[][]} choices
 * @param {Upload} upload
 */
function select(name, label, now, choices, upload) {
  const made = el(
    "select",
    { name, data: { focus: `${name}-${upload.key}` } },
    ...choices.map(([value, words]) => el("option", { value: value ?? "" }, words ?? "")),
  );
  made.value = now[name] ?? "";
  return el("label", {}, label, made);
}
