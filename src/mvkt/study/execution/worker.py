"""One worker of a study: a process of one thread that trains networks and reads test folds, as it is told.

It is told what to do in lines of JSON on its standard input and answers in lines of JSON on its standard output. When
its input ends, it ends at once, whatever it is doing: that is how it is stopped, and it never outlives the process
that started it. What it has done until then is kept (:mod:`mvkt.training.checkpoint`).
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

# What is heavy is imported when the worker listens already: it can be stopped from its first moment on.

_SECONDS_BETWEEN_STEPS = 0.5


class LineReporter:
    """Reporter that writes what it hears, a line of JSON each; batches are told of twice a second."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._done, self._told = 0, 0.0

    def say(self, event: str, **facts: Any) -> None:
        """Write one line."""
        self._out.write(json.dumps({"event": event, **facts}) + "\n")
        self._out.flush()

    def begin(self, role: str, epochs: int, done: int, steps: int, batch_size: int) -> None:
        """See :class:`mvkt.training.loop.Reporter`."""
        self._done = 0
        self.say("begin", epochs=epochs, done=done, steps=steps, batch_size=batch_size)

    def step(self) -> None:
        """See :class:`mvkt.training.loop.Reporter`."""
        self._done += 1
        if time.monotonic() - self._told > _SECONDS_BETWEEN_STEPS:
            self._told = time.monotonic()
            self.say("steps", done=self._done)

    def epoch(self, role: str, metrics: dict[str, Any]) -> None:
        """See :class:`mvkt.training.loop.Reporter`."""
        self.say("steps", done=self._done)

    def message(self, text: str) -> None:
        """See :class:`mvkt.training.loop.Reporter`; goes to the log of the worker."""
        sys.stderr.write(f"{text}\n")


def serve(corpus: Path, networks: Path, inbox: SimpleQueue[str], out: IO[str]) -> None:
    """Do one task after the other; known errors are an answer, others end the worker with a traceback in its log."""
    import torch

    from mvkt.corpora.corpus import Corpus
    from mvkt.errors import MvktError
    from mvkt.study.execution.work import Tasks

    torch.set_num_threads(1)
    reporter = LineReporter(out)
    tasks = Tasks(Corpus.open(corpus), networks, reporter)
    while True:
        task = json.loads(inbox.get())
        try:
            result = tasks.do(task)
        except (MvktError, OSError) as error:
            reporter.say("failed", error=f"{type(error).__name__}: {error}")
        else:
            reporter.say("finished", result=result)


def main() -> None:
    """``python -m mvkt.study.execution.worker CORPUS NETWORKS``."""
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    inbox: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_listen, args=(inbox,), daemon=True).start()
    serve(Path(sys.argv[1]), Path(sys.argv[2]), inbox, answers)


def _listen(inbox: SimpleQueue[str]) -> None:
    for line in sys.stdin:
        inbox.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
