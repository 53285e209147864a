"""Code, tests, templates, scripts and cards use plain words: no verbs of talk, and nothing is called ``one``."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from mvkt.cli import main

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "mvkt"
MODULES = sorted(SOURCE.rglob("*.py"))
TEMPLATES = sorted(SOURCE.rglob("*.j2"))
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *(
            path
            for room in ("start", "how-to", "concepts", "reference")
            for path in (ROOT / "docs" / room).glob("*.md")
        ),
    ]
)
CARDS = sorted(SOURCE.glob("students/*/README.md"))
STATIC = SOURCE / "web" / "static"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
STYLES = sorted(SOURCE.rglob("*.css"))
NOTEBOOKS = sorted((ROOT / "examples").glob("*.py"))
BESIDE = sorted([path for room in ("tests", "benchmarks") for path in (ROOT / room).rglob("*.py")])
BESIDE += sorted((ROOT / "docs").glob("*.py"))
TOML = sorted((*SOURCE.glob("recipes/*.toml"), *SOURCE.glob("studies/*.toml")))

TALK = {"say", "says", "said", "saying", "tell", "tells", "told", "telling", "ask", "asks", "asked", "asking"} | {
    *("hear", "hears", "heard", "hearing", "speak", "speaks", "spoken")
}
"""Verbs of talk: files state, functions return, programs request, models compute."""

JUDGE = {"judge", "judges", "judged", "judging"}
"""A model is evaluated, a recording is diagnosed."""

GERMAN_TALK = re.compile(
    r"\b(sag(en|t|te)|gesagt|frag(en|t|te)|gefragt|hör(en|t|te)|sprechen|spricht|erzähl\w+)\b", re.I
)
"""Verbs of talk in German. *Gehört* is not among them: it also means *belongs*."""

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


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_plain_words_of_pages(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for line in text.splitlines():
        found = words(re.sub(r"`[^`]+`", "", line)) & TALK
        assert not found, f"the page uses {', '.join(sorted(found))}: {line}"


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_plain_words_of_cards(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        found = words(re.sub(r"`[^`]+`", "", line)) & (TALK | JUDGE)
        assert not found, f"the card uses {', '.join(sorted(found))}: {line}"


def script_comments(code: str) -> Iterator[str]:
    """The comments of a script or a style sheet, without what stands in `backticks` or is a type."""
    for comment in re.findall(r"/\*.*?\*/|(?<![:\w])//[^\n]*", code, flags=re.DOTALL):
        yield re.sub(r"`[^`]+`|{[^}]*}", "", comment)


def script_names(code: str) -> set[str]:
    """Names that a script binds: what follows a keyword, stands in a destructuring, or is a parameter of an arrow."""
    bare = re.sub(r"/\*.*?\*/|(?<![:\w])//[^\n]*", "", code, flags=re.DOTALL)
    declared = re.findall(r"\b(?:const|let|var|function|class) +([$\w]+|\[[^\]]*\]|{[^}]*})", bare)
    parameters = [
        "".join(found) for found in re.findall(r"\(([^()]*)\) =>|\b([$\w]+) =>|\bfunction [$\w]*\(([^()]*)\)", bare)
    ]
    return {*re.findall(r"[A-Za-z]\w*", " ".join((*declared, *parameters)))}


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES], ids=lambda path: str(path.relative_to(SOURCE)))
def test_plain_words_of_scripts_and_styles(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    for comment in script_comments(code):
        found = words(comment) & forbidden_in(path)
        assert not found, f"a comment uses {', '.join(sorted(found))}: {comment.strip()}"
    if path.suffix == ".js":
        names = script_names(code)
        assert "one" not in names, "call the object what it is"
        talk = {name for name in names if words(name) & TALK}
        assert not talk, f"names with a verb of talk: {sorted(talk)}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_plain_words_of_notebooks(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    tree = ast.parse(code)
    names = {*bound_names(tree)}
    assert "one" not in names, "call the object what it is"
    assert not {name for name in names if words(name) & TALK}
    for text in (*texts(tree), *comments(code)):
        found = words(text) & TALK
        assert not found, f"a text uses {', '.join(sorted(found))}: {text.strip().splitlines()[0]}"


def docstrings(tree: ast.AST) -> Iterator[str]:
    """Docstrings of a module, without what stands in ``double backticks``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield re.sub(r"``[^`]+``|:\w+:`[^`]+`", "", ast.get_docstring(node) or "")


def test_plain_words_beside_the_source() -> None:
    """Names, docstrings and comments of tests, benchmarks and ``docs``; other texts may be what is compared or read."""
    for path in BESIDE:
        code, place = path.read_text(encoding="utf-8"), path.relative_to(ROOT)
        tree = ast.parse(code)
        talk = {name for name in bound_names(tree) if name == "one" or words(name) & TALK}
        assert not talk, f"{place}: names with a verb of talk, or no noun: {sorted(talk)}"
        for text in (*docstrings(tree), *comments(code)):
            found = words(text) & TALK
            assert not found, f"{place}: a text uses {', '.join(sorted(found))}: {text.strip().splitlines()[0]}"


@pytest.mark.parametrize("path", TOML, ids=lambda path: str(path.relative_to(SOURCE)))
def test_plain_words_of_recipes_and_studies(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        found = words(line) & (TALK | JUDGE if line.startswith("#") else TALK)
        assert not found, f"{path.name} uses {', '.join(sorted(found))}: {line}"


def test_plain_words_of_german_messages() -> None:
    table = json.loads((STATIC / "texts" / "german_messages.json").read_text(encoding="utf-8"))
    assert {german for german in table.values() if GERMAN_TALK.search(german)} == set()
    assert GERMAN_TALK.search("die Datei sagt es nicht")


def test_the_check_of_scripts_finds_what_it_looks_for() -> None:
    code = 'const [one, told] = all; // as asked\nall.some((said) => said.it); /* it\n tells */ const url = "http://said.it/says";\n'
    assert {name for name in script_names(code) if words(name) & TALK} == {"told", "said"}
    assert "one" in script_names(code)
    assert [words(comment) & TALK for comment in script_comments(code)] == [{"asked"}, {"tells"}]


def test_the_check_finds_what_it_looks_for() -> None:
    code = 'def ask_it(said):\n    """It tells."""\n    return [one for one in said]  # as told\n\n\nheardNothing = 1\n'
    tree = ast.parse(code)
    assert {name for name in bound_names(tree) if words(name) & TALK} == {"ask_it", "said", "heardNothing"}
    assert "one" in {*bound_names(tree)}
    assert {*words(next(texts(tree)))} & TALK == {"tells"}
    assert [words(text) & TALK for text in docstrings(tree)] == [set(), {"tells"}]
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
