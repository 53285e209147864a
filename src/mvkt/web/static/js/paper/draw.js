// Draws paper and traces on a canvas. Nothing is kept between two frames but the tiles.

import { MISSING, blockOf, levelFor, prefetch, stretch } from "./tiles.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").TraceInfo} TraceInfo */
/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./scene.js").Cell} Cell */
/** @typedef {import("./colours.js").Colours} Colours */
/** @typedef {CanvasRenderingContext2D} Context */

const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/** The grid as it was drawn last: moving the paper copies it, which is many times faster than drawing it anew. */
const drawn = { key: "", canvas: document.createElement("canvas") };

/**
 * @param {Context} context
 * @param {Scene} scene
 * @param {Colours} colours
 * @param {number} shift Pixels that the paper has moved to the left.
 * @param {number} ratio Pixels of the screen in one of CSS.
 */
export function drawPaper(context, scene, colours, shift, ratio) {
  const box = 5 * scene.mm;
  const key = [scene.mm, scene.width, scene.height, ratio, colours.paper, colours.fine, colours.bold].join();
  if (drawn.key !== key) {
    drawn.key = key;
    drawGrid(drawn.canvas, scene, colours, scene.width + box, ratio);
  }
  const { width, height } = drawn.canvas;
  context.drawImage(drawn.canvas, -Math.round((shift % box) * ratio) / ratio, 0, width / ratio, height / ratio);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {Colours} colours
 * @param {number} width
 * @param {number} ratio
 */
function drawGrid(canvas, { mm, height }, colours, width, ratio) {
  Object.assign(canvas, { width: Math.ceil(width * ratio), height: Math.round(height * ratio) });
  const context = /** @type {Context} */ (canvas.getContext("2d", { alpha: false }));
  context.scale(ratio, ratio);
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, width + 1, height + 1);
  if (mm * ratio >= 2.4) lines(context, { mm, width, height }, 1, colours.fine, ratio);
  lines(context, { mm, width, height }, 5, colours.bold, ratio);
}

/**
 * @param {Context} context
 * @param {{mm: number, width: number, height: number}} size
 * @param {number} step In mm.
 * @param {string} colour
 * @param {number} ratio
 */
function lines(context, { mm, width, height }, step, colour, ratio) {
  // Whole pixels of the screen: sharp, and many times faster than lines that are smoothed.
  const thick = Math.max(1, Math.round(0.75 * ratio)) / ratio;
  const whole = (/** @type {number} */ place) => Math.round(place * ratio) / ratio;
  context.fillStyle = colour;
  for (let number = 0; number * step * mm <= width; number += 1) context.fillRect(whole(number * step * mm), 0, thick, height);
  for (let number = 0; number * step * mm <= height; number += 1) context.fillRect(0, whole(number * step * mm), width, thick);
}

/**
 * The pulse of 1 mV at the left of a row.
 *
 * @param {Context} context
 * @param {Scene} scene
 * @param {Cell} cell
 * @param {Colours} colours
 */
export function drawPulse(context, scene, cell, colours) {
  const x = 1.5 * scene.mm;
  const top = cell.baseline - scene.perMillivolt;
  context.beginPath();
  context.moveTo(x, cell.baseline);
  context.lineTo(x + scene.mm, cell.baseline);
  context.lineTo(x + scene.mm, top);
  context.lineTo(x + 5 * scene.mm, top);
  context.lineTo(x + 5 * scene.mm, cell.baseline);
  context.lineTo(x + 6 * scene.mm, cell.baseline);
  context.strokeStyle = colours.trace;
  context.lineWidth = 1.1;
  context.stroke();
}

/**
 * @param {Context} context
 * @param {Scene} scene
 * @param {Cell} cell
 * @param {Colours} colours
 * @param {string} label
 */
export function drawLabel(context, scene, cell, colours, label) {
  context.font = `600 ${Math.max(10, Math.min(13, 3.4 * scene.mm))}px ${FONT}`;
  context.textBaseline = "top";
  const x = cell.x + 3;
  const y = cell.y + Math.min(6, cell.height * 0.08);
  context.fillStyle = colours.paper;
  context.globalAlpha = 0.8;
  context.fillRect(x - 2, y - 1, context.measureText(label).width + 4, 15);
  context.globalAlpha = 1;
  context.fillStyle = colours.text;
  context.fillText(label, x, y);
}

/**
 * Draw one lead; return whether all of it was here.
 *
 * @param {Context} context
 * @param {Scene} scene
 * @param {Cell} cell
 * @param {Recording} recording
 * @param {{filter: boolean, turned: boolean, colour: string}} how
 * @returns {boolean}
 */
