"""Personal devices with the leave to use them, and hardware in Intune that nobody recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from fleet.demo.estate.building import CUMULATED, OFFERS
from fleet.demo.estate.enrolments import Enrolling, Hardware
from fleet.demo.estate.identifiers import Mint
from fleet.demo.estate.seeds import ByodSeed, EnrolmentSeed, PersonSeed, Planted

ENROLMENT_TYPES = ("userEnrollment", "appleUserEnrollment", "appleAccountDrivenUserEnrollment")
TYPE_WEIGHTS = (35, 20, 45)
TERMS = ("2025-09", "2026-04")
PERSONAL_MARKED_CORPORATE = 0.025
BYOD_UNAPPROVED = 0.04
CONSENT_EXPIRED = 0.025
CONSENT_DAYS = 365
NOT_RECORDED = 0.006


@dataclass(slots=True)
class OwnDevices:
    """One organisation's people and the phones they bring."""

    organisation: str
    people: Sequence[PersonSeed]
    today: date
    random: Random
    mint: Mint
    enrolling: Enrolling
    byod: list[ByodSeed] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)

    def bring(self, count: int, *, unapproved: int, marked_corporate: int, expired: int) -> None:
        """Enrols `count` personal devices: the unapproved without a registration, the rest with one.

        The last of them, as many as `expired`, have a consent that ended in the last weeks.
        """
        for index in range(count):
            person = self.random.choice(self.people)
            hardware = self._hardware()
            overdue = index >= max(count - expired, unapproved + marked_corporate)
            agreed_ago = CONSENT_DAYS + self.random.randint(1, 30) if overdue else self.random.randint(20, 330)
            facts = self._enrolment(hardware, person, agreed_ago - self.random.randint(1, 9))
            if index < unapproved:
                self._plant("byod-unapproved", self.enrolling.add(facts))
                continue
            if index < unapproved + marked_corporate:
                facts.update(ownership="company", phone_number=None)
            enrolment = self.enrolling.add(facts)
            self._register(person, hardware, "enrolled", agreed_ago, enrolment.intune_id)
            if enrolment.ownership == "company":
                self._plant("personal-marked-corporate", enrolment)
            if overdue:
                self._plant("byod-consent-expired", enrolment)

    def ask(self, count: int) -> None:
        """Registrations without an enrolment: requested, approved, or ended long ago."""
        for index in range(count):
            state = ("requested", "approved", "ended")[index % 3]
            ago = self.random.randint(3, 25) if state != "ended" else self.random.randint(120, 330)
            self._register(self.random.choice(self.people), self._hardware(), state, ago, None)

    def stray(self, count: int) -> None:
        """Company hardware, well managed, that the register never heard of: bought on somebody's card."""
        for _ in range(count):
            person = self.random.choice(self.people)
            hardware = self._hardware()
            facts = self.enrolling.corporate(hardware, person, self.random.randint(10, 200), sim=None, number=None)
            facts.update(device=None, device_name="iPad" if hardware.kind == "ipad" else "iPhone", name_before=None)
            self._plant("not-recorded", self.enrolling.add(facts))

    def _enrolment(self, hardware: Hardware, person: PersonSeed, ago: int) -> dict[str, Any]:
        kind = self.random.choices(ENROLMENT_TYPES, TYPE_WEIGHTS)[0]
        return self.enrolling.personal(hardware, person, max(5, ago), kind)

    def _hardware(self) -> Hardware:
        kind = "iphone" if self.random.random() < 0.85 else "ipad"
        key = kind, "any"
        offer = self.random.choices(OFFERS[key], cum_weights=CUMULATED[key])[0]
        imei = self.mint.imei(offer.tacs[0]) if offer.tacs else None
        return Hardware(kind, offer, self.mint.serial(old=offer.old_serial), imei, self.mint.mac("a4"), 0)

    def _register(self, person: PersonSeed, hardware: Hardware, state: str, ago: int, intune_id: str | None) -> None:
        agreed = self.today - timedelta(days=ago)
        approved = state != "requested"
        self.byod.append(
            ByodSeed(
                key=f"{self.organisation}-byod-{len(self.byod) + 1}",
                organisation=self.organisation,
                tenant=self.organisation,
                person=person.entra_id,
                kind=hardware.kind,
                model=hardware.offer.model.name,
                requested_on=agreed - timedelta(days=self.random.randint(1, 12)),
                state=state,
                approved_by=person.manager if approved else None,
                approved_on=agreed if approved else None,
                terms_version=TERMS[ago < 200] if approved else None,
                consent_on=agreed if approved else None,
                consent_until=agreed + timedelta(days=CONSENT_DAYS) if approved else None,
                intune_id=intune_id,
                ended_on=agreed + timedelta(days=60) if state == "ended" else None,
            )
        )

    def _plant(self, rule: str, enrolment: EnrolmentSeed) -> None:
        shown = enrolment.serial or enrolment.intune_id
        self.planted.append(Planted(rule, self.organisation, shown, enrolment.intune_id))
