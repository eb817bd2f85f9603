"""What each fate makes of an ordinary enrolment. One small function for every discrepancy that Intune shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from fleet.demo.estate.custody import Custody, Handing
from fleet.demo.estate.enrolments import Enrolling, Hardware
from fleet.demo.estate.hardware import Offer
from fleet.demo.estate.identifiers import guid
from fleet.demo.estate.seeds import SimSeed

Facts = dict[str, Any]


@dataclass(slots=True)
class Scene:
    """Where an enrolment happens: the device, its custody, the other rows it may need."""

    enrolling: Enrolling
    elsewhere: Enrolling | None
    """Another organisation's tenant."""
    handing: Handing
    hardware: Hardware
    custody: Custody
    donated: list[tuple[SimSeed, str | None]]
    """SIMs, with their numbers, waiting to be seen in the wrong device."""
    boards: list[str]
    """IMEIs of logic boards taken out of disposed devices, waiting to be fitted elsewhere."""
    offer: Offer


def spoil(fate: str, scene: Scene, facts: Facts) -> None:
    """Makes one thing about an enrolment as its fate wants, adding a second enrolment where it takes two."""
    act = ACTS.get(fate)
    if act:
        act(scene, facts)


def _holder_differs(scene: Scene, facts: Facts) -> None:
    holder = scene.custody.holder
    other = scene.handing.somebody_else(holder) if holder else None
    if other:
        facts.update(user_id=other.entra_id, upn=other.upn, user_name=other.display_name)


def _vanished(scene: Scene, facts: Facts) -> None:
    facts["last_night"] = 1
    facts["last_sync"] = scene.enrolling.before_now(2.1 + scene.enrolling.random.random() * 10)
    facts["os_before"] = facts["name_before"] = None


def _duplicate_serial(scene: Scene, _facts: Facts) -> None:
    """A repairer's logic board swap: the same serial in another body, which nobody recorded."""
    mint = scene.enrolling.mint
    twin = replace(scene.hardware, imei=mint.imei(scene.offer.tacs[0]), wifi_mac=mint.mac("a4"))
    second = scene.enrolling.corporate(twin, None, 60, sim=None, number=None)
    second.update(
        device=None, device_name="iPad" if twin.kind == "ipad" else "iPhone", enrolment_type="appleBulkWithoutUser"
    )
    scene.enrolling.add(second)


def _duplicate_imei(scene: Scene, facts: Facts) -> None:
    """A repairer fitted the board of another of our devices: that one's IMEI shows under this one's serial."""
    facts["imei"] = scene.boards.pop()


def _os_unsupported(scene: Scene, facts: Facts) -> None:
    facts.update(os_version=scene.enrolling.outdated(scene.offer), os_before=None)


def _silent(scene: Scene, facts: Facts, least: int, most: int) -> None:
    days = (scene.custody.issued_ago or most) - 2
    silence = scene.enrolling.random.uniform(least + 0.5, max(least + 0.6, min(most, days)))
    facts.update(
        last_sync=scene.enrolling.before_now(silence), os_before=None, compliance="compliant", grace_until=None
    )


def _not_seen_30(scene: Scene, facts: Facts) -> None:
    _silent(scene, facts, 31, 87)


def _not_seen_90(scene: Scene, facts: Facts) -> None:
    _silent(scene, facts, 92, 300)


def _lost_checking_in(scene: Scene, facts: Facts) -> None:
    ended = scene.custody.ended_ago or 6
    facts["last_sync"] = scene.enrolling.before_now(scene.enrolling.random.uniform(0.1, min(15.0, ended - 2.0)))


def _lost(scene: Scene, facts: Facts) -> None:
    """An honest loss: switched off since before the incident."""
    ended = scene.custody.ended_ago or 6
    facts["last_sync"] = scene.enrolling.before_now(ended + scene.enrolling.random.uniform(1.1, 3.0))
    facts["os_before"] = None


def _sim_moved(scene: Scene, facts: Facts) -> None:
    sim, number = scene.donated.pop()
    facts.update(iccid=sim.iccid, carrier=sim.carrier, phone_number=number)


def _owned_marked_personal(_scene: Scene, facts: Facts) -> None:
    facts["ownership"] = "personal"
    if facts["phone_number"]:
        facts["phone_number"] = f"******{facts['phone_number'][-4:]}"


def _again(scene: Scene, facts: Facts) -> Facts:
    """Turns an enrolment into the second of its device and gives the facts of the first."""
    enrolling = scene.enrolling
    issued = scene.custody.issued_ago or 100
    again = enrolling.random.randint(8, max(8, issued - 40))
    first = dict(facts, intune_id=guid(enrolling.random), entra_device_id=guid(enrolling.random))
    first.update(os_before=None, name_before=None, compliance="compliant", grace_until=None)
    facts["enrolled_at"] = enrolling.at_work(again)
    facts["last_sync"] = enrolling.before_now(enrolling.random.uniform(0.0, 4.0))
    first["last_sync"] = facts["enrolled_at"] - timedelta(hours=enrolling.random.randint(2, 60))
    return first


