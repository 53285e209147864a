from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mvkt.bundle.bundle import Bundle
from mvkt.bundle.worth_tables import figures_text

SHARE = {"value": 0.234, "low": 0.2, "high": 0.3}
FIGURES: dict[str, Any] = {
    "evaluation": {
        "records": 1405,
        "macro_auc": {"value": 0.8811, "low": 0.8, "high": 0.9},
        "brier_uncalibrated": 0.0709,
        "brier": 0.0692,
        "expected_calibration_error_uncalibrated": 0.04,
        "expected_calibration_error": 0.03,
        "expected_calibration_error_by_chance": 0.02,
        "classes": [
            {
                "code": "AF",
                "positives": 36,
                "auc": {"value": 0.97, "low": 0.95, "high": 0.99},
                "ece_uncalibrated": 0.05,
                "ece": 0.04,
            }
        ],
    },
    "abstention": {
        "decided": SHARE,
        "error": None,
        "all_decided": SHARE,
        "normal": {"promised": 0.2, "share": SHARE},
        "overlooked": SHARE,
        "classes": [
            {
                "code": "AF",
                "low": 0.1,
                "high": 0.4,
                "decided": SHARE,
                "error": None,
                "missed": {"promised": 0.1, "share": SHARE},
                "false_alarms": {"promised": 0.05, "share": None},
            }
        ],
    },
    "subgroups": [
        {"by": "sex", "name": "female", "records": 200, "macro_auc": None},
        {"by": "age", "name": "unknown", "records": 3, "macro_auc": None},
    ],
}


def test_tables(make_bundle: Callable[..., Path]) -> None:
    full = Bundle.open(make_bundle("full", figures=FIGURES)).manifest
    empty = Bundle.open(make_bundle("empty")).manifest
    text = figures_text({"one": full, "two": empty})
    for row in (
        "|  | one | two |",
        "| classes | 3 | 3 |",
        "| test records | 1,405 | – |",
        "| macro AUC | 0.881 (0.800 to 0.900) | – |",
        "| Brier score, before → after calibration | 0.0709 → 0.0692 | – → – |",
        "| calibration error, before → after (by chance) | 0.040 → 0.030 (0.020) | – → – (–) |",
        "| verdicts that are decided | 23 % (20 to 30) | – |",
        "| of these wrong | – | – |",
        "| `AF` | 36 | 0.970 (0.950 to 0.990) | 0.050 → 0.040 | 0.100 to 0.400 | 23 % (20 to 30) | – "
        "| 23 % (20 to 30), at most 10 % | –, at most 5 % |",
        "| `STD` | – | – | – → – | never | – | – | –, at most – | –, at most – |",
        "| sex: female | – of 200 | – of – |",
    ):
        assert row in text.splitlines(), row
    assert "unknown" not in text
    tables = text.strip().split("\n\n")
    assert len(tables) == 4
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1
