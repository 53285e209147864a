"""From an archive without labels to a student, whatever the teacher; what cannot be used is refused or counted."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.training.archives import QUICK, declare, write_archive, write_network
from tests.training.conftest import Silent, recipe_as_data

from mvkt.bundle.bundle import Bundle
from mvkt.corpora import prepare
from mvkt.corpora.corpus import Corpus
from mvkt.corpora.sources.folder import Folder
from mvkt.diagnosis.diagnoser import Diagnoser
from mvkt.ecg.formats import read
from mvkt.ecg.record import Record
from mvkt.errors import CorpusError, LeadError, RecipeError, TrainingError
from mvkt.evaluation.result import RunResult
from mvkt.training.recipe import parse_recipe
from mvkt.training.run import train_run
from mvkt.training.transfer_archive import transfer_archive

RECORDS = 160


class Listening(Silent):
    """Keeps the remarks of a training."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def message(self, text: str) -> None:
        self.messages.append(text)


@pytest.fixture(scope="module")
def teacher(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on simulated recordings of other people, whose teacher sees 12 leads."""
    out = tmp_path_factory.mktemp("teachers") / "run"
    data = recipe_as_data()
    data["teacher"]["training"]["epochs"] = 12
    train_run(parse_recipe(data), corpus, out, Silent())
    return out


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings without a table, and two files that are none or cannot be read."""
    folder = tmp_path_factory.mktemp("archives") / "recordings"
    labels = write_archive(folder, RECORDS)
    (folder / "notes.csv").write_text("no recording\n")
    (folder / "r0003.dat").write_bytes(b"")
    with (folder.parent / "labels.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["record", "labels", "patient"])
        table.writerows((f"r{number:04d}", ";".join(labels[number]), f"p{number}") for number in range(4, RECORDS, 2))
    return folder


@pytest.fixture(scope="module")
def finished(
    archive: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, RunResult, list[str]]:
    out, reporter = tmp_path_factory.mktemp("transfers") / "student", Listening()
    result = transfer_archive(archive, out, view="II", teacher=teacher, changes=QUICK, reporter=reporter, workers=1)
    return out, result, reporter.messages


def test_it_ends_with_a_bundle_that_diagnoses(finished, archive: Path) -> None:
    out, _, _ = finished
    bundle = Bundle.open(out / "bundle")
    assert bundle.manifest.view == "II"
    assert bundle.manifest.task == "conditions"
    assert Diagnoser(bundle).diagnose(read(archive / "r0000.hea")).findings


def test_nothing_is_learned_from_labels(finished) -> None:
    out, result, _ = finished
    assert result.outside is not None
    assert result.outside.labelled == 0
    assert result.outside.by_labels is None
    assert result.unlabelled_records == result.outside.records == result.records["training"]
    assert [role for role, _ in result.models.items()] == ["student"]
    assert RunResult.load(out / "result.json") == result


def test_the_student_comes_nearer_to_its_teacher(finished) -> None:
    out, result, _ = finished
    lines = (out / "student" / "metrics.jsonl").read_text().splitlines()
    first, last = (json.loads(line)["losses"] for line in (lines[0], lines[-1]))
    assert first["bce"] == 0  # no label is known
    assert last["mkd"] < 0.95 * first["mkd"]
    assert {known.code for known in result.outside.classes} == set(result.classes)
    assert all(0 <= known.unsure <= 1 for known in result.outside.classes)


def test_figures_without_labels_are_nowhere_called_worth(finished) -> None:
    out, _, _ = finished
    manifest = Bundle.open(out / "bundle").manifest
    assert set(manifest.figures) == {"agreement"}
    report = (out / "report.html").read_text()
    for words in ("What is known without labels", "Agreement, not truth", "too few of the held-out recordings"):
        assert words in report
    assert "every recording counts as a patient of its own" in report.lower()
    card = (out / "bundle" / "README.md").read_text()
    assert "every figure here is agreement with what the teacher" in card


def test_files_that_cannot_be_read_are_counted(finished) -> None:
    out, result, messages = finished
    assert [line for line in messages if line.startswith("2 of 161 recordings are left out")]
    skipped = Corpus.open(out / "corpus").manifest.skipped
    assert sorted(record.record_id for record in skipped) == ["notes.csv", "r0003.hea"]
    assert result.corpus.records == RECORDS - 1


def test_labels_are_learned_from_and_measure(archive: Path, teacher: Path, tmp_path: Path) -> None:
    labels = archive.parent / "labels.csv"
    result = transfer_archive(
        archive, tmp_path / "out", view="I", teacher=teacher, labels=labels, changes=QUICK, workers=1
    )
    assert 50 < result.outside.labelled < 80
    assert result.outside.by_labels is not None
    assert result.outside.by_labels.records < 20
    assert "evaluation" in Bundle.open(tmp_path / "out" / "bundle").manifest.figures
    assert "By the labels of" in (tmp_path / "out" / "report.html").read_text()


def test_any_onnx_network_teaches(archive: Path, tmp_path: Path) -> None:
    """It sees 500 Hz in other units, and the student 100 Hz."""
    weights = np.zeros((12, 2), dtype=np.float32)
    weights[1] = (1.0, -1.0)
    write_network(tmp_path / "model.onnx", 12, 5000, weights, scale=0.05)
    declare(tmp_path / "model.onnx", 'units = "uV"', "thresholds = { LARGE = 0.99, SMALL = 0.001 }", 'task = "size"')
    result = transfer_archive(
        archive, tmp_path / "out", view="II", teacher=tmp_path / "model.onnx", changes=QUICK, workers=1
    )
    assert result.task == "size"
    assert result.models.student.signal.sampling_frequency == 100
    assert not list((tmp_path / "out").glob(".teacher*"))


def _with_device_channel(record: Record) -> Record:
    """The channel of a patch between two places of the chest, recorded at the same time as the 12 leads."""
    channel = record.select("V3") - record.select("V1")
    return replace(record, signal=np.concatenate([record.signal, channel], axis=1), leads=(*record.leads, "ES"))


def test_the_student_of_a_device_channel_diagnoses_recordings_of_the_device(tmp_path: Path) -> None:
    write_archive(tmp_path / "recordings", 80, change=_with_device_channel)
    weights = np.zeros((12, 2), dtype=np.float32)
    weights[1] = (1.0, -1.0)
    write_network(tmp_path / "model.onnx", 12, 5000, weights, scale=0.05)
    declare(tmp_path / "model.onnx", 'units = "uV"', "thresholds = { LARGE = 0.99, SMALL = 0.001 }")
    out = tmp_path / "out"
    result = transfer_archive(
        tmp_path / "recordings", out, view="ES", teacher=tmp_path / "model.onnx", changes=QUICK, workers=1
    )
    assert result.models.student.view == "ES"
    assert "ES" in Corpus.open(out / "corpus").leads
    diagnoser = Diagnoser(Bundle.open(out / "bundle"))
    whole = read(tmp_path / "recordings" / "r0000.hea")
    alone = replace(whole, signal=whole.select("ES"), leads=("ES",))
    both = [diagnoser.diagnose(record).findings for record in (whole, alone)]
    assert [finding.probability for finding in both[0]] == [finding.probability for finding in both[1]]
    assert len(both[0]) == len(result.classes)
    with pytest.raises(LeadError, match="'ES'"):
        diagnoser.diagnose(replace(whole, signal=whole.select("12-lead"), leads=whole.leads[:12]))


def test_a_channel_that_the_archive_lacks_is_named(tmp_path: Path) -> None:
    write_archive(tmp_path / "recordings", 5)
    write_network(tmp_path / "model.onnx", 12, 5000, np.ones((12, 2), dtype=np.float32))
    declare(tmp_path / "model.onnx")
    with pytest.raises(CorpusError, match=r"(?s)no usable record.*missing lead: 5.*ES"):
        transfer_archive(
            tmp_path / "recordings", tmp_path / "out", view="ES", teacher=tmp_path / "model.onnx", workers=1
        )


def test_a_table_of_logits_teaches_and_what_it_lacks_is_left_out(finished, tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(RECORDS, 2))
    lines = [f"r{number:04d},{first},{second}" for number, (first, second) in enumerate(values[:-20])]
    lines[0] = "r0000,,1.5"
    (tmp_path / "logits.csv").write_text("\n".join(["record,A,B", *lines]))
    reporter = Listening()
    result = transfer_archive(
        finished[0] / "corpus",
        tmp_path / "out",
        view="I",
        teacher=tmp_path / "logits.csv",
        changes=QUICK,
        reporter=reporter,
    )
    assert result.classes == ("A", "B")
    assert any("gives nothing, or not everything, for 21 of 159 windows" in line for line in reporter.messages)
    assert result.outside.without > 0


def test_what_cannot_be_used_is_refused_and_nothing_is_written(
    archive: Path, teacher: Path, corpus: Corpus, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(LeadError, match="'' is not a view"):
        transfer_archive(archive, out, view="", teacher=teacher)
    with pytest.raises(CorpusError, match="there is no archive"):
        transfer_archive(tmp_path / "nowhere", out, view="I", teacher=teacher)
    with pytest.raises(TrainingError, match="is the corpus that the teacher tiny-teacher learned from"):
        transfer_archive(corpus.path, out, view="I", teacher=teacher)
    (tmp_path / "two.csv").write_text("record,patient,fold,labels\nr0001,p,1,NORM\nr0002,p,2,NORM\n")
    with pytest.raises(CorpusError, match=r"patient in two folds, its patient is in folds 1, 2"):
        transfer_archive(archive, out, view="I", teacher=teacher, labels=tmp_path / "two.csv")
    assert not out.exists()
    (tmp_path / "other.csv").write_text("record,labels\n" + "".join(f"r{n:04d},OTHER\n" for n in range(10, 20)))
    with pytest.raises(RecipeError, match=r"the labels are OTHER, and the teacher knows .* none is in both"):
        transfer_archive(archive, out, view="I", teacher=teacher, labels=tmp_path / "other.csv", workers=1)


def test_too_few_recordings_for_its_folds_are_refused_before_the_teacher_runs(teacher: Path, tmp_path: Path) -> None:
    write_archive(tmp_path / "few", 4)
    out, listening = tmp_path / "out", Listening()
    for place in (tmp_path / "few", prepare(Folder(tmp_path / "few"), tmp_path / "prepared", workers=1).path):
        with pytest.raises(RecipeError, match=r"it has no fold .*: give more recordings, or other folds"):
            transfer_archive(place, out, view="I", teacher=teacher, workers=1, reporter=listening)
        assert not out.exists()
    assert not any("the teacher has seen" in line for line in listening.messages)


def _lead_one(record: Record) -> Record:
    return replace(record, signal=record.select("I"), leads=("I",))


def test_recordings_without_the_leads_are_named(teacher: Path, tmp_path: Path) -> None:
    write_archive(tmp_path / "one-lead", 5, change=_lead_one)
    with pytest.raises(CorpusError, match=r"(?s)no usable record.*\n  missing lead: 5.*by a --teacher of these"):
        transfer_archive(tmp_path / "one-lead", tmp_path / "out", view="I", teacher=teacher, workers=1)
    assert not (tmp_path / "out" / "corpus").exists()


_CODE = """
import sys
from tests.training.archives import QUICK
from mvkt.training.transfer_archive import transfer_archive
archive, teacher, out = sys.argv[1:]
class Reporter:
    def begin(self, role, epochs, done, steps, batch_size): pass
    def step(self): pass
    def epoch(self, role, metrics): print("epoch", metrics["epoch"], flush=True)
    def message(self, text): print(text, flush=True)
transfer_archive(archive, out, view="II", teacher=teacher, changes=QUICK, resume=True, workers=1, reporter=Reporter())
"""


@pytest.mark.parametrize("after", ["the teacher has seen", "epoch 2"])
def test_after_a_kill_it_goes_on_to_the_same_bits(
    after: str, finished, archive: Path, teacher: Path, tmp_path: Path
) -> None:
    out = tmp_path / "student"
    command = [sys.executable, "-c", _CODE, str(archive), str(teacher), str(out)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(after):
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    transfer_archive(archive, out, view="II", teacher=teacher, changes=QUICK, resume=True, workers=1)
    for name in ("student/best.safetensors", "bundle/model.onnx", "corpus/signals.npy"):
        assert (out / name).read_bytes() == (finished[0] / name).read_bytes()


def test_a_folder_of_something_else_is_refused(archive: Path, teacher: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("x")
    with pytest.raises(TrainingError, match=r"holds thesis\.docx and no run to go on with"):
        transfer_archive(archive, tmp_path, view="II", teacher=teacher, resume=True)
    with pytest.raises(TrainingError, match="is a file; choose a folder"):
        transfer_archive(archive, tmp_path / "thesis.docx", view="II", teacher=teacher, resume=True)


def test_a_taken_folder_is_refused(finished, archive: Path, teacher: Path) -> None:
    with pytest.raises(TrainingError, match="exists; go on with it by --resume"):
        transfer_archive(archive, finished[0], view="II", teacher=teacher)
    with pytest.raises(TrainingError, match="another recipe or corpus"):
        transfer_archive(archive, finished[0], view="I", teacher=teacher, changes=QUICK, resume=True)
