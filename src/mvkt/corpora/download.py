"""Fetching many files that a ``SHA256SUMS.txt`` names: in parallel, resumed, and checked.

The answers of the server are not trusted: names that leave the folder, other schemes, and endless answers are
refused.
"""

from __future__ import annotations

import errno
import http.client
import random
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from mvkt import __version__
from mvkt.errors import DownloadError
from mvkt.files import sha256

SUMS_FILE = "SHA256SUMS.txt"

_LARGEST_FILE = 256 * 1024**2
_BLOCK = 64 * 1024
_FINAL_STATUSES = frozenset({400, 401, 403, 404, 405, 410, 451})
_FINAL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EISDIR})
_LONGEST_WAIT = 60.0


class _SameSchemes(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https, and never from https to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme != "https"):
            fp.close()
            raise DownloadError(f"{req.full_url} redirects to {scheme!r}; only http(s) is followed, https to https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass
class Downloader:
    """Fetches files below one address.

    Attributes:
        base_url: Of the folder with ``SHA256SUMS.txt``.
        jobs: Files at the same time.
        attempts: How often a file is tried while nothing of it arrives.
        timeout: Seconds of silence after which a connection counts as dropped.
        wait: Seconds before the second attempt; doubled for each further one.

    Raises:
        DownloadError: The address is not http or https.
    """

    base_url: str
    jobs: int = 8
    attempts: int = 6
    timeout: float = 30.0
    wait: float = 1.0
    _stop: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise DownloadError(f"{self.base_url!r} is no address to download from; expected http:// or https://")
        self.base_url = self.base_url.rstrip("/") + "/"
        self._opener = urllib.request.OpenerDirector()  # without the handlers of file:, ftp: and data:
        for handler in (
            urllib.request.ProxyHandler,
            urllib.request.HTTPHandler,
            urllib.request.HTTPSHandler,
            urllib.request.HTTPDefaultErrorHandler,
            urllib.request.HTTPErrorProcessor,
            _SameSchemes,
        ):
            self._opener.add_handler(handler())

    def checksums(self, out: Path) -> dict[str, str]:
        """Fetch ``SHA256SUMS.txt`` anew and return file name to checksum.

        Raises:
            DownloadError: It cannot be fetched or is no list of checksums.
        """
        target = out / SUMS_FILE
        _part(target).unlink(missing_ok=True)
        self._fetch(SUMS_FILE, target, None)
        return parse_checksums(target.read_text(encoding="utf-8", errors="replace"))

    def fetch(
        self,
        names: Sequence[str],
        checksums: Mapping[str, str],
        out: Path,
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        """Fetch those of the files that are missing in ``out`` or wrong; return how many that were.

        Raises:
            DownloadError: A file could not be fetched whole. What has arrived is kept for the next time.
        """
        self._stop.clear()
        fetched = 0
        with ThreadPoolExecutor(self.jobs, thread_name_prefix="fetch") as pool:
            try:
                running = [pool.submit(self._ensure, name, out / name, checksums[name]) for name in names]
                for done, future in enumerate(as_completed(running), start=1):
                    fetched += future.result()
                    if progress is not None:
                        progress(done, len(names))
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return fetched

    def _ensure(self, name: str, target: Path, checksum: str) -> bool:
        """Fetch one file unless it is there already; return whether it was not."""
        if target.is_file() and sha256(target) == checksum:
            return False
        self._fetch(name, target, checksum)
        return True

    def _fetch(self, name: str, target: Path, checksum: str | None) -> None:
        """Fetch one file, going on where a dropped connection left off."""
        target.parent.mkdir(parents=True, exist_ok=True)
        part = _part(target)
        failures = 0
        while True:
            arrived = _size(part)
            try:
                self._receive(name, part)
                if checksum is None or sha256(part) == checksum:
                    part.replace(target)
                    return
                part.unlink()
                problem, pause = "its checksum is wrong", None
            except urllib.error.HTTPError as error:
                problem, pause = f"the server answered {error.code} {error.reason}", _retry_after(error)
                error.close()
                if error.code < 400 or error.code in _FINAL_STATUSES:
                    raise DownloadError(f"{self.base_url}{name} cannot be fetched: {problem}") from error
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, DownloadError) or getattr(error, "errno", None) in _FINAL_ERRORS:
                    raise
                problem, pause = f"the connection failed ({error or type(error).__name__})", None
            failures = 1 if _size(part) > arrived else failures + 1
            self._wait_or_give_up(name, failures, problem, pause)

    def _wait_or_give_up(self, name: str, failures: int, problem: str, pause: float | None) -> None:
        if failures >= self.attempts:
            raise DownloadError(
                f"{self.base_url}{name} could not be fetched: {problem}, {failures} times without progress. "
                "What has arrived is kept; run the same command again to go on"
            )
        jitter = 0.5 + random.random()  # noqa: S311 - spreads retries, guards nothing
        pause = self.wait * 2 ** (failures - 1) * jitter if pause is None else pause
        if self._stop.wait(min(pause, _LONGEST_WAIT)):
            raise DownloadError("the download was stopped")

    def _receive(self, name: str, part: Path) -> None:
        """Append to ``part`` what is missing of it.

        Raises:
            OSError: The connection ended early.
        """
        begin = _size(part)
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            urllib.parse.urljoin(self.base_url, urllib.parse.quote(name)),
            headers={"User-Agent": f"mvkt/{__version__}"} | ({"Range": f"bytes={begin}-"} if begin else {}),
        )
        try:
            response = self._opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and begin:
                error.close()
                return  # all of it is there already, or what is there is wrong: the checksum decides
            raise
        if response is None:
            raise DownloadError(f"{request.full_url} cannot be opened: no handler for its scheme")
        with response:
            if not _goes_on_at(response, begin):
                begin = 0
            end = _end(response, begin)
            with part.open("ab" if begin else "wb") as file:
                while block := response.read(_BLOCK):
                    file.write(block)
                    if file.tell() > _LARGEST_FILE:
                        raise DownloadError(f"{name} is larger than {_LARGEST_FILE:,} bytes, which no file here is")
                    if self._stop.is_set():
                        raise DownloadError("the download was stopped")
                if end is not None and file.tell() != end:
                    raise ConnectionError(f"it ended after {file.tell():,} of {end:,} bytes")


