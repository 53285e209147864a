"""Every class of every source has a line in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mvkt.corpora.label_sets import Task
from mvkt.corpora.source import Source
from mvkt.corpora.sources.challenge import Challenge
from mvkt.corpora.sources.cinc2017 import Cinc2017
from mvkt.corpora.sources.code15 import Code15
from mvkt.corpora.sources.cpsc2018 import Cpsc2018
from mvkt.corpora.sources.mimic_iv_ecg import MimicIvEcg
from mvkt.corpora.sources.ptbxl import PtbXl
from mvkt.corpora.sources.simulated import Simulated

NORMAL = {
    "all": {"NORM", "SR"},
    "diagnostic": {"NORM"},
    "subdiagnostic": {"NORM"},
    "superdiagnostic": {"NORM"},
    "form": set(),
    "rhythm": {"SR"},
    "findings": {"NORM", "SR"},
    "cpsc2018": {"NORM"},
    "snomed": {"NSR"},
    "snomed-2020": {"NSR"},
    "conditions": {"NORM"},
    "rhythm-strip": {"NSR"},
    "code15": {"NORM"},
    "cart-statements": {"NORM", "NSR"},
}


def check(tasks: Mapping[str, Task]) -> None:
    assert tasks
    for name, task in tasks.items():
        assert set(task.typical) == set(task.titles), f"{name}: every class has a line, and nothing else has"
        assert set(task.normal) == NORMAL[name]
        for line in task.typical.values():
            assert line.startswith("typical of ")
            assert line.isprintable()
            assert len(line) <= 120
            assert not line.endswith(".")


@pytest.mark.parametrize(
    "source",
    [Cpsc2018(Path()), Challenge(Path()), Cinc2017(Path()), Code15(Path()), MimicIvEcg(Path()), Simulated()],
    ids=lambda source: source.name,
)
def test_sources_that_know_their_classes(source: Source) -> None:
    check(source.tasks)


@pytest.mark.data
def test_ptbxl(shared_data: Path) -> None:
    tasks = PtbXl(shared_data / "ptb-xl-subset").tasks
    assert len(tasks["all"].titles) == 71
    check(tasks)
