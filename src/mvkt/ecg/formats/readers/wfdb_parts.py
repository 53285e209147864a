"""Which files of a folder are recordings, and which are parts of a WFDB record: signals, segments, annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Generic, TypeVar

from mvkt.ecg.formats.readers.wfdb_header import WfdbHeader, in_small_letters, read_header
from mvkt.errors import RecordFormatError

_HEADER = ".hea"
AnyPath = TypeVar("AnyPath", bound=PurePath)


def is_header_name(path: PurePath) -> bool:
    """Whether a file is called as headers of WFDB are."""
    return path.suffix.lower() == _HEADER


def stem_of(path: AnyPath) -> AnyPath:
    """Return a path without its ending."""
    return path.with_suffix("") if path.suffix else path


def recordings_among(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are recordings of their own, in their order.

    A WFDB record is its header: what the header names, and what has its name with another ending, is none.
    """
    return list(records_among(paths, _header_or_none))


def records_among(
    paths: Iterable[AnyPath], header_of: Callable[[AnyPath], WfdbHeader | None]
) -> dict[AnyPath, list[AnyPath]]:
    """Return the files that are recordings of their own, in their order, and the parts of each that are there.

    Args:
        paths: All files, also in several folders.
        header_of: Returns what is in a header; None where that is not known, and the names have to do.
    """
    every = list(paths)
    headers = {path: header_of(path) for path in every if is_header_name(path)}
    by_stem: dict[AnyPath, list[AnyPath]] = {}
    for path in every:
        by_stem.setdefault(stem_of(path), []).append(path)
    files = _Files(headers, by_stem, {in_small_letters(str(path)): path for path in every})
    parts = {header: list(dict.fromkeys(files.parts_of(header))) for header in headers}
    belongs = {part for several in parts.values() for part in several}
    return {path: parts.get(path, []) for path in every if path not in belongs}


@dataclass(frozen=True)
class _Files(Generic[AnyPath]):
    """All files: what is in the headers, the files by their paths without endings, and by their paths."""

    headers: Mapping[AnyPath, WfdbHeader | None]
    by_stem: Mapping[AnyPath, Sequence[AnyPath]]
    by_path: Mapping[str, AnyPath]

    def parts_of(self, header: AnyPath) -> Iterator[AnyPath]:
        """Yield the files that belong to the record of a header."""
        yield from (path for path in self.by_stem[stem_of(header)] if not is_header_name(path))
        parsed = self.headers[header]
        if parsed is None:
            return
        yield from self._signals(header, parsed)
        for name in parsed.segments:
            yield from self.by_stem.get(header.with_name(name), [])
            segment = self.by_path.get(in_small_letters(str(header.with_name(name + _HEADER))))
            in_segment = self.headers.get(segment) if segment is not None else None
            if segment is not None and segment != header:
                yield segment
                yield from self._signals(segment, in_segment) if in_segment is not None else ()

    def _signals(self, header: AnyPath, parsed: WfdbHeader) -> Iterator[AnyPath]:
        for signal in parsed.signals:
            path = self.by_path.get(in_small_letters(str(header.with_name(signal.file))))
            if path is not None and not is_header_name(path):
                yield path


def _header_or_none(path: Path) -> WfdbHeader | None:
    try:
        return read_header(path)
    except (RecordFormatError, OSError):
        return None  # reading it names the fault
