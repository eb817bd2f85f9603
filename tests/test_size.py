"""Nothing grows beyond what can be read at once: files, screens, functions. Exceptions stand here, each with its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("fleet", "tui", "importers")
FILE, SCREEN, FUNCTION = 400, 300, 40
"""Lines. A longer file becomes a folder of the same name."""

LONG_FILES = {
    "fleet/database/migrations/versions/0001_tables.py": "all tables of the first migration, as Alembic wants them",
    "tui/screens/desk.py": "the one screen on which all lists stand; what they show lies in widgets",
}
LONG_FUNCTIONS = {
    "fleet/database/migrations/versions/0001_tables.py:upgrade": "a list of tables, not a train of thought",
    "fleet/database/migrations/versions/0001_tables.py:downgrade": "the same list, backwards",
    "fleet/cli/history.py:runs": "one list or one run, each as text and as JSON",
}


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """Each function as path:name, its lines, and the lines of what it does (without decorators, signature, docstring)."""
    name = path.relative_to(ROOT).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            end = node.end_lineno or node.lineno
            yield f"{name}:{node.name}", end - node.lineno + 1, end - body[0].lineno + 1 if body else 0


def limit_of(path: Path) -> int:
    return SCREEN if path.is_relative_to(ROOT / "tui" / "screens") else FILE


@pytest.fixture(scope="module")
def lines() -> dict[str, tuple[int, int]]:
    """Lines of every file, and how many it may have."""
    return {
        path.relative_to(ROOT).as_posix(): (len(path.read_text(encoding="utf-8").splitlines()), limit_of(path))
        for path in sources()
    }


def test_files_can_be_read_at_once(lines: dict[str, tuple[int, int]]) -> None:
    long = {name: number for name, (number, limit) in lines.items() if number > limit and name not in LONG_FILES}
    assert long == {}, "cut it into a folder of the same name, or give a reason above"


def test_functions_do_one_thing() -> None:
    found = [one for path in sources() for one in functions(path)]
    long = {name: doing for name, _, doing in found if doing > FUNCTION and name not in LONG_FUNCTIONS}
    assert long == {}
    assert len(found) > 2000
    assert sum(whole > FUNCTION for _, whole, _ in found) < len(found) / 100, "signatures grow as well"


def test_exceptions_are_of_things_that_exist(lines: dict[str, tuple[int, int]]) -> None:
    assert set(LONG_FILES) <= set(lines)
    known = {name for path in sources() for name, _, _ in functions(path)}
    assert set(LONG_FUNCTIONS) <= known
    assert all(len(reason.split()) >= 4 for reason in (*LONG_FILES.values(), *LONG_FUNCTIONS.values()))
