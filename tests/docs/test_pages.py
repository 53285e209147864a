"""The code blocks of README, ``docs/start`` and ``docs/how-to`` are run; see :mod:`tests.pages`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.docs.preloaded import commands
from tests.hub import TOKEN, HubServer
from tests.object_store import ObjectStore
from tests.pages import DOCS, ROOT, Block, plain, read_blocks, same_output

from mvkt import example

ELSEWHERE = {DOCS / "how-to" / "own-recordings.md": ROOT / "tests" / "test_own_recordings.py"}
"""Pages that a test of their own follows."""

FOLLOWED = [ROOT / "README.md", *sorted((DOCS / "start").glob("*.md")), *sorted((DOCS / "how-to").glob("*.md"))]
PAGES = [page for page in FOLLOWED if page not in ELSEWHERE]
RUN = ("sh", "python", "pycon")
FEW = 0.25
"""The largest share of blocks that are not run: they need an index of packages, a container, a board, or minutes."""

_DOCTEST = (
    "import doctest, sys; test = doctest.DocTestParser().get_doctest(sys.stdin.read(), {}, 'page', None, 0);"
    "runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE);"
    "sys.exit(runner.run(test).failed)"
)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A model hub and an object store on this machine, by the variables that lead to them."""
    server, store = HubServer(), ObjectStore()
    store.objects["bucket/prefix/ecg.csv"] = Path(example()).read_bytes()
    yield {
        "HF_ENDPOINT": server.hub.address,
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(tmp_path_factory.mktemp("hub")),
        "HF_HUB_DISABLE_XET": "1",
        "AWS_ENDPOINT_URL": store.address,
        "AWS_ACCESS_KEY_ID": "of-the-test",
        "AWS_SECRET_ACCESS_KEY": "of-the-test",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    server.stop()
    store.stop()


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, stand_ins: dict[str, str]) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("bin")
    settings = {"COLUMNS": "80", "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("MVKT_", "HF_", "AWS_"))}
    variables = mine | settings | stand_ins
    with commands(folder, variables):
        yield variables | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture(scope="module")
def follow(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Callable[[Path], Path]:
    """Run the blocks of a page, once; return the folder that they leave behind."""
    done: dict[Path, Path] = {}

    def follow(page: Path) -> Path:
        if page not in done:
            folder = tmp_path_factory.mktemp(page.stem)
            before = re.search(r"^<!-- continues (.*) -->$", page.read_text(encoding="utf-8"), re.MULTILINE)
            if before:
                shutil.copytree(follow(DOCS / before[1]), folder, dirs_exist_ok=True)
            run_blocks(page, folder, environment)
            done[page] = folder
        return done[page]

    return follow


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_blocks_of_a_page_run(page: Path, follow: Callable[[Path], Path]) -> None:
    assert follow(page).is_dir()


def run_blocks(page: Path, folder: Path, environment: dict[str, str]) -> None:
    printed = ""
    for block in read_blocks(page):
        if block.language in RUN and "no-run" not in block.words:
            printed = run(block, folder, environment)
        elif (block.language, block.words) == ("text", ("output",)):
            expected, got = plain(block.text), plain(printed)
            assert same_output(expected, got), f"expected {expected}\ngot {got}"


@pytest.mark.parametrize(
    ("got", "same"),
    [
        ("PVC  94.6% found\nSR 3% no", True),
        ("PVC 94.0% found\nSR 9% no", True),
        ("PVC 93.0% found\nSR 3% no", False),
        ("SR 94.6% found\nSR 3% no", False),
    ],
)
def test_outputs_of_another_processor_are_the_same(got: str, same: bool) -> None:
    assert same_output("PVC 94.6% found\n...", got) is same


def run(block: Block, folder: Path, environment: dict[str, str]) -> str:
    file = re.match(r"# ([\w-]+\.py)\n", block.text)
    if block.language == "python" and file:
        (folder / file[1]).write_text(block.text, encoding="utf-8")
        return ""
    interpreters = {"sh": ["bash", "-eu"], "python": ["python", "-"], "pycon": ["python", "-c", _DOCTEST]}
    program, *arguments = interpreters[block.language]
    found = shutil.which(program, path=environment["PATH"])
    assert found
    done = subprocess.run(
        [found, *arguments],
        input=block.text,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    fails = block.words == ("fails",)
    assert bool(done.returncode) == fails, f"{block.text}\n{done.stdout}\n{done.stderr}"
    return done.stderr if fails else done.stdout


@pytest.mark.parametrize(("page", "test"), ELSEWHERE.items(), ids=lambda path: path.name)
def test_a_page_that_is_followed_elsewhere_is(page: Path, test: Path) -> None:
    assert str(page.relative_to(DOCS)) in test.read_text(encoding="utf-8")


def test_most_blocks_are_run_and_the_others_have_a_reason() -> None:
    found = [(page, block) for page in FOLLOWED for block in read_blocks(page) if block.language in RUN]
    skipped = [(page, block) for page, block in found if "no-run" in block.words]
    assert {word for _, block in found for word in block.words} <= {"no-run", "fails"}
    assert [(page.name, block.text) for page, block in skipped if not block.reason] == []
    assert [(page.name, block.text) for page, block in found if block.reason and "no-run" not in block.words] == []
    assert found
    assert len(skipped) <= FEW * len(found), f"{len(skipped)} of {len(found)} are not run"
