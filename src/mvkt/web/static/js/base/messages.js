// Messages of the server are those of the command line: what they advise to type there is left out here. In German they come
// from the table texts/german_messages.json, which is loaded when it is needed.

import { json } from "./api.js";
import { settings } from "./settings.js";

/** @typedef {{words: string, lang: "en" | "de"}} Sentence */

/** Advice at the end of a message. */
const HINTS = [
  /[.;] If this is lead \S+, give it: --lead \S+(?: \([^)]*\))?/g,
  /\. To have another lead read all the same, name it: --lead \S+(?: \([^)]*\))?/g,
  /; to have another lead read all the same, name the student, too/g,
];
/** Advice inside a message, which the German table has with the rest of it. */
const ADVICE = [
  /\s*\(`mvkt formats` lists them:.*\)/s,
  /\s*\(--[^)]*\)/g,
  /: give it with \S+ in Python or --[\w-]+/g,
];
const DEEPEST = 4;

/** English pattern and German words with {1}, {2} ...; the longest first. @type {{pattern: RegExp, german: string}[]} */
let table = [];

/** Fetch the German messages, once. @returns {Promise<void>} */
export async function loadGerman() {
  if (!table.length) table = compiled(await json("/static/texts/german_messages.json"));
}

/** @param {Record<string, string>} messages */
function compiled(messages) {
  const literal = (/** @type {string} */ template) => template.replaceAll("{}", "").length;
  return Object.entries(messages)
    .sort(([a], [b]) => literal(b) - literal(a))
    .map(([template, german]) => ({ pattern: patternOf(template), german }));
}

/** @param {string} template */
function patternOf(template) {
  const parts = template.split("{}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("(.*?)")}$`, "s");
}

/**
 * The German words of a message, with what it quotes; null where there are none.
 *
 * @param {string} text
 * @param {number} [depth]
 * @returns {string | null}
 */
export function german(text, depth = 0) {
  if (depth > DEEPEST) return null;
  for (const { pattern, german: words } of table) {
    const found = pattern.exec(text);
    if (found) return words.replace(/\{(\d)\}/g, (_, number) => quoted(found[number] ?? "", depth + 1));
  }
  return inParts(text, depth);
}

/**
 * What a message quotes: a message itself, a number, or something that has no language.
 *
 * @param {string} text
 * @param {number} depth
 */
function quoted(text, depth) {
  if (/^[\d.,]+( ?%| ?[a-zA-Zµ]{1,3})?$/.test(text)) return text.replace(/[.,]/g, (mark) => (mark === "." ? "," : "."));
  return german(text, depth) ?? text;
}

/**
 * Messages that are joined by a semicolon, or that begin with the name of a file.
 *
 * @param {string} text
 * @param {number} depth
 * @returns {string | null}
 */
function inParts(text, depth) {
  for (const mark of ["; ", ": "]) {
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
      const after = german(text.slice(at + mark.length), depth + 1);
      const before = after === null ? null : german(text.slice(0, at), depth + 1);
      // A name before a colon, and what is quoted, may be of no language.
      if (after !== null && (before !== null || mark === ": " || depth)) return `${before ?? text.slice(0, at)}${mark}${after}`;
    }
  }
  return null;
}

/** Words of the page as a sentence. @param {string} text */
export function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** A message of the server as a sentence, in German where the page is. @param {string} text @returns {Sentence} */
export function message(text) {
  const without = (/** @type {string} */ words, /** @type {RegExp} */ pattern) => words.replace(pattern, "");
  const whole = HINTS.reduce(without, text);
  const plain = ADVICE.reduce(without, whole);
  const words = settings.language === "de" ? (german(whole) ?? german(plain)) : null;
  return { words: sentence(words ?? plain), lang: words === null ? "en" : "de" };
}

/** Some words of the server inside a sentence of the page. @param {string} text */
export function phrase(text) {
  return (settings.language === "de" && german(text)) || text;
}
