// The colours of the paper, from the style sheet, so that light, dark and print agree with it.

/**
 * @typedef {object} Colours
 * @property {string} paper
 * @property {string} fine
 * @property {string} bold
 * @property {string} trace
 * @property {string} text
 * @property {string} faint
 * @property {string} beat
 * @property {string} extra
 * @property {string} support
 * @property {string} out
 */

const NAMES = /** @type {const} */ (["paper", "fine", "bold", "trace", "text", "faint", "beat", "extra", "support", "out"]);

/** @returns {Colours} */
export function coloursNow() {
  const style = getComputedStyle(document.documentElement);
  return /** @type {Colours} */ (Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--ecg-${name}`).trim()])));
}

/** What is printed or taken away as a picture is on light paper. @type {Colours} */
export const ON_PAPER = {
  paper: "#fffcfb",
  fine: "#f7dfdc",
  bold: "#eab4ae",
  trace: "#141a22",
  text: "#2c343d",
  faint: "#5f6873",
  beat: "#5f6873",
  extra: "#9c1208",
  support: "#2f6fe4",
  out: "#8a929c",
};
