"""What the documents say must be so: commands parse, links lead somewhere, lists are complete."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fleet import errors
from fleet.cli.program import COMMANDS, fleet
from fleet.cli.schedule import jobs_of
from fleet.commands.deliveries import orders_of
from fleet.commands.notices import hooks_of
from fleet.config import load_config
from fleet.exports import REPORTS
from fleet.intune import permissions
from importers.layouts import LAYOUTS
from tests.docs.pages import PAGES, ROOT, Block, Shown, anchors, blocks, links, prose, read, shown_commands

DOCS = ROOT / "docs"
SHOWN = shown_commands()


def name_of(page: Path) -> str:
    """A page's path in the project, for the names of tests."""
    return str(page.relative_to(ROOT))


def parse(words: tuple[str, ...]) -> None:
    """Parse a call as the program would, down to the options of its command; runs nothing."""
    command: click.Command = fleet
    context = fleet.make_context("fleet", list(words))
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        if not rest:
            assert command.invoke_without_command, f"{context.command_path} needs a command"
            return
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        context = found.make_context(name, rest, parent=context)
        command = found


@pytest.mark.parametrize("shown", SHOWN, ids=str)
def test_every_command_shown_parses(shown: Shown) -> None:
    try:
        parse(shown.words)
    except click.exceptions.Exit as end:
        assert end.exit_code == 0
    except click.MissingParameter as problem:
        named = all(word.isalpha() for word in shown.words)  # A sentence speaks of the command by its name.
        assert named, f"{shown}: {problem.format_message()}"
    except click.ClickException as problem:
        pytest.fail(f"{shown}: {problem.format_message()}")


@pytest.mark.parametrize("words", [("devises",), ("sync", "--plam"), ("undo",), ("db",), ("demo", "--devices", "few")])
def test_a_wrong_command_does_not_parse(words: tuple[str, ...]) -> None:
    with pytest.raises((click.ClickException, AssertionError)):
        parse(words)


def test_commands_are_found_in_every_kind_of_place() -> None:
    words = {shown.words for shown in SHOWN}
    assert ("sync", "--json") in words, "crontab"
    assert ("sync",) in words, "systemd"
    assert ("--home", "C:/Fleet/home", "sync") in words, "Windows"
    assert ("demo",) in words, "PowerShell"
    assert () in words, "the screen"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_a_document(command: str) -> None:
    assert any(command in shown.words for shown in SHOWN), f"no document shows `fleet {command}`"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} does not exist"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


def _sources() -> Iterator[Path]:
    for folder in ("fleet", "tui", "importers", "tests"):
        yield ROOT / folder
        yield from (one for one in (ROOT / folder).rglob("*") if one.is_dir() or one.suffix == ".py")


@pytest.fixture(scope="module")
def sources() -> frozenset[str]:
    """Every file and folder of the source as `/fleet/domain/plan/`."""
    return frozenset(f"/{one.relative_to(ROOT).as_posix()}{'/' if one.is_dir() else ''}" for one in _sources())


_SOURCE = re.compile(r"(?<![\w/.$-])((?:\w+/)*\w+\.py|(?:fleet|tui|importers|tests)/(?:\w+/)*)(?!\w)")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_of_the_source_that_are_named_exist(page: Path, sources: frozenset[str]) -> None:
    missing = [name for name in _SOURCE.findall(read(page)) if not any(path.endswith(f"/{name}") for path in sources)]
    assert missing == []


def _configurations() -> list[Block]:
    return [block for page in PAGES for block in blocks(page) if block.language == "toml"]


def test_every_configuration_shown_is_accepted(tmp_path: Path) -> None:
    shown = _configurations()
    assert shown
    for block in shown:
        told = block.text if "[tenant." in block.text else f"{_COUNCILS}\n{block.text}"
        mail = "" if "[mail]" in told else _MAIL
        (tmp_path / "config.toml").write_text(f"{told}\n{mail}", encoding="utf-8")
        config = load_config(tmp_path, {})
        assert config.tenants
        assert config.organisations
        jobs_of(config)
        orders_of(config)
        hooks_of(config)


_COUNCILS = "\n".join(
    f'[organisation.{key}]\nname = "{key}"\n'
    f'[tenant.{key}]\norganisation = "{key}"\ntenant_id = "t"\nclient_id = "c"\nsecret_env = "X"'
    for key in ("northbridge", "eastmere")
)
_MAIL = '[mail]\nfrom = "fleet@northbridge.gov.example"\nhost = "localhost"\n'
"""What pages that show a part of the configuration leave out."""


def test_every_dependency_has_its_reason_and_every_reason_a_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {_plain(one) for one in (*project["dependencies"], *project["optional-dependencies"]["dev"])}
    table = re.findall(r"^\| ([\w-]+) \| .{5,} \|$", read(DOCS / "decisions" / "0005-dependencies.md"), re.MULTILINE)
    assert sorted(map(_plain, table)) == sorted(wanted)


def _plain(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=lambda page: page.name)
def test_a_decision_says_why_and_what_else_was_thought_of(page: Path) -> None:
    text = read(page)
    assert text.startswith(f"# {page.name[:4]} ")
    for part in ("Context", "Decision", "Alternatives", "Consequences"):
        assert f"**{part}" in text


def test_layouts_are_listed_as_the_program_lists_them() -> None:
    listed = re.findall(r"^\| `([\w-]+)` \| (.+) \| (\w+) \| (\w+) \|$", read(DOCS / "IMPORTING.md"), re.MULTILINE)
    assert listed == [(one.key, one.title, one.subject, one.confidence) for one in LAYOUTS]


def test_every_permission_that_matters_is_explained() -> None:
    text = read(DOCS / "SYNC.md")
    for permission in (*permissions.REQUIRED_PERMISSIONS.values(), permissions.LEAVE_DATE_PERMISSION):
        assert f"`{permission}`" in text
    for permission in permissions.REQUIRED_PERMISSIONS.values():
        assert f"`{permission}`" in read(ROOT / "README.md")


def test_every_exit_code_is_explained() -> None:
    used = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    for page in ("OPERATIONS.md", "SYNC.md"):
        told = {int(code) for code in re.findall(r"^\| (\d+) \|", read(DOCS / page), re.MULTILINE)}
        assert used | {0, 130} == told


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_documents_name_no_place_of_one_machine(page: Path) -> None:
    assert not re.search(r"/root/|/tmp/|/home/\w|/Users/\w", read(page))


def test_what_the_readme_says_is_missing_is_missing() -> None:
    missing = read(ROOT / "README.md").partition("## What is not there yet")[2].partition("\n## ")[0].lower()
    assert {"byod", "deliver", "action"} <= set(COMMANDS)
    assert not re.search("deliver|by mail|no mail|remote action|business manager|personal device|own device", missing)


def test_reports_are_listed_as_the_program_lists_them() -> None:
    listed = re.findall(r"^\| `([\w-]+)` +\| (.+?) +\|$", read(DOCS / "REPORTS.md"), re.MULTILINE)
    assert listed == [(one.key, one.question) for one in REPORTS.values()]


def test_pictures_need_nothing_from_elsewhere() -> None:
    pictures = sorted((DOCS / "pictures").glob("*.svg"))
    assert pictures
    for picture in pictures:
        addresses = re.findall(r"\w+://[^\s\"')<]+", read(picture))
        assert set(addresses) == {"http://www.w3.org/2000/svg"}, picture.name


def test_prose_is_free_of_blocks() -> None:
    assert "make demo" not in prose(ROOT / "README.md").split("## Install")[0]
