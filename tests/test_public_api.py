"""What users import from the top; a change here is a change for all of them."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import mvkt
from mvkt.errors import CorpusError, RecipeError

PUBLIC = {
    "Corpus": "mvkt.corpora.corpus",
    "Diagnosis": "mvkt.diagnosis.diagnosis",
    "Recipe": "mvkt.training.recipe",
    "Record": "mvkt.ecg.record",
    "example": "mvkt.ecg.example",
    "load": "mvkt.diagnosis.diagnoser",
    "prepare": "mvkt.corpora.prepare",
    "read": "mvkt.ecg.formats.registry",
    "train": "mvkt.training.train_recipe",
}


def test_public_names() -> None:
    assert sorted(mvkt.__all__) == sorted([*PUBLIC, "__version__", "study", "transfer"]) == dir(mvkt)
    assert {name: getattr(mvkt, name).__module__ for name in PUBLIC} == PUBLIC
    assert not hasattr(mvkt, "diagnose")


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(mvkt, name))


def test_what_is_not_installed_is_named() -> None:
    code = "import sys; sys.modules['torch'] = None; import mvkt; mvkt.train"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1].endswith("MissingExtraError: mvkt.train needs torch: pip install 'mvkt[train]'")


def test_the_package_of_studies_can_be_called() -> None:
    import mvkt.study.study  # an import of a module below it changes nothing

    with pytest.raises(RecipeError, match="did you mean 'smoke'"):
        mvkt.study("smok", "corpus", "out")
    with pytest.raises(CorpusError, match="no prepared corpus"):
        mvkt.study("smoke", "corpus", "out")


def test_the_package_of_losses_can_be_called(tmp_path: Path) -> None:
    from mvkt.transfer import Distiller  # what it holds is there as before

    assert Distiller.__module__ == "mvkt.transfer.distiller"
    with pytest.raises(CorpusError, match="there is no archive"):
        mvkt.transfer(tmp_path / "nowhere", tmp_path / "out", view="I", teacher="lead-I")


@pytest.mark.parametrize("name", ["study", "transfer"])
def test_a_package_can_be_called_however_it_was_imported(name: str) -> None:
    code = f"import sys, mvkt.{name} as package, mvkt; print(callable(package), mvkt.{name} is package)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "True True\n"


def test_a_call_names_what_is_not_installed() -> None:
    code = "import sys; sys.modules['torch'] = None; import mvkt; mvkt.study('smoke', 'corpus', 'out')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1].endswith("MissingExtraError: mvkt.study needs torch: pip install 'mvkt[train]'")


def test_training_by_names_and_paths(tmp_path: Path) -> None:
    corpus = mvkt.prepare("simulated", tmp_path / "corpus", records=120, seed=1, workers=1)
    assert isinstance(corpus, mvkt.Corpus)
    short = [f"{role}.training.{key}" for role in ("teacher", "student") for key in ("epochs=1", "warmup_epochs=0.2")]

    result = mvkt.train("demo", tmp_path / "corpus", tmp_path / "run", changes=short)

    assert result.records["training"] + result.records["validation"] + result.records["test"] == 120
    assert mvkt.load(tmp_path / "run" / "bundle").diagnose(mvkt.read(mvkt.example())).judged
    with pytest.raises(RecipeError, match="given by name or file"):
        mvkt.train(mvkt.Recipe.load("demo"), corpus, tmp_path / "other", changes=short)


def test_parameters() -> None:
    assert list(inspect.signature(mvkt.load).parameters) == ["bundle"]
    reading = inspect.signature(mvkt.read).parameters
    assert list(reading)[:2] == ["source", "name"]
    assert {"sampling_frequency", "unit", "lead"} <= {
        name for name, parameter in reading.items() if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def test_five_lines(in_the_box: Callable[..., Path], tmp_path: Path) -> None:
    in_the_box("lead-I")
    path = tmp_path / "ecg.csv"
    path.write_text("Sample Rate,512 hertz\n\n\nLead,Lead I\nUnit,µV\n\n\n" + "0\n" * 5120, encoding="utf-8")

    diagnosis = mvkt.load("lead-I").diagnose(mvkt.read(path))

    assert diagnosis.summary.startswith("Nothing could be judged")
    assert {"findings", "positive", "quality", "heart_rate", "timeline", "notes", "to_json"} <= set(dir(diagnosis))
    recording = mvkt.load("lead-I").diagnose(mvkt.read(path), lead="I")
    assert recording == diagnosis
