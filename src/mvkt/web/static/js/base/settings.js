// How the page looks and what the paper shows; kept in the browser's storage.

import { notify } from "./store.js";

/** @typedef {"auto" | "rows" | "stack" | "limb" | "6x2" | "3x4"} Layout */

const KEY = "mvkt-settings";

export const settings = {
  /** @type {"auto" | "light" | "dark"} */
  theme: "auto",
  /** @type {"en" | "de"} */
  language: navigator.language.toLowerCase().startsWith("de") ? "de" : "en",
  /** @type {Layout} */
  layout: "auto",
  /** Lead of the layout of one lead; empty for the one that was read. */
  lead: "",
  mmPerSecond: 25,
  mmPerMillivolt: 10,
  filter: true,
  beats: true,
  calipers: false,
  march: false,
  /** Pixels of CSS in a millimetre of this screen. */
  pixelsPerMm: 96 / 25.4,
  /** Of the person who reviews. */
  reviewer: "",
  /** @type {"A4" | "Letter"} */
  paper: navigator.language.endsWith("US") ? "Letter" : "A4",
};

try {
  const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  for (const [name, value] of Object.entries(stored)) {
    if (name in settings && typeof value === typeof (/** @type {any} */ (settings)[name])) Object.assign(settings, { [name]: value });
  }
} catch {
  // Damaged or forbidden storage: the defaults do.
}
const wanted = new URLSearchParams(location.search).get("lang");
if (wanted === "en" || wanted === "de") settings.language = wanted;

/** @param {Partial<typeof settings>} changes */
export function change(changes) {
  Object.assign(settings, changes);
  const { calipers: _, ...kept } = settings;
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Full or forbidden: the change holds as long as the page is open.
  }
  applyTheme();
  notify("settings", "view");
}

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => {
  applyTheme();
  notify("view");
});

export function isDark() {
  return settings.theme === "dark" || (settings.theme === "auto" && dark.matches);
}

export function applyTheme() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  document.documentElement.lang = settings.language;
}
