"""The command line as a whole: what it costs, how it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import click
import pytest
from click.testing import CliRunner
from tests.slowness import slowness

import mvkt
from mvkt import cli
from mvkt.cli import COMMANDS, LazyCommand, main
from mvkt.errors import CorpusError

HEAVY = ("numpy", "torch", "rich", "pydantic", "scipy", "onnxruntime", "pyarrow", "matplotlib")


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Add a command ``fail`` that raises something."""

    def install(error: BaseException) -> None:
        def raise_it() -> None:
            raise error

        monkeypatch.setattr(cli, "fail_command", click.Command("fail", callback=raise_it), raising=False)
        monkeypatch.setattr(cli, "COMMANDS", {"fail": LazyCommand("mvkt.cli", "fail_command", "Fail.")})

    return install


def python(script: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, **settings)


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    script = (
        "import sys; from mvkt.cli import main; main(['--help'], standalone_mode=False); "
        f"print('heavy:', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        run = python(script)
        seconds.append(time.perf_counter() - start)
    assert "heavy: []" in run.stdout
    assert min(seconds) < 0.3 * slowness(time.perf_counter)
    for name, command in COMMANDS.items():
        assert f"  {name} " in run.stdout
        assert command.help in run.stdout


def test_import_of_the_package_is_cheap() -> None:
    run = python(f"import sys, mvkt; print(sorted(set({HEAVY!r}) & set(sys.modules)))")
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_is_light_and_has_examples(name: str) -> None:
    script = (
        f"import sys; from mvkt.cli import main; main([{name!r}, '--help'], standalone_mode=False); "
        "print('heavy:', sorted({'torch', 'onnxruntime', 'pyarrow', 'scipy'} & set(sys.modules)))"
    )
    run = python(script)
    assert "heavy: []" in run.stdout
    assert f"mvkt {name}" in run.stdout


def test_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert (result.exit_code, result.output) == (0, f"mvkt, version {mvkt.__version__}\n")


def test_unknown_command_is_answered_with_the_nearest() -> None:
    result = CliRunner().invoke(main, ["diagnoze"])
    assert result.exit_code == 2
    assert "; did you mean 'diagnose'?" in result.stderr
    assert "; there are: demo, diagnose" in CliRunner().invoke(main, ["xyzzy"]).stderr
    unknown_option = CliRunner().invoke(main, ["--colour"])
    assert (unknown_option.exit_code, "No such option" in unknown_option.stderr) == (2, True)


def test_known_error_is_one_line_and_exit_1(fails: Callable[[BaseException], None]) -> None:
    fails(CorpusError("the corpus\x1b[2J is gone"))
    result = CliRunner().invoke(main, ["fail"])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "error: the corpus�[2J is gone\n")


@pytest.mark.parametrize(("args", "environment"), [(["--debug"], {}), ([], {"MVKT_DEBUG": "1"})])
def test_debug_shows_the_traceback(
    fails: Callable[[BaseException], None], args: list[str], environment: dict[str, str]
) -> None:
    fails(CorpusError("gone"))
    result = CliRunner(env=environment).invoke(main, [*args, "fail"])
    assert isinstance(result.exception, CorpusError)


def test_error_of_the_operating_system_is_one_line(fails: Callable[[BaseException], None]) -> None:
    fails(PermissionError(13, "Permission denied", "out"))
    result = CliRunner().invoke(main, ["fail"])
    assert (result.exit_code, result.stderr) == (1, "error: [Errno 13] Permission denied: 'out'\n")


def test_missing_extra_is_named(fails: Callable[[BaseException], None]) -> None:
    fails(ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn"))
    result = CliRunner().invoke(main, ["fail"])
    assert result.exit_code == 1
    assert "pip install 'mvkt[train]'" in result.stderr


def test_our_own_faults_are_not_hidden(fails: Callable[[BaseException], None]) -> None:
    for fault in (
        ZeroDivisionError(),
        ModuleNotFoundError("No module named 'mvkt.nowhere'", name="mvkt.nowhere"),
    ):
        fails(fault)
        assert CliRunner().invoke(main, ["fail"]).exception is fault


def test_every_third_party_import_of_an_extra_is_known() -> None:
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    other_names = {"scikit_learn": "sklearn"}
    for extra in ("train", "web"):
        for requirement in project["optional-dependencies"][extra]:
            module = requirement.split(">")[0].replace("-", "_").removesuffix("_py")
            assert cli._EXTRAS[other_names.get(module, module)] == extra


def test_interrupt_is_130(fails: Callable[[BaseException], None]) -> None:
    fails(KeyboardInterrupt())
    result = CliRunner().invoke(main, ["fail"])
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


PRELUDE = """
import time, click, mvkt.cli as cli
cli.COMMANDS = {"x": cli.LazyCommand("mvkt.cli", "x_command", "")}
"""
WAIT = """
def wait():
    print("up", flush=True)
    time.sleep(60)
cli.x_command = click.Command("x", callback=wait)
cli.main(["x"])
"""
FLOOD = """
cli.x_command = click.Command("x", callback=lambda: [click.echo("y" * 1000) for _ in range(10_000)])
cli.main(["x"])
"""


def start(script: str) -> subprocess.Popen[bytes]:
    """Start a command and wait for its first line."""
    # Whoever runs the tests in the background of a shell ignores interrupts, and so would the command.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        command = [sys.executable, "-c", PRELUDE + script]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_real_interrupt_leaves_no_traceback() -> None:
    process = start(WAIT)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, b"interrupted\n")


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_closed_pipe_leaves_no_traceback() -> None:
    process = start(FLOOD)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    stderr = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=20), stderr) == (1, b"")
