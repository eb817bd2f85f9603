"""Comparing lists of devices by what history keeps."""

from collections.abc import Iterable
from dataclasses import replace

from fleet.domain.records import DeviceRow


def without_volatile(rows: Iterable[DeviceRow]) -> dict[int, DeviceRow]:
    """Rows by id, without what makes no history and what is counted elsewhere."""
    return {row.id: replace(row, last_seen=None, open_findings=0, version=0) for row in rows}
