// Numbers and times as people write them.

import { settings } from "./settings.js";

/**
 * @param {number} value
 * @param {number} [digits]
 */
export function number(value, digits = 0) {
  return value.toLocaleString(settings.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * A share in percent; neither nothing nor everything is claimed of what is not.
 *
 * @param {number} value
 */
export function percent(value) {
  const sign = settings.language === "de" ? "\u00a0%" : "%";
  if (value > 0 && value < 0.001) return `<\u00a0${number(0.1, 1)}${sign}`;
  if (value > 0.999 && value < 1) return `>\u00a0${number(99.9, 1)}${sign}`;
  return number(value * 100, value < 0.0995 && value > 0 ? 1 : 0) + sign;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 120) return `${number(seconds, seconds < 9.95 && seconds % 1 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/**
 * The time of day where the beginning is known, else the time since the beginning.
 *
 * @param {number} seconds
 * @param {string | null} begin ISO 8601
 * @param {number} [digits] Of the seconds.
 */
export function moment(seconds, begin, digits = 0) {
  const start = begin ? localTime(begin) : null;
  if (start === null) return clock(seconds, digits);
  const day = 86400;
  const whole = start + seconds;
  const days = Math.floor(whole / day);
  return clock(((whole % day) + day) % day, digits, true) + (days > 0 ? ` +${days} d` : "");
}

/** Seconds since midnight, as the recorder's clock had it. @param {string} begin */
function localTime(begin) {
  const found = /T(\d\d):(\d\d):(\d\d(?:\.\d+)?)/.exec(begin);
  return found ? Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3]) : null;
}

/**
 * @param {number} seconds
 * @param {number} digits
 * @param {boolean} [hours] Whether hours are shown in any case.
 */
function clock(seconds, digits, hours = false) {
  const scale = 10 ** digits;
  const whole = Math.round(seconds * scale) / scale;
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = (whole % 60).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  return h || hours ? `${String(h).padStart(hours ? 2 : 1, "0")}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** How this browser's country writes dates, where its language is that of the page. */
function locale() {
  return navigator.languages.find((language) => language.startsWith(settings.language)) ?? settings.language;
}

/** @param {string | null} begin ISO 8601, in the recorder's time */
export function date(begin) {
  if (!begin) return "";
  const [year, month, day] = begin.slice(0, 10).split("-").map(Number);
  const at = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1));
  const words = at.toLocaleDateString(locale(), { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return `${words}, ${begin.slice(11, 16)}`;
}

/** @param {number} bytes */
export function size(bytes) {
  return bytes < 1e6 ? `${number(Math.max(1, bytes / 1e3))} kB` : `${number(bytes / 1e6, bytes < 1e7 ? 1 : 0)} MB`;
}
