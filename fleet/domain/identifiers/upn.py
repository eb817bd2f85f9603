"""User principal names: `name@domain`, compared without regard to case (Microsoft Entra)."""

import re

from fleet.domain.identifiers.judged import Judged, bad, doubtful, good, written

_ORDINARY = re.compile(r"[a-z0-9'._\-]{1,64}@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+")
_FORM = re.compile(r"[^\s@<>,;\"()\[\]\\:]{1,64}@[^\s@<>,;\"()\[\]\\:.]+(?:\.[^\s@<>,;\"()\[\]\\:.]+)+")
_INSIDE = re.compile(r"[^\s@<>,;\"()\[\]\\:]{1,64}@[a-z0-9.\-]+\.[a-z0-9\-]+")
_PLAIN = re.compile(r"[a-z0-9'._\-!#^~+]+@[a-z0-9.\-]+")


def judge(value: object) -> Judged:
    """Judge a user principal name or e-mail address; the normal form is lower case."""
    if type(value) is str and _ORDINARY.fullmatch(value):
        return good(value)
    text = written(value, "user name")
    if isinstance(text, Judged):
        return text
    text = text.lower().removeprefix("mailto:").strip()
    if not _FORM.fullmatch(text) or len(text) > 256:
        return _not_one(text)
    if "#ext#" in text:
        return doubtful("upn-guest", text, "This is a guest account of another organisation.")
    if not _PLAIN.fullmatch(text):
        return doubtful(
            "upn-characters", text, "This user name holds characters that Entra does not use.", text.replace("’", "'")
        )
    return good(text)


def _not_one(text: str) -> Judged:
    inside = _INSIDE.findall(text)
    if len(inside) > 1:
        return bad("several", "Several user names are written in one cell.")
    if inside:
        return bad("upn-form", "More than a user name is written here.", inside[0].rstrip("."))
    return bad("upn-form", "A user name has the form name@organisation.")
