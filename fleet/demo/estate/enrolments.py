"""How Intune sees the devices: ordinary enrolments, to which a planted discrepancy changes one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from fleet.demo.estate.hardware import BEHIND, LATE, VERSIONS, Offer
from fleet.demo.estate.identifiers import Mint, guid, hexadecimal
from fleet.demo.estate.seeds import EnrolmentSeed, OrganisationSeed, PersonSeed, SimSeed

GIB = 1024**3
OFFICE_HOURS = 9 * 3600 * 1_000_000
"""Nine hours in microseconds."""
BEFORE = {"27.1": "27.0.2", "27.0.2": "27.0.1", "26.7.2": "26.7.1"}
"""What a version replaces when a device updates between the nights."""
UPDATED_SHARE = 0.06
RENAMED_SHARE = 0.004
CATEGORIES = {"social_worker": "Social care", "councillor": "Members"}
DUTY_NAMES = ("Duty phone 📱", "Out-of-hours 🌙 duty", "Pool “A” – don’t remove", "Tŷ Coch front desk", "Café iPad ☕")


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a device tells Intune about itself, whoever owns it."""

    kind: str
    offer: Offer
    serial: str | None
    imei: str | None
    wifi_mac: str
    number: int
    """In its asset tag and its ordinary name."""


@dataclass(slots=True)
class Enrolling:
    """Makes the rows of one tenant's Intune."""

    organisation: OrganisationSeed
    now: datetime
    random: Random
    mint: Mint
    made: list[EnrolmentSeed] = field(default_factory=list)

    def add(self, facts: Mapping[str, Any]) -> EnrolmentSeed:
        """Keeps an enrolment."""
        enrolment = EnrolmentSeed(**facts)
        self.made.append(enrolment)
        return enrolment

    def corporate(
        self, hardware: Hardware, user: PersonSeed | None, issued_ago: int, *, sim: SimSeed | None, number: str | None
    ) -> dict[str, Any]:
        """An organisation's device, enrolled through Apple Business Manager, in good order."""
        facts = self._facts(hardware, user, self.at_work(issued_ago))
        facts.update(
            device=hardware.serial,
            device_name=self._name(hardware, user),
            ownership="company",
            enrolment_type="appleBulkWithUser" if user else "appleBulkWithoutUser",
            supervised=True,
            iccid=sim.iccid if sim else None,
            phone_number=number,
            carrier=sim.carrier if sim else None,
            category=CATEGORIES.get(user.role) if user else "Shared",
            jailbroken="False" if user or self.random.random() < 0.5 else "Unknown",
        )
        self._vary(facts)
        return facts

    def personal(self, hardware: Hardware, user: PersonSeed, enrolled_ago: int, enrolment_type: str) -> dict[str, Any]:
        """A person's own device; Apple's User Enrolment hides its serial and IMEI from every MDM."""
        facts = self._facts(hardware, user, self.at_work(enrolled_ago))
        hidden = enrolment_type != "userEnrollment"
        facts.update(
            device=None,
            serial=None if hidden else hardware.serial,
            imei=None if hidden else hardware.imei,
            udid="" if hidden else facts["udid"],
            wifi_mac="" if hidden else facts["wifi_mac"],
            device_name=self._own_name(hardware.kind, user),
            ownership="personal",
            enrolment_type=enrolment_type,
            supervised=False,
            phone_number=None if hidden else f"******{self.random.randrange(10000):04d}",
        )
        return facts

    def at_work(self, ago: int) -> datetime:
        """A moment in office hours so many days ago."""
        day = datetime.combine(self.now.date() - timedelta(days=ago), time(8), tzinfo=UTC)
        return day + timedelta(microseconds=int(self.random.random() * OFFICE_HOURS))

    def before_now(self, days: float) -> datetime:
        """A moment so many days ago."""
        return self.now - timedelta(days=days, microseconds=1 + int(self.random.random() * 999_999))

    def outdated(self, offer: Offer) -> str:
        """A version that gets no more patches, on hardware that runs it."""
        newest = offer.model.newest_major or 0
        if newest < 18:
            return VERSIONS[newest][0]
        return self.random.choice(BEHIND)[0]

    def late(self, offer: Offer) -> str:
        """A version of a patched system that lacks its security releases."""
        return LATE[max(min(offer.model.newest_major or 0, 27), 18)]

    def _facts(self, hardware: Hardware, user: PersonSeed | None, enrolled_at: datetime) -> dict[str, Any]:
        random = self.random
        model = hardware.offer.model
        gib = model.storage_gb
        return {
            "intune_id": guid(random),
            "tenant": self.organisation.key,
            "serial": hardware.serial,
            "imei": hardware.imei,
            "kind": hardware.kind,
            "model": model.name,
            "user_id": user.entra_id if user else None,
            "upn": user.upn if user else None,
            "user_name": user.display_name if user else None,
            "enrolled_at": enrolled_at,
            "last_sync": max(self.before_now(random.random() ** 3 * 19.9), enrolled_at + timedelta(minutes=9)),
            "os_version": self._version(model.newest_major or 0),
            "compliance": "compliant",
            "storage_gb": gib,
            "free_bytes": int((0.1 + random.random() * 0.8) * gib * GIB),
            "wifi_mac": hardware.wifi_mac,
            "udid": f"0000{random.choice(('8020', '8030', '8101', '8110'))}-{hexadecimal(random, 16).upper()}",
            "entra_device_id": guid(random),
        }

    def _version(self, newest: int) -> str:
        """A version that is still patched: the last two majors, or the last one the hardware runs."""
        major = 26 if newest > 26 and self.random.random() < 0.25 else max(newest, 18)
        versions = VERSIONS[major]
        draw = self.random.random()
        return versions[0 if draw < 0.65 or len(versions) == 1 else 1 if draw < 0.9 else 2]

    def _vary(self, facts: dict[str, Any]) -> None:
        """Ordinary life: grace periods, an update or a new name between the nights, a note."""
        random = self.random
        if random.random() < 0.04:
            facts["compliance"] = "inGracePeriod"
            facts["grace_until"] = self.now + timedelta(days=random.randint(2, 10), hours=3)
        before = BEFORE.get(facts["os_version"])
        if before and random.random() < UPDATED_SHARE:
            facts["os_before"], facts["os_night"] = before, random.choice((2, 3))
        if random.random() < RENAMED_SHARE:
            facts["name_before"] = facts["device_name"]
            facts["device_name"] = random.choice(DUTY_NAMES)
        if random.random() < 0.03:
            facts["notes"] = "Screen protector fitted; charger not returned"

    def _name(self, hardware: Hardware, user: PersonSeed | None) -> str:
        random = self.random
        draw = random.random()
        if draw < 0.75:
            letters = "IPD" if hardware.kind == "ipad" else "IPH"
            return f"{self.organisation.tag_prefix}-{letters}-{hardware.number:06d}"
        if draw < 0.96 and user:
            return self._own_name(hardware.kind, user)
        return random.choice(DUTY_NAMES)

    def _own_name(self, kind: str, user: PersonSeed) -> str:
        noun = "iPad" if kind == "ipad" else "iPhone"
        return f"{user.given_name}’s {noun}" if self.random.random() < 0.7 else noun
