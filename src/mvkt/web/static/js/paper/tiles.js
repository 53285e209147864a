// Pieces of traces, loaded when they are looked at and kept for a while; their form is in mvkt/web/traces/tiles.py.

import { Refusal, bytes } from "../base/api.js";
import { notify } from "../base/store.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").TraceInfo} TraceInfo */
/** @typedef {"raw" | "filtered"} Kind */

const MOST_TILES = 240;

export const MISSING = -32768;

/** Name -> tile, or the promise of one; the ones used last are at the end. @type {Map<string, Int16Array | Promise<void>>} */
const cache = new Map();
/** @type {(recording: Recording) => void} */
let onLost = () => undefined;

/** @param {(recording: Recording) => void} listener Called when the server has forgotten a recording. */
export function whenLost(listener) {
  onLost = listener;
}

/**
 * The level whose blocks are as fine as the screen: 0 for samples.
 *
 * @param {TraceInfo} trace
 * @param {number} samplesPerPixel
 */
export function levelFor(trace, samplesPerPixel) {
  const { first_block: first, factor, levels } = trace.tiles;
  let level = 0;
  while (level < levels && first * factor ** level <= samplesPerPixel) level += 1;
  return level;
}

/**
 * Samples of a block of a level.
 *
 * @param {TraceInfo} trace
 * @param {number} level
 */
export function blockOf(trace, level) {
  return level ? trace.tiles.first_block * trace.tiles.factor ** (level - 1) : 1;
}

/**
 * One lead of a stretch, as far as it is here; what is not is requested.
 *
 * @param {Recording} recording
 * @param {Kind} kind
 * @param {number} level
 * @param {number} lead Its number.
 * @param {number} from First block.
 * @param {number} to Behind the last block.
 * @returns {{values: Int16Array, complete: boolean}} Of samples one, of blocks two numbers each, MISSING where none.
 */
export function stretch(recording, kind, level, lead, from, to) {
  const trace = /** @type {TraceInfo} */ (recording.trace);
  const width = level ? 2 : 1;
  const length = level ? trace.tiles.tile_blocks : trace.tiles.tile_samples;
  const values = new Int16Array(Math.max(0, to - from) * width).fill(MISSING);
  let complete = true;
  for (let index = Math.floor(Math.max(0, from) / length); index * length < to; index += 1) {
    const tile = tileOf(recording, kind, level, index);
    if (tile === null) {
      complete = false;
      continue;
    }
    const count = tile.length / width / trace.leads.length;
    const begin = Math.max(from, index * length);
    const end = Math.min(to, index * length + count);
    const offset = lead * count + begin - index * length;
    if (end > begin) values.set(tile.subarray(offset * width, (offset + end - begin) * width), (begin - from) * width);
  }
  return { values, complete };
}

/**
 * @param {Recording} recording
 * @param {Kind} kind
 * @param {number} level
 * @param {number} index
 * @returns {Int16Array | null}
 */
function tileOf(recording, kind, level, index) {
  const trace = /** @type {TraceInfo} */ (recording.trace);
  const length = level ? trace.tiles.tile_blocks : trace.tiles.tile_samples;
  const total = Math.ceil(trace.samples / blockOf(trace, level));
  if (index < 0 || index * length >= total || !recording.id) return null;
  const name = `${recording.id}/${kind}/${level}/${index}`;
  const found = cache.get(name);
  if (found instanceof Int16Array) {
    cache.delete(name);
    cache.set(name, found);
    return found;
  }
  if (!found) cache.set(name, load(recording, name));
  return null;
}

/**
 * @param {Recording} recording
 * @param {string} name
 */
async function load(recording, name) {
  try {
    const content = await bytes(`/api/recordings/${name}`);
    cache.set(name, new Int16Array(content));
    for (const old of cache.keys()) {
      if (cache.size <= MOST_TILES) break;
      cache.delete(old);
    }
    notify("view");
  } catch (error) {
    cache.delete(name);
    if (error instanceof Refusal && error.status === 404 && error.message.includes("upload it again")) onLost(recording);
  }
}

/** Load what lies beside a stretch, so that it is here when it is looked at.
 *
 * @param {Recording} recording
 * @param {Kind} kind
 * @param {number} level
 * @param {number} from First block.
 * @param {number} to Behind the last block.
 */
export function prefetch(recording, kind, level, from, to) {
  const trace = /** @type {TraceInfo} */ (recording.trace);
  const length = level ? trace.tiles.tile_blocks : trace.tiles.tile_samples;
  tileOf(recording, kind, level, Math.floor(from / length) - 1);
  tileOf(recording, kind, level, Math.floor((to - 1) / length) + 1);
}

/** @param {Recording} recording */
export function forgetTiles(recording) {
  for (const name of [...cache.keys()]) if (name.startsWith(`${recording.id}/`)) cache.delete(name);
}
