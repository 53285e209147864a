"""Reporters."""

from __future__ import annotations

from mvkt.training.reporter import Reporter, SilentReporter


def test_a_silent_reporter_prints_nothing(capsys) -> None:
    reporter: Reporter = SilentReporter()
    reporter.begin("student", epochs=2, done=0, steps=10, batch_size=4)
    reporter.step()
    reporter.epoch("student", {"epoch": 1})
    reporter.message("a remark")
    assert capsys.readouterr() == ("", "")
