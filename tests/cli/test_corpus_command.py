"""The commands: options arrive, results on stdout, errors in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mvkt.cli import main
from mvkt.corpora import SOURCES, Corpus
from mvkt.corpora.fetch import Fetched

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def call(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["corpus", *map(str, arguments)])

    return call


@pytest.fixture
def corpus(run: Run, tmp_path: Path) -> Path:
    out = tmp_path / "c"
    result = run("prepare", "simulated", "--records", 40, "--seed", 2, "--out", out)
    assert result.exit_code == 0, result.output
    return out


def test_prepare_prints_a_summary(run: Run, tmp_path: Path) -> None:
    result = run("prepare", "simulated", "--records", 30, "--out", tmp_path / "c")
    assert result.exit_code == 0
    assert "30 of 30 patients" in result.stdout
    assert "atrial fibrillation" in result.stdout
    assert result.stderr == ""


def test_prepare_as_json_with_every_signal_option(run: Run, tmp_path: Path) -> None:
    result = run(
        "prepare", "simulated", "--records", 20, "--duration", 12, "--view", "I+V1", "--sampling-frequency", 80,
        "--band", 1, 30, "--window-seconds", 5, "--workers", 1, "--out", tmp_path / "c", "--json",
    )  # fmt: skip
    summary = json.loads(result.stdout)
    assert (summary["records"], summary["rows"], summary["leads"]) == (20, 60, ["I", "V1"])
    signal = Corpus.open(tmp_path / "c").signal
    assert (signal.sampling_frequency, signal.band, signal.window_seconds, signal.hop_seconds) == (80, (1, 30), 5, 5)


def test_no_band(run: Run, tmp_path: Path) -> None:
    assert run("prepare", "simulated", "--records", 5, "--no-band", "--out", tmp_path / "c").exit_code == 0
    assert Corpus.open(tmp_path / "c").signal.band is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("prepare", "simulated"), "Missing option '--out'"),
        (("prepare", "simulated", "--out", "c", "--band", 30, 1), "must rise and lie between"),
        (("prepare", "simulated", "--out", "c", "--band", 1, 30, "--no-band"), "exclude each other"),
        (("prepare", "simulated", "--out", "c", "--window-seconds", 0), "window_seconds: Input should be"),
        (("prepare", "simulated", "--out", "c", "--workers", 0), "--workers"),
        (("prepare", "ptb-xl", "--out", "c"), "Missing argument 'FOLDER'"),
        (("prepare", "ptb-xl", "nowhere", "--out", "c"), "does not exist"),
        (("prepare", "ptb-xl", ".", "--resolution", 250, "--out", "c"), "'250' is not one of"),
        (("prepare", "nothing"), "no such command: 'nothing'; there are: "),
        (("fetch", "ptb-xl", "--resolution", "1000"), "is not one of"),
        (("describe",), "Missing argument"),
    ],
)
def test_wrong_calls_exit_with_2(run: Run, arguments: tuple[object, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())


def test_known_errors_exit_with_1(run: Run, tmp_path: Path, corpus: Path) -> None:
    for arguments, message in (
        (("prepare", "simulated", "--records", 3, "--out", corpus), "prepared corpus already"),
        (("prepare", "ptb-xl", tmp_path, "--out", tmp_path / "d"), "no ptbxl_database.csv"),
        (("prepare", "simulated", "--records", 3, "--view", "I+I", "--out", tmp_path / "d"), "is not a view"),
        (("describe", tmp_path), "no prepared corpus"),
        (("describe", corpus, "--task", "x"), "there is no task 'x'"),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("error: ")
        assert message in result.stderr


def test_overwrite(run: Run, corpus: Path) -> None:
    assert run("prepare", "simulated", "--records", 3, "--overwrite", "--out", corpus).exit_code == 0
    assert len(Corpus.open(corpus)) == 3


def test_settings_that_are_yes_or_no_are_flags(run: Run, corpus: Path, tmp_path: Path) -> None:
    result = run("prepare", "simulated", "--records", 40, "--seed", 2, "--clear", "--out", tmp_path / "clear")
    assert result.exit_code == 0, result.output
    usual, clear = Corpus.open(corpus), Corpus.open(tmp_path / "clear")
    assert (usual.targets("conditions").matrix == clear.targets("conditions").matrix).all()
    assert (usual.select([0], "V2") != clear.select([0], "V2")).any()
    assert "--unlabelled  " in run("prepare", "folder", "--help").output


def test_bad_records_and_skip_bad(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("record,labels\nabsent.dat,AF\n" + "".join(f"x{n}.dat,AF\n" for n in range(5)))
    arguments = ("prepare", "folder", tmp_path, "--labels", tmp_path / "a.csv", "--class", "AF=fibrillation")
    result = run(*arguments, "--out", tmp_path / "c")
    assert result.exit_code == 1
    assert "missing file: 6" in result.stderr
    assert "and 3 more" in result.stderr
    result = run(*arguments, "--out", tmp_path / "c", "--skip-bad")
    assert result.exit_code == 1
    assert "no usable record" in result.stderr


def test_describe(run: Run, corpus: Path) -> None:
    table = run("describe", corpus, "--task", "conditions", "--verify")
    assert table.exit_code == 0
    assert "atrial fibrillation" in table.stdout
    assert "training" in table.stdout
    result = json.loads(run("describe", corpus, "--json", "--min-samples", 5).stdout)
    assert result["records"] == 40
    assert all(row["records"] > 5 for row in result["tasks"][0]["classes"])
    assert sum(result["folds"].values()) == 40


def test_describe_by_url(run: Run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MVKT_CACHE", str(tmp_path / "cache"))
    result = run("describe", corpus.as_uri(), "--json")
    assert result.exit_code == 0, result.stderr
    by_folder = json.loads(run("describe", corpus, "--json").stdout)
    assert json.loads(result.stdout) == by_folder | {"path": corpus.as_uri()}


def test_describe_verifies(run: Run, corpus: Path) -> None:
    with (corpus / "signals.npy").open("r+b") as file:
        file.seek(999)
        file.write(b"abc")
    assert run("describe", corpus).exit_code == 0
    result = run("describe", corpus, "--verify")
    assert result.exit_code == 1
    assert "has changed" in result.stderr


def test_fetch_passes_its_options_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def fetch(out: Path, resolution: str, downloader: Any, progress: Any) -> Fetched:
        seen.append((out, resolution, downloader.base_url, downloader.jobs))
        progress(1, 1)
        return Fetched(folder=str(out), files=6, fetched=2)

    monkeypatch.setattr("mvkt.corpora.fetch.fetch_ptbxl", fetch)
    result = run("fetch", "ptb-xl", "--out", tmp_path, "--resolution", "both", "--jobs", 3, "--base-url", "http://x/y")
    assert result.exit_code == 0
    assert seen == [(tmp_path, "both", "http://x/y/", 3)]
    assert "6 files, 2 of them new" in " ".join(result.stdout.split())
    assert json.loads(run("fetch", "ptb-xl", "--json").stdout)["fetched"] == 2
    assert seen[1] == (Path("ptb-xl"), "100", "https://physionet.org/files/ptb-xl/1.0.3/", 8)


def test_a_refused_address_is_an_error(run: Run, tmp_path: Path) -> None:
    result = run("fetch", "ptb-xl", "--out", tmp_path, "--base-url", "file:///etc/")
    assert result.exit_code == 1
    assert "expected http:// or https://" in result.stderr


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_a_command_with_help(run: Run, name: str) -> None:
    assert name in run("prepare", "--help").stdout
    text = run("prepare", name, "--help").stdout
    assert "Licence: " in text
    assert "--out" in text
    assert "`" not in text


@pytest.mark.parametrize("arguments", [(), ("prepare",), ("fetch", "ptb-xl"), ("describe",)])
def test_help_has_examples(run: Run, arguments: tuple[str, ...]) -> None:
    assert "Examples:\n" in run(*arguments, "--help").stdout
