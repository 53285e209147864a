"""Code, comments and templates use the plain words of the field: no verbs of talk, and nothing is called ``one``."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mvkt.cli import main

SOURCE = Path(__file__).parents[1] / "src" / "mvkt"
MODULES = sorted(SOURCE.rglob("*.py"))
TEMPLATES = sorted(SOURCE.rglob("*.j2"))

TALK = {"say", "says", "said", "saying", "tell", "tells", "told", "telling", "ask", "asks", "asked", "asking"} | {
    *("hear", "hears", "heard", "hearing", "speak", "speaks", "spoken")
}
"""Verbs of talk: files state, functions return, programs request, models compute."""

JUDGE = {"judge", "judges", "judged", "judging"}
"""A model is evaluated, a recording is diagnosed."""

JUDGED_ROOMS = {"bulk", "cli", "diagnosis", "web"}
"""Where ``judged`` is a term: a window that is good enough for findings, the verdict *not judged*, and the keys of
``mvkt diagnose --json`` that hold both."""

JUDGED_NAMES = {"judged_on", "JudgedOn"}
"""A key of study files, and of the files in study folders."""

C_NAMES = {"mvkt_judge"}
"""The function of a student as C."""

TALK_NAMES = {"web/report/pdf_report.py": {"say"}}
"""The lookup of a text in the language of the report."""


def words(text: str) -> set[str]:
    """The words of a text or of an identifier, in small letters."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text)
    return set(re.findall(r"[a-z]+", apart.lower()))


def bound_names(tree: ast.AST) -> Iterator[str]:
    """Every name that a module binds: variables, parameters, functions, classes and imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).rpartition(".")[2]


def texts(tree: ast.AST) -> Iterator[str]:
    """Docstrings, messages and every other text of a module, without what stands in ``double backticks``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"``[^`]+``|:\w+:`[^`]+`", "", node.value)


def comments(code: str) -> Iterator[str]:
    """The comments of a module, without what stands in `backticks`."""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield re.sub(r"`[^`]+`", "", token.string)


def forbidden_in(path: Path) -> set[str]:
    """The words that a module or a template may not use."""
    return TALK if path.relative_to(SOURCE).parts[0] in JUDGED_ROOMS else TALK | JUDGE


def allowed_names(path: Path) -> set[str]:
    return JUDGED_NAMES | TALK_NAMES.get(path.relative_to(SOURCE).as_posix(), set())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_plain_words(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    tree, forbidden = ast.parse(code), forbidden_in(path)
    names = {*bound_names(tree)} - allowed_names(path)
    assert "one" not in names, "call the object what it is"
    talk = {name for name in names if words(name) & forbidden}
    assert not talk, f"names with a verb of talk: {sorted(talk)}"
    for text in (*texts(tree), *comments(code)):
        found = words(re.sub("|".join(JUDGED_NAMES | C_NAMES), "", text)) & forbidden
        assert not found, f"a text uses {', '.join(sorted(found))}: {text.strip().splitlines()[0]}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_plain_words_of_templates(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        found = words(re.sub("|".join(JUDGED_NAMES), "", line)) & forbidden_in(path)
        assert not found, f"line {number} uses {', '.join(sorted(found))}: {line.strip()}"
        assert not re.search(r"{% *(for|set) one\b", line), f"line {number}: call the object what it is"


def test_the_check_finds_what_it_looks_for() -> None:
    code = 'def ask_it(said):\n    """It tells."""\n    return [one for one in said]  # as told\n\n\nheardNothing = 1\n'
    tree = ast.parse(code)
    assert {name for name in bound_names(tree) if words(name) & TALK} == {"ask_it", "said", "heardNothing"}
    assert "one" in {*bound_names(tree)}
    assert {*words(next(texts(tree)))} & TALK == {"tells"}
    assert words(next(comments(code))) & TALK == {"told"}


FRAGMENTS = {
    *("a", "an", "at", "for", "from", "how", "if", "in", "instead", "it", "of", "on", "one", "only", "that", "the"),
    *("these", "this", "to", "what", "when", "where", "whether", "which", "with", "without"),
}
"""First words of a help text that is no sentence and does not begin with a noun."""


def commands(group: click.Command, name: str = "mvkt") -> Iterator[tuple[str, click.Command]]:
    """Every command, by the name that is typed."""
    yield name, group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for child in group.list_commands(context):
            command = group.get_command(context, child)
            assert command is not None
            yield from commands(command, f"{name} {child}")


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_begins_with_a_noun_or_is_a_sentence(name: str) -> None:
    options = [option for option in COMMANDS[name].params if isinstance(option, click.Option)]
    helps = {name: COMMANDS[name].help, **{f"{name} {option.opts[0]}": option.help for option in options}}
    for option_name, text in helps.items():
        assert text, f"{option_name} has no help"
        assert text.split()[0].lower() not in FRAGMENTS, f"{option_name}: {text}"
        assert text[0].isupper(), f"{option_name}: {text}"
        assert not words(text) & TALK, f"{option_name}: {text}"
