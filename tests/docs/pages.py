"""The documents as data: pages, links, blocks of code, and the `fleet ...` command lines they show."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_OPERATORS = frozenset("|&;<>()") | {"&&", "||", ">>"}
_SETTING = re.compile(r"\w+=")
SHELLS = frozenset({"sh", "powershell", "crontab", "ini"})
"""Languages of blocks whose lines are commands."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of code."""

    page: Path
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A command line of Fleet that a document shows."""

    page: Path
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page.name}: fleet {' '.join(self.words)}"


def read(page: Path) -> str:
    """A page's text."""
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCE.sub("", read(page))


def blocks(page: Path) -> list[Block]:
    """All blocks of code of a page, without the indentation of the list they stand in."""
    found = []
    for indent, language, text in _FENCE.findall(read(page)):
        lines = (line.removeprefix(indent) for line in text.splitlines())
        found.append(Block(page, language, "\n".join(lines)))
    return found


def links(page: Path) -> list[str]:
    """Targets of all links and pictures."""
    return _LINK.findall(_INLINE.sub("", prose(page)))


def anchors(page: Path) -> frozenset[str]:
    """The names by which headings are linked to."""
    headings = re.findall(r"^#+ +(.+)$", prose(page), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def shown_commands() -> list[Shown]:
    """Every `fleet ...` of every page: in blocks and between backticks."""
    found: dict[Shown, None] = {}
    for page in PAGES:
        lines = [line for block in blocks(page) if block.language in SHELLS for line in _lines(block)]
        lines += [code for code in _INLINE.findall(prose(page)) if re.match(r"fleet( |$)", code)]
        for line in lines:
            for words in _fleet_calls(line):
                found[Shown(page, words)] = None
    return list(found)


def section(page: Path, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    _, found, rest = read(page).partition(f"\n## {heading}\n")
    assert found, f"{page.name} has no heading {heading}"
    return rest.partition("\n## ")[0]


def table_of_commands(page: Path, heading: str) -> dict[str, list[str]]:
    """The table of jobs under a heading: each job's `fleet ...` lines, in order."""
    rows = [line.strip("| ").split(" | ", 1) for line in section(page, heading).splitlines() if "| `fleet" in line]
    return {job: [code for code in _INLINE.findall(shown) if re.match(r"fleet( |$)", code)] for job, shown in rows}


def block_commands(page: Path, heading: str) -> list[tuple[str, ...]]:
    """The calls of Fleet in the blocks under a heading, in order."""
    texts = [text for _, language, text in _FENCE.findall(section(page, heading)) if language == "sh"]
    lines = [line for text in texts for line in _lines(Block(page, "sh", text))]
    return [call for line in lines for call in _fleet_calls(line)]


def _lines(block: Block) -> Iterator[str]:
    """Lines as a shell sees them; Windows paths with slashes, and the command that a task is made of."""
    text = block.text.replace("\\\n", " ")
    for line in text.splitlines():
        if block.language != "powershell":
            yield line
        elif task := re.search(r'/TR "([^"]+)"', line):
            yield task[1].replace("\\", "/")
        else:
            yield line.replace("\\", "/")


def _fleet_calls(line: str) -> Iterator[tuple[str, ...]]:
    lexer = shlex.shlex(line.replace("ExecStart=", ""), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    call: list[str] = []
    for word in [*lexer, ";"]:
        if word in _OPERATORS:
            yield from _of_fleet(call)
            call = []
        else:
            call.append(word)


def _of_fleet(call: list[str]) -> Iterator[tuple[str, ...]]:
    """The arguments, when a simple command calls Fleet; settings and a crontab's times may stand before it."""
    for place, word in enumerate(call):
        if _SETTING.match(word) or re.fullmatch(r"[\d*]+", word):
            continue
        if re.fullmatch(r"fleet(\.exe)?", word.rpartition("/")[2]):
            yield tuple(call[place + 1 :])
        return
