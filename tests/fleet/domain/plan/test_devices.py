"""What a complete read of a tenant's devices means for the register."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.domain.plan import DeviceIndex, DevicePlan, RecordedDevice, RecordedEnrolment, RecordedTenant, plan_devices
from fleet.domain.plan.devices import PERSONAL_KEEPS, kind_of, minimise
from fleet.domain.plan.recorded import OBSERVED, VOLATILE, fingerprint, observed_values
from fleet.domain.records import ObservedDevice, Problem
from tests.factory import NOW, an_observed_device

IMEI, OTHER_IMEI = "352099001761481", "490154203237518"


class Register:
    """What is recorded of one tenant, said in words; answers the plan's two questions and counts them."""

    def __init__(self) -> None:
        self.devices: list[RecordedDevice] = []
        self.open: dict[str, RecordedEnrolment] = {}
        self.values: dict[int, tuple[Any, ...]] = {}
        self.registrations: dict[str, int] = {}
        self.asked_full = self.asked_index = 0

    def device(self, number: int, **values: Any) -> "Register":
        known: dict[str, Any] = {"id": number, "organisation_id": 1, "ownership": "organisation", "kind": "ipad"}
        self.devices.append(RecordedDevice(**(known | values)))
        return self

    def enrolled(self, number: int = 1, *, missing_runs: int = 0, personal: bool = False, **values: Any) -> "Register":
        """The enrolment that an observed device of that number left when it was last seen so."""
        seen = an_observed_device(number, **values)
        if personal:
            seen = minimise(seen)
        self.open[seen.intune_id] = RecordedEnrolment(
            id=number * 10, device_id=number, fingerprint=fingerprint(seen), last_seen=seen.last_seen,
            storage_free=seen.storage_free, missing_runs=missing_runs,
            missing_since=NOW - timedelta(days=1) if missing_runs else None, personal=personal,
        )  # fmt: skip
        self.values[number * 10] = observed_values(seen)
        return self.device(
            number, ownership="personal" if personal else "organisation", serial=seen.serial, imei=seen.imei
        )

    def forgot_fingerprint(self, number: int = 1) -> "Register":
        held = self.open[f"intune-{number:04d}"]
        self.open[f"intune-{number:04d}"] = replace(held, fingerprint=None)
        return self

    def plan(self, *observed: ObservedDevice, problems: tuple[Problem, ...] = ()) -> DevicePlan:
        recorded = RecordedTenant(
            organisation_id=1, open_enrolments=self.open, fleet_size=len(self.open), organisation_size=len(self.open)
        )

        def full(ids: Any) -> dict[int, tuple[Any, ...]]:
            self.asked_full += 1
            return {one: self.values[one] for one in ids}

        def index(_unknown: Any) -> DeviceIndex:
            self.asked_index += 1
            return DeviceIndex(self.devices, self.registrations)

        made = plan_devices(
            observed, recorded, tenant="northbridge", organisation="northbridge", full=full, index=index,
            read_problems=problems,
        )  # fmt: skip
        counts = made.counts()
        assert counts["read"] == counts["new"] + counts["changed"] + counts["unchanged"] + counts["problems"]
        return made


def is_quiet(made: DevicePlan) -> None:
    """The plan makes no history and notes nothing."""
    assert made.is_empty
    assert (made.absent, made.back, made.seen, made.refreshed, made.clashes, made.problems) == ([], [], [], [], [], [])


def touches_nothing(made: DevicePlan) -> None:
    """The plan adds, fills and changes nothing."""
    assert (made.new, made.new_devices, made.filled, made.changed) == ([], [], {}, [])


# --- known devices -------------------------------------------------------------------------------------------


def test_the_same_answer_again_plans_nothing_and_asks_nothing() -> None:
    """An unchanged night compares fingerprints alone."""
    register = Register().enrolled(1).enrolled(2)
    made = register.plan(an_observed_device(1), an_observed_device(2))
    is_quiet(made)
    assert made.unchanged == 2
    assert (register.asked_full, register.asked_index) == (0, 0)


