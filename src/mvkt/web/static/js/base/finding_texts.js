// Findings and reasons in German; in English they are in the bundles and in the answers of the server.

import { settings } from "./settings.js";

/** @typedef {import("../types.js").Finding} Finding */

/** Code of the statement -> title and meaning. @type {Record<string, [string, string]>} */
const GERMAN = {
  "1AVB": ["AV-Block I. Grades", "Verzögerung zwischen Vorhöfen und Kammern, bei der jeder Schlag ankommt; oft harmlos"],
  AF: ["Vorhofflimmern", "unregelmäßiger Rhythmus, bei dem die Vorhöfe zittern statt zu schlagen; kann zum Schlaganfall führen"],
  NOISE: ["zu gestört, um gelesen zu werden", "eine Aufzeichnung, in der Störungen das Signal des Herzens verdecken"],
  NSR: ["normaler Rhythmus", "der normale Rhythmus, vom Sinusknoten geführt"],
  ORHY: ["ein anderer Rhythmus", "ein Rhythmus, der weder normal noch Vorhofflimmern ist"],
  AFIB: ["Vorhofflimmern", "unregelmäßiger Rhythmus, bei dem die Vorhöfe zittern statt zu schlagen; kann zum Schlaganfall führen"],
  AFLT: ["Vorhofflattern", "sehr schnelle, regelmäßige Erregung der Vorhöfe; kann zum Schlaganfall führen"],
  ASMI: ["anteroseptaler Infarkt", "früherer oder jetziger Herzinfarkt der Vorderwand und der Kammerscheidewand"],
  CD: ["Leitungsstörung", "Verzögerung oder Unterbrechung des Signals auf seinem Weg durch das Herz; von harmlos bis ernst"],
  CLBBB: ["kompletter Linksschenkelblock", "Unterbrechung des linken Hauptschenkels des Leitungssystems"],
  CRBBB: ["kompletter Rechtsschenkelblock", "Unterbrechung des rechten Hauptschenkels des Leitungssystems; auch bei Gesunden"],
  HYP: ["Hypertrophie", "verdickter oder vergrößerter Teil des Herzens, oft nach Jahren mit hohem Blutdruck"],
  IMI: ["inferiorer Infarkt", "früherer oder jetziger Herzinfarkt der Unterwand"],
  IRBBB: ["inkompletter Rechtsschenkelblock", "leichte Verzögerung im rechten Hauptschenkel; meist harmlos"],
  ISCAL: ["Ischämie anterolateral", "zu wenig Durchblutung des Herzmuskels an Vorder- und Seitenwand"],
  ISC_: ["Ischämie, unspezifisch", "zu wenig Durchblutung des Herzmuskels, an keiner bestimmten Stelle"],
  LAFB: ["linksanteriorer Hemiblock", "Unterbrechung im vorderen Teil des linken Schenkels; allein oft harmlos"],
  LVH: ["linksventrikuläre Hypertrophie", "verdickte linke Kammer, oft nach Jahren mit hohem Blutdruck oder bei einem Klappenfehler"],
  MI: ["Herzinfarkt", "früherer oder jetziger Herzinfarkt"],
  NDT: ["unspezifische T-Veränderung", "veränderte Erholung nach jedem Schlag; viele Ursachen, oft keine Krankheit"],
  NORM: ["normales EKG", "EKG ohne krankhaften Befund, was eine Herzkrankheit nicht ausschließt"],
  NST_: ["unspezifische ST-Veränderung", "kleine Veränderung zwischen Schlag und Erholung; viele Ursachen, oft keine Krankheit"],
  PAC: ["supraventrikuläre Extrasystole", "früher zusätzlicher Schlag aus den Vorhöfen; einzeln häufig und meist harmlos"],
  PVC: ["ventrikuläre Extrasystole", "früher zusätzlicher Schlag aus den Kammern; einzeln häufig, viele sollte man prüfen lassen"],
  SARRH: ["Sinusarrhythmie", "normaler Rhythmus, der mit dem Atem schneller und langsamer wird; meist harmlos"],
  SBRAD: ["Sinusbradykardie", "normaler, aber langsamer Rhythmus: Schlaf, Ausdauersport, Medikamente oder ein müder Taktgeber"],
  SR: ["Sinusrhythmus", "normaler Rhythmus, den der eigene Taktgeber des Herzens bestimmt"],
  STACH: ["Sinustachykardie", "normaler, aber schneller Rhythmus: Anstrengung, Aufregung, Fieber oder andere Belastung"],
  STTC: ["ST/T-Veränderung", "veränderte Erholung nach jedem Schlag: zu wenig Durchblutung, Belastung, Medikamente und vieles mehr"],
  STD_: ["ST-Senkung", "zu wenig Durchblutung des Herzmuskels, Belastung oder Medikamente; viele Ursachen"],
  VCLVH: ["Voltagekriterien für linksventrikuläre Hypertrophie", "verdickte linke Kammer, allein nach der Höhe der Zacken; auch bei Jungen und Schlanken"],
};

/** @param {{code: string, title: string}} finding */
export function titleOf(finding) {
  const german = settings.language === "de" ? GERMAN[finding.code] : undefined;
  return german ? german[0] : finding.title;
}

/** One sentence of plain meaning; empty where the bundle has none. @param {Finding} finding */
export function meaningOf(finding) {
  const german = settings.language === "de" ? GERMAN[finding.code] : undefined;
  if (german) return `Typisch für: ${german[1]}.`;
  return finding.typical ? `${finding.typical.charAt(0).toUpperCase()}${finding.typical.slice(1)}.` : "";
}
