// What can be taken away: report, picture, tables, records for other systems.

import { ICONS, el, icon, replace } from "../base/dom.js";
import { change, settings } from "../base/settings.js";
import { store } from "../base/store.js";
import { t } from "../base/texts.js";
import { picture } from "./picture.js";
import { download, makeDocument } from "./documents.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../paper/paper_view.js").PaperView} PaperView */

/** What is being made. @type {Set<string>} */
const making = new Set();
let problem = "";

/**
 * @param {HTMLElement} host
 * @param {PaperView} paper
 */
export function showTakeAway(host, paper) {
  const recording = store.selected;
  if (!recording?.trace) return replace(host);
  const again = () => showTakeAway(host, paper);
  const ready = recording.answered !== null;
  const make = (/** @type {string} */ format) => () => work(format, again, () => makeDocument(recording, format, paper));
  const button = (/** @type {string} */ key, /** @type {() => void} */ onClick, /** @type {boolean} */ enabled = ready) =>
    el(
      "button",
      { class: "button", type: "button", disabled: !enabled || making.has(key), data: { focus: `take-${key}`, take: key }, on: { click: onClick } },
      icon(ICONS.download),
      making.has(key) ? t("making") : t({ pdf: "pdf", png: "png", json: "jsonFile", csv: "csvFile", fhir: "fhirFile" }[key] ?? key),
    );
  replace(
    host,
    el("h2", {}, t("takeAway")),
    el(
      "div",
      { class: "take-buttons" },
      button("pdf", make("pdf")),
      paperChoice(),
      button("png", () => work("png", again, async () => download(await picture(recording, paper), "png", recording)), true),
      button("json", make("json")),
      button("csv", make("csv")),
      button("fhir", make("fhir")),
    ),
    problem ? el("p", { class: "card-error", role: "alert", lang: "en" }, problem) : null,
  );
}

function paperChoice() {
  const select = el(
    "select",
    { "aria-label": t("paperSize"), data: { focus: "paper-size" }, on: { change: () => change({ paper: /** @type {"A4" | "Letter"} */ (select.value) }) } },
    ...["A4", "Letter"].map((name) => el("option", { value: name }, name)),
  );
  select.value = settings.paper;
  return select;
}

/**
 * @param {string} key
 * @param {() => void} again
 * @param {() => Promise<void>} act
 */
async function work(key, again, act) {
  making.add(key);
  problem = "";
  again();
  try {
    await act();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  } finally {
    making.delete(key);
    again();
  }
}
