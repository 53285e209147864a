"""The recordings of a folder, found by the names that tables give them."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

from mvkt.corpora.collection_files import files_below
from mvkt.corpora.source import safe_path
from mvkt.ecg.formats.readers.wfdb_header import in_small_letters
from mvkt.ecg.formats.readers.wfdb_parts import is_header_name, recordings_among
from mvkt.errors import RecordError, hint

_NO_RECORDINGS = re.compile(
    r"(readme.*|licen[cs]e.*|records.*|sha256sums.*|md5sums.*|annotators.*|provenance.*|index|.*\.(md|html?|pdf|py|toml|ya?ml|parquet|ini|db))$",
    re.IGNORECASE,
)
_MOST_COMPARED = 20_000

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class RecordingNames:
    """The recordings below a folder.

    A WFDB record is its header: its data, annotation and segment files are no recordings of their own.

    Attributes:
        paths: Relative to the folder, with ``/``, sorted.
        folder: Name of the folder.
    """

    paths: tuple[str, ...]
    folder: str = ""

    @classmethod
    def of(cls, root: Path, besides: Collection[Path] = ()) -> RecordingNames:
        """List the recordings below a folder.

        Args:
            root: The folder.
            besides: Files that are none, such as the table of labels.
        """
        files = [path for path in files_below(root) if path.resolve() not in besides]
        kept = [
            path for path in recordings_among(files) if is_header_name(path) or not _NO_RECORDINGS.fullmatch(path.name)
        ]
        return cls(tuple(sorted(path.relative_to(root).as_posix() for path in kept)), root.resolve().name)

    def find(self, name: str) -> str:
        """Return the path of a recording given by path, by header, by data file, or by its name without an ending.

        Numbers that a spreadsheet or pandas rewrote are found as well: ``17.0`` is 17, and 17 is ``00017``. Of a path
        that begins elsewhere, on the computer where the table was made, the end counts: a folder and a name, or a name.
        Capitals matter only where another recording is called so.

        Raises:
            RecordError: There is none, or there are several of that name; or the path leaves the folder.
        """
        found = self.matches(name)
        if found:
            return _the_only(name, found)
        path = safe_path(name)
        known = [*self._by_name][:_MOST_COMPARED]
        raise RecordError(
            f"missing file: there is no {name}; {hint(PurePosixPath(path).name, known, 'there are')[:200]}"
        )

    def matches(self, name: str) -> list[str]:
        """Return the paths of all recordings that a name may mean, see :meth:`find`."""
        bare = name.strip("'\"[] ")  # as scripts write lists
        moved = self._moved(name) or self._named_elsewhere(name)
        try:
            path = safe_path(name)
        except RecordError:
            return moved
        return self._given(path) or moved or self._named(path) or (self.matches(bare) if bare not in ("", name) else [])

    def has(self, name: str) -> bool:
        """Whether a name is that of a recording, or of several."""
        return bool(self._given(name) or self._moved(name) or self._named(name))

    def _given(self, path: str) -> list[str]:
        return [path] if path in self._known else self._by_stem.get(_stem(path), [])

    def _moved(self, name: str) -> list[str]:
        """Find a path that begins elsewhere by its end: what follows the name of the folder, or a folder and a name."""
        parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".")]
        ends = [start for start in range(1, len(parts)) if start < len(parts) - 1 or parts[start - 1] == self.folder]
        return next((found for start in ends if (found := self._given("/".join(parts[start:])))), [])

    def _named_elsewhere(self, name: str) -> list[str]:
        parts = re.split(r"[/\\]", name)
        absolute = name.startswith(("/", "\\")) or parts[0].endswith(":")
        return self._named(parts[-1]) if absolute and len(parts) > 2 and ".." not in parts else []

    def _named(self, path: str) -> list[str]:
        number = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d+)([.,]0*)?", path)
        by_number = self._by_number.get(int(number[1].replace(",", "")), []) if number else []
        name = PurePosixPath(path).name
        return self._by_name.get(name) or by_number or self._by_small_letters.get(in_small_letters(name), [])

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.paths)

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        """Path without ending -> paths."""
        return _grouped((_stem(path), path) for path in self.paths)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        """File name, with and without ending, wherever it is -> paths."""
        pairs = ((PurePosixPath(path).name, path) for path in self.paths)
        stems = ((PurePosixPath(path).stem, path) for path in self.paths)
        data = ((PurePosixPath(path).stem + ending, path) for path in self.paths for ending in (".dat", ".mat"))
        return _grouped([*stems, *pairs, *((name, path) for name, path in data if is_header_name(Path(path)))])

    @cached_property
    def _by_small_letters(self) -> dict[str, list[str]]:
        return _grouped((in_small_letters(name), path) for name, paths in self._by_name.items() for path in paths)

    @cached_property
    def _by_number(self) -> dict[int, list[str]]:
        numbered = ((PurePosixPath(path).stem, path) for path in self.paths)
        return _grouped((int(stem), path) for stem, path in numbered if stem.isascii() and stem.isdigit())


def _stem(path: str) -> str:
    """A path without its ending; a name such as ``17.0`` has none."""
    pure = PurePosixPath(path)
    return str(pure.with_suffix("")) if re.fullmatch(r"\.[A-Za-z]\w*", pure.suffix) else path


def _grouped(pairs: Iterable[tuple[Key, str]]) -> dict[Key, list[str]]:
    groups: dict[Key, list[str]] = {}
    for key, path in pairs:
        group = groups.setdefault(key, [])
        if path not in group:
            group.append(path)
    return groups


def _the_only(name: str, found: list[str]) -> str:
    if len(found) > 1:
        raise RecordError(f"unusable row: {name} may be {' or '.join(found[:3])}; give the path below the folder")
    return found[0]
