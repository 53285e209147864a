"""Every message that can reach the page is in the table of German messages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from pydantic import ValidationError

import mvkt
from mvkt.web.problem import RequestError
from mvkt.web.reading_options import options_of
from mvkt.web.report.document_request import DocumentRequest

SOURCE = Path(mvkt.__file__).parent
TABLE: dict[str, str] = json.loads(
    files("mvkt.web").joinpath("static", "texts", "german_messages.json").read_text("utf-8")
)
ROOMS = ("bundle", "diagnosis", "ecg", "web")
ELSEWHERE = {
    "bundle/manifest.py": "students in the box are there, and are checked when the server starts",
    "bundle/hub.py": "the server fetches nothing",
    "bundle/signature.py": "a command of its own",
    "diagnosis/many_files.py": "the command line",
    "ecg/formats/writers": "the page writes no recordings",
    "ecg/simulate": "the page simulates nothing",
    "ecg/statements": "names of findings: finding_texts.js",
    "web/server.py": "the command line",
    "web/report": "texts of the report come with the request",
    "web/openapi.py": "for programs",
}
"""Files whose messages do not reach the page, and why."""

ERRORS = re.compile(r"\w*Error$")
INNER = {"ValueError", "TypeError", "RuntimeError", "KeyError", "EOFError", "TimeoutError", "OSError", "LookupError"}
NOTES = {
    "diagnoser.py", "prepared_recording.py", "resting_ecg.py", "verdicts.py", "quality.py",
    "plausibility.py", "recording_measures.py", "assemble.py", "sample_times.py", "user_facts.py", "not_a_recording.py",
    "worker_pool.py", "measured_findings.py",
}  # fmt: skip
"""Files whose strings of three words and more are all shown."""

NOT_SHOWN = {
    "mean of windows": "a rule, in JSON",
    "atrial fibrillation, which has no PR interval": "what was measured, in JSON",
    "{} beats a minute": "what was measured, in JSON",
    "turned upside down": "a step of the preparation, in JSON",
    "; the numbers would fit {}": "the end of another message",
    " (the signal file of a WFDB record needs its .hea header beside it)": "the end of another message",
    "a file was given up: %s": "the log",
    "a worker process does not start (%s); another try follows": "the log",
}
"""Strings that are not shown as they are, and why."""

PUT_TOGETHER = {
    "{} bytes of binary data (the signal file of a WFDB record needs its .hea header beside it)",
    "beats of {} are not a heart's; the numbers would fit {}: check the unit",
    "learned from recordings of {}",
    "learned from simulated recordings",
    "known here: {}",
}
"""Messages that no single string of the code holds."""


FIELDS = {
    "Input should be greater than or equal to {}",
    "Input should be less than or equal to {}",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be a finite number",
    "Input should be a valid number",
    "Input should be a valid string",
    "Input should be a valid boolean, unable to interpret input",
    "Input should be an object",
    "Input should be {} or {}",
    "Input should be {}",
    "String should have at most {} characters",
    "{} should have at most {} items after validation, not {}",
    "Extra inputs are not permitted",
    "Field required",
    "Invalid JSON: {}",
    "Value error, {}",
}
"""Pydantic's messages about a field."""


def template(node: ast.expr) -> str | None:
    """The text of a string, with {} for what is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (template(node.left) or "{}") + (template(node.right) or "{}")
    return None


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name.split("/")[0] in ROOMS and not any(name.startswith(skipped) for skipped in ELSEWHERE):
            yield name, ast.parse(path.read_text("utf-8"))


def raised(tree: ast.Module) -> Iterator[str]:
    """Templates of the errors that a module raises on purpose."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            name = getattr(node.exc.func, "id", getattr(node.exc.func, "attr", ""))
            if ERRORS.match(name) and name not in INNER:
                number = 1 if name in ("RequestError", "TaskError") and len(node.exc.args) > 1 else 0
                yield template(node.exc.args[number]) or ""
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "detail" for target in node.targets):
            yield template(node.value) or ""


