// One finding: verdict, probability with its limit and band, and on opening what it means and how sure it is.

import { ICONS, el, icon } from "../base/dom.js";
import { duration, moment, number, percent } from "../base/format.js";
import { meaningOf, titleOf } from "../base/finding_texts.js";
import { notify, setHover, store } from "../base/store.js";
import { message, sentence } from "../base/messages.js";
import { t } from "../base/texts.js";
import { decisionOn } from "../review/reviews.js";
import { decisionButtons, decisionWords } from "../review/decisions.js";
import { supportAt } from "./support.js";
import { foundFrom, probabilityWords, verdictClass, verdictName } from "./verdicts.js";

/** @typedef {import("../types.js").Recording} Recording */
/** @typedef {import("../types.js").Diagnosis} Diagnosis */
/** @typedef {import("../types.js").Finding} Finding */
/** @typedef {import("../types.js").Episode} Episode */

const MOST_EPISODES = 5;
const LEAST_FALL = 0.05;

/** Key of the finding that is open, by recording. @type {Map<string, string>} */
const opened = new Map();

/**
 * @param {Recording} recording
 * @param {string} student
 * @param {Diagnosis} diagnosis
 * @param {Finding} finding
 * @param {(seconds: number) => void} goTo
 */
export function findingItem(recording, student, diagnosis, finding, goTo) {
  const key = `${student}/${finding.code}`;
  const open = opened.get(recording.key) === key;
  const point = () => setHover({ student, code: finding.code });
  const leave = () => setHover(openHover(recording));
  const toggle = () => {
    if (open) opened.delete(recording.key);
    else opened.set(recording.key, key);
    setHover({ student, code: finding.code });
    notify("review");
  };
  const decision = decisionOn(recording, finding.code);
  return el(
    "li",
    {
      class: `finding ${verdictClass(finding)}${open ? " open" : ""}${decision ? ` ${decision.judgement}` : ""}`,
      data: { code: finding.code },
      on: { mouseenter: point, mouseleave: leave, focusin: point, focusout: leave },
    },
    el(
      "button",
      { class: "finding-head", type: "button", "aria-expanded": String(open), data: { focus: `finding-${key}` }, on: { click: toggle } },
      el("span", { class: "finding-title" }, titleOf(finding)),
      el("span", { class: "verdict" }, verdictName(finding)),
      finding.course ? courseLine(finding) : bar(finding),
      decision ? el("span", { class: "decision-words" }, icon(ICONS.check), decisionWords(decision)) : null,
    ),
    open ? details(recording, student, diagnosis, finding, goTo) : null,
  );
}

/** The finding that is open stays shaded when nothing is pointed at. @param {Recording} recording */
function openHover(recording) {
  const key = opened.get(recording.key);
  const slash = key ? key.lastIndexOf("/") : -1;
  return key ? { student: key.slice(0, slash), code: key.slice(slash + 1) } : null;
}

/** Probability as a bar, the limit as a line, the band hatched. @param {Finding} finding */
function bar(finding) {
  const share = (/** @type {number} */ value) => `${(100 * value).toFixed(1)}%`;
  const band = finding.band
    ? el("i", { class: "bar-band", style: { left: share(finding.band[0]), width: share(finding.band[1] - finding.band[0]) } })
    : null;
  return el(
    "span",
    { class: "bar-line" },
    el(
      "span",
      { class: "bar", role: "img", "aria-label": probabilityWords(finding) },
      band,
      el("i", { class: "bar-fill", style: { width: share(finding.probability) } }),
      el("i", { class: "bar-limit", style: { left: share(foundFrom(finding)) } }),
    ),
    el("span", { class: "bar-value", "aria-hidden": "true" }, percent(finding.probability)),
  );
}

/** @param {Finding} finding */
function courseLine(finding) {
  const course = /** @type {import("../types.js").Course} */ (finding.course);
  const count = course.episodes.length;
  const share = t(course.burden_of === "beats" ? "ofBeats" : "ofTime", { share: percent(course.burden) });
  const line = t(count === 1 ? "burdenOne" : "burden", { share, count: number(count) });
  return el("span", { class: "course-line" }, line);
}

/**
 * @param {Recording} recording
 * @param {string} student
 * @param {Diagnosis} diagnosis
 * @param {Finding} finding
 * @param {(seconds: number) => void} goTo
 */
function details(recording, student, diagnosis, finding, goTo) {
  const meaning = meaningOf(finding);
  return el(
    "div",
    { class: "finding-details" },
    meaning ? el("p", {}, meaning) : null,
    ...why(finding),
    ...doubts(diagnosis, finding),
    rests(recording, student, finding),
    episodes(diagnosis, finding, goTo),
    decisionButtons(recording, finding),
  );
}

/** @param {Finding} finding */
function why(finding) {
  if (finding.verdict === "not judged" || finding.course) {
    const reason = message(finding.reason);
    return finding.reason ? [el("p", { lang: reason.lang }, reason.words)] : [];
  }
  const lines = [el("p", { class: "small" }, sentence(probabilityWords(finding)))];
  if (finding.verdict === "inconclusive") lines.push(el("p", {}, t("whyBand")));
  if (finding.verdict === "found" && finding.probability < 0.5) lines.push(el("p", {}, t("whyBelowHalf", { limit: percent(foundFrom(finding)) })));
  return lines;
}

/**
 * How often it is missed, and what one lead cannot show.
 *
 * @param {Diagnosis} diagnosis
 * @param {Finding} finding
 */
function doubts(diagnosis, finding) {
  if (finding.normal || finding.verdict === "not judged") return [];
  const missed = finding.missed === null ? t("missedUnknown") : t("missedShare", { share: percent(finding.missed) });
  const hidden = diagnosis.signal.leads.length === 1 && finding.verdict !== "found" ? ` ${t("oneLead")}` : "";
  return [el("p", { class: "small" }, missed + hidden)];
}

/**
 * @param {Recording} recording
 * @param {string} student
 * @param {Finding} finding
 */
function rests(recording, student, finding) {
  if (finding.verdict === "not judged" || !recording.id) return null;
  const support = supportAt(recording, { student, code: finding.code }, recording.start);
  const fall = support ? support.probability - support.without : 0;
  const figures =
    support && fall >= LEAST_FALL
      ? ` ${t("restsOnWords", { before: percent(support.probability), after: percent(support.without), seconds: number(support.blanked_seconds, 1) })}`
      : "";
  return el("p", { class: "small rests" }, el("i", { class: "support-key" }), t("restsOn"), figures);
}

/**
 * @param {Diagnosis} diagnosis
 * @param {Finding} finding
 * @param {(seconds: number) => void} goTo
 */
function episodes(diagnosis, finding, goTo) {
  const all = finding.course?.episodes ?? [];
  if (!all.length) return null;
  const strongest = [...all].sort((a, b) => b.windows - a.windows || b.peak_probability - a.peak_probability).slice(0, MOST_EPISODES);
  const begin = diagnosis.signal.start_time;
  const line = (/** @type {Episode} */ episode) =>
    el(
      "li",
      {},
      el(
        "button",
        { class: "link", type: "button", on: { click: () => goTo(episode.peak_seconds) }, "aria-label": t("goTo", { when: moment(episode.peak_seconds, begin) }) },
        moment(episode.start_seconds, begin),
      ),
      ` ${duration(episode.end_seconds - episode.start_seconds)}, ${percent(episode.peak_probability)}`,
    );
  return el("ul", { class: "episodes" }, ...strongest.map(line));
}

/** Shade what an open finding rests on when its recording comes on view. */
export function shadeOpened() {
  if (store.selected) setHover(openHover(store.selected));
}
