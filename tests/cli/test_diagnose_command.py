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
from tests.slowness import slowness

from mvkt.bundle import packaged
from mvkt.cli import main
from mvkt.diagnosis.answer import Answer

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
    assert lines[1].split() == ["proba-", "found"]
    assert lines[2].split() == ["finding", "bility", "from", "verdict"]
    row = next(line for line in lines if "atrial fibrillation (AF)" in line)
    assert "1.0%" in row
    assert row.rstrip().endswith("38.5%   1.0%  suspected")  # found, but less likely than not
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
    expected = json.loads(load(folder).diagnose(read(file)).to_json())
    assert recording["diagnoses"] == [{**expected, "choice": {"reason": "its name was given", "others": []}}]
    assert Answer.model_validate_json(result.stdout).recordings[0].error == ""


def test_bad_files_are_reported_and_the_others_diagnosed(
    make_bundle: Make, apple: Callable[..., Path], tmp_path: Path
) -> None:
    good, other, missing = apple(), tmp_path / "notes.txt", tmp_path / "missing.csv"
    other.write_text("no recording\n")
    result = run(other, good, missing, "--bundle", make_bundle())
    assert result.exit_code == 1
    rows = result.stdout.splitlines()
    assert rows[0].split()[:2] == ["recording", "length"]
    assert "notes.txt" in rows[2]
    assert "error: " in rows[2]
    assert any("ecg.csv" in row and "30 s" in row and "100%" in row and "STD" in row for row in rows)
    assert result.stderr == "error: 2 of 3 recordings could not be diagnosed\n"
    as_json = run(other, good, missing, "--bundle", make_bundle("again"), "--json")
    assert as_json.exit_code == 1
    answer = Answer.model_validate_json(as_json.stdout)
    assert [(bool(recording.error), len(recording.diagnoses)) for recording in answer.recordings] == [
        (True, 0),
        (False, 1),
        (True, 0),
    ]
    assert [line.split(": ")[:2] for line in as_json.stderr.splitlines()] == [
        ["error", str(other)],
        ["error", str(missing)],
    ]


def test_rows_name_what_is_found_and_count_what_is_not_sure(make_bundle: Make, apple: Callable[..., Path]) -> None:
    bundle = make_bundle(inconclusive=((0, 1), (0, 1), (0, 0)))
    rows = run(apple(), apple("flat.csv", flat=True), "--bundle", bundle).stdout.splitlines()
    assert rows[2].rstrip().endswith("STD (2 inconclusive)")
    assert "not judged: " in rows[3]