def test_a_check_in_is_stored_and_makes_no_history() -> None:
    """Last seen and free storage move every day."""
    made = Register().enrolled(1).plan(an_observed_device(1, last_seen=NOW, storage_free=7))
    assert made.seen == [(10, NOW, 7)]
    assert made.is_empty
    assert made.unchanged == 1


def test_a_blank_check_in_erases_nothing() -> None:
    """Some lists omit it."""
    seen = an_observed_device(1)
    is_quiet(Register().enrolled(1).plan(an_observed_device(1, last_seen=None, storage_free=None)))
    made = Register().enrolled(1).plan(an_observed_device(1, last_seen=NOW, storage_free=None))
    assert made.seen == [(10, NOW, seen.storage_free)]


def test_a_change_is_planned_with_before_and_after() -> None:
    """Only the fields that differ, and the fingerprint of the whole new record."""
    new = an_observed_device(1, os_version="26.2", compliance="noncompliant")
    (changed,) = Register().enrolled(1).plan(new).changed
    assert (changed.id, changed.device_id, changed.fingerprint) == (10, 1, fingerprint(new))
    assert changed.before == {"os_version": "26.1", "compliance": "compliant"}
    assert changed.after == {"os_version": "26.2", "compliance": "noncompliant"}


@pytest.mark.parametrize("name", [one for one in OBSERVED if getattr(an_observed_device(1), one) is not None])
def test_a_blank_never_overwrites(name: str) -> None:
    """List and GET differ in their blanks; only the fingerprint is brought up to date."""
    made = Register().enrolled(1).plan(an_observed_device(1, **{name: None}))
    assert made.is_empty
    assert [one for one, _ in made.refreshed] == [10]
    assert made.unchanged == 1


def test_a_forgotten_fingerprint_makes_a_comparison_and_no_history() -> None:
    """After a correction by hand or a new column."""
    register = Register().enrolled(1).forgot_fingerprint()
    made = register.plan(an_observed_device(1))
    assert made.is_empty
    assert made.refreshed == [(10, fingerprint(an_observed_device(1)))]


def test_what_differs_is_asked_for_in_one_go() -> None:
    """One query, however many devices changed or are new."""
    register = Register().enrolled(1).enrolled(2).enrolled(3)
    register.plan(
        *(an_observed_device(n, os_version="26.2") for n in (1, 2, 3)), *(an_observed_device(n) for n in (8, 9))
    )
    assert (register.asked_full, register.asked_index) == (1, 1)


def test_a_repeat_in_the_list_counts_once() -> None:
    """A device that moved between two pages while they were read."""
    made = Register().enrolled(1).plan(an_observed_device(1), an_observed_device(1, os_version="26.2"))
    is_quiet(made)
    assert made.read == 1
    twice = Register().plan(an_observed_device(1), an_observed_device(1))
    assert (len(twice.new), len(twice.new_devices)) == (1, 1)


def test_an_enrolment_does_not_become_another_device() -> None:
    """A serial that changes under one Intune id is not believed: a person looks."""
    made = Register().enrolled(1).plan(an_observed_device(1, serial="DMPXOTHER1", os_version="26.2"))
    touches_nothing(made)
    assert [(one.identifier, one.value, one.intune_ids, one.device_id) for one in made.clashes] == [
        ("serial", "DMPX000001", ("intune-0001",), 1)
    ]
    assert [one.code for one in made.problems] == ["duplicate-serial"]


def test_a_serial_that_was_blank_is_learnt() -> None:
    """Some enrolments show it only after the first inventory."""
    (changed,) = Register().enrolled(1, serial=None).plan(an_observed_device(1)).changed
    assert changed.after == {"serial": "DMPX000001"}


# --- new enrolments -----------------------------------------------------------------------------------------


def test_a_device_nobody_recorded_is_added_with_its_enrolment() -> None:
    """The device gets what identifies it, the enrolment all that was seen."""
    made = Register().plan(an_observed_device(1))
    (new,) = made.new
    (device,) = made.new_devices
    assert (new.device_id, new.new_device, new.observed) == (None, 0, an_observed_device(1))
    assert (device.kind, device.ownership, device.serial, device.imei) == (
        "ipad", "organisation", "DMPX000001", an_observed_device(1).imei,
    )  # fmt: skip


