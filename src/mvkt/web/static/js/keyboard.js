// Keys that work wherever the focus is, but not while somebody writes; and the list of them.

import { el, replace } from "./base/dom.js";
import { change, settings } from "./base/settings.js";
import { select, store } from "./base/store.js";
import { t } from "./base/texts.js";

/** @typedef {import("./paper/paper_view.js").PaperView} PaperView */

const ZOOM = 1.25;
const WRITING = "input:not([type=checkbox]), textarea, select";

/**
 * @param {PaperView} paper
 * @param {(step: 1 | -1) => void} toExtra To the next extra beat, or the one before.
 * @param {() => void} showHelp
 */
export function listenToKeys(paper, toExtra, showHelp) {
  /** @type {Record<string, (event: KeyboardEvent) => void>} */
  const actions = {
    ArrowLeft: (event) => (event.shiftKey ? paper.turn(-1) : paper.move(-1)),
    ArrowRight: (event) => (event.shiftKey ? paper.turn(1) : paper.move(1)),
    ArrowUp: () => paper.gain(1),
    ArrowDown: () => paper.gain(-1),
    PageUp: () => paper.turn(-1),
    PageDown: () => paper.turn(1),
    Home: () => paper.moveTo(0),
    End: () => paper.moveTo(Infinity),
    "+": () => paper.zoom(ZOOM),
    "=": () => paper.zoom(ZOOM),
    "-": () => paper.zoom(1 / ZOOM),
    0: () => paper.zoom(25 / settings.mmPerSecond),
    f: () => change({ filter: !settings.filter }),
    b: () => change({ beats: !settings.beats }),
    c: () => change({ calipers: !settings.calipers }),
    e: () => toExtra(1),
    E: () => toExtra(-1),
    n: () => neighbour(1),
    p: () => neighbour(-1),
    "?": showHelp,
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest(WRITING) || document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    const arrows = event.key.startsWith("Arrow") || event.key.startsWith("Page") || event.key === "Home" || event.key === "End";
    // Arrows scroll what is no paper, and move what is a slider.
    if (!action || (arrows && !paper.element.contains(target) && target !== document.body)) return;
    if (event.key !== "?" && !store.selected?.trace) return;
    event.preventDefault();
    action(event);
  });
}

/** @param {number} step */
function neighbour(step) {
  const all = store.recordings.filter((recording) => recording.trace);
  const now = store.selected ? all.indexOf(store.selected) : -1;
  const next = all[(now + step + all.length) % all.length];
  if (next) select(next);
}

/** @param {HTMLElement} host */
export function showKeys(host) {
  const lines = [
    ["← →", "keysPan"],
    ["Home End", "keysEnds"],
    ["+ − 0", "keysZoom"],
    ["↑ ↓", "keysGain"],
    ["F", "keysFilter"],
    ["B", "keysBeats"],
    ["C", "keysCalipers"],
    ["E", "keysExtra"],
    ["N P", "keysNext"],
    ["?", "keysHelp"],
  ];
  replace(
    host,
    ...lines.flatMap(([keys, text]) => [
      el("dt", {}, ...(keys ?? "").split(" ").map((key) => el("kbd", {}, key))),
      el("dd", {}, t(text ?? "")),
    ]),
  );
}
