"""Statements of carts' analysis programs in English, such as "Sinus rhythm with PAC(s)", as codes of classes.

A statement may count for several classes. What the program doubts, or denies, counts for nothing; so does what is of no
class. The wording is that of MIMIC-IV-ECG's ``machine_measurements.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

CLASSES: Mapping[str, str] = {
    "NORM": "normal ECG",
    "NSR": "sinus rhythm",
    "SB": "sinus bradycardia",
    "STach": "sinus tachycardia",
    "SA": "sinus arrhythmia",
    "AF": "atrial fibrillation",
    "AFL": "atrial flutter",
    "PAC": "premature atrial contraction",
    "PVC": "premature ventricular contraction",
    "PR": "pacing rhythm",
    "IAVB": "first-degree AV block",
    "LBBB": "left bundle branch block",
    "RBBB": "right bundle branch block",
    "IRBBB": "incomplete right bundle branch block",
    "LAnFB": "left anterior fascicular block",
    "NSIVCB": "non-specific intraventricular conduction disorder",
    "LAD": "left axis deviation",
    "RAD": "right axis deviation",
    "LQT": "prolonged QT interval",
    "LQRSV": "low QRS voltages",
    "LVH": "left ventricular hypertrophy",
    "MI": "myocardial infarction",
    "TAb": "abnormal T wave",
}
"""Class to plain words."""

_LONGEST = 400
_DOUBT = re.compile(
    r"possible|possibly|probabl|consider|borderline|cannot|can not|rule out|may be|suggest|\bor\b|\bno\b|\bnot\b|"
    r"absen|without|unless|except",
    re.IGNORECASE,
)
_PATTERNS: Mapping[str, str] = {
    "NORM": r"^\W*normal ecg\W*$",
    "NSR": r"\bsinus rhythm",
    "SB": r"\bsinus bradycardia",
    "STach": r"\bsinus tachycardia",
    "SA": r"\bsinus arrhythmia",
    "AF": r"\batrial fib",
    "AFL": r"\batrial flut|fibrillation/flutter",
    "PAC": r"\bpacs?\b|\bpac\(s\)|atrial premature|premature atrial|supraventricular (extrasystol|premature)",
    "PVC": r"\bpvcs?\b|\bpvc\(s\)|(?<!supra)ventricular (premature|extrasystol)|premature ventricular",
    "PR": r"\bpaced\b|-paced|pacemaker rhythm|\bpacing\b",
    "IAVB": r"(1st|first) degree a-?v block|prolonged pr interval",
    "LBBB": r"(?<!incomplete )(left bundle branch block|\blbbb\b)",
    "RBBB": r"(?<!incomplete )(right bundle branch block|\brbbb\b)(?! type)",
    "IRBBB": r"incomplete (right bundle branch block|rbbb)",
    "LAnFB": r"left anterior fascicular block|left anterior hemiblock",
    "NSIVCB": r"intraventricular conduction (delay|defect)|\bi\.?v\.? conduction (delay|defect)|\bivcd\b",
    "LAD": r"left axis deviation",
    "RAD": r"right axis deviation",
    "LQT": r"prolonged qt",
    "LQRSV": r"low qrs voltage|low voltage",
    "LVH": r"left ventricular hypertrophy|\blvh\b",
    "MI": r"\binfarct",
    "TAb": r"\bt wave (change|abnormalit|inversion)|\bt abnormalit|st-t (change|abnormalit)",
}
_COMPILED = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _PATTERNS.items()}


def labels_of(statements: Iterable[str]) -> set[str]:
    """Return the codes of the classes that some statements count for."""
    found: set[str] = set()
    for statement in statements:
        if statement.strip():
            found |= _codes(statement.strip()[:_LONGEST])
    return found


@lru_cache(maxsize=100_000)
def _codes(statement: str) -> frozenset[str]:
    """Return the codes of one statement; of a doubtful one only the rhythm before the doubt is sure."""
    doubt = _DOUBT.search(statement)
    sure = statement[: doubt.start()] if doubt else statement
    found = {code for code, pattern in _COMPILED.items() if pattern.search(sure)}
    return frozenset(found - {"NORM"} if doubt else found)  # "normal ECG except for rate" is none