def test_a_device_that_was_bought_but_never_seen_gets_its_enrolment() -> None:
    """And its blanks are filled; what is there is left alone."""
    register = Register().device(7, serial="DMPX000001", imei=None, model_id=3)
    made = register.plan(an_observed_device(1))
    assert [(one.device_id, one.new_device) for one in made.new] == [(7, None)]
    assert made.new_devices == []
    assert made.filled == {7: {"imei": an_observed_device(1).imei}}


def test_a_device_of_another_council_is_enrolled_and_its_record_left_alone() -> None:
    """In the wrong tenant: what that tenant says is no reason to write into the other council's register."""
    register = Register().device(7, serial="DMPX000001", imei=None, organisation_id=2)
    made = register.plan(an_observed_device(1))
    assert [one.device_id for one in made.new] == [7]
    assert made.filled == {}


def test_a_wiped_device_gets_a_new_enrolment_and_stays_the_same_device() -> None:
    """New Intune id, old serial; the old enrolment is absent, not yet closed."""
    made = Register().enrolled(1).plan(an_observed_device(1, intune_id="intune-after-wipe"))
    assert [(one.device_id, one.observed.intune_id) for one in made.new] == [(1, "intune-after-wipe")]
    assert made.new_devices == []
    assert made.absent == [(10, 1)]


def test_both_ids_of_a_wiped_device_may_be_listed_for_a_while() -> None:
    """Intune keeps the stale record for weeks."""
    made = Register().enrolled(1).plan(an_observed_device(1), an_observed_device(1, intune_id="intune-after-wipe"))
    assert [one.device_id for one in made.new] == [1]
    assert (made.absent, made.clashes) == ([], [])


def test_a_new_device_that_was_wiped_before_we_saw_it_is_one_device() -> None:
    """Two enrolments of one serial; the newest tells what it is."""
    old = an_observed_device(1, model="iPad (9th generation)", enrolled_at=NOW - timedelta(days=90))
    new = an_observed_device(1, intune_id="intune-after-wipe", enrolled_at=NOW - timedelta(days=2))
    made = Register().plan(old, new)
    assert [one.new_device for one in made.new] == [0, 0]
    assert [one.model for one in made.new_devices] == ["iPad (10th generation)"]


def test_the_same_serial_on_two_pieces_of_new_hardware_is_a_clash() -> None:
    """Cloned or mistyped: neither is added, both are named."""
    made = Register().plan(
        an_observed_device(1, imei=IMEI), an_observed_device(2, serial="DMPX000001", imei=OTHER_IMEI)
    )
    touches_nothing(made)
    assert [(one.identifier, one.value, one.intune_ids) for one in made.clashes] == [
        ("serial", "DMPX000001", ("intune-0001", "intune-0002"))
    ]
    assert [one.where for one in made.problems] == ["intune-0001", "intune-0002"]


def test_the_same_imei_on_two_pieces_of_new_hardware_is_a_clash() -> None:
    """The register can't hold it twice: one bad pair must not end the run of 2,000 devices."""
    made = Register().plan(an_observed_device(1, imei=IMEI), an_observed_device(2, imei=IMEI), an_observed_device(3))
    assert [one.observed.intune_id for one in made.new] == ["intune-0003"]
    assert [(one.identifier, one.value, one.intune_ids) for one in made.clashes] == [
        ("imei", IMEI, ("intune-0001", "intune-0002"))
    ]


def test_a_new_device_whose_serial_one_enrolment_omits_is_one_device() -> None:
    """The same IMEI, and nothing that contradicts."""
    made = Register().plan(an_observed_device(1, imei=IMEI), an_observed_device(2, serial=None, imei=IMEI[:14]))
    assert [one.new_device for one in made.new] == [0, 0]
    assert [(one.serial, one.imei) for one in made.new_devices] == [("DMPX000001", IMEI)]


