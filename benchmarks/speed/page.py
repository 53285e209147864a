"""How fast the page of ``mvkt serve`` is, in a real browser.

python -m benchmarks.speed.page [--runs N]

Needs the extras ``web`` and ``dev`` and Chromium. Everything is on this machine: server, workers and browser share its
processors. A frame is the processor time that its scripts and the drawing of its pixels take, without a graphics card.
All other times are those that a person waits. They grow with what else the machine does, so that is stated.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2 as httpx
import numpy as np
from benchmarks.speed.machine import describe, listed
from benchmarks.speed.rows import Row, alone, table
from playwright.sync_api import Browser, Page, sync_playwright

from mvkt.ecg.example import example
from mvkt.ecg.simulate import simulate

PART = "page"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
RATE, HOURS = 250, 24
CLIENTS, UPLOADS = 50, 150
FRAMES = 120
PAN = f"""async () => {{
  const paper = document.querySelector(".paper");
  const canvas = document.querySelector(".paper-canvas");
  const {{ x, y }} = paper.getBoundingClientRect();
  for (let number = 0; number < {FRAMES}; number += 1) {{
    paper.dispatchEvent(new WheelEvent("wheel", {{ deltaX: 40, clientX: x + 300, clientY: y + 50, bubbles: true }}));
    await new Promise(requestAnimationFrame);
    canvas.getContext("2d").getImageData(0, 0, 1, 1);  // waits until it is drawn
  }}
}}"""


@contextmanager
def serving() -> Iterator[str]:
    """Run ``mvkt serve`` on a free port."""
    command = [sys.executable, "-m", "mvkt", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        assert process.stderr is not None
        found = re.search(r"http\S+", process.stderr.readline())
        assert found is not None
        yield found[0]
        process.terminate()


def write_day(folder: Path) -> list[Path]:
    """24 h of lead II at 250 Hz as WFDB: a simulated minute, again and again, with noise of its own."""
    minute = simulate(1, seed=4, conditions=("NORM",), duration=60, sampling_frequency=RATE).signal[0][:, 1] * 1000
    values = np.tile(minute, 60 * HOURS) + np.random.default_rng(0).normal(0, 5, len(minute) * 60 * HOURS)
    header, data = folder / "day.hea", folder / "day.dat"
    np.round(values).astype("<i2").tofile(data)
    header.write_text(f"day 1 {RATE} {len(values)} 08:00:00 01/05/2024\nday.dat 16 1000/mV 16 0 0 0 0 II\n")
    return [header, data]


def new_page(browser: Browser, link: str) -> Page:
    """The page in a browser with an empty cache."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB").new_page()
    page.goto(link)
    return page


def first_paint(page: Page) -> float:
    """Seconds to the first paint with content."""
    script = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"
    page.wait_for_function(f"({script}) > 0")
    return float(page.evaluate(script)) / 1000


def weight(page: Page) -> float:
    """Kilobytes of all that the page loads."""
    script = """[...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
      .filter((entry) => !entry.name.includes("/api/")).reduce((sum, entry) => sum + entry.decodedBodySize, 0)"""
    return float(page.evaluate(script)) / 1000


def seconds_to(page: Page, files: Sequence[Path], *selectors: str) -> list[float]:
    """Seconds from giving files to the page until elements are there."""
    begun = time.perf_counter()
    page.set_input_files("#files", [str(file) for file in files])
    taken = []
    for selector in selectors:
        page.wait_for_selector(selector, timeout=300_000)
        taken.append(time.perf_counter() - begun)
    return taken


def wait_until_idle(link: str) -> None:
    """Wait until the server has nothing to do: it goes on with the requests of a page that was closed."""
    while httpx.get(f"{link}api/health").json()["busy"]:
        time.sleep(0.1)


TRACE, FINDINGS = ".paper[aria-label]", ".headline"


