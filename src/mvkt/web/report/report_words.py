"""The words of the report, in English and German."""

from __future__ import annotations

import re

from mvkt.bundle.worth import DISCLAIMER
from mvkt.web.report.document_request import Language

_WORDS: dict[str, tuple[str, str]] = {
    "report": ("ECG report", "EKG-Bericht"),
    "recorded": ("recorded", "aufgezeichnet"),
    "rate": ("Heart rate", "Herzfrequenz"),
    "pr": ("PR", "PQ"),
    "qrs": ("QRS", "QRS"),
    "qt": ("QT", "QT"),
    "qtc": ("QTc", "QTc"),
    "by the device": ("Measured by the device: {values}", "Vom Gerät gemessen: {values}"),
    "device rate": ("rate", "Frequenz"),
    "device RR": ("RR", "RR"),
    "device PR": ("PR", "PQ"),
    "device QRS": ("QRS", "QRS"),
    "device QT": ("QT", "QT"),
    "device QTc Bazett": ("QTc (Bazett)", "QTc (Bazett)"),
    "device QTc Fridericia": ("QTc (Fridericia)", "QTc (Fridericia)"),
    "device axis": ("axis", "Lagetyp"),
    "extra beats": ("Extra beats: {kinds} of {count} beats", "Extraschläge: {kinds} von {count} Schlägen"),
    "ventricular": ("{count} ventricular (V)", "{count} ventrikulär (V)"),
    "supraventricular": ("{count} supraventricular (S)", "{count} supraventrikulär (S)"),
    "unsure": ("{count} unsure (?)", "{count} unsicher (?)"),
    "none": ("none", "keiner"),
    "unknown": ("not measured", "nicht gemessen"),
    "found": ("Likely", "Wahrscheinlich"),
    "suspected": ("Suspected", "Verdacht"),
    "inconclusive": ("Inconclusive", "Unklar"),
    "normal": ("Normal", "Normal"),
    "absent": ("Not seen", "Nicht gesehen"),
    "open": ("Not judged", "Nicht beurteilt"),
    "nothing": ("Nothing found of what was looked for.", "Nichts von dem gefunden, wonach gesucht wurde."),
    "nothing judged": ("Nothing could be judged.", "Nichts konnte beurteilt werden."),
    "missed": ("missed in {share}", "bei {share} übersehen"),
    "of the beats": ("{share} of the beats", "{share} der Schläge"),
    "of the time": ("{share} of the time", "{share} der Zeit"),
    "quality": ("{share} of the time was good enough to judge", "{share} der Zeit war gut genug zum Beurteilen"),
    "read by": ("Read by the network {name}", "Gelesen vom Netz {name}"),
    "review": ("Review by {name}", "Beurteilung von {name}"),
    "somebody": ("a person", "einer Person"),
    "confirmed": ("confirmed", "bestätigt"),
    "rejected": ("rejected", "verworfen"),
    "changed": ("changed to {title}", "geändert in {title}"),
    "added": ("added", "ergänzt"),
    "filtered": ("filtered {low} to {high} Hz", "gefiltert {low} bis {high} Hz"),
    "unfiltered": ("not filtered", "nicht gefiltert"),
    "from": ("from {time}", "ab {time}"),
    "female": ("woman", "Frau"),
    "male": ("man", "Mann"),
    "years": ("{age:.0f} years", "{age:.0f} Jahre"),
    "scale": ("true to scale when printed at 100 %", "maßstäblich bei Druck mit 100 %"),
    "more": ("and {count} more", "und {count} weitere"),
    "disclaimer": (
        DISCLAIMER,
        "Forschungswerkzeug, kein Medizinprodukt: Kein Befund, vorhanden oder nicht, ersetzt die ärztliche Befundung.",
    ),
}


def numbers_in(text: str, language: Language) -> str:
    """Return a text with its numbers as they are written in a language: ``9.5%`` is ``9,5 %`` in German."""
    return re.sub(r"(\d)%", "\\1 %", re.sub(r"(\d)\.(\d)", r"\1,\2", text)) if language == "de" else text


def report_words(key: str, language: Language, **values: object) -> str:
    """Return a text of the report."""
    return _WORDS[key][language == "de"].format(**values)