def test_two_enrolments_that_would_fill_one_device_with_two_imeis_are_a_clash() -> None:
    """A serial recorded without an IMEI, claimed by two pieces of hardware."""
    register = Register().device(7, serial="DMPX000001")
    made = register.plan(an_observed_device(1, imei=IMEI), an_observed_device(2, serial="DMPX000001", imei=OTHER_IMEI))
    touches_nothing(made)
    assert [(one.identifier, one.intune_ids, one.device_id) for one in made.clashes] == [
        ("serial", ("intune-0001", "intune-0002"), 7)
    ]


def test_one_imei_that_would_fill_two_devices_is_a_clash() -> None:
    """Two recorded serials, both without an IMEI, and the same one seen on both."""
    register = Register().device(7, serial="DMPX000001").device(8, serial="DMPX000002")
    made = register.plan(an_observed_device(1, imei=IMEI), an_observed_device(2, imei=IMEI))
    touches_nothing(made)
    assert [(one.identifier, one.value, one.intune_ids) for one in made.clashes] == [
        ("imei", IMEI, ("intune-0001", "intune-0002"))
    ]


def test_a_serial_that_one_fills_and_another_brings_is_a_clash() -> None:
    """Known by its IMEI without a serial; a second one claims the serial with another IMEI."""
    register = Register().device(7, imei=IMEI)
    made = register.plan(an_observed_device(1, imei=IMEI), an_observed_device(2, serial="DMPX000001", imei=OTHER_IMEI))
    touches_nothing(made)
    assert [(one.identifier, one.value, set(one.intune_ids)) for one in made.clashes] == [
        ("serial", "DMPX000001", {"intune-0001", "intune-0002"})
    ]


def test_a_clash_with_a_recorded_device_names_it() -> None:
    """Its card shows the finding."""
    register = Register().device(7, serial="DMPX000001", imei=OTHER_IMEI)
    made = register.plan(an_observed_device(1, imei=IMEI))
    touches_nothing(made)
    assert [(one.identifier, one.value, one.device_id) for one in made.clashes] == [("serial", "DMPX000001", 7)]


def test_two_clashes_of_one_value_are_one_finding() -> None:
    """With both enrolments in it."""
    register = Register().device(7, serial="DMPX000001", imei=OTHER_IMEI)
    made = register.plan(an_observed_device(1, imei=IMEI), an_observed_device(2, serial="DMPX000001", imei=IMEI))
    assert [one.intune_ids for one in made.clashes] == [("intune-0001", "intune-0002")]
    assert len(made.problems) == 2


def test_devices_without_identifiers_are_devices_all_the_same() -> None:
    """Two blanks are two things."""
    made = Register().plan(*(an_observed_device(number, serial=None, imei=None, device_name=None) for number in (1, 2)))
    assert len(made.new_devices) == 2


@pytest.mark.parametrize(
    ("model", "platform", "kind"),
    [
        ("iPad (10th generation)", "iPadOS", "ipad"),
        ("iPad Pro 11-inch", "iOS", "ipad"),
        ("iPhone SE", "iOS", "iphone"),
        ("IPHONE 15", None, "iphone"),
        (None, "iPadOS", "ipad"),
        (None, "iOS", "other"),
        ("Surface Hub", "Windows", "other"),
        (None, None, "other"),
    ],
)
def test_what_kind_of_thing_it_is(model: str | None, platform: str | None, kind: str) -> None:
    """By the marketing name; the platform says iOS for both in older data."""
    assert kind_of(model, platform) == kind


# --- absence -------------------------------------------------------------------------------------------------


def test_absent_once_is_noted_and_nothing_is_concluded() -> None:
    """One list may be torn without anybody noticing."""
    made = Register().enrolled(1).enrolled(2).plan(an_observed_device(1))
    assert (made.absent, made.closing) == ([(20, 2)], [])
    assert made.is_empty
    assert made.counts()["missing"] == 1


def test_absent_twice_closes_the_enrolment() -> None:
    """The device and its holder stay as they are."""
    made = Register().enrolled(1).enrolled(2, missing_runs=1).plan(an_observed_device(1))
    assert (made.absent, made.closing) == ([], [(20, 2)])
    assert not made.is_empty