def health_waits(link: str) -> list[float]:
    """Milliseconds in which health is answered while 50 clients upload at once."""
    probe = (
        "import http.client, select, sys, time\n"
        "while not select.select([sys.stdin], [], [], 0.02)[0]:\n"
        "    begun = time.perf_counter(); c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=60)\n"
        "    c.request('GET', '/api/health'); c.getresponse().read(); c.close()\n"
        "    print((time.perf_counter() - begun) * 1000)\n"
    )
    uploader = (
        "import sys; import httpx2 as httpx\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "content = open(sys.argv[2], 'rb').read()\n"
        "def upload(_):\n"
        "    with httpx.Client(base_url=sys.argv[1], timeout=300, verify=False) as client:\n"
        "        return client.post('/api/recordings', files={'file': content}).status_code\n"
        f"with ThreadPoolExecutor({CLIENTS}) as threads:\n"
        f"    assert set(threads.map(upload, range({UPLOADS}))) == {{200}}\n"
    )
    port = str(httpx.URL(link).port)
    command = [sys.executable, "-c", probe, port]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        subprocess.run([sys.executable, "-c", uploader, link, str(example())], check=True)  # noqa: S603
        return [float(line) for line in process.communicate("stop")[0].split()]


def measure(runs: int) -> list[Row]:
    """All figures."""
    found = shutil.which("chromium")
    if found is None:
        raise SystemExit("needs Chromium: apt-get install chromium")
    figures: dict[str, list[float]] = {}

    def note(name: str, *values: float) -> None:
        figures.setdefault(name, []).extend(values)

    with TemporaryDirectory() as folder, serving() as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS.split())
        day = write_day(Path(folder))
        for _ in range(runs):
            wait_until_idle(link)
            page = new_page(browser, link)
            note("paint", first_paint(page))
            note("weight", weight(page))
            trace, findings = seconds_to(page, [example()], TRACE, FINDINGS)
            note("trace", trace)
            note("findings", findings)
            page.context.close()
            page = new_page(browser, link)
            trace, findings = seconds_to(page, day, TRACE, FINDINGS)
            note("day", trace)
            note("day judged", findings)
            note("frame", _settled_frames(page))
            page.context.close()
        wait_until_idle(link)
        note("health", *health_waits(link))
        browser.close()
    return rows(figures)


def _settled_frames(page: Page) -> float:
    """Milliseconds of processor time of the page's thread for a frame, scripts, layout and drawing together."""
    page.wait_for_timeout(1000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    before = spent()
    page.evaluate(PAN)
    return 1000 * (spent() - before) / FRAMES


def rows(figures: dict[str, list[float]]) -> list[Row]:
    """Make the rows of the table."""
    health = sorted(figures["health"])
    slowest = [health[round(0.99 * (len(health) - 1))]]
    return [
        alone(PART, "first paint", figures["paint"], "s", below=0.5),
        alone(PART, "page weight", figures["weight"], "kB", below=300),
        alone(PART, "watch export of 30 s: trace on view", figures["trace"], "s", below=1),
        alone(PART, "watch export of 30 s: findings on view", figures["findings"], "s", below=1),
        alone(PART, "24 h at 250 Hz: first view", figures["day"], "s", below=3),
        alone(PART, "24 h at 250 Hz: findings on view", figures["day judged"], "s"),
        alone(PART, "24 h at 250 Hz: a pan frame, scripts and drawing", figures["frame"], "ms", below=16),
        alone(PART, f"health while {CLIENTS} clients upload, 99 of 100", slowest, "ms", below=100),
    ]


def main(arguments: Any = None) -> None:
    """Measure and print."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args(arguments).runs
    before = os.getloadavg()[0]
    found = table(measure(runs))
    busy = {"processes that wanted a core, before and after": f"{before:.1f} and {os.getloadavg()[0]:.1f}"}
    print(listed(describe() | busy))
    print()
    print(found)


if __name__ == "__main__":
    main()
