"""The text that people sign, as an administrator writes it: a few marks, and places for what differs.

`# ` begins the title, `## ` a section, `1. ` or `- ` a point; `{items}` stands alone. Everything else is a paragraph.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, get_args

from fleet.domain.receipts.blocks import Heading, Paragraph, Point
from fleet.errors import UsageProblem

Kind = Literal["issue", "return"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FIRST_VERSION = "1"
"""The version of the texts below, used until somebody sets another."""
LONGEST = 20_000
"""Characters of a text: about ten pages, more than anybody reads before signing."""

PLACES: Mapping[str, str] = MappingProxyType(
    {
        "organisation": "the name of the organisation that owns the items",
        "person": "the name of the person, or of the site or team",
        "upn": "their sign-in name",
        "date": "the day of issue or return",
        "count": "how many items, as `1 item` or `3 items`",
        "items": "the table of items, alone on its line",
        "missing": "what did not come back (return)",
        "personal_data": "a sentence that says whether personal data was removed (return)",
    }
)
"""Place -> what is put there."""

_NEEDED: Mapping[str, tuple[str, ...]] = {"issue": ("items",), "return": ("items", "missing", "personal_data")}
_PLACE = re.compile(r"\{([^{}]*)\}")
_POINT = re.compile(r"(\d{1,3}\.|[-•])\s+")

DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "issue": """\
# Receipt for equipment issued

## What is handed over

{organisation} hands over to {person} on {date}:

{items}

## Whose property it is

Everything listed is and stays the property of {organisation}, which may ask for it back at any time. It is for
your work: do not sell it, lend it or pass it on.

## What you agree to

1. Take care of everything listed, use the case it came with, and keep its passcode to yourself.
2. Report loss, theft or damage to the IT service desk at once, at any hour. Report theft to the police as well
and pass on the reference they give you.
3. Follow the policies of {organisation} on acceptable use and information security.
4. The device is managed and monitored: {organisation} can see its model, system and work apps and whether it
follows the rules, can lock and erase it, and can locate it when it is reported lost.
5. Leave the management, the asset tag and the SIM card where they are.
6. Return everything listed when you leave, when your work no longer needs it or when you are asked, a loan on
the day it is due. Sign out of your personal accounts and remove your personal data first.

## Acceptance

By signing, or by typing my name, I confirm that I have received what is listed and that I agree to the above.
""",
        "return": """\
# Receipt for equipment returned

## What came back

{person} returned to {organisation} on {date}:

{items}

## Condition and what is missing

The condition on return is stated with each item. Missing: {missing}.

## Personal data

{personal_data} {organisation} does not restore anything that was left on a device.

## What this means

1. From the day of return you no longer answer for what is listed, except for what is missing and for damage
stated above.
2. You have signed out of your personal accounts and kept no information of {organisation} in places it did not
give you.

## Acceptance

By signing, or by typing my name, I confirm that the items came back as stated.
""",
    }
)
"""Kind -> version 1 of its text."""


def check_text(kind: str, body: str) -> None:
    """Pass a usable text; raises `UsageProblem` saying everything that is wrong with it."""
    wrong = []
    if not body.strip():
        wrong.append("it is empty")
    if len(body) > LONGEST:
        wrong.append(f"it is longer than {LONGEST:,} characters")
    if any((ord(char) < 0x20 and char not in "\n\r\t") or 0xD800 <= ord(char) <= 0xDFFF for char in body):
        wrong.append("it holds control characters")
    used = set(_PLACE.findall(body))
    if unknown := sorted(used - set(PLACES)):
        wrong.append(f"nothing is known for {', '.join('{' + one + '}' for one in unknown)}")
    if missing := [one for one in _NEEDED[kind] if one not in used]:
        wrong.append(f"it lacks {', '.join('{' + one + '}' for one in missing)}")
    if sum("{items}" in line for line in body.splitlines()) > 1:
        wrong.append("{items} stands there more than once")
    if any("{items}" in line and line.strip() != "{items}" for line in body.splitlines()):
        wrong.append("{items} must stand alone on its line")
    if wrong:
        known = ", ".join("{" + one + "}" for one in PLACES)
        raise UsageProblem(f"The text was not kept: {'; '.join(wrong)}. Places that are filled: {known}.")


def parts(body: str) -> Iterator[str | Heading | Point | Paragraph]:
    """The parts of a text in order, their places still empty; the title comes as a plain string, and `{items}` as a
    paragraph of that name."""
    paragraph: list[str] = []
    point: Point | None = None
    for raw in [*body.splitlines(), ""]:
        line = " ".join(raw.split())
        marked = _POINT.match(line)
        if point is not None and line and not marked and not _begins(line):
            point = Point(point.mark, f"{point.text} {line}")
            continue
        if paragraph and (not line or marked or _begins(line)):
            yield Paragraph(" ".join(paragraph))
            paragraph = []
        if point is not None:
            yield point
            point = None
        if marked:
            point = Point(marked[1], line[marked.end() :])
        elif line.startswith("## "):
            yield Heading(line[3:])
        elif line.startswith("# "):
            yield line[2:]
        elif line == "{items}":
            yield Paragraph(line)
        elif line:
            paragraph.append(line)


def _begins(line: str) -> bool:
    return line.startswith(("# ", "## ")) or line == "{items}"


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text with its places filled, once: what a name holds is never taken for a place."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)
