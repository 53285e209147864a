// The strip on view as a picture on light paper, with what it is written above and below.

import { date, moment, number } from "../base/format.js";
import { settings } from "../base/settings.js";
import { t } from "../base/texts.js";
import { ON_PAPER } from "../paper/colours.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../paper/paper_view.js").PaperView} PaperView */

const RATIO = 2;
const HEAD = 40;
const FOOT = 44;
const LINE = 16;
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/**
 * @param {Recording} recording
 * @param {PaperView} paper
 * @returns {Promise<Blob>}
 */
export function picture(recording, paper) {
  const scene = paper.rescale();
  if (!scene) return Promise.reject(new Error(t("noTrace")));
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: Math.round(scene.width * RATIO), height: Math.round((scene.height + HEAD + FOOT) * RATIO) });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(RATIO, RATIO);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, scene.width, scene.height + HEAD + FOOT);
  context.fillStyle = ON_PAPER.text;
  context.textBaseline = "middle";
  context.font = `600 14px ${FONT}`;
  const name = recording.part.split("/").pop() || recording.file;
  context.fillText(name, 10, HEAD / 2);
  const left = 20 + context.measureText(name).width;
  context.font = `12px ${FONT}`;
  const begin = recording.trace?.start_time ?? null;
  const day = date(begin).replace(/, [^,]*$/, ""); // the time is that of the strip
  context.fillText([day, moment(recording.start, begin)].filter(Boolean).join(", "), left, HEAD / 2);
  context.save();
  context.translate(0, HEAD);
  paper.compose(context, scene, ON_PAPER, RATIO);
  context.restore();
  context.font = `12px ${FONT}`;
  context.fillStyle = ON_PAPER.faint;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const [low, high] = recording.trace?.band ?? [0, 0];
  const filter = settings.filter ? t("filterOn", { low: number(low, 1), high: number(high) }) : t("filterOff");
  const speed = `${number(settings.mmPerSecond, settings.mmPerSecond % 1 ? 1 : 0)} mm/s · ${number(settings.mmPerMillivolt, settings.mmPerMillivolt % 1 ? 1 : 0)} mm/mV`;
  const lines = [`${speed} · ${filter}`, `mvkt: ${t("disclaimer")}`];
  lines.forEach((line, row) => context.fillText(line, 10, HEAD + scene.height + FOOT / 2 + (row - 0.5) * LINE, scene.width - 20));
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
}
