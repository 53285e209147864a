"""The page in a real browser: Debian's Chromium, driven by Playwright. It may send no other request to the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mvkt.ecg.simulate import simulate

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)  # the processors may be busy with other tests

SCREENSHOTS = os.environ.get("MVKT_SCREENSHOTS")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, link: str) -> Iterator[Callable[..., Page]]:
    """Open the page; at the end no request may have gone to another host, and no script may have failed."""
    host = urlsplit(link).netloc
    contexts, outside, faults = [], [], []

    def watched(url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).netloc != host:
            outside.append(url)

    def make(query: str = "", **settings: Any) -> Page:
        defaults = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "color_scheme": "light"}
        context = browser.new_context(**{**defaults, **settings})
        contexts.append(context)
        context.on("request", lambda request: watched(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("websocket", lambda socket: watched(socket.url))
        page.goto(link + query)
        return page

    yield make
    for context in contexts:
        context.close()
    assert outside == []
    assert [fault for fault in faults if "404" not in fault] == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """The page in English, light, on a desktop."""
    return open_page()


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keep a screenshot for the documentation where ``MVKT_SCREENSHOTS`` names a folder."""

    def keep(page: Page, name: str) -> None:
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")

    return keep


@pytest.fixture
def faults_of() -> Callable[[Page], list[str]]:
    """What axe-core finds serious about the accessibility of what is shown."""
    if not AXE.is_file():
        pytest.skip("needs axe-core: npm install in tests/web/browser")
    source = AXE.read_text(encoding="utf-8")

    def check(page: Page) -> list[str]:
        page.evaluate(source)
        found = page.evaluate("async () => (await axe.run({ resultTypes: ['violations'] })).violations")
        serious = [violation for violation in found if violation["impact"] in ("serious", "critical")]
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in serious
            for node in violation["nodes"]
        ]

    return check


def write_wfdb(folder: Path, name: str, microvolts: np.ndarray, rate: float, leads: tuple[str, ...]) -> list[Path]:
    """Write ``(samples, leads)`` whole microvolts as a WFDB record; return its two files."""
    data, header = folder / f"{name}.dat", folder / f"{name}.hea"
    microvolts.astype("<i2").tofile(data)
    lines = [f"{name} {len(leads)} {rate:g} {len(microvolts)} 08:00:00 01/05/2024"]
    lines += [f"{name}.dat 16 1000/mV 16 0 0 0 0 {lead}" for lead in leads]
    header.write_text("\n".join(lines) + "\n")
    return [header, data]


@pytest.fixture(scope="session")
def pulses(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Beats of exactly 1 mV, exactly a second apart, in lead I at 500 Hz."""
    time = np.arange(500 * 12) / 500
    beat = np.round(1000 * np.exp(-((((time + 0.5) % 1.0 - 0.5) / 0.012) ** 2)))
    beat[500 * np.arange(12)] = 1000
    return write_wfdb(tmp_path_factory.mktemp("pulses"), "pulses", beat[:, np.newaxis], 500, ("I",))


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """24 h of lead II at 250 Hz, with an hour of atrial fibrillation in it."""
    parts = {
        code: np.tile(simulate(1, seed=4, conditions=(code,), duration=60, sampling_frequency=250).signal[0][:, 1], 60)
        for code in ("NORM", "AF")
    }
    hours = [parts["AF"] if hour == 6 else parts["NORM"] for hour in range(24)]
    microvolts = np.round(np.concatenate(hours) * 1000)[:, np.newaxis]
    return write_wfdb(tmp_path_factory.mktemp("day"), "day", microvolts, 250, ("II",))


@pytest.fixture(scope="session")
def twelve_leads(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """10 s of a simulated heart in twelve leads."""
    signal = simulate(1, seed=5, conditions=("AF",), duration=10, sampling_frequency=500).signal[0]
    leads = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    return write_wfdb(tmp_path_factory.mktemp("twelve"), "twelve", np.round(signal * 1000), 500, leads)


@pytest.fixture(scope="session")
def watch(tmp_path_factory: pytest.TempPathFactory, make_watch_file: Callable[..., bytes]) -> Path:
    """A watch's export of 30 s."""
    path = tmp_path_factory.mktemp("watch") / "ecg_2024-05-01.csv"
    path.write_bytes(make_watch_file())
    return path
