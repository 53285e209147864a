"""Chapman-Shaoxing-Ningbo: 45,152 twelve-lead recordings of 10 s at 500 Hz with SNOMED CT codes.

Source: Zheng et al., A 12-lead electrocardiogram database for arrhythmia research covering more than 10,000 patients,
Scientific Data 7:48 (2020); Zheng, Guo, Chu: A large scale 12-lead electrocardiogram database for arrhythmia study
(version 1.0.0), PhysioNet 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mvkt.corpora.sources.challenge import Challenge


@dataclass(frozen=True)
class Chapman(Challenge):
    """Chapman-Shaoxing-Ningbo: the folder ``WFDBRecords`` of the published database, or any part of it.

    Its own short names of conditions are not used: some of them mean something else elsewhere ("AF" is flutter).

    Attributes:
        root: Searched with all folders in it.
    """

    name: ClassVar[str] = "chapman"
    licence: ClassVar[str] = "CC BY 4.0"
    citation: ClassVar[str] = (
        "Zheng, Guo, Chu: A large scale 12-lead electrocardiogram database for arrhythmia study (version 1.0.0), "
        "PhysioNet 2022, doi:10.13026/wgex-er52"
    )

    @property
    def warnings(self) -> tuple[str, ...]:
        """See :class:`~mvkt.corpora.source.Source`."""
        return (
            "folds are made by record: the authors count one recording a patient, and the files name none",
            "the PhysioNet challenge 2021 contains these recordings: never train on one and test on the other",
            "a few headers of the published version are damaged (JS01052 among them): --skip-bad leaves them out",
        )
