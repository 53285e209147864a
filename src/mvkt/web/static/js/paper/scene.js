// Where on the paper which lead is drawn, and what a pixel means. Lengths are in pixels of CSS.

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../base/settings.js").Layout} Layout */

/**
 * @typedef {object} Cell  A stretch of one lead on the paper.
 * @property {string} lead
 * @property {number} index  Number of the lead in the recording.
 * @property {number} row
 * @property {number} x
 * @property {number} y  Of its top.
 * @property {number} width
 * @property {number} height
 * @property {number} baseline  Where 0 mV lies.
 * @property {number} start  Seconds at its left edge.
 * @property {boolean} first  Whether it is the first of its row.
 * @property {number} middle  mV of the recording that lie at the baseline.
 *
 * @typedef {object} Scene
 * @property {Cell[]} cells
 * @property {number} mm  Pixels in a millimetre.
 * @property {number} perSecond  Pixels in a second.
 * @property {number} perMillivolt
 * @property {number} seconds  Of the recording that all cells together show.
 * @property {number} page  By how many seconds a page is turned.
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Wanted
 * @property {Layout} layout
 * @property {string} lead
 * @property {number} mmPerSecond
 * @property {number} mmPerMillivolt
 * @property {number} pixelsPerMm
 * @property {number} start
 * @property {string} rhythm  Lead of the strip below the columns.
 */

export const LIMB = ["I", "II", "III", "aVR", "aVL", "aVF"];
const TWELVE = [...LIMB, "V1", "V2", "V3", "V4", "V5", "V6"];
const COLUMNS = {
  "3x4": [["I", "II", "III"], ["aVR", "aVL", "aVF"], ["V1", "V2", "V3"], ["V4", "V5", "V6"]],
  "6x2": [LIMB, TWELVE.slice(6)],
};
export const RHYTHM = "II";
const LEFT_MM = 9;
const BASELINE = 0.58;
const LEAST_COLUMNS_SECONDS = 10;
const LEAST_ROW_MM = 15;
const MARKS_MM = 10;
const MOST_ROW_MM = 60;
const STRIP_MM = 35;
const MOST_STRIPS = 6;
const WIDE_PIXELS = 700;

/**
 * The layouts that a recording can be shown in.
 *
 * @param {string[]} leads
 * @returns {Layout[]}
 */
export function layoutsFor(leads) {
  const has = (/** @type {string[]} */ names) => names.every((name) => leads.includes(name));
  /** @type {Layout[]} */
  const found = ["rows"];
  if (leads.length > 1) found.push("stack");
  if (has(LIMB) && leads.length > LIMB.length) found.push("limb");
  if (has(TWELVE)) found.push("6x2", "3x4");
  return found;
}

/**
 * @param {Layout} wanted
 * @param {string[]} leads
 * @param {number} width
 * @returns {Layout}
 */
export function layoutOf(wanted, leads, width) {
  const possible = layoutsFor(leads);
  if (wanted !== "auto" && possible.includes(wanted)) return wanted;
  if (possible.includes("3x4")) return width > WIDE_PIXELS ? "3x4" : "rows";
  return leads.length > 1 && leads.length <= LIMB.length ? "stack" : "rows";
}

/**
 * @param {string[]} leads Of the recording.
 * @param {number} duration Of the recording, in seconds.
 * @param {{width: number, height: number}} size
 * @param {Wanted} wanted
 * @returns {Scene}
 */
