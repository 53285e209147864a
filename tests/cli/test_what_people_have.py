"""``mvkt diagnose`` as its users call it: one heart as every wearable writes it, and files that nobody should open.

The students are those in the box. The heart is simulated, so no finding is expected of it; but all devices
must give the same answer.
"""

from __future__ import annotations

import json
import pickle
import runpy
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from mvkt.cli import main
from mvkt.ecg.simulate import simulate

FORMATS = Path(__file__).parents[1] / "ecg" / "formats"
WEARABLES = runpy.run_path(str(FORMATS / "wearable_files.py"))
OTHERS = runpy.run_path(str(FORMATS / "conftest.py"))
SECONDS, BEATS_A_MINUTE = 30.0, (40.0, 120.0)


def heart(frequency: float) -> NDArray[np.float64]:
    """Lead I of the same heart, in mV."""
    made = simulate(1, seed=3, conditions=("NORM",), duration=SECONDS, sampling_frequency=1000, noise=False)
    fine = made.signal[0][:, 0].astype(np.float64)
    places = np.arange(round(SECONDS * frequency)) / frequency
    values: NDArray[np.float64] = np.interp(places, np.arange(len(fine)) / 1000, fine)
    return values


def counts(frequency: float = 500.0) -> NDArray[np.int16]:
    """In steps of 5 µV, as the writers of the other tests take it."""
    return np.round(heart(frequency) / 0.005).astype(np.int16)[:, np.newaxis]


def apple(keys: Mapping[str, str], rate: str, lead: str, unit: str, *, comma: bool, frequency: float = 512.0) -> str:
    """An export of Apple Health in a language."""
    values = heart(frequency) * (1000 if unit == "µV" else 1)
    rows = [f"{value:.6f}" for value in values.tolist()]
    rows = [f'"{row.replace(".", ",")}"' for row in rows] if comma else rows
    head = [
        f"{keys['name']},Jemand",
        f"{keys['recorded']},2024-05-01 10:00:00 +0200",
        f"{keys['rate']},{rate}",
        *("", "", f"{keys['lead']},{lead}", f"{keys['unit']},{unit}", ""),
    ]
    return "\n".join([*head, *rows, ""])


ENGLISH = {"name": "Name", "recorded": "Recorded Date", "rate": "Sample Rate", "lead": "Lead", "unit": "Unit"}
GERMAN = {"name": "Name", "recorded": "Aufzeichnungsdatum", "rate": "Messrate", "lead": "Ableitung", "unit": "Einheit"}
FRENCH = {
    "name": "Nom",
    "recorded": "Date d’enregistrement",
    "rate": "Fréquence d’échantillonnage",
    "lead": "Dérivation",
    "unit": "Unité",
}
JAPANESE = {"name": "名前", "recorded": "記録日", "rate": "サンプルレート", "lead": "誘導", "unit": "単位"}
CHINESE = {"name": "姓名", "recorded": "记录日期", "rate": "采样率", "lead": "导联", "unit": "单位"}
FINNISH = {"name": "Nimi", "recorded": "Tallennettu", "rate": "Taajuus", "lead": "Kytkentä", "unit": "Yksikkö"}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an export of every wearable."""
    folder = tmp_path_factory.mktemp("exports")
    texts = {
        "apple-english.csv": apple(ENGLISH, "512 hertz", "Lead I", "µV", comma=False),
        "apple-german.csv": apple(GERMAN, "511,562\u00a0Hertz", "Ableitung I", "µV", comma=True, frequency=511.562),
        "apple-french.csv": apple(FRENCH, "512\u202fHz", "Dérivation I", "mV", comma=True),
        "apple-japanese.csv": apple(JAPANESE, "512ヘルツ", "第I誘導", "µV", comma=False),
        "apple-chinese.csv": apple(CHINESE, "512 赫兹", "导联I", "µV", comma=False),
        "apple-finnish.csv": apple(FINNISH, "512 hertsiä", "Kytkentä I", "µV", comma=True),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    trace, bytes_of = counts(), {key.removeprefix("make_"): made for key, made in {**WEARABLES, **OTHERS}.items()}
    wristwatch = np.column_stack(
        [np.arange(len(trace)) / 500, np.where(np.arange(len(trace)) < 40, -32768, 5 * trace[:, 0])]
    )
    files = {
        "export.zip": bytes_of["apple_export"](
            {
                "ecg_2024-05-01.csv": texts["apple-english.csv"].encode(),
                "ecg_2024-05-02.csv": texts["apple-german.csv"].encode(),
            }
        ),
        "samsung.csv": bytes_of["samsung"](trace),
        "signal.csv": bytes_of["withings"](trace, rows=2),
        "withings.json": bytes_of["withings_answer"](trace),
        "fitbit.json": bytes_of["fitbit"](trace),
        "google-health.json": bytes_of["google_health"](trace),
        "kardia.json": bytes_of["kardia"](np.repeat(trace, 2, axis=1)),
        "smart-watch.csv": b"time [s],I [uV]\n" + b"".join(b"%.3f,%d\n" % tuple(row) for row in wristwatch.tolist()),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def straps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of a chest strap, which do not name their lead."""
    folder, trace = tmp_path_factory.mktemp("straps"), counts(130.0)
    (folder / "PolarH10.txt").write_bytes(WEARABLES["make_polar_column"](trace))
    (folder / "logger.txt").write_bytes(WEARABLES["make_polar_logger"](trace))
    return folder


