"""What scanned texts mean, hundreds at a time: the same answers as `keys.exact_devices`, in a few queries for all."""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.database.models import Device, Enrolment, Line, Sim
from fleet.domain.identifiers import imei_key
from fleet.domain.search import without_colons
from fleet.queries.tenants import batches

LONGEST_KEY = 100
"""No key is longer; a longer text is never looked for."""

_BARE_MAC = re.compile(r"[0-9a-fA-F]{12}")

Meanings = dict[str, set[int]]


def devices_by_scan(session: Session, texts: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Text -> the devices whose serial, asset tag, IMEI, MAC address, phone number, ICCID or Intune id is exactly that.

    A leading `S`, as in the barcodes on Apple's boxes, is passed over where the rest is a serial we know.
    """
    found: Meanings = {text: set() for text in texts}
    keys = {text: key for text in found if (key := text.strip()) and len(key) <= LONGEST_KEY and key.isprintable()}
    _by_serial(session, found, {text: key.upper() for text, key in keys.items()})
    _by_tag(session, found, {text: key.upper() for text, key in keys.items()})
    _by_imei(session, found, {text: imei for text, key in keys.items() if (imei := _imei(key))})
    without_s = {text: key.upper()[1:] for text, key in _open(keys, found) if key[0] in "sS" and len(key) > 9}
    _by_serial(session, found, without_s)
    _by_mac(session, found, {text: mac for text, key in _open(keys, found) if (mac := _mac(key))})
    connected = _open(keys, found)
    _by_enrolment(session, found, {text: key.lower() for text, key in connected})
    _by_connection(session, found, {text: digits for text, key in connected if (digits := _long(key))})
    return {text: tuple(sorted(ids)) for text, ids in found.items()}


def _open(keys: dict[str, str], found: Meanings) -> list[tuple[str, str]]:
    """Those that mean nothing so far."""
    return [(text, key) for text, key in keys.items() if not found[text]]


def _by_serial(session: Session, found: Meanings, wanted: dict[str, str]) -> None:
    _look_up(session, found, wanted, Device.serial, select(Device.serial, Device.id))


def _by_tag(session: Session, found: Meanings, wanted: dict[str, str]) -> None:
    tag = func.upper(Device.asset_tag)
    _look_up(session, found, wanted, tag, select(tag, Device.id))


def _by_imei(session: Session, found: Meanings, wanted: dict[str, str]) -> None:
    for column in (Device.imei, Device.imei2):
        first = func.substr(column, 1, 14)
        _look_up(session, found, wanted, first, select(first, Device.id))


def _by_mac(session: Session, found: Meanings, wanted: dict[str, str]) -> None:
    _look_up(session, found, wanted, Device.ethernet_mac, select(Device.ethernet_mac, Device.id))


def _by_enrolment(session: Session, found: Meanings, wanted: dict[str, str]) -> None:
    statement = select(Enrolment.intune_id, Enrolment.device_id).where(Enrolment.closed_at.is_(None))
    _look_up(session, found, wanted, Enrolment.intune_id, statement)


def _by_connection(session: Session, found: Meanings, wanted: dict[str, str]) -> None:
    sims: Any = select(Sim.iccid, Sim.device_id).where(Sim.device_id.is_not(None))
    _look_up(session, found, wanted, Sim.iccid, sims)
    lines: Any = select(Line.number, Sim.device_id).join(Line, Line.id == Sim.line_id).where(Sim.device_id.is_not(None))
    numbers = {text: "+44" + digits[1:] if digits[0] == "0" else "+" + digits for text, digits in wanted.items()}
    _look_up(session, found, numbers, Line.number, lines)


def _look_up(session: Session, found: Meanings, wanted: dict[str, str], column: Any, statement: Any) -> None:
    """Ask for all wanted values of a column at once; `statement` gives the value and the device."""
    texts: dict[str, list[str]] = {}
    for text, value in wanted.items():
        texts.setdefault(value, []).append(text)
    for batch in batches(texts):
        for value, device_id in session.execute(statement.where(column.in_(batch))):
            for text in texts.get(value, ()):
                found[text].add(device_id)


def _imei(key: str) -> str | None:
    digits = "".join(char for char in key if char.isdigit())
    return imei_key(digits) if len(digits) >= 14 else None


def _mac(key: str) -> str | None:
    bare = without_colons(key)
    return bare.upper() if _BARE_MAC.fullmatch(bare) else None


def _long(key: str) -> str | None:
    """The digits of what may be a phone number or an ICCID."""
    digits = "".join(char for char in key if char.isdigit())
    return digits if len(digits) >= 10 else None