def test_back_after_one_absence_is_as_if_nothing_had_been() -> None:
    """Seen again, whether changed or not."""
    made = Register().enrolled(1, missing_runs=1).plan(an_observed_device(1))
    assert (made.back, made.closing) == ([10], [])
    assert made.is_empty
    assert made.unchanged == 1


def test_back_after_the_enrolment_was_closed_is_a_new_enrolment_of_the_same_device() -> None:
    """Under the same Intune id."""
    made = Register().device(1, serial="DMPX000001", imei=an_observed_device(1).imei).plan(an_observed_device(1))
    assert [(one.device_id, one.observed.intune_id) for one in made.new] == [(1, "intune-0001")]


def test_a_device_that_could_not_be_read_is_not_absent() -> None:
    """It was in the list: one bad device is a problem, not a loss."""
    bad = Problem(code="bad-device", where="intune-0002", reason="no such date")
    for runs in (0, 1):
        made = Register().enrolled(1).enrolled(2, missing_runs=runs).plan(an_observed_device(1), problems=(bad,))
        assert (made.absent, made.closing) == ([], [])
        assert (made.read, made.problems) == (2, [bad])


def test_a_device_in_a_clash_is_not_absent() -> None:
    """It is there, and somebody must look."""
    made = Register().enrolled(1).plan(an_observed_device(1, serial="DMPXOTHER1"))
    assert (made.absent, made.closing) == ([], [])


def test_an_empty_answer_makes_everything_absent_and_leaves_the_judgement_to_the_brake() -> None:
    """The plan says; the brake decides."""
    made = Register().enrolled(1).enrolled(2).plan()
    assert made.absent == [(10, 1), (20, 2)]


# --- people's own devices ------------------------------------------------------------------------------------


PRIVATE: dict[str, Any] = {
    "serial": "DMPXPRIVATE", "imei": IMEI, "meid": "A0000000000001", "device_name": "Cerys's iPhone",
    "phone_number": "+447700900123", "carrier": "Telco", "wifi_mac": "02:00:00:00:00:01", "storage_free": 5,
    "storage_total": 9, "category": "private", "entra_device_id": "x", "supervised": False,
}  # fmt: skip


def test_of_an_own_device_only_what_is_ours_to_know_is_kept() -> None:
    """No serial, number, carrier, name or address of it."""
    made = Register().plan(an_observed_device(1, ownership="personal", **PRIVATE))
    (new,) = made.new
    (device,) = made.new_devices
    assert (device.ownership, device.serial, device.imei) == ("personal", None, None)
    for name in ObservedDevice.__dataclass_fields__:
        if name not in PERSONAL_KEEPS:
            assert getattr(new.observed, name) is None, name
    assert new.observed.os_version == "26.1"
    assert new.fingerprint == fingerprint(new.observed)


def test_an_own_device_stays_minimal_and_quiet_night_after_night() -> None:
    """Also when Intune calls it corporate one day, and whatever of it changes that we do not keep."""
    register = Register().enrolled(1, personal=True, ownership="personal", **PRIVATE)
    made = register.plan(
        an_observed_device(1, ownership="personal", **(PRIVATE | {"device_name": "New name", "imei": OTHER_IMEI}))
    )
    is_quiet(made)
    claimed = register.plan(an_observed_device(1, ownership="company", **PRIVATE))
    (changed,) = claimed.changed
    assert changed.after == {"ownership": "company"}


def test_an_own_device_comes_back_to_the_registration_that_names_it() -> None:
    """Its enrolment is its identity; it is not filled with anything."""
    register = Register().device(7, ownership="personal", kind="iphone")
    register.registrations = {"intune-0001": 7}
    made = register.plan(an_observed_device(1, ownership="company", **PRIVATE))
    (new,) = made.new
    assert new.device_id == 7
    assert made.filled == {}
    assert new.observed.serial is None


def test_two_own_devices_of_one_serial_are_no_clash() -> None:
    """We do not look at it."""
    made = Register().plan(*(an_observed_device(n, ownership="personal", **PRIVATE) for n in (1, 2)))
    assert len(made.new_devices) == 2
    assert made.clashes == []


