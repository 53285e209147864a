"""Several threads for one long recording: numpy, scipy and ONNX Runtime let go of Python's lock while they compute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from mvkt.processes import processors

if TYPE_CHECKING:
    from concurrent.futures import Future

_MOST_THREADS = 4
_KEPT_BYTES = 4 * 2**20

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None
) -> Iterator[Result]:
    """Yield ``function(item)`` for every item, in order, a few at a time.

    Items are taken when a thread will soon be free, so that they and the results in waiting stay few.

    Args:
        function: What to do; it may be called in several threads at once.
        items: May be made as they are taken, always in the thread that takes the results.
        threads: By default one for each processor, four at most.
    """
    threads = min(processors(), _MOST_THREADS) if threads is None else threads
    if threads <= 1:
        yield from map(function, items)
        return
    from concurrent.futures import ThreadPoolExecutor  # here, because most recordings are short and need none

    # glibc keeps blocks up to the size of the largest that it was given back. Else those of every item go back to the
    # system and are taken anew, which takes time; with a larger size a day takes more memory.
    np.empty(_KEPT_BYTES, dtype=np.uint8)
    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                if len(waiting) > threads:
                    yield waiting.popleft().result()
                waiting.append(pool.submit(function, item))
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
