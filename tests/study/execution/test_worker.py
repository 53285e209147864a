"""What a worker sends while it trains."""

from __future__ import annotations

from mvkt.processes import Message
from mvkt.study.execution import worker
from mvkt.study.execution.worker import MessageReporter


def test_batches_are_sent_at_most_twice_a_second(monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr(worker.time, "monotonic", lambda: now[0])
    sent: list[Message] = []
    reporter = MessageReporter(sent.append)
    reporter.begin("student", epochs=2, done=0, steps=100, batch_size=8)
    for _ in range(100):
        now[0] += 0.1
        reporter.step()
    steps = [message.about["done"] for message in sent if message.kind == "steps"]
    assert 10 <= len(steps) <= 21
    assert steps == sorted(set(steps))
    assert sent[0].kind == "begin"
    assert sent[0].about["epochs"] == 2