def diagnose(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "120", "MVKT_BUNDLE": ""}).invoke(main, ["diagnose", *map(str, arguments)])


def recordings(result: Result) -> dict[str, dict[str, Any]]:
    answer = json.loads(result.stdout)
    return {
        f"{Path(recording['file']).name} {recording['part']}".strip(): recording for recording in answer["recordings"]
    }


def test_all_wearables_give_the_same_answer(exports: Path) -> None:
    result = diagnose(exports, "--json")
    assert result.exit_code == 0, result.stderr
    found = recordings(result)
    assert len(found) == 6 + 2 + 1 + 2 + 5, sorted(found)
    answers = {name: recording["diagnoses"][0] for name, recording in found.items()}
    first = answers["apple-english.csv"]
    six_leads = answers.pop("kardia.json")  # leads I and II, from which the other limb leads follow
    assert six_leads["bundle"]["name"] == "limb"
    assert "it sees the most of this recording, 6 leads" in six_leads["choice"]["reason"]
    assert six_leads["heart_rate"] == pytest.approx(first["heart_rate"], abs=1)
    # A table with a lead by name may be of anything: it is read as a recording of a clinic.
    table = answers.pop("smart-watch.csv")
    assert table["bundle"]["name"] == "lead-I"
    assert table["heart_rate"] == pytest.approx(first["heart_rate"], abs=1)
    expected = {finding["code"]: finding["probability"] for finding in first["findings"]}
    for name, answer in answers.items():
        assert answer["bundle"]["name"] == "device", name
        assert answer["signal"]["leads"] == ["I"], name
        assert answer["signal"]["unlike_training"] == "", name
        assert answer["quality"]["judged"] == answer["quality"]["windows"], name
        assert answer["heart_rate"] == pytest.approx(first["heart_rate"], abs=1), name
        for finding in answer["findings"]:
            assert finding["probability"] == pytest.approx(expected[finding["code"]], abs=0.05), (name, finding["code"])


def test_a_chest_strap_is_diagnosed_for_rhythm_alone(straps: Path) -> None:
    untold = diagnose(straps)
    assert untold.exit_code == 1
    assert untold.stdout.count("--lead") >= 1
    result = diagnose(straps, "--lead", "I", "--json")
    assert result.exit_code == 0, result.stderr
    for name, recording in recordings(result).items():
        verdicts = {finding["code"]: finding["verdict"] for finding in recording["diagnoses"][0]["findings"]}
        assert verdicts["MI"] == verdicts["NORM"] == "not judged", name
        assert "not judged" not in (verdicts["SR"], verdicts["AFIB"], verdicts["PVC"]), name
        assert BEATS_A_MINUTE[0] < recording["diagnoses"][0]["heart_rate"] < BEATS_A_MINUTE[1]


@pytest.mark.parametrize("name", ["apple-german.csv", "signal.csv", "smart-watch.csv"])
def test_the_terminal_and_the_page(name: str, exports: Path, tmp_path: Path) -> None:
    page = tmp_path / ("pages" if name == "signal.csv" else "page.html")
    result = diagnose(exports / name, "--html", page)
    assert result.exit_code == 0, result.stderr
    assert "not a medical device" in result.stdout
    assert "Traceback" not in result.output
    pages = [page] if page.suffix else sorted(page.iterdir())
    assert all("<svg" in path.read_text(encoding="utf-8") or path.name == "index.html" for path in pages)