export function sceneOf(leads, duration, size, wanted) {
  const layout = layoutOf(wanted.layout, leads, size.width);
  let mm = wanted.pixelsPerMm;
  if (layout === "3x4" || layout === "6x2") {
    mm = Math.min(mm, size.width / (LEFT_MM + LEAST_COLUMNS_SECONDS * Math.min(wanted.mmPerSecond, 25)));
  }
  const perSecond = mm * wanted.mmPerSecond;
  const left = LEFT_MM * mm;
  const across = (size.width - left) / perSecond;
  const rows = layout === "rows" ? strips(duration, across, size.height / mm) : rowsOf(layout, leads);
  const below = layout === "rows" ? 0 : MARKS_MM; // the marks below the last row stand for all rows
  const least = layout === "rows" ? STRIP_MM - 5 : LEAST_ROW_MM;
  const share = Math.floor((size.height / mm - below) / rows / 5) * 5;
  const height = Math.min(MOST_ROW_MM, Math.max(least, share)) * mm;
  const perMillivolt = mm * wanted.mmPerMillivolt;
  const top = Math.max(0, perMillivolt + mm - height * BASELINE); // for the pulse of the first row
  // What no row needs is paper all the same.
  const scene = { mm, perSecond, perMillivolt, width: size.width, height: Math.max(size.height, top + height * rows + below * mm) };
  const columns = layout in COLUMNS ? Math.min(across, duration) : across;
  const make = (/** @type {Place} */ place) => cell(place, leads, { left, top, height, perSecond, start: wanted.start, below: place.row === rows - 1 ? below * mm : 0 });
  const cells = placesOf(layout, leads, wanted, rows, columns).map(make);
  const seconds = layout === "rows" ? rows * across : columns;
  return { ...scene, cells, seconds, page: seconds };
}

/** How many strips of one lead fit, and are needed. */
/**
 * @param {number} duration
 * @param {number} across
 * @param {number} height In mm.
 */
function strips(duration, across, height) {
  const fit = Math.max(1, Math.floor(height / STRIP_MM));
  return Math.min(MOST_STRIPS, fit, Math.max(1, Math.ceil(duration / across - 1e-6)));
}

/**
 * @param {Layout} layout
 * @param {string[]} leads
 */
function rowsOf(layout, leads) {
  return { "3x4": 4, "6x2": 6, limb: LIMB.length }[/** @type {string} */ (layout)] ?? leads.length;
}

/** @typedef {{lead: string, row: number, from: number, seconds: number, offset: number}} Place */

/**
 * @param {Layout} layout
 * @param {string[]} leads
 * @param {Wanted} wanted
 * @param {number} rows
 * @param {number} across
 * @returns {Place[]} Seconds from the left edge, and from the beginning of what is shown.
 */
function placesOf(layout, leads, { lead, rhythm }, rows, across) {
  if (layout === "rows") {
    const name = leads.includes(lead) ? lead : (leads[0] ?? "");
    return Array.from({ length: rows }, (_, row) => ({ lead: name, row, from: 0, seconds: across, offset: row * across }));
  }
  if (layout === "3x4" || layout === "6x2") {
    const columns = COLUMNS[layout];
    const seconds = across / columns.length;
    const places = columns.flatMap((names, column) =>
      names.map((name, row) => ({ lead: name, row, from: column * seconds, seconds, offset: column * seconds })),
    );
    return layout === "3x4" ? [...places, { lead: rhythm, row: 3, from: 0, seconds: across, offset: 0 }] : places;
  }
  const names = layout === "limb" ? LIMB : leads;
  return names.map((name, row) => ({ lead: name, row, from: 0, seconds: across, offset: 0 }));
}

/**
 * @param {Place} place
 * @param {string[]} leads
 * @param {{left: number, top: number, height: number, below: number, perSecond: number, start: number}} measures
 * @returns {Cell}
 */
function cell(place, leads, { left, top, height, below, perSecond, start }) {
  return {
    lead: place.lead,
    index: leads.indexOf(place.lead),
    row: place.row,
    x: left + place.from * perSecond,
    y: top + place.row * height,
    width: place.seconds * perSecond,
    height: height + below,
    baseline: top + (place.row + BASELINE) * height,
    start: start + place.offset,
    first: place.from === 0,
    middle: 0,
  };
}

/**
 * The cell at a place, or the nearest one.
 *
 * @param {Scene} scene
 * @param {number} x
 * @param {number} y
 */
export function cellAt(scene, x, y) {
  let best = scene.cells[0];
  let least = Infinity;
  for (const cell of scene.cells) {
    const dx = Math.max(cell.x - x, 0, x - cell.x - cell.width);
    const dy = Math.max(cell.y - y, 0, y - cell.y - cell.height);
    if (dx + dy < least) [best, least] = [cell, dx + dy];
  }
  return best;
}
