// How the trace is shown: layout, lead, speed, gain, filter, beats, calipers.

import { ICONS, el, icon, replace } from "../base/dom.js";
import { number } from "../base/format.js";
import { change, settings } from "../base/settings.js";
import { t } from "../base/texts.js";
import { GAINS } from "./paper_view.js";
import { layoutOf, layoutsFor } from "./scene.js";

/** @typedef {import("./paper_view.js").PaperView} PaperView */
/** @typedef {import("../base/settings.js").Layout} Layout */

const SPEEDS = [12.5, 25, 50, 100];
/** @type {Record<string, string>} */
const LAYOUT_NAMES = { rows: "layoutRows", stack: "layoutStack", limb: "layoutLimb", "6x2": "layout6x2", "3x4": "layout3x4" };

/**
 * @param {HTMLElement} host
 * @param {PaperView} paper
 */
export function showToolbar(host, paper) {
  const trace = paper.recording?.trace;
  host.hidden = !trace;
  if (!trace) return;
  const layout = layoutOf(settings.layout, trace.leads, paper.element.clientWidth);
  const layouts = layoutsFor(trace.leads);
  const [low, high] = trace.band;
  const filtered = t(settings.filter ? "filterOn" : "filterOff", { low: number(low, 1), high: number(high, high % 1 ? 1 : 0) });
  const turned = settings.filter && paper.recording?.readBy.some((reading) => reading.turned);
  replace(
    host,
    layouts.length > 1 ? choice("layout", t("layout"), layout, layouts.map((name) => [name, t(LAYOUT_NAMES[name] ?? "layout")]), (value) => change({ layout: /** @type {Layout} */ (value) })) : null,
    layout === "rows" && trace.leads.length > 1 ? choice("lead", t("lead"), paper.lead, trace.leads.map((name) => [name, name]), (lead) => change({ lead })) : null,
    choice("speed", t("speed"), String(settings.mmPerSecond), speeds(), (value) => {
      paper.zoom(Number(value) / settings.mmPerSecond, 0);
    }),
    choice("gain", t("gain"), String(settings.mmPerMillivolt), GAINS.map((gain) => [String(gain), `${number(gain, gain % 1 ? 1 : 0)} mm/mV`]), (value) => change({ mmPerMillivolt: Number(value) })),
    toggle("filter", t("filter"), settings.filter, () => change({ filter: !settings.filter })),
    toggle("beats", t("beats"), settings.beats, () => change({ beats: !settings.beats })),
    toggle("calipers", t("calipers"), settings.calipers, () => change({ calipers: !settings.calipers }), ICONS.caliper),
    settings.calipers ? toggle("march", t("march"), settings.march, () => change({ march: !settings.march })) : null,
    el("span", { class: "filter-words", role: "status" }, filtered, turned ? `; ${t("turnedAlso")}` : ""),
  );
}

/** @returns {string[][]} */
function speeds() {
  const named = SPEEDS.map((speed) => [String(speed), `${number(speed, speed % 1 ? 1 : 0)} mm/s`]);
  if (SPEEDS.includes(settings.mmPerSecond)) return named;
  const speed = settings.mmPerSecond;
  return [[String(speed), `${number(speed, speed < 1 ? 3 : speed < 10 ? 1 : 0)} mm/s`], ...named];
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} value
 * @param {string[][]} choices
 * @param {(value: string) => void} onChange
 */
function choice(name, label, value, choices, onChange) {
  const select = el(
    "select",
    { name, data: { focus: name }, on: { change: () => onChange(select.value) } },
    ...choices.map(([key, words]) => el("option", { value: key ?? "" }, words ?? "")),
  );
  select.value = value;
  return el("label", { class: "tool" }, el("span", {}, label), select);
}

/**
 * @param {string} name
 * @param {string} label
 * @param {boolean} on
 * @param {() => void} onClick
 * @param {string} [picture]
 */
function toggle(name, label, on, onClick, picture) {
  return el(
    "button",
    { class: "tool-button", type: "button", "aria-pressed": String(on), data: { focus: name, tool: name }, on: { click: onClick } },
    picture ? icon(picture) : null,
    label,
  );
}
