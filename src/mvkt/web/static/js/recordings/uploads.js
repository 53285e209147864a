// Files become recordings: sent one group after the other, read on the server, and read again when it forgot them.

import { Refusal, request, sendForm } from "../base/api.js";
import { t } from "../base/texts.js";
import { notify, select, store } from "../base/store.js";
import { emptyReview, isEmpty, storedReview } from "../review/reviews.js";
import { forgetTiles } from "../paper/tiles.js";
import { forgetSupport } from "../findings/support.js";
import { grouped, nameOf } from "./grouping.js";
import { fingerprint } from "./fingerprint.js";

/** @typedef {import("../types.js").Upload} Upload */
/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Options} Options */

const AT_ONCE = 3;
const MOST_TRIES = 5;

/** @type {Upload[]} */
const queue = [];
/** @type {Map<Upload, AbortController>} */
const running = new Map();
let counter = 0;

/** @returns {Options} */
export function noOptions() {
  return { student: [], lead: "", sampling_frequency: "", unit: "", age: "", sex: "" };
}

/** @param {File[]} files */
export function addFiles(files) {
  for (const group of grouped(files)) {
    /** @type {Upload} */
    const upload = {
      key: `upload-${(counter += 1)}`,
      files: group,
      name: nameOf(group),
      options: noOptions(),
      state: "waiting",
      progress: 0,
      error: "",
      print: "",
    };
    store.uploads.push(upload);
    queue.push(upload);
  }
  notify("uploads");
  next();
}

/**
 * Read files again: with other options, or because the server forgot them.
 *
 * @param {Upload} upload
 * @param {Partial<Options>} [options]
 */
export function readAgain(upload, options = {}) {
  if (running.has(upload) || queue.includes(upload)) return;
  Object.assign(upload, { options: { ...upload.options, ...options }, state: "waiting", error: "", progress: 0 });
  queue.push(upload);
  notify("uploads");
  next();
}

/** @param {Upload} upload */
export function remove(upload) {
  running.get(upload)?.abort();
  const waiting = queue.indexOf(upload);
  if (waiting >= 0) queue.splice(waiting, 1);
  const gone = store.recordings.filter((recording) => recording.upload === upload);
  gone.forEach(forget);
  store.uploads = store.uploads.filter((other) => other !== upload);
  store.recordings = store.recordings.filter((recording) => recording.upload !== upload);
  for (const recording of gone) store.compared.delete(recording.key);
  if (store.selected && gone.includes(store.selected)) select(store.recordings[0] ?? null);
  notify("uploads", "series");
}

/** Let the server forget a recording that nobody looks at any more. @param {Recording} recording */
function forget(recording) {
  forgetTiles(recording);
  forgetSupport(recording);
  if (recording.id) request(`/api/recordings/${recording.id}`, { method: "DELETE", keepalive: true }).catch(() => undefined);
}

/** Forget everything when the page is left. */
export function forgetAll() {
  for (const recording of store.recordings) if (recording.id) forget(recording);
}

function next() {
  while (running.size < AT_ONCE && queue.length) {
    const upload = /** @type {Upload} */ (queue.shift());
    const control = new AbortController();
    running.set(upload, control);
    send(upload, control.signal).finally(() => {
      running.delete(upload);
      notify("uploads");
      next();
    });
  }
}

/**
 * @param {Upload} upload
 * @param {AbortSignal} signal
 */
async function send(upload, signal) {
  upload.state = "sending";
  for (let tries = 1; ; tries += 1) {
    try {
      /** @type {Promise<void> | undefined} */
      let known;
      const sent = (/** @type {number} */ share) => {
        progress(upload, share);
        if (share >= 1) known ??= findReviews(upload);
      };
      await sendForm("/api/recordings", formOf(upload), sent, (event) => take(upload, event), signal);
      await known;
      break;
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && error.status === 503 && tries < MOST_TRIES) {
        await new Promise((resolve) => setTimeout(resolve, 1500 * tries));
        continue;
      }
      upload.error = words(error);
      break;
    }
  }
  upload.state = "done";
  notify("uploads");
}

/** Find what was written about these files before, while the server reads them. @param {Upload} upload */
async function findReviews(upload) {
  if (upload.print) return;
  upload.print = await fingerprint(upload.files);
  for (const recording of store.recordings) {
    if (recording.upload === upload && isEmpty(recording.review)) recording.review = storedReview(upload.print, recording.index);
  }
  notify("review");
}

/** @param {unknown} error */
function words(error) {
  if (!(error instanceof Refusal)) return String(error);
  if (error.status === 413) return t("tooLarge");
  return error.status ? error.message : t("noServer");
}

/** @param {Upload} upload */
function formOf(upload) {
  const form = new FormData();
  const { student, ...rest } = upload.options;
  for (const name of student) form.append("student", name);
  for (const [name, value] of Object.entries(rest)) if (value) form.append(name, value);
  for (const file of upload.files) form.append("file", file, file.name);
  return form;
}

/**
 * @param {Upload} upload
 * @param {number} share
 */
function progress(upload, share) {
  upload.progress = share;
  if (share >= 1) upload.state = "reading";
  notify("uploads");
}

/**
 * Take a line of the server's answer.
 *
 * @param {Upload} upload
 * @param {any} event
 */
function take(upload, event) {
  if (event.event === "waiting" || event.event === "done") return;
  if (event.index === undefined) {
    upload.error = event.detail;
    return notify("uploads");
  }
  const recording = recordingOf(upload, event);
  if (event.event === "trace") takeTrace(recording, event);
  else if (event.event === "envelope") {
    recording.envelope = true;
    notify("trace");
  } else if (event.event === "diagnosis") takeDiagnosis(recording, event);
  else {
    recording.error = event.detail;
    notify("uploads", "diagnosis");
    if (!store.selected) select(recording);
  }
}

/**
 * @param {Upload} upload
 * @param {any} event
 * @returns {Recording}
 */
function recordingOf(upload, event) {
  const found = store.recordings.find((recording) => recording.upload === upload && recording.index === event.index);
  if (found) return found;
  /** @type {Recording} */
  const made = {
    key: `${upload.key}-${event.index}`,
    upload,
    index: event.index,
    id: "",
    file: event.file,
    part: event.part,
    trace: null,
    envelope: false,
    answered: null,
    readBy: [],
    error: "",
    review: upload.print ? storedReview(upload.print, event.index) : emptyReview(),
    start: 0,
  };
  store.recordings.push(made);
  return made;
}

/**
 * @param {Recording} recording
 * @param {any} event
 */
function takeTrace(recording, event) {
  forgetTiles(recording);
  forgetSupport(recording);
  Object.assign(recording, { id: event.id, trace: event, envelope: false, answered: null, error: "" });
  notify("uploads", "trace", "diagnosis");
  if (!store.selected || store.selected.error) select(recording);
}

/**
 * @param {Recording} recording
 * @param {any} event
 */
function takeDiagnosis(recording, event) {
  Object.assign(recording, { answered: event.recording, readBy: event.read_by, error: "" });
  notify("uploads", "diagnosis", "trace");
}
