"""Lists of numbers in a JSON file of any layout, and what stands beside them: the columns of a table, and its facts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from mvkt.ecg.formats.assemble import is_ecg_name
from mvkt.ecg.formats.column_names import TIME
from mvkt.ecg.formats.json_numbers import FEWEST, all_numbers, has_numbers, in_order, lists_in, numbers_of
from mvkt.ecg.formats.table_times import are_counts
from mvkt.ecg.formats.text import number
from mvkt.ecg.leads import is_other_name
from mvkt.errors import RecordFormatError

_MOST_COLUMNS = 64
_MOST_FACTS = 200
_LONGEST_FACT = 80
_DEEPEST = 12
_FAR_LONGER = 4
_NAMES = ("name", "lead", "label", "lead_name", "leadname", "channel", "channel_name", "title", "sig_name")
_NO_NAMES = frozenset({"", "data", "values", "value", "samples", "sample", "signal", "signals", "y", "points", "array"})
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")
_UNITS = ("unit", "units")


@dataclass(frozen=True)
class Package:
    """Samples that came together.

    Attributes:
        samples: One after the other.
        time: Of the package, in an unknown unit, or its count; None where it has none.
    """

    samples: Sequence[Any]
    time: float | None


@dataclass(frozen=True)
class Series:
    """Columns of as many rows each.

    Attributes:
        columns: Names and cells; names are empty where there are none.
        facts: Keys and values of what stands beside them, the nearest first.
        packages: The same samples as they came, where they came in packages.
        left_out: Names of lists of another length.
    """

    columns: tuple[tuple[str, Sequence[Any]], ...]
    facts: tuple[tuple[str, str], ...] = ()
    packages: tuple[Package, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Found:
    path: tuple[str, ...]
    owners: tuple[Mapping[str, Any], ...]
    columns: tuple[tuple[str, Sequence[Any]], ...]
    packages: tuple[Package, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.columns[0][1])

    @property
    def is_ecg(self) -> bool:
        names = [name for name, _ in self.columns]
        return any(map(is_ecg_name, filter(None, names))) or any(
            is_ecg_name(key) for key in self.path if not is_other_name(key)
        )

    @property
    def is_other(self) -> bool:
        """Whether it is called as other signals are, or has times alone beside words."""
        names = [name for name, _ in self.columns if name]
        return any(map(is_other_name, self.path)) or all(is_other_name(n) or TIME.fullmatch(n) for n in names or [""])


@dataclass
class _Search:
    found: list[_Found] = field(default_factory=list)
    beside: list[Mapping[str, Any]] = field(default_factory=list)

    def look(self, value: Any, path: tuple[str, ...], owners: tuple[Mapping[str, Any], ...]) -> bool:
        """Find the lists of samples in a value; return whether there are any."""
        value = in_order(value)
        if len(path) > _DEEPEST:
            return False
        if isinstance(value, Mapping):
            inside = [self.look(child, (*path, str(key)), (*owners, value)) for key, child in value.items()]
            if not any(inside):
                self.beside.append(value)
            return any(inside)
        columns, packages = _columns_of(value, path, owners)
        if columns:
            beside = _common(value) if packages else {}
            self.found.append(_Found(path, (*owners, beside), columns, packages))
            return True
        children = [child for child in value if isinstance(child, Mapping)] if isinstance(value, list) else []
        keys = [key for child in children for key, cell in child.items() if numbers_of(cell)]
        if len(keys) > len(set(keys)):
            raise RecordFormatError(
                f"the JSON file holds {len(keys):,} lists of samples that are no leads with a name each: several "
                "recordings, as it seems; write each into its own file"
            )
        inside = [self.look(child, path, owners) for child in children[:_MOST_COLUMNS]]
        return any(inside)


def series_of(document: Any) -> Series:
    """Return the samples of a document, whatever its layout, and what stands beside them.

    Raises:
        RecordFormatError: There are none, several recordings, or it is not clear which lists are those of the ECG.
    """
    search = _Search()
    search.look(document, (), ())
    groups: dict[int, list[_Found]] = {}
    for found in search.found:
        groups.setdefault(found.rows, []).append(found)
    others = {rows for rows, group in groups.items() if all(found.is_other for found in group)}
    of_ecg = {rows: group for rows, group in groups.items() if any(found.is_ecg for found in group)} or {
        rows: group for rows, group in groups.items() if rows not in others or len(others) == len(groups)
    }
    lengths = sorted(of_ecg, reverse=True)
    if not lengths:
        raise RecordFormatError(
            "the JSON file has no list of samples that is known; write its samples as CSV below names such as "
            "'time [s],I [mV]'"
        )
    if len(lengths) > 1 and lengths[0] < _FAR_LONGER * lengths[1]:
        listed = ", ".join(f"{_name(of_ecg[rows][0])} {rows:,}" for rows in lengths[:6])
        raise RecordFormatError(
            f"the JSON file has lists of several lengths ({listed}), and it is not clear which are those of one ECG; "
            "write its samples as CSV below names such as 'time [s],I [mV]'"
        )
    chosen = of_ecg[lengths[0]]
    columns = tuple(column for found in chosen for column in found.columns)
    if len(columns) > _MOST_COLUMNS or sum(bool(found.packages) for found in chosen) > 1:
        raise RecordFormatError(f"the JSON file has {len(columns):,} lists of samples; write those of the ECG as CSV")
    left_out = [_name(found) for rows, group in groups.items() if rows != lengths[0] for found in group]
    return Series(
        columns,
        tuple(_facts(chosen, search.beside))[:_MOST_FACTS],
        next((found.packages for found in chosen if found.packages), ()),
        tuple(left_out),
    )


def _columns_of(
    value: Any, path: tuple[str, ...], owners: tuple[Mapping[str, Any], ...]
) -> tuple[tuple[tuple[str, Sequence[Any]], ...], tuple[Package, ...]]:
    """Return the columns of a value that is a list of samples, of leads, of rows or of packages; else nothing."""
    samples = numbers_of(value)
    if samples:
        return ((_with_unit(_named(path), owners[1:]), samples),), ()
    if not isinstance(value, list) or not value:
        return (), ()
    if all(isinstance(item, list) for item in value):
        return _columns_of_lists(value, path, owners), ()
    if not all(isinstance(item, Mapping) for item in value):
        return (), ()
    names = [next((str(item[key]) for key in item if key.lower() in _NAMES), "") for item in value]
    lists = [lists_in(item) for item in value]
    if all(len(found) == 1 for found in lists) and all(names) and len(set(names)) == len(names) <= _MOST_COLUMNS:
        leads = [(_with_unit(name, (item,)), found[0]) for name, item, found in zip(names, value, lists, strict=True)]
        return (tuple(leads), ()) if len({len(samples) for _, samples in leads}) == 1 else ((), ())
    if len(value) < FEWEST:
        return (), ()
    packages = _packages(value)
    if packages:
        joined = [sample for package in packages for sample in package.samples]
        return ((_named(path) or "ECG", joined),), packages
    rows = [dict(_flat(item)) for item in value]
    keys = list(dict.fromkeys(key for row in rows[:FEWEST] for key in row))
    if any(isinstance(cell, list | Mapping) for row in rows for cell in row.values()):
        return (), ()
    columns = tuple((key, [row.get(key) for row in rows]) for key in keys[:_MOST_COLUMNS])
    return columns if any(map(has_numbers, (cells for _, cells in columns))) else (), ()


def _columns_of_lists(
    value: list[list[Any]], path: tuple[str, ...], owners: tuple[Mapping[str, Any], ...]
) -> tuple[tuple[str, Sequence[Any]], ...]:
    """Return the columns of a list of leads or of rows, by the names beside it, or by which are more."""
    widths = {len(inner) for inner in value}
    width = widths.pop()
    if widths or not width or max(len(value), width) < FEWEST:
        return ()
    named = [
        [str(name) for name in names]
        for owner in reversed(owners)
        for names in owner.values()
        if isinstance(names, list) and all(isinstance(name, str) for name in names)
    ]
    names = next((names for names in named if len(names) in (width, len(value)) and len(names) > 0), None)
    of_rows = len(names) == width != len(value) if names else width < len(value)
    columns = list(zip(*value, strict=True)) if of_rows else value
    names = names if names and len(names) == len(columns) else [""] * len(columns)
    if len(columns) > _MOST_COLUMNS or not any(map(has_numbers, columns)):
        return ()
    return tuple(
        (name or _named(path) * (len(columns) == 1), cells) for name, cells in zip(names, columns, strict=True)
    )


def _packages(items: Sequence[Mapping[str, Any]]) -> tuple[Package, ...]:
    """Return the packages of a list of objects, with one list of samples and at most one number beside it each."""
    lists = [[cell for cell in item.values() if isinstance(cell, list)] for item in items]
    if any(len(found) != 1 or not found[0] for found in lists) or not all_numbers([*chain(*chain(*lists))]):
        return ()
    times = [[cell for key, cell in item.items() if _is_time(key)] for item in items]
    is_timed = all(len(found) == 1 and number(found[0]) is not None for found in times)
    if not is_timed:  # counts of packages are times of them, too
        numbers = [[cell for cell in item.values() if isinstance(cell, int)] for item in items]
        if all(len(found) == 1 for found in numbers) and are_counts(np.array(numbers, dtype=np.float64)[:, 0]):
            is_timed, times = True, numbers
    return tuple(
        Package(samples[0], number(time[0]) if is_timed else None) for samples, time in zip(lists, times, strict=True)
    )


def _common(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what stands beside the samples of every package alike."""
    return {key: cell for key, cell in items[0].items() if all(item.get(key) == cell for item in items)}


