"""What the server and its worker processes send each other: a JSON head and raw buffers, nothing that is executed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        kind: What it is.
        about: Whatever JSON can hold.
        buffers: Bytes that go with it.
    """

    kind: str
    about: dict[str, Any] = field(default_factory=dict)
    buffers: tuple[Buffer, ...] = field(default=(), repr=False)


def send(connection: Connection, message: Message) -> None:
    """Send a message.

    Raises:
        OSError: The other side is gone.
    """
    head = {"kind": message.kind, "about": message.about, "buffers": len(message.buffers)}
    connection.send_bytes(json.dumps(head, allow_nan=False).encode())
    for buffer in message.buffers:
        connection.send_bytes(buffer)


def receive(connection: Connection) -> Message:
    """Wait for a message.

    Raises:
        EOFError: The other side is gone.
        OSError: The other side is gone.
    """
    head = json.loads(connection.recv_bytes())
    return Message(head["kind"], head["about"], tuple(connection.recv_bytes() for _ in range(head["buffers"])))


def buffer_of(array: NDArray[Any]) -> Buffer:
    """Return the bytes of an array, without a copy where it lies in one piece."""
    return np.ascontiguousarray(array).data.cast("B") if array.size else b""