def test_a_folder_is_diagnosed(make_bundle: Make, apple: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        apple(f"archive/{name}")
    (folder / "README.md").write_text("no recording")
    result = run(folder, "--bundle", make_bundle())
    assert result.exit_code == 0, result.output
    assert [row.split()[0] for row in result.stdout.splitlines()[2:4]] == ["a.csv", "b.csv"]
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = run(empty, "--bundle", make_bundle("again"))
    assert (refused.exit_code, "there is no file in" in refused.stderr) == (2, True)


def test_only_bad_files_print_no_result(make_bundle: Make, tmp_path: Path) -> None:
    result = run(tmp_path / "missing.csv", "--bundle", make_bundle())
    assert (result.exit_code, "probability" in result.stdout) == (1, False)
    assert "there is no file" in result.stderr


def test_what_cannot_be_judged_is_not(make_bundle: Make, apple: Callable[..., Path]) -> None:
    result = run(apple(flat=True), "--bundle", make_bundle())
    assert result.exit_code == 0
    assert "not judged" in result.stdout
    assert "0 of 3 windows judged, left out: " in result.stdout
    assert "probability" not in result.stdout


def test_another_lead_must_be_named(make_bundle: Make, apple: Callable[..., Path]) -> None:
    file, folder = apple(lead="Lead II"), make_bundle()
    refused = run(file, "--bundle", folder)
    assert refused.exit_code == 1
    assert "--lead II" in refused.stderr
    result = run(file, "--bundle", folder, "--lead", "II")
    assert result.exit_code == 0
    assert "its figures do not hold for II" in result.stdout


def test_bundle_from_the_environment_or_advice(
    make_bundle: Make, apple: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = apple()
    assert run(file, MVKT_BUNDLE=str(make_bundle())).exit_code == 0
    monkeypatch.setattr(packaged, "_STUDENTS", file.parent / "none")
    without = run(file)
    assert without.exit_code == 2
    assert "mvkt demo" in without.stderr
    wrong = run(file, "--bundle", file.parent / "none")
    assert (wrong.exit_code, wrong.stderr.startswith("error: there is no bundle at")) == (1, True)
    assert run("--bundle", "x").exit_code == 2


def test_students_in_the_box(in_the_box: Make, apple: Callable[..., Path]) -> None:
    in_the_box("lead-II", view="II"), in_the_box("lead-I-rhythm", classes=("SR",)), in_the_box("lead-I")
    both = run(apple(), "--json")
    assert both.exit_code == 0, both.output
    (recording,) = json.loads(both.stdout)["recordings"]
    assert [[finding["code"] for finding in diagnosis["findings"]] for diagnosis in recording["diagnoses"]] == [
        ["AF", "NORM", "STD"],
        ["SR"],
    ]
    shown = run(apple()).stdout
    assert shown.count("proba-") == 2
    assert shown.count("heart rate") == 1
    assert "Lead II" not in run(apple("two.csv", lead="Lead II"), "--bundle", "lead-II").output
    misspelt = run(apple(), "--bundle", "lead-1")
    assert (misspelt.exit_code, "did you mean 'lead-I'?" in misspelt.stderr) == (1, True)


def test_csv_has_a_row_for_each_window(make_bundle: Make, apple: Callable[..., Path]) -> None:
    result = run(apple(), "--bundle", make_bundle(), "--csv")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 4
    assert "tiny: AF probability,tiny: AF verdict" in lines[0]
    assert run(apple(), "--bundle", make_bundle("again"), "--csv", "--json").exit_code == 2


def test_html_page_and_pages(make_bundle: Make, apple: Callable[..., Path], tmp_path: Path) -> None:
    bundle, first, second = make_bundle(), apple(), apple("two.csv")
    page = tmp_path / "one.html"
    result = run(first, "--bundle", bundle, "--html", page)
    assert (result.exit_code, result.stderr) == (0, f"page: {page}\n")
    assert "72 beats" in page.read_text(encoding="utf-8") or "66 beats" in page.read_text(encoding="utf-8")
    pages = tmp_path / "pages"
    assert run(first, second, tmp_path / "missing.csv", "--bundle", bundle, "--html", pages, "--json").exit_code == 1
    assert sorted(path.name for path in pages.iterdir()) == ["ecg.html", "index.html", "two.html"]
    assert run(first, second, "--bundle", bundle, "--html", page).exit_code == 2
    for option, name, better in (("--html", "one.pdf", "one.html"), ("--fhir", "one.xml", "one.json")):
        refused = run(first, "--bundle", bundle, option, tmp_path / name)
        assert refused.exit_code == 2
        assert better in "".join(refused.output.split())
        assert not (tmp_path / name).exists()


def test_facts_that_the_user_gives(make_bundle: Make, apple: Callable[..., Path]) -> None:
    result = run(apple(), "--bundle", make_bundle(), "--age", 9, "--sex", "female")
    assert "woman of 9" in result.stdout
    assert "a child of 9" in result.stdout
    assert run(apple(), "--bundle", make_bundle("again"), "--age", 200).exit_code == 2
    other = run(apple(), "--bundle", make_bundle("third"), "--sampling-frequency", 256)
    assert (other.exit_code, "256 Hz was given and is taken; the file states 512 Hz" in other.stdout) == (0, True)


def test_what_the_device_measured(make_bundle: Make, tmp_path: Path) -> None:
    lead = ",".join(str(value) for value in np.tile([0] * 380 + [60, 200, 80, -60] + [0] * 116, 10))
    strip = (
        f'<SampleRate units="Hz">500</SampleRate><Resolution units="uVperLsb">5</Resolution>'
        f'<WaveformData lead="I">{lead}</WaveformData>'
    )
    stated = '<PQInterval units="ms">174</PQInterval><RAxis units="degrees">55</RAxis>'
    path = tmp_path / "cardiosoft.xml"
    path.write_text(
        f"<CardiologyXML><RestingECGMeasurements>{stated}</RestingECGMeasurements><StripData>{strip}</StripData>"
        "</CardiologyXML>"
    )
    bundle = make_bundle()
    assert "by the device  PR 174 ms, axis 55°" in run(path, "--bundle", bundle).stdout
    diagnosis = json.loads(run(path, "--bundle", bundle, "--json").stdout)["recordings"][0]["diagnoses"][0]
    assert {name: value for name, value in diagnosis["machine_measurements"].items() if value} == {
        "pr": 174,
        "axis": 55,
    }
    page = tmp_path / "page.html"
    assert run(path, "--bundle", bundle, "--html", page).exit_code == 0
    assert "by the device</dt><dd>PR 174 ms, axis 55°" in page.read_text(encoding="utf-8")


def test_inconclusive_and_typical(make_bundle: Make, apple: Callable[..., Path]) -> None:
    bundle = make_bundle(inconclusive=((0, 1), (0, 0), (0, 0)), typical={"STD": "typical of an irregular beat"})
    stdout = run(apple(), "--bundle", bundle).stdout
    rows = stdout.splitlines()
    assert " ".join(rows[1].split()) == "proba- not found found"
    assert " ".join(rows[2].split()) == "finding bility below from verdict typical of"
    inconclusive = next(line for line in rows if "(AF)" in line)
    assert inconclusive.split()[-3:] == ["0.0%", "100.0%", "inconclusive"]
    assert next(line for line in rows if "STD" in line).rstrip().endswith("an irregular beat")


@pytest.mark.parametrize("columns", ["80", "140"])
def test_why_a_finding_is_open_outside_its_band(shared_data: Path, columns: str) -> None:
    stdout = run(
        shared_data / "device-samples" / "hl7_aecg_fda_example.xml", "--bundle", "12-lead", COLUMNS=columns
    ).stdout
    assert "left anterior fascicular block: the measurement supports it: axis -67°" in stdout


def test_many_that_are_not_found_are_a_line(make_bundle: Make, apple: Callable[..., Path]) -> None:
    classes = tuple(f"C{number}" for number in range(9))
    bundle = make_bundle(classes=classes, thresholds=(1.0,) * 7 + (0.5, 0.5), titles={"C0": "first"})
    stdout = run(apple(), "--bundle", bundle).stdout
    assert "not found: " in stdout
    assert "first" in stdout.partition("not found: ")[2]
    assert sum(line.startswith("C") for line in stdout.splitlines()[3:7]) == 2


@pytest.mark.parametrize("columns", ["80", "120"])
def test_fits_the_terminal(make_bundle: Make, apple: Callable[..., Path], columns: str) -> None:
    typical = {code: f"{code}, which goes with a rather long line of words about the heart" for code in ("AF", "STD")}
    for number, thresholds in enumerate(((0.01, 0.5, 0.5), (0.01, 0.99, 0.99))):
        bundle = make_bundle(f"b{number}", typical=typical, thresholds=thresholds)
        stdout = run(apple(), "--bundle", bundle, COLUMNS=columns).stdout
        assert max(map(len, stdout.splitlines())) <= int(columns)
        assert "a rather long line" in " ".join(stdout.split())


def test_names_are_no_markup_and_no_terminal_codes(make_bundle: Make, apple: Callable[..., Path]) -> None:
    titles = {"AF": "[bold]AF[/bold]", "NORM": "[/]"}
    result = run(apple("a[red]b\x1b[2J.csv"), "--bundle", make_bundle(titles=titles))
    assert result.exit_code == 0
    assert "a[red]b�[2J.csv" in result.stdout.replace("\n", "")
    assert "[bold]AF[/bold]" in result.stdout
    assert "\x1b" not in result.stdout


def test_cold_start_is_quick_and_light(make_bundle: Make, apple: Callable[..., Path]) -> None:
    script = (
        "import resource, sys; from mvkt.cli import main; "
        f"main(['diagnose', {str(apple())!r}, '--bundle', {str(make_bundle())!r}], standalone_mode=False); "
        "heavy = {'torch', 'pyarrow', 'matplotlib', 'onnx', 'mvkt.corpora', 'scipy.signal', 'scipy.ndimage'}; "
        "used = resource.getrusage(resource.RUSAGE_SELF); "
        "print(sorted(heavy & set(sys.modules)), used.ru_utime + used.ru_stime)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stderr == ""
    heavy, _, seconds = result.stdout.splitlines()[-1].rpartition(" ")
    assert heavy == "[]"
    assert float(seconds) < 2, "of the processor; half a second when the machine is idle"


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
    assert all(recording["diagnoses"][0]["quality"]["judged"] for recording in recordings)
    start = time.perf_counter()
    holter = run(shared_data / "holter-sample" / "100", "--bundle", folder, "--lead", "II", "--json")
    took = time.perf_counter() - start
    assert took < 5 * slowness(time.perf_counter)
    diagnosis = json.loads(holter.stdout)["recordings"][0]["diagnoses"][0]
    assert diagnosis["quality"]["windows"] == 181
    assert diagnosis["quality"]["judged"] > 150
    assert 70 < diagnosis["heart_rate"] < 80
    assert diagnosis["rule"] == "course"
    assert len(diagnosis["timeline"]["start_seconds"]) == 181


def test_the_example_needs_no_file() -> None:
    result = run("--example", "--bundle", "lead-I")
    assert result.exit_code == 0, result.output
    assert "ventricular premature complex" in result.stdout
    assert run().exit_code == 2
    assert "give FILES, or --example" in run().stderr


def test_many_recordings_to_a_table(make_bundle: Make, apple: Callable[..., Path], tmp_path: Path) -> None:
    from pyarrow import parquet

    (tmp_path / "bad.csv").write_bytes(b"\x00\x01")
    out, bundle = tmp_path / "out" / "results.parquet", make_bundle()
    result = run(apple(), tmp_path / "bad.csv", "--bundle", bundle, "--out", out, "--workers", 1, "--json")
    assert result.exit_code == 1, result.stderr
    assert json.loads(result.stdout) | {"out": ""} == {"out": "", "rows": 2, "failed": 1, "files": 2, "done_before": 0}
    rows = parquet.read_table(out).to_pylist()
    assert [bool(row["error"]) for row in rows] == [False, True]
    again = run(apple(), "--bundle", bundle, "--out", out)
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("s3://bucket/x",), "name it by --out"),
        (("x.csv", "--out", "x.parquet", "--csv"), "nothing else"),
        (("x.csv", "--retry-errors"), "is for the table of --out"),
    ],
)
def test_what_does_not_go_with_a_table(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
