"""Every data set that sheets are made of. Where do the rows of a sheet come from? Look here."""

from collections.abc import Mapping
from types import MappingProxyType

from fleet.exports.datasets.custody import LEAVERS, LOANS, STOCK
from fleet.exports.datasets.dataset import Dataset
from fleet.exports.datasets.desk import EVENTS, FINDINGS, FIXED, NIGHTS, SYNC_TENANTS, SYNCS
from fleet.exports.datasets.devices import DEVICES
from fleet.exports.datasets.difference import CHANGES, KEY_NUMBERS
from fleet.exports.datasets.losses import LOSSES, VARIANCE
from fleet.exports.datasets.own_devices import OWN_DEVICES
from fleet.exports.datasets.security import SCOPE

DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "devices": DEVICES,
        "leavers": LEAVERS,
        "stock": STOCK,
        "loans": LOANS,
        "scope": SCOPE,
        "losses": LOSSES,
        "variance": VARIANCE,
        "own_devices": OWN_DEVICES,
        "findings": FINDINGS,
        "fixed": FIXED,
        "nights": NIGHTS,
        "tenants": SYNC_TENANTS,
        "syncs": SYNCS,
        "events": EVENTS,
        "key_numbers": KEY_NUMBERS,
        "changes": CHANGES,
    }
)

__all__ = ["DATASETS", "Dataset"]
