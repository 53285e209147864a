// Every text of the page, in English and German. Those of the server: messages.js.

import { settings } from "./settings.js";

/** @type {Record<string, [string, string]>} */
const TEXTS = {
  // Frame
  title: ["ECG reader", "EKG-Leser"],
  tagline: ["looks at recordings on this computer", "liest Aufzeichnungen auf diesem Rechner"],
  disclaimer: [
    "Research tool, not a medical device. No finding, present or absent, replaces a physician's reading.",
    "Forschungswerkzeug, kein Medizinprodukt. Kein Befund, vorhanden oder nicht, ersetzt die ärztliche Befundung.",
  ],
  skip: ["Skip to the trace", "Zur Kurve springen"],
  recordings: ["Recordings", "Aufzeichnungen"],
  add: ["Add recordings", "Hinzufügen"],
  theme: ["Dark or light", "Hell oder dunkel"],
  language: ["Deutsch", "English"],
  shortcuts: ["Keyboard", "Tastatur"],
  close: ["Close", "Schließen"],
  remove: ["Remove {name}", "{name} entfernen"],
  // Empty
  dropTitle: ["Drop an ECG here", "Ein EKG hier ablegen"],
  dropWords: [
    "The export of a watch, a file of a hospital or Holter, an Apple Health export.zip. Several at once are fine.",
    "Der Export einer Uhr, eine Datei aus Klinik oder Langzeit-EKG, ein export.zip von Apple Health. Auch mehrere zugleich.",
  ],
  choose: ["Choose files", "Dateien wählen"],
  example: ["Show an example", "Beispiel zeigen"],
  private: [
    "Nothing leaves this computer, and nothing is written to its disk.",
    "Nichts verlässt diesen Rechner, und nichts wird auf seine Platte geschrieben.",
  ],
  formats: ["Formats that are read", "Lesbare Formate"],
  dropNow: ["Drop to read", "Loslassen zum Lesen"],
  // Uploads
  waiting: ["waiting for its turn", "wartet"],
  sending: ["sending, {share}", "wird gesendet, {share}"],
  reading: ["reading", "wird gelesen"],
  judging: ["judging", "wird befundet"],
  notJudgedYet: ["not judged", "nicht befundet"],
  nothingFound: ["nothing found", "nichts gefunden"],
  noServer: ["The server does not answer. Is `mvkt serve` still running?", "Der Server antwortet nicht. Läuft `mvkt serve` noch?"],
  tooLarge: ["The file is larger than the server accepts.", "Die Datei ist größer, als der Server annimmt."],
  readAgain: ["Read again with…", "Erneut lesen mit …"],
  readAgainWords: [
    "Fill in what the file does not state itself.",
    "Was die Datei selbst nicht angibt, hier eintragen.",
  ],
  read: ["Read", "Lesen"],
  fieldLead: ["Lead", "Ableitung"],
  fieldRate: ["Sampling frequency (Hz)", "Abtastfrequenz (Hz)"],
  fieldUnit: ["Unit", "Einheit"],
  fieldAge: ["Age (years)", "Alter (Jahre)"],
  fieldSex: ["Sex", "Geschlecht"],
  fieldStudent: ["Network", "Netz"],
  asInFile: ["as in the file", "wie in der Datei"],
  automatic: ["choose for me", "automatisch"],
  female: ["female", "weiblich"],
  male: ["male", "männlich"],
  womanOf: ["woman, {age}", "Frau, {age}"],
  manOf: ["man, {age}", "Mann, {age}"],
  aged: ["{age} years", "{age} Jahre"],
  woman: ["woman", "Frau"],
  man: ["man", "Mann"],
  // Toolbar
  toolbar: ["Display of the trace", "Darstellung der Kurve"],
  layout: ["Layout", "Anordnung"],
  layoutRows: ["One lead", "Eine Ableitung"],
  layoutStack: ["All leads", "Alle Ableitungen"],
  layoutLimb: ["Six limb leads", "Sechs Extremitäten"],
  "layout6x2": ["6 × 2", "6 × 2"],
  "layout3x4": ["3 × 4 and rhythm", "3 × 4 und Rhythmus"],
  lead: ["Lead", "Ableitung"],
  speed: ["Speed", "Vorschub"],
  gain: ["Gain", "Verstärkung"],
  filter: ["Filter", "Filter"],
  filterOn: ["filtered to {low} to {high} Hz, as the network sees it", "gefiltert auf {low} bis {high} Hz, wie das Netz es sieht"],
  filterOff: ["as it was recorded, not filtered", "wie aufgezeichnet, nicht gefiltert"],
  turnedAlso: ["turned upside down, as the network read it", "umgepolt, wie das Netz sie gelesen hat"],
  beats: ["Beats", "Schläge"],
  calipers: ["Calipers", "Zirkel"],
  march: ["March out", "Abstand wiederholen"],
  scale: ["Screen scale", "Bildschirmmaß"],
  scaleWords: [
    "Hold a bank card to the screen and move the slider until the frame is as large as the card. A millimetre on the paper is then a millimetre.",
    "Eine Bankkarte an den Bildschirm halten und den Regler schieben, bis der Rahmen so groß ist wie die Karte. Ein Millimeter auf dem Papier ist dann ein Millimeter.",
  ],
  // Paper
  paperLabel: [
    "Trace of {file}, {leads}, from {from} to {to}, {speed} mm/s, {gain} mm/mV. Arrow keys move it, plus and minus zoom.",
    "Kurve von {file}, {leads}, von {from} bis {to}, {speed} mm/s, {gain} mm/mV. Pfeiltasten bewegen sie, Plus und Minus zoomen.",
  ],
  overviewLabel: ["Overview of the recording; the position on view", "Übersicht der Aufzeichnung; der gezeigte Abschnitt"],
  lost: ["The server forgot this recording; it is read again.", "Der Server hat die Aufzeichnung vergessen; sie wird neu gelesen."],
  noTrace: ["This recording is not kept for viewing.", "Diese Aufzeichnung wird nicht zur Ansicht gehalten."],
  // Calipers
  timeCaliper: ["Time", "Zeit"],
  voltageCaliper: ["Voltage", "Spannung"],
  edgeStart: ["Time caliper, first leg", "Zeitzirkel, erster Schenkel"],
  edgeEnd: ["Time caliper, second leg", "Zeitzirkel, zweiter Schenkel"],
  edgeLow: ["Voltage caliper, first leg", "Spannungszirkel, erster Schenkel"],
  edgeHigh: ["Voltage caliper, second leg", "Spannungszirkel, zweiter Schenkel"],
  perMinute: ["/min", "/min"],
  // Overview
  laneRate: ["rate", "Frequenz"],
  laneJudged: ["judged", "beurteilt"],
  laneTrace: ["trace", "Kurve"],
  // Findings
  findings: ["Findings", "Befunde"],
  found: ["likely", "wahrscheinlich"],
  suspected: ["suspected", "Verdacht"],
  inconclusive: ["inconclusive", "unklar"],
  notFound: ["not seen", "nicht gesehen"],
  notJudged: ["not judged", "nicht beurteilt"],
  probabilityOf: ["probability {value}, found from {limit}", "Wahrscheinlichkeit {value}, gefunden ab {limit}"],
  probabilityBand: [", inconclusive from {low} to {high}", ", unklar von {low} bis {high}"],
  whyBand: [
    "Its probability lies in the range in which the network is too often wrong either way.",
    "Die Wahrscheinlichkeit liegt im Bereich, in dem das Netz in beide Richtungen zu oft irrt.",
  ],
  whyBelowHalf: [
    "Less likely than not, yet above the limit from which it is worth a look: {limit}.",
    "Eher nicht, aber über der Grenze, ab der es einen Blick wert ist: {limit}.",
  ],
  missedShare: ["Missed in {share} of those who have it.", "Wird bei {share} der Betroffenen übersehen."],
  missedUnknown: ["How often it is missed was not measured.", "Wie oft es übersehen wird, wurde nicht gemessen."],
  oneLead: ["One lead cannot show everything.", "Eine Ableitung kann nicht alles zeigen."],
  burden: ["{share} of the time, {count} episodes", "{share} der Zeit, {count} Episoden"],
  burdenOne: ["{share} of the time, 1 episode", "{share} der Zeit, 1 Episode"],
  goTo: ["Go to {when}", "Zu {when}"],
  restsOn: ["Shaded: what this rests on.", "Blau hinterlegt: worauf sich das stützt."],
  restsOnWords: [
    "{before} in these seconds; {after} when the {seconds} s that matter most are blanked.",
    "{before} in diesen Sekunden; {after}, wenn die wichtigsten {seconds} s ausgeblendet sind.",
  ],
  notSeenCount: ["{count} not seen", "{count} nicht gesehen"],
  notJudgedCount: ["{count} not judged", "{count} nicht beurteilt"],
  nothingJudged: ["Nothing could be judged.", "Nichts konnte beurteilt werden."],
  noFinding: ["Nothing found of what was looked for.", "Nichts von dem gefunden, wonach gesucht wurde."],
  andMore: ["and {count} more", "und {count} weitere"],
  headFound: ["Found: {list}.", "Gefunden: {list}."],
  headSuspected: ["Suspected: {list}.", "Verdacht auf: {list}."],
  headInconclusive: ["Inconclusive: {list}.", "Unklar: {list}."],
  headNormal: ["Normal: {list}.", "Normal: {list}."],
  judgedShare: ["{share} of the time was good enough to judge.", "{share} der Zeit war gut genug zum Beurteilen."],
  leftOut: ["Left out: {reasons}.", "Ausgelassen: {reasons}."],
  readBy: ["Read by the network {name}", "Gelesen vom Netz {name}"],
  readByView: ["Read by the network {name} ({view})", "Gelesen vom Netz {name} ({view})"],
  card: ["Card of this network", "Steckbrief des Netzes"],
  worth: ["What it is worth", "Was es taugt"],
  limits: ["What it cannot do", "Was es nicht kann"],
  notes: ["Please note", "Zu beachten"],
  compareWords: [
    "Several networks side by side: what one lead shows beside what more leads show.",
    "Mehrere Netze nebeneinander: was eine Ableitung zeigt neben dem, was mehr Ableitungen zeigen.",
  ],
  compareViews: ["Compare with one lead", "Mit einer Ableitung vergleichen"],
  chosen: ["Why this network", "Warum dieses Netz"],
  // Measurements
  measurements: ["Measurements", "Messwerte"],
  rate: ["Heart rate", "Herzfrequenz"],
  pr: ["PR", "PQ"],
  qrs: ["QRS", "QRS"],
  qt: ["QT", "QT"],
  qtc_fridericia: ["QTc", "QTc"],
  fridericia: ["Fridericia", "Fridericia"],
  axis: ["Axis", "Lagetyp"],
  mostly: ["mostly {low} to {high}", "meist {low} bis {high}"],
  notMeasuredBecause: ["not measured because {reason}", "nicht gemessen: {reason}"],
  nothingGoodEnough: ["nothing of the recording was good enough to judge", "nichts an der Aufzeichnung war gut genug zum Beurteilen"],
  rateUnknown: ["no two beats in a row were found", "es wurden keine zwei Schläge nacheinander gefunden"],
  // Review
  review: ["Your reading", "Ihre Beurteilung"],
  reviewWords: [
    "Confirm, change or reject findings. The network's answer stays as it is. Kept in this browser until you remove it.",
    "Befunde bestätigen, ändern oder verwerfen. Die Antwort des Netzes bleibt stehen. Wird in diesem Browser aufbewahrt, bis Sie es löschen.",
  ],
  confirm: ["Confirm", "Bestätigen"],
  changeFinding: ["Change", "Ändern"],
  reject: ["Reject", "Verwerfen"],
  confirmed: ["confirmed", "bestätigt"],
  rejected: ["rejected", "verworfen"],
  changed: ["changed to {title}", "geändert in {title}"],
  changeTo: ["Finding instead of {title}", "Befund statt {title}"],
  note: ["Note", "Notiz"],
  noteOn: ["Note on {title}", "Notiz zu {title}"],
  reviewer: ["Name", "Name"],
  addFinding: ["Add a finding", "Befund hinzufügen"],
  ownFinding: ["Finding", "Befund"],
  forgetReview: ["Remove my reading", "Meine Beurteilung löschen"],
  // Take away
  takeAway: ["Take away", "Mitnehmen"],
  pdf: ["Report (PDF)", "Bericht (PDF)"],
  png: ["Picture of this strip (PNG)", "Bild dieses Streifens (PNG)"],
  jsonFile: ["JSON", "JSON"],
  csvFile: ["Table of windows (CSV)", "Tabelle der Fenster (CSV)"],
  fhirFile: ["FHIR R4", "FHIR R4"],
  print: ["Print", "Drucken"],
  paperSize: ["Paper", "Papier"],
  making: ["being made…", "wird erstellt …"],
  // Over time
  overTime: ["Compare over time", "Zeitlich vergleichen"],
  overTimeOf: ["{count} recordings over time", "{count} Aufzeichnungen im Verlauf"],
  back: ["Back to the trace", "Zurück zur Kurve"],
  chooseForSeries: ["Compare {name} over time", "{name} zeitlich vergleichen"],
  noDate: ["no date", "ohne Datum"],
  student: ["Network", "Netz"],
  // Keyboard
  keysPan: ["Move by a second, with Shift by a screen", "Um eine Sekunde, mit Umschalt um eine Breite bewegen"],
  keysEnds: ["To the beginning, to the end", "Zum Anfang, zum Ende"],
  keysZoom: ["Zoom in, out, back to 25 mm/s", "Vergrößern, verkleinern, zurück zu 25 mm/s"],
  keysGain: ["More or less gain", "Mehr oder weniger Verstärkung"],
  keysFilter: ["Filter on or off", "Filter an oder aus"],
  keysBeats: ["Beat marks on or off", "Schlagmarken an oder aus"],
  keysCalipers: ["Calipers on or off; then Tab to a leg, arrows move it", "Zirkel an oder aus; mit Tab zum Schenkel, Pfeile bewegen ihn"],
  keysNext: ["Next or previous recording", "Nächste oder vorige Aufzeichnung"],
  keysHelp: ["This list", "Diese Liste"],
};

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const found = TEXTS[key];
  if (!found) throw new Error(`no text ${key}`);
  return found[settings.language === "de" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** The keys that there are, for the tests. */
export function keys() {
  return Object.keys(TEXTS);
}
