"""Text reaches the screen by one road: only `tui.text` turns a value into something Textual shows."""

import ast
from pathlib import Path

import tui

ROOT = Path(tui.__file__).parent
MARKUP_CALLS = {"from_markup", "from_ansi", "to_content"}
MAKERS = {"Content", "Inert"}
SHOWN = {"Static", "Label", "Button", "Option", "Text"}
TITLES = {"border_title", "border_subtitle", "tooltip", "sub_title"}
ALLOWED = {
    ("text.py", "Content"),
    ("text.py", "Inert"),
    ("widgets/painting.py", "Inert"),  # cuts and pads what is inert already
    ("widgets/virtual_table.py", "Inert"),  # cuts what is inert already
    ("app.py", "Text"),  # the crash line
}


def offences(path: Path) -> list[str]:
    """Calls in a file that could show a text which nobody made inert."""
    name = path.relative_to(ROOT).as_posix()
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in MARKUP_CALLS | MAKERS | SHOWN and (name, called) not in ALLOWED:
                found.append(f"{name}:{node.lineno} calls {called}")
            if called == "Span" and node.args and isinstance(node.args[0], ast.JoinedStr | ast.Constant):
                found.append(f"{name}:{node.lineno} puts a plain text into a Span; use span()")
        if isinstance(node, ast.Attribute) and node.attr in TITLES:
            found.append(f"{name}:{node.lineno} sets {node.attr}, which is read as markup")
    return found


def test_no_file_shows_text_by_another_road() -> None:
    assert [one for path in ROOT.rglob("*.py") for one in offences(path)] == []


def test_the_lint_sees_what_it_should(tmp_path: Path) -> None:
    bad = ROOT / "widgets" / "bars.py"
    assert offences(bad) == []
    for line in ("Static(name)", "Content.from_markup(x)", "Span(f'{x}')", "self.border_title = x", "Text(x)"):
        tree = ast.parse(line)
        assert any(isinstance(node, ast.Call | ast.Attribute) for node in ast.walk(tree))


def test_no_screen_is_longer_than_three_hundred_lines() -> None:
    lengths = {
        path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "screens").glob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_only_the_background_catches_everything() -> None:
    catching = [
        path.name
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
    ]
    assert catching == ["background.py"]
