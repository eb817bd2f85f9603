"""The identifiers of devices, SIMs and people: normalised, judged, explained.

Each kind has a module with `judge(value) -> Judged`; `JUDGES` names them for those who choose by a key.
"""

from collections.abc import Callable, Mapping

from fleet.domain.identifiers import apple, asset_tag, eid, iccid, imei, mac, meid, phone, serial, upn
from fleet.domain.identifiers.imei import imei_key
from fleet.domain.identifiers.judged import Judged, Verdict, is_placeholder, tidy

JUDGES: Mapping[str, Callable[[object], Judged]] = {
    "serial": serial.judge,
    "imei": imei.judge,
    "meid": meid.judge,
    "eid": eid.judge,
    "iccid": iccid.judge,
    "mac": mac.judge,
    "phone": phone.judge,
    "asset_tag": asset_tag.judge,
    "upn": upn.judge,
    "part_number": apple.judge_part_number,
    "model_identifier": apple.judge_model_identifier,
}


def judge(kind: str, value: object) -> Judged:
    """Judge a value as one kind of identifier; `kind` is a key of `JUDGES`."""
    return JUDGES[kind](value)


__all__ = [
    "JUDGES",
    "Judged",
    "Verdict",
    "apple",
    "asset_tag",
    "eid",
    "iccid",
    "imei",
    "imei_key",
    "is_placeholder",
    "judge",
    "mac",
    "meid",
    "phone",
    "serial",
    "tidy",
    "upn",
]