def shown(tree: ast.Module) -> Iterator[str]:
    """Strings of three words and more that are no documentation and no part of an error or of another string."""
    nodes = list(ast.walk(tree))
    bare = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    inner = {
        id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node
    }
    errors = {id(part) for node in nodes if isinstance(node, ast.Raise) for part in ast.walk(node)}
    for node in nodes:
        if isinstance(node, ast.expr) and id(node) not in bare | inner | errors:
            text = template(node) if not isinstance(node, ast.BinOp) else None
            if text and text.count(" ") > 1 and len(text) > 14:
                yield text


def words(text: str) -> bool:
    """Whether a template has words of its own."""
    return re.search(r"[a-z]{2}", text.replace("{}", "")) is not None


def test_every_error_that_can_reach_the_page_is_there_in_german() -> None:
    found = {(name, text) for name, tree in modules() for text in raised(tree) if words(text)}
    assert len(found) > 150
    assert not sorted((name, text) for name, text in found if text not in TABLE)


def test_every_note_and_reason_is_there_in_german() -> None:
    found = {(name, text) for name, tree in modules() if Path(name).name in NOTES for text in shown(tree)}
    assert len(found) > 60
    assert not sorted((name, text) for name, text in found if text not in TABLE and text not in NOT_SHOWN)


def test_no_message_is_kept_that_mvkt_no_longer_has() -> None:
    source = "".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    joined = re.sub(r'"\s*f?"', "", source)
    gone = []
    for text in TABLE.keys() - PUT_TOGETHER - FIELDS:
        pieces = [piece.strip() for piece in re.split(r"\{\}", text) if len(piece.strip()) > 8]
        if not all(piece in joined or piece.replace('"', '\\"') in joined for piece in pieces):
            gone.append(text)
    assert not gone


@pytest.mark.parametrize("text", TABLE)
def test_german_quotes_nothing_that_is_not_in_the_english(text: str) -> None:
    quoted = [int(number) for number in re.findall(r"\{(\d+)\}", TABLE[text])]
    assert set(quoted) <= set(range(1, text.count("{}") + 1))
    assert TABLE[text] != text
    assert "--" not in TABLE[text], "options of the command line mean nothing on the page"


def german_for(text: str) -> bool:
    """Whether a message is one of the table."""
    templates = (".*?".join(map(re.escape, english.split("{}"))) for english in TABLE if len(english) > 10)
    return any(re.fullmatch(pattern, text, re.DOTALL) for pattern in templates)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age", "-3"), ("age", "999"), ("age", "x"), ("age", "nan"), ("sex", "f"), ("unit", "kV"),
        ("lead", "x" * 200), ("student", "x" * 200), ("bed", "3"), ("student", "limbb"), ("student", "zzzz"),
    ],
)  # fmt: skip
def test_a_fault_of_a_field_is_there_in_german(name: str, value: str) -> None:
    with pytest.raises(RequestError) as refused:
        options_of({name: [value]}, ["limb", "12-lead"])
    faults = re.split("; |: ", refused.value.detail, maxsplit=1)
    assert german_for(faults[1])


@pytest.mark.parametrize(
    "body",
    [
        "{", "{}", "[]", '{"format": "x"}', '{"format": "pdf", "start": -1}', '{"format": "pdf", "start": "a"}',
        '{"format": "pdf", "filter": 3}', '{"format": "pdf", "titles": {"a": 1}}', '{"format": "pdf", "x": 1}',
        json.dumps({"format": "pdf", "review": {"note": "x" * 9999}}),
    ],
)  # fmt: skip
def test_a_fault_of_a_wish_is_there_in_german(body: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DocumentRequest.model_validate_json(body)
    assert all(german_for(fault["msg"]) for fault in refused.value.errors())


def test_every_class_of_the_students_has_a_german_title() -> None:
    script = files("mvkt.web").joinpath("static", "js", "base", "finding_texts.js").read_text("utf-8")
    german = set(re.findall(r'^  "?(\w+)"?: \["', script, re.MULTILINE))
    classes = {
        code
        for path in (SOURCE / "students").glob("*/bundle.json")
        for code in json.loads(path.read_text("utf-8"))["classes"]
    }
    assert classes
    assert not classes - german
