"""Fetching public collections: ``mvkt corpus fetch``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from mvkt.corpora.download import Downloader
from mvkt.errors import DownloadError
from mvkt.stored import Part

PTBXL_URL = "https://physionet.org/files/ptb-xl/1.0.3/"

Resolution = Literal["100", "500", "both"]

_PTBXL_TABLES = ("ptbxl_database.csv", "scp_statements.csv")
_PTBXL_EXTRA = ("LICENSE.txt", "RECORDS")
_RECORD_FOLDERS: dict[Resolution, tuple[str, ...]] = {
    "100": ("records100/",),
    "500": ("records500/",),
    "both": ("records100/", "records500/"),
}


class Fetched(Part):
    """What was fetched.

    Attributes:
        folder: Where the files are.
        files: How many there are now, all checked.
        fetched: How many of them were missing or wrong before.
    """

    folder: str
    files: int
    fetched: int


def fetch_ptbxl(
    out: Path,
    resolution: Resolution = "100",
    downloader: Downloader | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fetched:
    """Fetch PTB-XL, or what is missing or wrong of it in ``out``.

    Args:
        out: The folder to fill, in the layout of PhysioNet.
        resolution: Recordings of 100 Hz (43,598 files, 0.6 GB), 500 Hz (2.7 GB) or both.
        downloader: From where and how; by default PhysioNet.
        progress: Called with the number of files done and their total.

    Raises:
        DownloadError: A file could not be fetched whole; run it again to go on.
    """
    downloader = downloader or Downloader(PTBXL_URL)
    checksums = downloader.checksums(out)
    missing = [name for name in _PTBXL_TABLES if name not in checksums]
    if missing:
        raise DownloadError(f"{downloader.base_url} does not list {', '.join(missing)}; is it PTB-XL?")
    names = [name for name in (*_PTBXL_TABLES, *_PTBXL_EXTRA) if name in checksums]
    names += sorted(name for name in checksums if name.startswith(_RECORD_FOLDERS[resolution]))
    fetched = downloader.fetch(names, checksums, out, progress)
    return Fetched(folder=str(out), files=len(names), fetched=fetched)
