"""Processes that die while they read."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.bulk.conftest import strip

from mvkt.bulk.local_engine import rows_in_processes
from mvkt.bulk.result_rows import RowMaker
from mvkt.corpora.store import StoredRecording
from mvkt.diagnosis.many_files import DiagnosisSettings
from mvkt.errors import WorkerError


class Fatal(RowMaker):
    """Dies by some files: by ``once`` where its mark is absent, by ``always`` in any case."""

    def __reduce__(self):
        return Fatal, (self._settings,)

    def rows(self, recording):
        name = Path(recording.url)
        mark = name.with_name("mark")
        if name.stem == "always" or (name.stem == "once" and not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().rows(recording)


def test_a_killed_process_loses_and_repeats_nothing(make_bundle, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))  # where its workers find this module
    names = ["0", "1", "once", "2", "always", "3", "4"]
    for name in names:
        (tmp_path / f"{name}.csv").write_bytes(strip(1))
    recordings = [StoredRecording(str(tmp_path / f"{name}.csv")) for name in names]
    made = list(rows_in_processes(recordings, Fatal(DiagnosisSettings(bundle=make_bundle())), 2))
    assert [recording for recording, _ in made] == recordings
    assert [len(rows) for _, rows in made] == [1] * 7
    errors = {Path(recording.url).stem: rows[0]["error"] for recording, rows in made}
    assert "process that read it died" in errors.pop("always")
    assert set(errors.values()) == {""}


def test_processes_that_die_by_everything_are_no_fault_of_the_files(make_bundle, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    recordings = [StoredRecording(str(tmp_path / str(number) / "always.csv")) for number in range(4)]
    for recording in recordings:
        Path(recording.url).parent.mkdir()
    made = rows_in_processes(recordings, Fatal(DiagnosisSettings(bundle=make_bundle())), 2)
    with pytest.raises(WorkerError):
        list(made)
