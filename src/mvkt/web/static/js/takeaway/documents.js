// Documents that the server makes of a recording, with the decisions of a person on it.

import { request } from "../base/api.js";
import { titleOf } from "../base/finding_texts.js";
import { settings } from "../base/settings.js";
import { message } from "../base/messages.js";
import { isEmpty } from "../review/reviews.js";
import { layoutOf } from "../paper/scene.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../paper/paper_view.js").PaperView} PaperView */

const LONGEST_NOTE = 3000;
const MOST_NOTES = 200;
/** @type {Record<string, string>} */
const ENDINGS = { pdf: "pdf", json: "json", csv: "csv", fhir: "fhir.json", png: "png" };

/**
 * @param {Recording} recording
 * @param {string} format
 * @param {PaperView} paper
 */
export async function makeDocument(recording, format, paper) {
  const { review, trace } = recording;
  const leads = trace?.leads ?? [];
  const diagnoses = recording.answered?.diagnoses ?? [];
  const notes = diagnoses.flatMap((diagnosis) => diagnosis.notes).filter((note) => note.length < LONGEST_NOTE).slice(0, MOST_NOTES);
  const wanted = {
    format,
    language: settings.language,
    paper: settings.paper,
    start: recording.start,
    lead: paper.lead,
    layout: layoutOf(settings.layout, leads, 1e4),
    filter: settings.filter,
    millimetres_per_second: settings.mmPerSecond >= 37.5 ? 50 : 25,
    millimetres_per_millivolt: [5, 10, 20].reduce((best, gain) => (Math.abs(gain - settings.mmPerMillivolt) < Math.abs(best - settings.mmPerMillivolt) ? gain : best)),
    titles: Object.fromEntries(diagnoses.flatMap((diagnosis) => diagnosis.findings.map((finding) => [finding.code, titleOf(finding)]))),
    phrases: Object.fromEntries(notes.map((note) => [note, message(note).words])),
    review: isEmpty(review) ? null : { ...review, time: review.time || null },
  };
  const response = await request(`/api/recordings/${recording.id}/document`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wanted),
  });
  download(await response.blob(), format, recording);
}

/**
 * @param {Blob} blob
 * @param {string} format
 * @param {Recording} recording
 */
export function download(blob, format, recording) {
  const name = (recording.part.split("/").pop() || recording.file).replace(/\.[^.]{1,5}$/, "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.${ENDINGS[format] ?? format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
