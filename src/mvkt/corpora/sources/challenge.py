"""PhysioNet Challenge 2020 and 2021: folders of WFDB records with SNOMED CT codes in the header.

Source: Perez Alday et al., Classification of 12-lead ECGs: the PhysioNet/Computing in Cardiology Challenge
2020, Physiological Measurement 41 (2020); Reyna et al., Will two do? Varying dimensions in
electrocardiography, Computing in Cardiology 2021; scored diagnoses from ``dx_mapping_scored.csv`` of their
evaluation code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from mvkt.corpora.collection_files import absent, files_below, read_recording, whole
from mvkt.corpora.corpus_manifest import SkippedRecord
from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Entry, Source, skipped_because
from mvkt.corpora.table_cells import without_decimals
from mvkt.ecg.formats.readers.wfdb import read_header
from mvkt.ecg.record import Record
from mvkt.ecg.statements.typical import CHALLENGE
from mvkt.errors import RecordError

SCORED: Mapping[str, tuple[str, str]] = {
    "164889003": ("AF", "atrial fibrillation"),
    "164890007": ("AFL", "atrial flutter"),
    "6374002": ("BBB", "bundle branch block"),
    "426627000": ("Brady", "bradycardia"),
    "733534002": ("LBBB", "left bundle branch block"),  # complete LBBB, scored as LBBB
    "713427006": ("RBBB", "right bundle branch block"),  # complete RBBB, scored as RBBB
    "270492004": ("IAVB", "first-degree AV block"),
    "713426002": ("IRBBB", "incomplete right bundle branch block"),
    "39732003": ("LAD", "left axis deviation"),
    "445118002": ("LAnFB", "left anterior fascicular block"),
    "164909002": ("LBBB", "left bundle branch block"),
    "251146004": ("LQRSV", "low QRS voltages"),
    "698252002": ("NSIVCB", "non-specific intraventricular conduction disorder"),
    "426783006": ("NSR", "sinus rhythm"),
    "284470004": ("PAC", "premature atrial contraction"),
    "10370003": ("PR", "pacing rhythm"),
    "365413008": ("PRWP", "poor R wave progression"),
    "427172004": ("PVC", "premature ventricular contraction"),
    "164947007": ("LPR", "prolonged PR interval"),
    "111975006": ("LQT", "prolonged QT interval"),
    "164917005": ("QAb", "abnormal Q wave"),
    "47665007": ("RAD", "right axis deviation"),
    "59118001": ("RBBB", "right bundle branch block"),
    "427393009": ("SA", "sinus arrhythmia"),
    "426177001": ("SB", "sinus bradycardia"),
    "427084000": ("STach", "sinus tachycardia"),
    "63593006": ("PAC", "premature atrial contraction"),  # supraventricular premature beats, scored as PAC
    "164934002": ("TAb", "abnormal T wave"),
    "59931005": ("TInv", "inverted T wave"),
    "17338001": ("PVC", "premature ventricular contraction"),  # ventricular premature beats, scored as PVC
}
"""The thirty SNOMED CT codes that were scored in 2021, with the 26 classes that they are scored as."""

_ADDED_IN_2021 = ("6374002", "733534002", "365413008")


def challenge_tasks() -> dict[str, Task]:
    """Return the scored classes of 2021 (``snomed``) and of 2020 (``snomed-2020``)."""

    def task(name: str, title: str, codes: Mapping[str, tuple[str, str]]) -> Task:
        statements = {code: (short,) for code, (short, _) in codes.items()}
        titles = dict(codes.values())
        return Task(
            name=name,
            title=title,
            statements=statements,
            titles=titles,
            normal=("NSR",),
            typical={short: CHALLENGE[short] for short in titles},
        )

    scored_2020 = {code: classes for code, classes in SCORED.items() if code not in _ADDED_IN_2021}
    tasks = (
        task("snomed", "scored diagnoses of the PhysioNet Challenge 2021", SCORED),
        task("snomed-2020", "scored diagnoses of the PhysioNet Challenge 2020", scored_2020),
    )
    return {task.name: task for task in tasks}


@dataclass(frozen=True)
class Challenge(Source):
    """PhysioNet Challenge 2020 or 2021: a tree of WFDB records, of one database or all.

    Attributes:
        root: Searched with all folders in it.
    """

    root: Path

    name: ClassVar[str] = "challenge"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = (
        "Reyna, Sadr, Gu et al.: Will two do? Varying dimensions in electrocardiography: the "
        "PhysioNet/Computing in Cardiology Challenge 2021 (version 1.0.3), PhysioNet 2022, "
        "doi:10.13026/34va-7q14"
    )

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`Source`."""
        return (
            "there are no patient identifiers: folds are made by record, and recordings of one patient "
            "may be on both sides of a split",
            "the challenges contain PTB-XL, PTB and CPSC2018: never train on one and test on the other",
        )

    @property
    def tasks(self) -> Mapping[str, Task]:
        """See :func:`challenge_tasks`."""
        return challenge_tasks()

    def entries(self) -> tuple[list[Entry], list[SkippedRecord]]:
        """See :meth:`Source.entries`."""
        headers = files_below(self.root, ".hea")
        if not headers:
            raise absent(self.root, f".hea file in {self.root}; expected WFDB records with SNOMED CT codes")
        entries, skipped = [], []
        for path in headers:
            try:
                entries.append(self._entry(path))
            except RecordError as error:
                skipped.append(skipped_because(path.stem, error))
        return entries, skipped

    def read(self, entry: Entry) -> Record:
        """See :meth:`Source.read`."""
        return whole(read_recording(self.root, entry.path))

    def _entry(self, path: Path) -> Entry:
        header = read_header(path)
        return Entry(
            record_id=path.stem,
            patient_id=path.stem,
            age=header.age,
            sex=header.sex,
            labels=dict.fromkeys(parse_diagnoses(header.comment("Dx")), 100.0),
            path=path.relative_to(self.root).as_posix(),
        )


def parse_diagnoses(text: str | None) -> list[str]:
    """Return the SNOMED CT codes of a ``Dx`` comment, however separated; those that are not scored are statements too.

    Raises:
        RecordError: There is no such comment, or it holds something else.
    """
    codes = [without_decimals(code) for code in re.findall(r"[^\s,;|'\"\[\]()]+", text or "")]
    if not codes or not all(re.fullmatch(r"\d{6,18}", code) for code in codes):
        raise RecordError(f"unknown label: the Dx line of the header is {text!r}; expected SNOMED CT codes")
    return codes
