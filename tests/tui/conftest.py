"""What the screen starts in processes of its own comes from the warm interpreter in every test of the screen.

In a real terminal it starts them itself: a technician's day previews, imports, exports and undoes like that.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import warm
from tui import export_process, own_program


@pytest.fixture(autouse=True)
def _threads_give_way_as_before() -> Iterator[None]:
    """The screen lets its threads take turns far more often; what is no test of it need not pay for that."""
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A folder with an empty register: what a program in a terminal would spend its first moment on."""
    shutil.copy(sqlite_template, tmp_path / "fleet.db")
    return tmp_path


@pytest.fixture(autouse=True)
def _own_programs_are_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fleet` in a process forked for it, with the same arguments, environment and answers."""
    for module in (own_program, export_process):
        monkeypatch.setattr(module, "subprocess", SimpleNamespace(run=_run))


def _run(*arguments: object, **options: object) -> object:
    return warm.interpreter().run(*arguments, **options)  # type: ignore[arg-type]
