from __future__ import annotations

from pathlib import Path

import pytest

from mvkt.corpora.label_sets import Task
from mvkt.corpora.sources.challenge import Challenge
from mvkt.corpora.sources.cinc2017 import Cinc2017
from mvkt.corpora.sources.code15 import Code15
from mvkt.corpora.sources.cpsc2018 import Cpsc2018
from mvkt.corpora.sources.mimic_iv_ecg import MimicIvEcg
from mvkt.corpora.sources.ptbxl import PtbXl
from mvkt.corpora.sources.simulated import Simulated
from mvkt.corpora.table_file import read_table
from mvkt.ecg.statements import typical
from mvkt.ecg.statements.kinds import NORMAL, RHYTHM, SHAPE

MAPPINGS = (
    *(typical.PTBXL, typical.PTBXL_SUPERCLASSES, typical.PTBXL_SUBCLASSES),
    *(typical.CPSC2018, typical.CHALLENGE, typical.CINC2017, typical.SIMULATED),
)


SOURCES = (
    *(Cpsc2018(Path()), Challenge(Path()), Cinc2017(Path()), Code15(Path()), MimicIvEcg(Path())),
    Simulated(),
)
TASKS = [task for source in SOURCES for task in source.tasks.values()]


def test_every_known_class_rests_on_one_of_both() -> None:
    codes = {code for mapping in MAPPINGS for code in mapping}
    assert codes >= RHYTHM, "a code that no corpus has"
    assert not RHYTHM & SHAPE
    assert codes == RHYTHM | SHAPE


def test_kinds_are_those_of_a_cardiologist() -> None:
    assert {"MI", "IMI", "STTC", "HYP", "LVH", "CD", "CLBBB", "LAFB", "QWAVE", "STD", "NORM", "WPW"} <= SHAPE
    assert {"AFIB", "AF", "PVC", "PAC", "SR", "SBRAD", "STACH", "1AVB", "AFL"} <= RHYTHM


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_normal_classes_are_those_of_the_tasks(task: Task) -> None:
    assert set(task.normal) == NORMAL & set(task.titles)


@pytest.mark.data
def test_ptbxl(shared_data: Path) -> None:
    root = shared_data / "ptb-xl-subset"
    for task in PtbXl(root).tasks.values():
        assert set(task.normal) == NORMAL & set(task.titles)
        assert set(task.titles) <= RHYTHM | SHAPE
    rows = read_table(root / "scp_statements.csv", ("", "rhythm"))
    assert {row[""] for row in rows if row["rhythm"].startswith("1")} <= RHYTHM
