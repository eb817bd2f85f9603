"""Which devices are read one by one: the new, the changed, then those read longest ago."""

from datetime import timedelta

from fleet.commands.enrichment import DETAIL_AGE, devices_to_ask
from fleet.domain.plan import RecordedEnrolment
from fleet.domain.plan.recorded import fingerprint
from fleet.domain.records import ObservedDevice, SeenDevice
from tests.factory import NOW, an_observed_device


def held(device: ObservedDevice, days: float | None, *, personal: bool = False) -> RecordedEnrolment:
    """Its enrolment, with details read so many days ago."""
    asked = None if days is None else NOW - timedelta(days=days)
    return RecordedEnrolment(1, 1, fingerprint(device), None, None, 0, None, personal, asked)


def seen(device: ObservedDevice) -> SeenDevice:
    return SeenDevice(device.intune_id, None, None)


def ask(*pairs: tuple[ObservedDevice | SeenDevice, RecordedEnrolment | None], budget: int = 10) -> list[str]:
    return devices_to_ask(
        [one for one, _ in pairs], {one.intune_id: kept for one, kept in pairs if kept is not None}, NOW, budget
    )


def test_never_read_before_changed_before_stale() -> None:
    one, two, three, four = (an_observed_device(number) for number in range(1, 5))
    changed = an_observed_device(2, os_version="99.9")
    asked = ask((seen(one), held(one, 30)), (changed, held(two, 1)), (three, None), (seen(four), held(four, 40)))
    assert asked == [three.intune_id, two.intune_id, four.intune_id, one.intune_id]


def test_what_was_read_lately_and_is_unchanged_is_left_alone() -> None:
    one, two = an_observed_device(1), an_observed_device(2)
    fresh = DETAIL_AGE.days - 1
    assert ask((seen(one), held(one, fresh)), (two, held(two, fresh))) == []


def test_own_devices_are_never_asked() -> None:
    """Whether the register says so or Intune does."""
    one, two = an_observed_device(1), an_observed_device(2, ownership="personal")
    assert ask((seen(one), held(one, None, personal=True)), (one, held(one, None, personal=True)), (two, None)) == []


def test_the_budget_bounds_it() -> None:
    devices = [an_observed_device(number) for number in range(1, 6)]
    assert len(ask(*((one, None) for one in devices), budget=2)) == 2
    assert ask(*((one, None) for one in devices), budget=0) == []


def test_who_names_a_day_gets_asked_again_what_was_read_before_it() -> None:
    one, two = an_observed_device(1), an_observed_device(2)
    kept = {one.intune_id: held(one, 3), two.intune_id: held(two, 1)}
    assert devices_to_ask([seen(one), seen(two)], kept, NOW, 10, NOW - timedelta(days=2)) == [one.intune_id]
    assert devices_to_ask([seen(one), seen(two)], kept, NOW, 10, NOW - timedelta(days=400)) == []
