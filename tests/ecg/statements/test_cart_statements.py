from __future__ import annotations

import pytest

from mvkt.ecg.statements.cart_statements import CLASSES, labels_of

READ = {
    "Sinus rhythm": {"NSR"},
    "Normal ECG": {"NORM"},
    "Normal ECG except for rate": set(),
    "Abnormal ECG": set(),
    "Sinus rhythm with PAC(s)": {"NSR", "PAC"},
    "Sinus rhythm with PVC(s)": {"NSR", "PVC"},
    "Sinus tachycardia with PVCs": {"STach", "PVC"},
    "Sinus rhythm with 1st degree A-V block": {"NSR", "IAVB"},
    "Sinus rhythm with borderline 1st degree A-V block": {"NSR"},
    "Sinus bradycardia": {"SB"},
    "Atrial fibrillation with rapid ventricular response": {"AF"},
    "Atrial flutter": {"AFL"},
    "Supraventricular extrasystoles": {"PAC"},
    "Ventricular premature complexes": {"PVC"},
    "Right bundle branch block": {"RBBB"},
    "Incomplete right bundle branch block": {"IRBBB"},
    "Incomplete left bundle branch block": set(),
    "RBBB with left anterior fascicular block": {"RBBB", "LAnFB"},
    "RBBB with RAD - possible left posterior fascicular block": {"RBBB"},
    "Left bundle branch block": {"LBBB"},
    "IVCD, consider atypical RBBB": {"NSIVCB"},
    "I.V. CONDUCTION DEFECT OF RIGHT BUNDLE BRANCH BLOCK TYPE": {"NSIVCB"},
    "Left axis deviation": {"LAD"},
    "Prolonged QT interval": {"LQT"},
    "Borderline prolonged PR interval": set(),
    "Low QRS voltages in precordial leads": {"LQRSV"},
    "Possible left ventricular hypertrophy": set(),
    "LVH with secondary repolarization abnormality": {"LVH"},
    "Inferior infarct - age undetermined": {"MI"},
    "Old inferior infarct": {"MI"},
    "*** INFERIOR INFARCT - POSSIBLY ACUTE ***": {"MI"},
    "Possible anterior infarct - age undetermined": set(),
    "No evidence of inferior infarct": set(),
    "QRS changes V3/V4 may be due to LVH but cannot rule out anterior infarct": set(),
    "Lateral ST-T changes may be due to myocardial ischemia": {"TAb"},
    "Pacemaker rhythm - no further analysis": {"PR"},
    "A-V sequential pacemaker; ventricular-paced rhythm": {"PR"},
    "*** Report made without knowing patient's sex or age ***": set(),
}


@pytest.mark.parametrize("statement", READ)
def test_what_a_statement_counts_for(statement: str) -> None:
    assert labels_of([statement]) == READ[statement]
    assert labels_of([statement.upper()]) == READ[statement]


def test_every_class_has_a_statement() -> None:
    assert set().union(*READ.values()) | {"RAD", "SA"} == set(CLASSES)
    assert labels_of(["Right axis deviation", "Sinus arrhythmia"]) == {"RAD", "SA"}


def test_nothing_stated() -> None:
    assert labels_of([]) == labels_of(["", "  "]) == set()


def test_a_statement_of_any_length_is_quick() -> None:
    assert labels_of(["incomplete " * 1_000_000]) == set()
