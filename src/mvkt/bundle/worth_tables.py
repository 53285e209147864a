"""What the students that come with mvkt are worth, as Markdown tables: the figures of their cards beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mvkt.bundle.manifest import BundleManifest
from mvkt.bundle.worth import at, interval_at
from mvkt.numbers import ABSENT, count, number, percent, percent_with_limits, with_limits


def figures_text(manifests: Mapping[str, BundleManifest]) -> str:
    """Return the tables of students, by name: calibration and coverage, class by class, groups of people.

    What a bundle does not state is a dash.
    """
    parts = [
        _overall(manifests),
        *(_classes(name, manifest) for name, manifest in manifests.items()),
        _groups(manifests),
    ]
    return "\n".join(parts)


def _overall(manifests: Mapping[str, BundleManifest]) -> str:
    def row(title: str, cell: Callable[[Mapping[str, Any]], str]) -> list[str]:
        return [title, *(cell(manifest.figures) for manifest in manifests.values())]

    calibrated = ("evaluation", "expected_calibration_error")
    rows = [
        ["classes", *(str(len(manifest.classes)) for manifest in manifests.values())],
        row("test records", lambda figures: _whole(figures, "evaluation", "records")),
        row("macro AUC", lambda figures: _interval(figures, "evaluation", "macro_auc")),
        row(
            "Brier score, before → after calibration", lambda figures: _change(figures, "evaluation", "brier", digits=4)
        ),
        row(
            "calibration error, before → after (by chance)",
            lambda figures: (
                f"{_change(figures, *calibrated)} ({_number(figures, *_suffixed(calibrated, '_by_chance'))})"
            ),
        ),
        row("verdicts that are decided", lambda figures: _percent(figures, "abstention", "decided")),
        row("of these wrong", lambda figures: _percent(figures, "abstention", "error")),
        row("records in which nothing is inconclusive", lambda figures: _percent(figures, "abstention", "all_decided")),
        row(
            "normal records in which a finding is found or inconclusive",
            lambda figures: (
                f"{_percent(figures, 'abstention', 'normal', 'share')}, promised at most "
                f"{_percent(figures, 'abstention', 'normal', 'promised')}"
            ),
        ),
        row(
            "records with a finding in which none is found or inconclusive",
            lambda figures: _percent(figures, "abstention", "overlooked"),
        ),
        row(
            "records with only normal labels in which something is found",
            lambda figures: (
                f"{_percent(figures, 'false_positives', 'found')} of {_whole(figures, 'false_positives', 'records')}"
            ),
        ),
        row(
            "the same, found or inconclusive",
            lambda figures: _percent(figures, "false_positives", "found_or_inconclusive"),
        ),
    ]
    return _table(["", *manifests], rows)


def _classes(name: str, manifest: BundleManifest) -> str:
    measured, verdicts = (_by_code(manifest, section) for section in ("evaluation", "abstention"))
    rows = []
    for code in manifest.classes:
        figures, verdict = measured.get(code, {}), verdicts.get(code, {})
        low, high = verdict.get("low"), verdict.get("high")
        banded = isinstance(low, float) and isinstance(high, float) and low < high
        band = f"{_number(verdict, 'low')} to {_number(verdict, 'high')}" if banded else "never"
        promises = [
            f"{_percent(verdict, kind, 'share')}, at most {_percent(verdict, kind, 'promised')}"
            for kind in ("missed", "false_alarms")
        ]
        change = f"{_number(figures, 'ece_uncalibrated')} → {_number(figures, 'ece')}"
        shares = (_percent(verdict, "decided"), _percent(verdict, "error"), *promises)
        rows.append([f"`{code}`", _whole(figures, "positives"), _interval(figures, "auc"), change, band, *shares])
    columns = [
        *(name, "positives", "AUC", "calibration error", "inconclusive", "decided", "wrong among these"),
        *("have it, answer not found", "lack it, answer found"),
    ]
    return _table(columns, rows)


def _groups(manifests: Mapping[str, BundleManifest]) -> str:
    found = {
        name: {(entry["by"], entry["name"]): entry for entry in _list(manifest.figures.get("subgroups"))}
        for name, manifest in manifests.items()
    }
    keys = dict.fromkeys(key for groups in found.values() for key in groups if key[1] != "unknown")
    rows = [
        [
            f"{by}: {name}",
            *(
                f"{_interval(groups.get((by, name)), 'macro_auc')} of {_whole(groups.get((by, name)), 'records')}"
                for groups in found.values()
            ),
        ]
        for by, name in keys
    ]
    return _table(["macro AUC by group, of records", *manifests], rows)


def _by_code(manifest: BundleManifest, section: str) -> dict[str, Mapping[str, Any]]:
    return {entry["code"]: entry for entry in _list(at(manifest.figures, section, "classes"))}


def _list(found: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(columns)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def _suffixed(keys: tuple[str, ...], suffix: str) -> tuple[str, ...]:
    return (*keys[:-1], keys[-1] + suffix)


def _number(content: Any, *keys: str, digits: int = 3) -> str:
    found = at(content, *keys)
    return number(found, digits) if isinstance(found, int | float) else ABSENT


def _whole(content: Any, *keys: str) -> str:
    found = at(content, *keys)
    return count(found) if isinstance(found, int) else ABSENT


def _change(content: Any, *keys: str, digits: int = 3) -> str:
    before, after = (_number(content, *path, digits=digits) for path in (_suffixed(keys, "_uncalibrated"), keys))
    return f"{before} → {after}"


def _interval(content: Any, *keys: str) -> str:
    return with_limits(interval_at(content, *keys))


def _percent(content: Any, *keys: str) -> str:
    """Of a share with its interval, or of a share alone."""
    found = at(content, *keys)
    return percent(found) if isinstance(found, int | float) else percent_with_limits(interval_at(content, *keys))
