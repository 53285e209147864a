from __future__ import annotations

import pytest

from mvkt.diagnosis.resting_ecg import AMBULATORY_SOURCES, LONGEST_RESTING_SECONDS, unlike_training


@pytest.mark.parametrize(
    ("source", "seconds"), [("WFDB", 10.0), ("Apple Health", 30.0), ("AliveCor Kardia JSON", 300.0)]
)
def test_resting_recordings_of_the_trained_lead(source: str, seconds: float) -> None:
    assert unlike_training(source, seconds, "I", of_trained_lead=True) == ""


@pytest.mark.parametrize(
    ("source", "seconds"), [("WFDB", LONGEST_RESTING_SECONDS + 1), *((s, 10.0) for s in AMBULATORY_SOURCES)]
)
def test_recorders_that_are_worn(source: str, seconds: float) -> None:
    reason = unlike_training(source, seconds, "I", of_trained_lead=True)
    assert "resting ECGs" in reason
    assert unlike_training(source, seconds, "I", of_trained_lead=False) == reason


def test_another_lead() -> None:
    assert "only from lead II" in unlike_training("WFDB", 10.0, "II", of_trained_lead=False)


def test_the_sources_are_those_of_the_readers() -> None:
    """By the sources that the readers write."""
    from ecgdatakit.parsing.parsers.ishne_holter import ISHNEHolterParser

    from mvkt.ecg.formats import read

    assert ISHNEHolterParser.FORMAT_NAME in AMBULATORY_SOURCES
    polar = "Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]\n" + "".join(
        f"2024-05-01T10:00:{n // 130:02}.{n % 130 * 7:03};{n * 7_692_308};{n * 1000 / 130:.3f};{n % 50}\n"
        for n in range(1300)
    )
    assert read(polar.encode(), lead="I").source in AMBULATORY_SOURCES
