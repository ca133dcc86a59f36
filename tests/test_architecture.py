"""The arrangement of the package: who imports whom, what a room publishes, how it fails."""

import ast
import importlib
import inspect
import io
import tokenize
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import vaesynth

PACKAGE = Path(vaesynth.__file__).parent
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
FILES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({file.parent for file in FILES} - {PACKAGE})
# Files on a level, and lines of code in a file: docstrings and comments are free.
MAX_FILES, MAX_LINES = 12, 250
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def relative(path):
    return str(path.relative_to(PACKAGE))


def public_names():
    """List every public name of every room, without importing any of them."""
    for room in ROOMS:
        for node in ast.parse((room / "__init__.py").read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                yield from ((room.name, name) for name in ast.literal_eval(node.value))


def shows_how_to_call_it(public):
    """Tell whether a user calls this name, so that an example can show how."""
    if inspect.isclass(public):
        return not (issubclass(public, Exception) or getattr(public, "_is_protocol", False))
    return inspect.isroutine(public)


def is_reexport(node, room):
    """Tell whether a statement is a docstring, ``__all__`` or an import from the room itself."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return ast.unparse(node).startswith(("__all__ = ", "__all__: list[str] = "))
    return isinstance(node, ast.ImportFrom) and (
        node.level == 1 or (node.module or "").startswith(f"vaesynth.{room.name}.")
    )


def private_names_of_sklearn(file):
    """Yield what a file imports of scikit-learn that starts with an underscore or lies under one that does."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.startswith("sklearn.") and "._" in name)


def test_imports_go_downwards(capfd):
    failed = lint_imports(str(PACKAGE.parent / "pyproject.toml"), no_cache=True, no_logo=True)
    assert not failed, capfd.readouterr().out


@pytest.mark.parametrize("room", ROOMS, ids=relative)
def test_a_room_only_reexports(room):
    tree = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
    assert [ast.unparse(node) for node in tree.body if not is_reexport(node, room)] == []


@pytest.mark.parametrize("room", ROOMS, ids=relative)
def test_what_a_room_hands_out_beside_its_public_names_says_so(room):
    body = ast.parse((room / "__init__.py").read_text()).body
    place = next(i for i, node in enumerate(body) if ast.unparse(node).startswith("__all__"))
    above, below = (
        [alias for node in part if isinstance(node, ast.ImportFrom) for alias in node.names]
        for part in (body[:place], body[place:])
    )
    public = {name for owner, name in public_names() if owner == room.name}
    assert {alias.name for alias in above} == public
    # ``import X as X`` tells a reader, and mypy, that the name is for others though not public.
    assert [alias.name for alias in below if alias.asname != alias.name] == []


@pytest.mark.parametrize("room", ROOMS, ids=relative)
def test_files_of_a_room_are_private(room):
    assert [path.name for path in room.glob("*.py") if not path.name.startswith("_")] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=relative)
def test_a_folder_holds_one_idea(folder):
    files = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(files) <= MAX_FILES


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_a_file_has_one_subject(file):
    text = file.read_text(encoding="utf-8")
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in silent and token.type != tokenize.ENDMARKER
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node):
            lines -= {*range(node.body[0].lineno, node.body[0].end_lineno + 1)}
    assert len(lines) <= MAX_LINES


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_no_assert_in_the_package(file):
    # ``python -O`` drops them, and an AssertionError tells a user nothing.
    asserts = [
        n
        for n in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(n, ast.Assert)
    ]
    assert [node.lineno for node in asserts] == []


@pytest.mark.parametrize("file", FILES, ids=relative)
def test_private_names_of_sklearn_come_from_one_file(file):
    expected = file == PACKAGE / "_sklearn.py"
    assert bool(list(private_names_of_sklearn(file))) == expected


@pytest.mark.parametrize(("room", "name"), list(public_names()))
def test_a_public_name_has_an_example(room, name):
    public = getattr(importlib.import_module(f"vaesynth.{room}"), name)
    if not shows_how_to_call_it(public):
        pytest.skip("nobody calls a constant, a protocol or an exception")
    doc = inspect.getdoc(public) or ""
    assert "Examples\n--------" in doc
    assert ">>> " in doc