def _is_time(key: str) -> bool:
    return "time" in key.lower() or key.lower() in ("t", "ts")


def _named(path: tuple[str, ...]) -> str:
    """Return the last key of a path that may be a name."""
    return next((key for key in reversed(path) if key.lower() not in _NO_NAMES), path[-1] if path else "")


def _name(found: _Found) -> str:
    return (found.columns[0][0] or _named(found.path) or "unnamed")[:40]


def _with_unit(name: str, owners: tuple[Mapping[str, Any], ...]) -> str:
    """Return a name with the unit that stands beside the list, not above it."""
    unit = next((owners[-1][key] for key in _UNITS if owners and isinstance(owners[-1].get(key), str)), "")
    return f"{name} [{unit}]" if unit and "[" not in name else name


def _flat(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, cell in item.items():
        if isinstance(cell, Mapping):
            yield from ((str(inner), value) for inner, value in cell.items())
        else:
            yield str(key), cell


def _facts(chosen: Sequence[_Found], beside: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield what stands beside the samples and above them, then what stands where no samples are."""
    given: dict[tuple[str, str], None] = {}
    for found in [found for found in chosen if found.is_ecg] or chosen:
        nearest: dict[str, str] = {}
        for owner in reversed(found.owners):
            for key, value in _scalars(owner):
                nearest.setdefault(key, value)
        given |= dict.fromkeys(nearest.items())  # of two leads that differ both are stated
    for owner in beside:
        given |= dict.fromkeys(_scalars(owner))
    yield from given


def _scalars(owner: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, cell in owner.items():
        words = _CAMEL.sub("_", str(key))[:_LONGEST_FACT]
        if isinstance(cell, list) and 0 < len(cell) <= _MOST_COLUMNS and all(isinstance(part, str) for part in cell):
            cell = ", ".join(cell)
        if isinstance(cell, str | int | float) and not isinstance(cell, bool):
            yield words, str(cell)[:_LONGEST_FACT]
