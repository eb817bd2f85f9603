"""Which devices are read one by one in a night, for what the list omits."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from fleet.domain.plan.recorded import RecordedEnrolment, fingerprint
from fleet.domain.records import ObservedDevice, SeenDevice

DETAIL_AGE = timedelta(days=7)
"""Intune refreshes a device's hardware inventory every seven days: asking oftener reads the same values."""


def devices_to_ask(
    devices: Iterable[ObservedDevice | SeenDevice],
    held: Mapping[str, RecordedEnrolment],
    now: datetime,
    budget: int,
    since: datetime | None = None,
) -> list[str]:
    """Which devices to read one by one tonight: never read, changed, then those read longest ago (over a week ago, or
    before `since`).

    Own devices are never asked: what GET by id adds is not ours to keep.
    """
    due: list[tuple[int, float, str]] = []
    before = now - DETAIL_AGE if since is None else max(now - DETAIL_AGE, since)
    for device in devices if budget > 0 else ():
        known = held.get(device.intune_id)
        changed = not isinstance(device, SeenDevice) and (known is None or known.fingerprint != fingerprint(device))
        if (known is not None and known.personal) or (
            isinstance(device, ObservedDevice) and device.ownership == "personal"
        ):
            continue
        asked = None if known is None else known.enriched_at
        if asked is None:
            due.append((0, 0.0, device.intune_id))
        elif changed:
            due.append((1, asked.timestamp(), device.intune_id))
        elif asked <= before:
            due.append((2, asked.timestamp(), device.intune_id))
    due.sort()
    return [intune_id for _, _, intune_id in due[:budget]]
