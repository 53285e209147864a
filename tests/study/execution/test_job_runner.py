"""The jobs of a study, in this process; that a worker process does them is in test_run_study.py."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from mvkt.corpora.corpus import Corpus
from mvkt.errors import TrainingError
from mvkt.evaluation.predictions import Predictions
from mvkt.processes import Message
from mvkt.study.cells import make_tables
from mvkt.study.execution.job_runner import JobRunner
from mvkt.study.execution.worker import MessageReporter
from mvkt.study.study import load_study
from mvkt.study.study_folder import CELL_FILE, CellResult, JudgedOn
from mvkt.training.checkpoint import load_progress
from mvkt.training.plan import Plan


class Worker:
    """A worker with a folder, and the cell of ``mkd``: a teacher and its student."""

    def __init__(self, corpus: Corpus, folder, path) -> None:
        (table,) = make_tables(load_study(path), corpus, folder)
        self.cell = next(cell for cell in table.cells if cell.method == "mkd")
        self.recipe = self.cell.recipe.model_dump_json()
        self.networks = folder / "networks"
        self.messages: list[Message] = []
        self.result: CellResult | None = None
        self.tasks = JobRunner(corpus, self.networks, MessageReporter(self.messages.append))

    def train(self) -> None:
        for node in self.cell.lineage:
            self.tasks.train(self.recipe, node.key)

    def predict(self, judged_on: JudgedOn = "test") -> CellResult:
        identity = {"method": "mkd", "seed": 1, "test_fold": 10, "digest": self.cell.digest}
        return self.tasks.predict(self.recipe, identity, judged_on, str(self.cell.folder))

    def bytes_of(self, pattern: str) -> list[bytes]:
        return [next((self.networks / node.key).glob(pattern)).read_bytes() for node in self.cell.lineage]


@pytest.fixture(scope="module")
def study(write_study, tmp_path_factory):
    # Both networks in float32 and without augmentation: the outputs of the teacher are computed once.
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def done(corpus, study, tmp_path_factory) -> Worker:
    worker = Worker(corpus, tmp_path_factory.mktemp("done"), study)
    worker.train()
    worker.result = worker.predict()
    return worker


def changed(corpus: Corpus, fold: int) -> Corpus:
    """The same corpus with other recordings in one fold and nothing else changed."""
    microvolts = np.array(corpus.microvolts)
    rows = corpus.rows([fold])
    microvolts[rows] = np.random.default_rng(0).integers(-800, 800, microvolts[rows].shape)
    other = Corpus.open(corpus.path)
    other.microvolts = microvolts
    return other


def test_what_is_kept_of_a_cell(done, corpus):
    result = CellResult.load(done.cell.folder / CELL_FILE)
    assert result == done.result
    assert [network.role for network in result.networks] == ["teacher", "student"]
    assert result.student.key == result.key == done.cell.lineage[-1].key
    assert result.student.epochs == 2
    assert set(result.student.gradient_shares) == {"bce", "mkd"}
    assert sum(result.student.gradient_shares.values()) == pytest.approx(1.0)
    assert result.networks[0].gradient_shares == {}
    assert result.parameters > 0
    assert result.view == "I"
    assert not result.error
    for part, fold in (("validation", 9), ("test", 10)):
        kept = Predictions.load(done.cell.folder / f"{part}.npz")
        assert set(kept.record_id) <= set(corpus.record_id[corpus.fold == fold])
        assert kept.classes == ("AMI", "NORM", "RBBB")


@pytest.mark.parametrize(("fold", "what"), [(10, "test"), (9, "validation")])
def test_neither_teacher_nor_student_learns_from_the_held_out_folds(done, corpus, study, tmp_path, fold, what):
    """Other recordings in a held-out fold leave every weight at the end of training as it is, to the last bit."""
    worker = Worker(changed(corpus, fold), tmp_path, study)
    for node in worker.cell.lineage:
        worker.tasks.train(worker.recipe, node.key)
        (last,) = (path.read_bytes() for path in (worker.networks / node.key).glob("last-*.safetensors"))
        assert last == (done.networks / node.key / "last-0002.safetensors").read_bytes()
        if what == "validation":  # it chooses the epoch of the teacher: let the student learn from the same one
            shutil.copytree(done.networks / node.key, worker.networks / node.key, dirs_exist_ok=True)
    if what == "test":  # it chooses nothing
        assert worker.bytes_of("best.safetensors") == done.bytes_of("best.safetensors")


def test_the_training_folds_do_matter(done, corpus, study, tmp_path):
    """So that the test above can fail."""
    worker = Worker(changed(corpus, 1), tmp_path, study)
    worker.train()
    last = zip(worker.bytes_of("last-*.safetensors"), done.bytes_of("last-*.safetensors"), strict=True)
    assert all(first != second for first, second in last)


def test_the_test_fold_is_not_read_before_all_networks_are_finished(corpus, study, tmp_path, monkeypatch):
    monkeypatch.setattr(Plan, "test_rows", lambda plan: pytest.fail("the test fold was read"))
    worker = Worker(corpus, tmp_path, study)
    with pytest.raises(TrainingError, match="teacher is not trained to the end"):
        worker.predict()
    teacher, student = worker.cell.lineage
    worker.tasks.train(worker.recipe, teacher.key)
    with pytest.raises(TrainingError, match="student is not trained to the end"):
        worker.predict()
    assert not worker.cell.folder.exists()
    assert load_progress(worker.networks / student.key) is None


def test_old_predictions_never_stand_under_a_new_cell(done, corpus, study, tmp_path, monkeypatch):
    """Killed between the two files, a cell has no cell.json that could vouch for them."""
    worker = Worker(corpus, tmp_path, study)
    worker.train()
    worker.predict()
    monkeypatch.setattr(Plan, "test_rows", lambda plan: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        worker.predict()
    assert not (worker.cell.folder / "cell.json").exists()


def test_a_study_on_validation_folds_reads_no_test_fold(done, corpus, study, tmp_path, monkeypatch):
    worker = Worker(corpus, tmp_path, study)
    worker.train()
    worker.predict()
    monkeypatch.setattr(Plan, "test_rows", lambda plan: pytest.fail("the test fold was read"))
    worker.predict("validation")
    assert sorted(path.name for path in worker.cell.folder.iterdir()) == ["cell.json", "validation.npz"]


def test_what_a_worker_reports(done):
    begun = [message.about for message in done.messages if message.kind == "begin"]
    assert [facts["epochs"] for facts in begun] == [2, 2]
    steps = [message.about["done"] for message in done.messages if message.kind == "steps"]
    assert max(steps) == 2 * begun[0]["steps"]
    answer = done.tasks.do({"do": "train", "recipe": done.recipe, "key": done.cell.lineage[0].key})
    assert answer["finished"] is True
    assert answer["epoch"] == 2
