"""Many files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mvkt.diagnosis import many_files
from mvkt.diagnosis.many_files import DiagnosisSettings, DiagnosisTask, FileDiagnoser, diagnose_files, tasks_of
from mvkt.errors import BundleError

Make = Callable[..., Path]


def wave(path: Path, lead: str = "Lead I", seconds: int = 10) -> Path:
    """A recording as Apple Health exports it."""
    phase = (np.arange(seconds * 512) / 512) % (60 / 66)
    signal = 900 * np.exp(-(((phase - 0.3) / 0.015) ** 2)) + np.random.default_rng(0).normal(0, 5, seconds * 512)
    head = f"Name,X\nSample Rate,512 hertz\n\n\nLead,{lead}\nUnit,µV\n\n\n"
    path.write_text(head + "\n".join(f"{value:.3f}" for value in signal) + "\n", encoding="utf-8")
    return path


def bare(path: Path) -> Path:
    """A column of numbers without unit and sampling frequency."""
    phase = (np.arange(2500) / 250) % 0.8
    path.write_text("\n".join(f"{900 * np.exp(-(((position - 0.3) / 0.015) ** 2)):.2f}" for position in phase) + "\n")
    return path


def test_order_is_kept_and_bad_files_are_errors(make_bundle: Make, tmp_path: Path) -> None:
    files = [wave(tmp_path / "b.csv"), tmp_path / "missing.csv", wave(tmp_path / "a.csv")]
    settings = DiagnosisSettings(bundle=make_bundle())
    (first,), (missing,), (last,) = diagnose_files(tasks_of(files), settings)
    assert [first.file, missing.file, last.file] == list(map(str, files))
    assert (first.error, first.part, len(first.diagnoses)) == ("", "", 1)
    assert "no file" in missing.error
    assert missing.diagnoses == ()
    assert first.diagnoses == last.diagnoses


def test_worker_processes_find_the_same(make_bundle: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [wave(tmp_path / f"{number}.csv") for number in range(4)] + [tmp_path / "missing.csv"]
    settings, tasks = DiagnosisSettings(bundle=make_bundle()), tasks_of(files)
    alone = list(diagnose_files(tasks, settings, workers=1))
    monkeypatch.setattr(many_files, "_WORTH_A_WORKER_SECONDS", 0.0)
    started = []
    real = many_files.in_processes
    monkeypatch.setattr(many_files, "in_processes", lambda *args: started.append(len(args[1])) or real(*args))
    assert list(diagnose_files(tasks, settings, workers=2)) == alone
    assert started == [4], "the first file was diagnosed in this process"


def test_facts_that_are_given_of_a_recording(make_bundle: Make, tmp_path: Path) -> None:
    file = bare(tmp_path / "bare.csv")
    settings = DiagnosisSettings(make_bundle(), lead="I", sampling_frequency=250, unit="uV", age=71, sex="male")
    (recording,) = FileDiagnoser(settings).file(DiagnosisTask(file, "bare"))
    assert recording.error == ""
    signal = recording.diagnoses[0].signal
    assert (signal.sampling_frequency, signal.recorded_leads) == (250, ("I",))
    assert (signal.age, signal.sex, signal.duration_seconds) == (71, "male", 10)
    (refused,) = FileDiagnoser(DiagnosisSettings(make_bundle("again"))).file(DiagnosisTask(file, "bare"))
    assert refused.error


def test_every_recording_of_an_archive(make_bundle: Make, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in (1, 2):
            name = f"ecg_2024-05-0{number}.csv"
            archive.write(wave(tmp_path / name), f"apple_health_export/electrocardiograms/{name}")
        archive.writestr("apple_health_export/electrocardiograms/ecg_2024-05-03.csv", "Name,X\nSample Rate,512 hertz\n")
    pages = tmp_path / "pages"
    recordings = FileDiagnoser(DiagnosisSettings(make_bundle())).file(
        DiagnosisTask(path, "export.zip", pages / "export.html")
    )
    good = [recording for recording in recordings if not recording.error]
    assert [Path(recording.part).name for recording in good] == ["ecg_2024-05-01.csv", "ecg_2024-05-02.csv"]
    assert len({recording.page for recording in good}) == 2
    assert sorted(map(str, pages.iterdir())) == sorted(recording.page for recording in good)
    assert len(recordings) == 3, "the broken file is an error, the others are diagnosed"


def test_folders(tmp_path: Path) -> None:
    inside = tmp_path / "archive"
    for name in ("b.csv", "a.xml", ".hidden", "README.md", "page.html", "sub/100.hea", "sub/100.dat", "sub/100.atr"):
        path = inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert [task.path.relative_to(inside).as_posix() for task in tasks_of([inside])] == [
        "a.xml",
        "b.csv",
        "sub/100.hea",
    ]
    assert tasks_of([inside / "README.md"])[0].shown == str(inside / "README.md"), "what is named is read"


def test_pages_do_not_overwrite_each_other(tmp_path: Path) -> None:
    files = [Path("a/ecg.csv"), Path("b/ECG.csv"), Path("index.csv")]
    pages = [task.page.name for task in tasks_of(files, tmp_path) if task.page]
    assert pages == ["ecg.html", "ECG-2.html", "index-2.html"]
    assert tasks_of(files[:1], tmp_path / "one.html")[0].page == tmp_path / "one.html"
    assert tasks_of(files)[0].page is None


def test_a_student_that_cannot_be_opened_is_no_error_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        list(
            diagnose_files([DiagnosisTask(wave(tmp_path / "a.csv"), "a")], DiagnosisSettings(bundle=tmp_path / "none"))
        )
