from __future__ import annotations

from pathlib import Path

import pytest
from tests.corpora.download_server import Server, assert_whole, fetch

from mvkt.corpora.download import Downloader
from mvkt.corpora.fetch import Fetched, fetch_ptbxl
from mvkt.errors import DownloadError


@pytest.mark.parametrize(
    ("resolution", "files", "left_out"),
    [("100", 6, ("records500", "example")), ("500", 6, ("records100", "example")), ("both", 8, ("example",))],
)
def test_what_was_requested_arrives(
    server: Server, tmp_path: Path, resolution: str, files: int, left_out: tuple[str, ...]
) -> None:
    fetched = fetch(server, tmp_path, resolution)
    assert fetched == Fetched(folder=str(tmp_path), files=files, fetched=files)
    assert_whole(server, tmp_path, *left_out)


def test_progress_counts_files(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    fetch_ptbxl(tmp_path, "100", Downloader(server.url, jobs=3), lambda done, total: seen.append((done, total)))
    assert seen == [(done, 6) for done in range(1, 7)]


def test_a_collection_that_is_not_ptb_xl(server: Server, tmp_path: Path) -> None:
    server.files["SHA256SUMS.txt"] = b"0" * 64 + b"  other.txt\n"
    with pytest.raises(DownloadError, match=r"does not list ptbxl_database.csv, scp_statements.csv; is it PTB-XL"):
        fetch(server, tmp_path)