def hostile(folder: Path) -> dict[str, str]:
    """Write files that must not be read; name to what stands in the error."""
    good = apple(ENGLISH, "512 hertz", "Lead I", "µV", comma=False)
    wfdb = "bomb 1 500 1000000000\nbomb.dat 16 200/mV 16 0 0 0 0 I\n"
    entities = (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c "ha">]><AnnotatedECG xmlns="urn:hl7-org:v3">'
        "&b;</AnnotatedECG>"
    )
    texts = {
        "cut-off.csv": good[:60],
        "no-frequency.csv": good.replace("512 hertz", "0 hertz"),
        "far-too-fast.csv": good.replace("512 hertz", "1000000000 hertz"),
        "in-volts.csv": good.replace("Unit,µV", "Unit,V"),
        "words.csv": "Dear diary,\ntoday my heart was fine.\n",
        "bomb.hea": wfdb,
        "entities.xml": entities,
        "half.json": '{"ecgReadings": [{"waveformSamples": [1, 2',
        "infinite.csv": "time [s],I [mV]\n" + "".join(f"{n / 100:.2f},inf\n" for n in range(2000)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "bomb.dat").write_bytes(bytes(2000))
    (folder / "empty.csv").write_bytes(b"")
    (folder / "program.csv").write_bytes(b"\x7fELF" + np.random.default_rng(0).bytes(5000))
    (folder / "line.csv").write_bytes(b"1," * 4_000_000)
    (folder / "pickled.npy").write_bytes(b"\x93NUMPY\x01\x00" + pickle.dumps({"a": print}))
    with zipfile.ZipFile(folder / "zip-bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("apple_health_export/electrocardiograms/ecg.csv", bytes(200_000_000))
    with zipfile.ZipFile(folder / "elsewhere.zip", "w") as archive:
        archive.writestr("../../../../etc/apple_health_export/notes.csv", "1\n2\n")
    return dict.fromkeys(
        [*texts, "empty.csv", "program.csv", "line.csv", "pickled.npy", "zip-bomb.zip", "elsewhere.zip"], ""
    )


def test_hostile_files_are_rows_with_an_error_and_the_others_are_diagnosed(tmp_path: Path, exports: Path) -> None:
    names_of = hostile(tmp_path)
    (tmp_path / "good.csv").write_bytes((exports / "apple-english.csv").read_bytes())
    result = diagnose(tmp_path, "--json")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    found = recordings(result)
    assert set(found) == {*names_of, "good.csv"}
    assert len(names_of) >= 10
    for name, recording in found.items():
        assert bool(recording["error"]) == (name != "good.csv"), (name, recording["error"])
        assert "\n" not in recording["error"].strip(), name
        assert not recording["diagnoses"] or name == "good.csv"
    table = diagnose(tmp_path)
    assert table.exit_code == 1
    assert f"{len(names_of)} of {len(names_of) + 1} recordings could not be diagnosed" in table.stderr
    assert "Traceback" not in table.output


@pytest.mark.data
def test_a_holter_is_diagnosed_for_rhythm_alone(shared_data: Path) -> None:
    """Record 100 of MIT-BIH: normal rhythm, 33 atrial premature beats, a ventricular one at 0:25:18 (annotations)."""
    result = diagnose(shared_data / "holter-sample" / "100", "--json")
    assert result.exit_code == 0, result.stderr
    (diagnosis,) = json.loads(result.stdout)["recordings"][0]["diagnoses"]
    found = {finding["code"]: finding for finding in diagnosis["findings"]}
    assert {found[code]["verdict"] for code in ("MI", "IMI", "STTC", "NORM", "CD")} == {"not judged"}
    assert found["SR"]["verdict"] == "found"
    # One window of 181 is no more than chance unless it is nearly certain; but it is the right one, and is named.
    (episode,) = found["PVC"]["course"]["episodes"]
    assert episode["start_seconds"] <= 25 * 60 + 18 <= episode["end_seconds"]
    assert episode["peak_probability"] > 0.9
    assert found["PVC"]["verdict"] == "found" or "worth a look: ventricular premature complex" in diagnosis["summary"]
    assert found["AFIB"]["verdict"] == "not found"