def _leftover(scene: Scene, facts: Facts) -> None:
    first = _again(scene, facts)
    first["management_state"] = scene.enrolling.random.choice(("retireIssued", "managed"))
    scene.enrolling.add(first)


def _re_enrolled(scene: Scene, facts: Facts) -> None:
    """Wiped and enrolled anew on the day before night 2, the old row cleaned away."""
    first = _again(scene, facts)
    first.update(last_night=1, last_sync=scene.enrolling.before_now(2.2))
    scene.enrolling.add(first)
    _appears_on_night_2(scene, facts)


def _appears_on_night_2(scene: Scene, facts: Facts) -> None:
    random = scene.enrolling.random
    facts.update(
        first_night=2,
        enrolled_at=scene.enrolling.before_now(random.uniform(1.1, 1.9)),
        last_sync=scene.enrolling.before_now(random.uniform(0.0, 0.9)),
        os_before=None,
        name_before=None,
    )


def _primary_user_differs(scene: Scene, facts: Facts) -> None:
    holder = scene.custody.holder
    if holder:
        facts["primary_user_id"] = scene.handing.somebody_else(holder).entra_id


def _device_name(scene: Scene, facts: Facts) -> None:
    """Somebody set it up and never gave it its name."""
    facts.update(device_name=f"TEMP-{scene.hardware.number:06d}", name_before=None)


def _update_overdue(scene: Scene, facts: Facts) -> None:
    facts.update(os_version=scene.enrolling.late(scene.offer), os_before=None)


def _unknown_person(scene: Scene, facts: Facts) -> None:
    random = scene.enrolling.random
    domain = scene.enrolling.organisation.domain
    name = f"staging{random.randrange(10_000):04d}"
    facts.update(user_id=guid(random), upn=f"{name}@{domain}", user_name=f"Staging {name[-4:]}", category=None)


def _noncompliant(scene: Scene, facts: Facts) -> None:
    facts["compliance"] = "noncompliant"
    facts["grace_until"] = scene.enrolling.before_now(scene.enrolling.random.uniform(1.5, 30))


def _two_tenants(scene: Scene, facts: Facts) -> None:
    if not scene.elsewhere:
        return
    first = _again(scene, facts)
    _strip_user(first)
    first.update(tenant=scene.elsewhere.organisation.key, last_sync=scene.enrolling.before_now(6.5))
    if first["enrolled_at"] > first["last_sync"]:
        first["enrolled_at"] = first["last_sync"] - timedelta(hours=1)
    scene.elsewhere.add(first)


def _wrong_tenant(scene: Scene, facts: Facts) -> None:
    if scene.elsewhere:
        _strip_user(facts)
        facts["tenant"] = scene.elsewhere.organisation.key


def _strip_user(facts: Facts) -> None:
    facts.update(user_id=None, upn=None, user_name=None, enrolment_type="appleBulkWithoutUser", category="Shared")


def _set(**changes: object) -> Callable[[Scene, Facts], None]:
    def act(scene: Scene, facts: Facts) -> None:  # noqa: ARG001 - same shape as its neighbours
        facts.update(changes)

    return act


ACTS: dict[str, Callable[[Scene, Facts], None]] = {
    "holder-differs": _holder_differs,
    "vanished": _vanished,
    "duplicate-serial": _duplicate_serial,
    "duplicate-imei": _duplicate_imei,
    "os-unsupported": _os_unsupported,
    "not-seen-30": _not_seen_30,
    "not-seen-90": _not_seen_90,
    "lost-checking-in": _lost_checking_in,
    "lost": _lost,
    "sim-moved": _sim_moved,
    "sim-donor": _set(iccid=None, carrier=None, phone_number=None),
    "owned-marked-personal": _owned_marked_personal,
    "reenrolment-leftover": _leftover,
    "re-enrolled": _re_enrolled,
    "just-issued": _appears_on_night_2,
    "unknown-person": _unknown_person,
    "noncompliant": _noncompliant,
    "two-tenants": _two_tenants,
    "wrong-tenant": _wrong_tenant,
    "primary-user-differs": _primary_user_differs,
    "device-name": _device_name,
    "update-overdue": _update_overdue,
    "category-wrong": _set(category="Unassigned"),
    "not-supervised": _set(supervised=False),
    "jailbroken": _set(jailbroken="True"),
    "not-encrypted": _set(encrypted=False),
}