def test_what_is_kept_of_an_own_device_names_real_fields() -> None:
    """A typing mistake here would blank something for ever."""
    assert PERSONAL_KEEPS.issubset(ObservedDevice.__dataclass_fields__)
    assert (
        not {"serial", "imei", "meid", "phone_number", "carrier", "device_name", "wifi_mac", "category"}
        & PERSONAL_KEEPS
    )


# --- whatever comes ------------------------------------------------------------------------------------------


_VALUE = {
    "serial": st.sampled_from([None, "S1", "S2", "S3"]),
    "imei": st.sampled_from([None, IMEI, OTHER_IMEI, IMEI[:14]]),
    "ownership": st.sampled_from(["company", "personal", None]),
    "os_version": st.sampled_from([None, "26.1", "26.2"]),
    "device_name": st.sampled_from([None, "NB-0001", "iPad"]),
    "model": st.sampled_from([None, "iPad", "iPhone"]),
}
_SEEN = st.lists(st.tuples(st.integers(1, 6), st.fixed_dictionaries(_VALUE)), max_size=8)
_RECORDED = st.lists(
    st.tuples(_VALUE["serial"], _VALUE["imei"], st.sampled_from([None, "NB-0001"])),
    max_size=3, unique_by=(lambda one: one[0] or object(), lambda one: (one[1] or "")[:14] or object()),
)  # fmt: skip


@given(seen=_SEEN, recorded=_RECORDED)
def test_a_plan_never_claims_one_identifier_for_two_devices(
    seen: list[tuple[int, dict[str, Any]]], recorded: list[tuple[str | None, str | None, str | None]]
) -> None:
    """The register's unique indexes would refuse it, and one bad device would end every night's run."""
    register = Register()
    for number, (serial, imei, tag) in enumerate(recorded, start=50):
        register.device(number, serial=serial, imei=imei, asset_tag=tag)
    made = register.plan(*(an_observed_device(number, **values) for number, values in seen))
    held = {one.id: [one.serial, one.imei] for one in register.devices}
    for device_id, blanks in made.filled.items():
        for slot, name in enumerate(("serial", "imei")):
            assert name not in blanks or held[device_id][slot] is None
            held[device_id][slot] = blanks.get(name, held[device_id][slot])
    claims = [*held.values(), *([one.serial, one.imei] for one in made.new_devices)]
    serials = [serial for serial, _ in claims if serial]
    imeis = [imei[:14] for _, imei in claims if imei]
    assert len(serials) == len(set(serials))
    assert len(imeis) == len(set(imeis))


@given(seen=_SEEN, recorded=_RECORDED)
def test_every_new_device_has_an_enrolment_and_every_enrolment_one_device(
    seen: list[tuple[int, dict[str, Any]]], recorded: list[tuple[str | None, str | None, str | None]]
) -> None:
    """Nothing hangs in the air, and what clashed is not in the plan."""
    register = Register()
    for number, (serial, imei, tag) in enumerate(recorded, start=50):
        register.device(number, serial=serial, imei=imei, asset_tag=tag)
    made = register.plan(*(an_observed_device(number, **values) for number, values in seen))
    assert {one.new_device for one in made.new if one.new_device is not None} == set(range(len(made.new_devices)))
    assert all((one.device_id is None) != (one.new_device is None) for one in made.new)
    clashed = {one for clash in made.clashes for one in clash.intune_ids}
    assert not clashed & {one.observed.intune_id for one in made.new}
    assert {one.where for one in made.problems} == clashed


def test_volatile_fields_are_not_in_the_fingerprint() -> None:
    """All others are."""
    one = an_observed_device(1)
    assert fingerprint(one) == fingerprint(replace(one, last_seen=None, storage_free=None))
    assert not set(VOLATILE) & set(OBSERVED)
    for name in OBSERVED:
        old = getattr(one, name)
        new: Any = (not old) if isinstance(old, bool) else NOW if name.endswith(("_at", "_until")) else f"{old}x"
        assert fingerprint(replace(one, **{name: new})) != fingerprint(one), name
