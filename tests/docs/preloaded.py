"""Runs ``mvkt`` and ``python`` for the pages in forks of a process that has PyTorch imported already.

Importing PyTorch takes most of the time of a page's short commands. :func:`serve` imports it once and forks for each
command; :data:`CLIENT` stands for the command on the path, and hands over arguments, folder, environment and streams.
"""

from __future__ import annotations

import array
import json
import os
import runpy
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IMPORTED = ("mvkt.cli", "mvkt.training.train_recipe", "onnxscript", "mvkt.study.compare_methods")

CLIENT = """#!{python} -IS
import array, json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
call = json.dumps([{module!r}, sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
server.sendmsg([len(call).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
server.sendall(call)
sys.exit(int.from_bytes(server.recv(1), "big"))
"""


@contextmanager
def commands(folder: Path, environment: dict[str, str]) -> Iterator[Path]:
    """Put the commands ``mvkt`` of this source tree, and ``python``, into a folder, as long as the block lasts."""
    address = str(folder / "socket")
    for command, module in (("mvkt", "mvkt"), ("python", "")):
        client = CLIENT.format(python=sys.executable, address=address, module=module)
        (folder / command).write_text(client, encoding="utf-8")
        (folder / command).chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        server = subprocess.Popen(
            [sys.executable, __file__, str(listening.fileno())], pass_fds=[listening.fileno()], env=environment
        )
    try:
        yield folder
    finally:
        server.terminate()
        server.wait()


def serve(listening: socket.socket) -> None:
    """Fork for every call, one after the other, and answer with its exit code."""
    for module in IMPORTED:
        __import__(module)
    while True:
        connection, _ = listening.accept()
        handler = os.fork()
        if handler == 0:
            connection.sendall(bytes([_handle(connection)]))
            os._exit(0)
        connection.close()
        os.waitpid(handler, 0)


def _handle(connection: socket.socket) -> int:
    size, rights, _, _ = connection.recvmsg(4, socket.CMSG_LEN(3 * array.array("i").itemsize))
    streams = array.array("i", rights[0][2])
    module, arguments, folder, environment = json.loads(
        connection.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
    )
    child = os.fork()  # the program gets a process of its own, so that whatever ends it is seen
    if child == 0:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        os._exit(_run(module, arguments))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF


def _run(module: str, arguments: list[str]) -> int:
    """Run a module, or what ``python`` gets as ``-c TEXT`` or on its standard input; return the exit code."""
    sys.path.insert(0, "")
    try:
        if module:
            sys.argv = [module, *arguments]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        elif arguments[0] == "-c":
            sys.argv = arguments
            exec(arguments[1], {"__name__": "__main__"})  # noqa: S102  (it is a page of this repository)
        else:
            exec(sys.stdin.read(), {"__name__": "__main__"})  # noqa: S102
        code: object = 0
    except SystemExit as end:
        code = end.code
    except Exception:  # noqa: BLE001  (as Python itself does at the end of a program)
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
