"""``mvkt diagnose``."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from mvkt.cli import main

Make = Callable[..., Path]


def run(*args: object, **environment: str) -> Result:
    return CliRunner(env={"COLUMNS": "100", "MVKT_BUNDLE": "", **environment}).invoke(
        main, ["diagnose", *map(str, args)]
    )


@pytest.fixture
def apple(tmp_path: Path) -> Callable[..., Path]:
    """Write a recording as Apple Health exports it."""

    def make(name: str = "ecg.csv", lead: str = "Lead I", flat: bool = False) -> Path:
        time = np.arange(30 * 512) / 512
        phase = time % (60 / 66)
        wave = 900 * np.exp(-(((phase - 0.3) / 0.015) ** 2)) + 200 * np.exp(-(((phase - 0.55) / 0.05) ** 2))
        wave += np.random.default_rng(0).normal(0, 5, len(wave))
        header = [
            "Name,Somebody Private",
            "Date of Birth,1 Jan 1970",
            "Recorded Date,2024-05-01 10:00:00 +0000",
        ]
        header += ["Classification,Sinus Rhythm", "Symptoms,", "Software Version,1.90", 'Device,"Watch6,1"']
        header += ["Sample Rate,512 hertz", "", "", f"Lead,{lead}", "Unit,µV", "", ""]
        values = [f"{value:.3f}" for value in wave * (not flat)]
        path = tmp_path / name
        path.write_text("\n".join(header + values) + "\n", encoding="utf-8")
        return path

    return make


def test_table_for_people(make_bundle: Make, apple: Callable[..., Path]) -> None:
    result = run(apple(), "--bundle", make_bundle(thresholds=(0.01, 0.9, 0.99)))
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0].endswith("ecg.csv")
    row = next(line for line in lines if "atrial fibrillation (AF)" in line)
    assert "1.0%" in row
    assert row.rstrip(" │").endswith("found")
    assert "3 of 3 windows judged" in result.stdout
    assert "66 beats a minute" in result.stdout
    assert "resampled from 512 to 100 Hz" in result.stdout
    assert "30 s" in result.stdout
    assert "not a medical device" in result.stdout
    assert "Somebody" not in result.stdout


def test_positive_findings_come_first(make_bundle: Make, apple: Callable[..., Path]) -> None:
    stdout = run(apple(), "--bundle", make_bundle(thresholds=(0.01, 0.01, 0.99))).stdout
    assert stdout.index("NORM") < stdout.index("(AF)") < stdout.index("STD")


def test_json_is_the_diagnosis(make_bundle: Make, apple: Callable[..., Path]) -> None:
    from mvkt import load, read

    file, folder = apple(), make_bundle()
    result = run(file, "--bundle", folder, "--json")
    (recording,) = json.loads(result.stdout)["recordings"]
    assert recording["file"] == str(file)
    assert recording["diagnosis"] == json.loads(load(folder).diagnose(read(file)).to_json())


def test_bad_files_are_reported_and_the_others_judged(
    make_bundle: Make, apple: Callable[..., Path], tmp_path: Path
) -> None:
    good, other, missing = apple(), tmp_path / "notes.txt", tmp_path / "missing.csv"
    other.write_text("no recording\n")
    result = run(other, good, missing, "--bundle", make_bundle())
    assert result.exit_code == 1
    assert "3 of 3 windows judged" in result.stdout
    assert [line.split(": ")[:2] for line in result.stderr.splitlines()] == [
        ["error", str(other)],
        ["error", str(missing)],
    ]
    as_json = run(other, good, missing, "--bundle", make_bundle("again"), "--json")
    assert as_json.exit_code == 1
    assert [sorted(entry) for entry in json.loads(as_json.stdout)["recordings"]] == [
        ["error", "file"],
        ["diagnosis", "file"],
        ["error", "file"],
    ]


def test_only_bad_files_print_no_result(make_bundle: Make, tmp_path: Path) -> None:
    result = run(tmp_path / "missing.csv", "--bundle", make_bundle())
    assert (result.exit_code, result.stdout) == (1, "")


def test_what_cannot_be_judged_is_not(make_bundle: Make, apple: Callable[..., Path]) -> None:
    result = run(apple(flat=True), "--bundle", make_bundle())
    assert result.exit_code == 0
    assert "not judged" in result.stdout
    assert "0 of 3 windows judged, left out: " in result.stdout
    assert "probability" not in result.stdout


def test_lead_must_be_asked_for(make_bundle: Make, apple: Callable[..., Path]) -> None:
    file, folder = apple(lead="Lead II"), make_bundle()
    refused = run(file, "--bundle", folder)
    assert refused.exit_code == 1
    assert "--lead II" in refused.stderr
    told = run(file, "--bundle", folder, "--lead", "II")
    assert told.exit_code == 0
    assert "its figures do not hold for II" in told.stdout


def test_bundle_from_the_environment_or_advice(make_bundle: Make, apple: Callable[..., Path]) -> None:
    file = apple()
    assert run(file, MVKT_BUNDLE=str(make_bundle())).exit_code == 0
    without = run(file)
    assert without.exit_code == 2
    assert "mvkt demo" in without.stderr
    wrong = run(file, "--bundle", file.parent / "none")
    assert (wrong.exit_code, wrong.stderr.startswith("error: there is no bundle at")) == (1, True)
    assert run("--bundle", "x").exit_code == 2


def test_names_are_no_markup_and_no_terminal_codes(make_bundle: Make, apple: Callable[..., Path]) -> None:
    titles = {"AF": "[bold]AF[/bold]", "NORM": "[/]"}
    result = run(apple("a[red]b\x1b[2J.csv"), "--bundle", make_bundle(titles=titles))
    assert result.exit_code == 0
    assert "a[red]b�[2J.csv" in result.stdout.replace("\n", "")
    assert "[bold]AF[/bold]" in result.stdout
    assert "\x1b" not in result.stdout


def test_cold_start_is_quick_and_light(make_bundle: Make, apple: Callable[..., Path]) -> None:
    script = (
        "import sys; from mvkt.cli import main; "
        f"main(['diagnose', {str(apple())!r}, '--bundle', {str(make_bundle())!r}], standalone_mode=False); "
        "print(sorted({'torch', 'pyarrow', 'matplotlib', 'onnx', 'mvkt.corpora'} & set(sys.modules)))"
    )
    start = time.perf_counter()
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("[]\n")
    assert result.stderr == ""
    assert time.perf_counter() - start < 6, "far above what it takes on an idle machine, below what torch would"


@pytest.mark.data
def test_every_real_recording_is_diagnosed(make_bundle: Make, shared_data: Path) -> None:
    devices = [
        path
        for path in sorted((shared_data / "device-samples").iterdir())
        if path.suffix != ".md" and "XML1" not in path.name  # CardioSoft is not read
    ]
    assert len(devices) >= 6
    folder = make_bundle()
    result = run(*devices, "--bundle", folder, "--json")
    assert result.exit_code == 0, result.stderr
    recordings = json.loads(result.stdout)["recordings"]
    assert all(recording["diagnosis"]["judged"] for recording in recordings)
    start = time.perf_counter()
    holter = run(shared_data / "holter-sample" / "100", "--bundle", folder, "--lead", "II", "--json")
    assert time.perf_counter() - start < 5
    diagnosis = json.loads(holter.stdout)["recordings"][0]["diagnosis"]
    assert diagnosis["quality"]["windows"] == 181
    assert diagnosis["quality"]["judged"] > 150
    assert 70 < diagnosis["heart_rate"] < 80
