"""A server that runs as it does for its users, and files to give it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pytest

from mvkt.ecg.simulate import simulate

_READY = re.compile(r"the page: (\S+)")


@contextmanager
def running(*options: str, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run ``mvkt serve`` on a free port; give the link that it prints."""
    command = [sys.executable, "-m", "mvkt", "serve", "--port", "0", *options]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env={**os.environ, **(environment or {})}
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            found = _READY.search(line)
            if found:
                break
        else:
            pytest.fail(f"mvkt serve ended with {process.wait()} before it was ready")
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)
        if process.stderr:
            process.stderr.close()


@pytest.fixture(scope="session")
def link() -> Iterator[str]:
    """The address of a server that all tests share."""
    with running("--workers", "2", "--max-upload", "64", "--keep", "256") as address:
        yield address


@pytest.fixture
def client(link: str) -> Iterator[httpx.Client]:
    """A client of the shared server."""
    with httpx.Client(base_url=link, timeout=60) as made:
        yield made


@pytest.fixture(scope="session")
def run_server() -> Callable[..., object]:
    """Run a server with options of its own."""
    return running


def apple_export(seconds: float = 30.0, seed: int = 3, lead: int = 0) -> bytes:
    """A recording of a watch as Apple Health exports it: lead I of a simulated heart."""
    made = simulate(1, seed=seed, conditions=("NORM",), duration=seconds, sampling_frequency=512, noise=False)
    head = [
        "Name,Jemand Geheim",
        "Recorded Date,2024-05-01 10:00:00 +0200",
        "Sample Rate,512 hertz",
        *("", "", "Lead,Lead I", "Unit,µV", ""),
    ]
    return "\n".join([*head, *(f"{value * 1000:.3f}" for value in made.signal[0][:, lead].tolist()), ""]).encode()


@pytest.fixture(scope="session")
def watch_file() -> bytes:
    """A watch's export of 30 s."""
    return apple_export()


@pytest.fixture(scope="session")
def make_watch_file() -> Callable[..., bytes]:
    """Make a watch's export."""
    return apple_export


def array_file(values: np.ndarray) -> bytes:
    """A NumPy file."""
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


@pytest.fixture(scope="session")
def make_array_file() -> Callable[[np.ndarray], bytes]:
    """Make a NumPy file."""
    return array_file


@pytest.fixture(scope="session")
def examples() -> Path:
    """Where the readers' own example files are made."""
    return Path(__file__).parents[1] / "ecg" / "formats"