def parse_checksums(text: str) -> dict[str, str]:
    """Parse the lines ``<64 hexadecimal digits> <name>`` (PhysioNet's one space or sha256sum's two).

    Raises:
        DownloadError: A line is something else, or names a file outside the folder.
    """
    checksums = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = re.fullmatch(r"([0-9a-fA-F]{64}) [ *]?(\S.*)", line)
        if match is None or not _is_safe(match[2]):
            raise DownloadError(f"{SUMS_FILE} line {number} is no checksum of a file in the folder: {line[:120]!r}")
        checksums[match[2]] = match[1].lower()
    if not checksums:
        raise DownloadError(f"{SUMS_FILE} is empty")
    return checksums


def _is_safe(name: str) -> bool:
    pure = PurePosixPath(name)
    return len(name) <= 500 and not (
        pure.is_absolute() or ".." in pure.parts or re.search(r"[\\:\x00-\x1f]|\.part$", name)
    )


def _goes_on_at(response: http.client.HTTPResponse, begin: int) -> bool:
    """Whether the answer is the rest from ``begin`` on; a server that ignores ranges sends all of it."""
    return response.status == http.HTTPStatus.PARTIAL_CONTENT and (
        response.headers.get("Content-Range", "").startswith(f"bytes {begin}-")
    )


def _end(response: http.client.HTTPResponse, begin: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return begin + int(length) if length.isdecimal() else None


def _retry_after(error: urllib.error.HTTPError) -> float | None:
    seconds = error.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else None


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
