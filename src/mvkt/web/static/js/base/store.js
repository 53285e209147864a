// What the page knows. Whoever changes it gives notice of what changed, and those who show that are called.

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Upload} Upload */
/** @typedef {import("../types.js").Student} Student */

/** @typedef {"uploads" | "selected" | "trace" | "diagnosis" | "review" | "view" | "hover" | "settings" | "series"} Topic */

export const store = {
  /** @type {Upload[]} */
  uploads: [],
  /** @type {Recording[]} */
  recordings: [],
  /** @type {Recording | null} */
  selected: null,
  /** @type {Student[]} */
  students: [],
  /** The finding whose support is shaded. @type {{student: string, code: string} | null} */
  hover: null,
  /** Keys of the recordings that are compared over time. @type {Set<string>} */
  compared: new Set(),
  /** Whether the recordings over time are shown instead of one of them. */
  series: false,
};

/** @type {Map<Topic, Set<() => void>>} */
const listeners = new Map();
/** @type {Set<Topic>} */
const changed = new Set();

/**
 * Call a function after topics changed, once for all changes of a moment.
 *
 * @param {Topic[]} topics
 * @param {() => void} listener
 */
export function subscribe(topics, listener) {
  for (const topic of topics) {
    const known = listeners.get(topic) ?? new Set();
    known.add(listener);
    listeners.set(topic, known);
  }
}

/** @param {...Topic} topics */
export function notify(...topics) {
  if (!changed.size) queueMicrotask(flush);
  for (const topic of topics) changed.add(topic);
}

function flush() {
  if (pressed) return; // what is pressed must still be there when it is let go
  const called = new Set([...changed].flatMap((topic) => [...(listeners.get(topic) ?? [])]));
  changed.clear();
  for (const listener of called) listener();
}

let pressed = false;
const PRESSABLE = "button, a, summary, label, select, input";
addEventListener("pointerdown", (event) => (pressed = event.target instanceof Element && event.target.closest(PRESSABLE) !== null), true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => {
    if (!pressed) return;
    pressed = false;
    setTimeout(flush); // after the click
  }, true);
}

/** @param {Recording | null} recording */
export function select(recording) {
  store.selected = recording;
  store.hover = null;
  store.series = false;
  notify("selected", "hover", "series");
}

/** @param {{student: string, code: string} | null} hover */
export function setHover(hover) {
  if (store.hover?.code === hover?.code && store.hover?.student === hover?.student) return;
  store.hover = hover;
  notify("hover");
}
