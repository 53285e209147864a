"""Warnings of libraries are collected by the thread that calls the library, and by no other."""

from __future__ import annotations

import sys
import threading
import warnings
from types import ModuleType

import pytest

from mvkt.ecg.formats.library_warnings import collected_warnings

LIBRARY = "import warnings\ndef warn(words): warnings.warn(words, UserWarning, stacklevel=2)\n"


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("talkative.inside")
    exec(LIBRARY, module.__dict__)  # noqa: S102 - a library of two lines
    monkeypatch.setitem(sys.modules, "talkative.inside", module)
    return module


def test_warnings_are_collected(library: ModuleType) -> None:
    with collected_warnings("talkative") as collected:
        library.warn("one")
        library.warn("two")
    assert collected == {"talkative": ["one", "two"]}


def test_warnings_of_others_are_not_collected(library: ModuleType) -> None:
    with collected_warnings("talkative") as collected, pytest.warns(UserWarning, match="ours"):
        warnings.warn("ours", stacklevel=1)
    assert collected == {"talkative": []}


def test_outside_warnings_go_where_they_always_go(library: ModuleType) -> None:
    with collected_warnings("talkative"):
        pass
    with pytest.warns(UserWarning, match="loud"):
        library.warn("loud")
    with collected_warnings("another"), pytest.warns(UserWarning, match="loud"):
        library.warn("loud")
    assert library.warnings.filters is warnings.filters


def test_threads_do_not_collect_the_warnings_of_each_other(library: ModuleType) -> None:
    results: dict[int, list[str]] = {}
    together = threading.Barrier(4)

    def work(number: int) -> None:
        with collected_warnings("talkative") as collected:
            together.wait()
            for _ in range(200):
                library.warn(str(number))
            together.wait()
        results[number] = collected["talkative"]

    filters = list(warnings.filters)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [str(number)] * 200 for number in range(4)}
    assert warnings.filters == filters, "the filters of the process are as they were"