export function drawTrace(context, scene, cell, recording, how) {
  const trace = /** @type {TraceInfo} */ (recording.trace);
  if (cell.index < 0) return true;
  const rate = trace.sampling_frequency;
  const level = levelFor(trace, rate / scene.perSecond);
  const kind = how.filter && (level === 0 || recording.envelope) ? "filtered" : "raw";
  const block = blockOf(trace, level);
  const last = Math.ceil(trace.samples / block);
  const from = Math.max(0, Math.floor((cell.start * rate) / block) - 1);
  const to = Math.min(last, Math.ceil(((cell.start + cell.width / scene.perSecond) * rate) / block) + 2);
  if (to <= from) return true;
  const { values, complete } = stretch(recording, kind, level, cell.index, from, to);
  if (complete) prefetch(recording, kind, level, from, to);
  const unit = kind === "filtered" ? 1 : (trace.microvolts_per_unit[cell.index] ?? 1);
  const middle = kind === "filtered" ? 0 : middleOf(values);
  cell.middle = (middle * unit) / 1000;
  const scale = ((how.turned ? 1 : -1) * unit * scene.perMillivolt) / 1000;
  const step = (block / rate) * scene.perSecond;
  const left = cell.x + ((from * block) / rate - cell.start) * scene.perSecond;
  context.save();
  context.beginPath();
  context.rect(cell.x, 0, cell.width, scene.height);
  context.clip();
  context.beginPath();
  const place = { left, step, base: cell.baseline - middle * scale, scale };
  if (level) blocks(context, values, place);
  else if (step < 0.6) columns(context, values, place);
  else points(context, values, place);
  context.strokeStyle = how.colour;
  context.lineWidth = scene.mm > 2.5 ? 1.25 : 1;
  context.lineJoin = "bevel"; // on lines this thin it looks as a round one does, and takes less time
  context.stroke();
  context.restore();
  return complete;
}

/** @typedef {{left: number, step: number, base: number, scale: number}} Placed */

/**
 * @param {Context} context
 * @param {Int16Array} values
 * @param {Placed} placed
 */
function points(context, values, { left, step, base, scale }) {
  let pen = false;
  for (let number = 0; number < values.length; number += 1) {
    const value = /** @type {number} */ (values[number]);
    if (value === MISSING) pen = false;
    else if (pen) context.lineTo(left + number * step, base + value * scale);
    else {
      context.moveTo(left + number * step, base + value * scale);
      pen = true;
    }
  }
}

/**
 * More samples than pixels: for each pixel from its lowest to its highest value.
 *
 * @param {Context} context
 * @param {Int16Array} values
 * @param {Placed} placed
 */
function columns(context, values, { left, step, base, scale }) {
  const sharp = Math.max(1, devicePixelRatio || 1);
  let pixel = -Infinity;
  let low = 0;
  let high = 0;
  let pen = false;
  const flush = () => {
    if (!pen) return;
    context.lineTo(pixel, base + low * scale);
    if (high > low) context.lineTo(pixel, base + high * scale);
  };
  for (let number = 0; number < values.length; number += 1) {
    const value = /** @type {number} */ (values[number]);
    if (value === MISSING) {
      flush();
      pen = false;
      continue;
    }
    const x = Math.floor((left + number * step) * sharp) / sharp;
    if (pen && x === pixel) {
      if (value < low) low = value;
      if (value > high) high = value;
    } else {
      flush();
      if (!pen) context.moveTo(x, base + value * scale);
      [pixel, low, high, pen] = [x, value, value, true];
    }
  }
  flush();
}

/**
 * @param {Context} context
 * @param {Int16Array} values Lowest and highest of each block.
 * @param {Placed} placed
 */
function blocks(context, values, { left, step, base, scale }) {
  let pen = false;
  for (let number = 0; number < values.length / 2; number += 1) {
    const low = /** @type {number} */ (values[2 * number]);
    const high = /** @type {number} */ (values[2 * number + 1]);
    if (low > high || high === MISSING) {
      pen = false;
      continue;
    }
    const x = left + (number + 0.5) * step;
    if (pen) context.lineTo(x, base + low * scale);
    else context.moveTo(x, base + low * scale);
    context.lineTo(x, base + high * scale - 0.5);
    pen = true;
  }
}

/** The middle of a stretch, which a trace that is not filtered is drawn around. @param {Int16Array} values */
function middleOf(values) {
  const step = Math.max(1, Math.floor(values.length / 2000));
  const some = [];
  for (let number = 0; number < values.length; number += step) {
    const value = /** @type {number} */ (values[number]);
    if (value !== MISSING && value !== 32767) some.push(value);
  }
  some.sort((a, b) => a - b);
  return some[Math.floor(some.length / 2)] ?? 0;
}
