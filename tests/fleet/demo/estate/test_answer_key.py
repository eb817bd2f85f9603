"""The answer key is exact: a slow, plain reading of the register and of Graph finds what was planted and no more."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fleet.demo.directory import AppleDirectory
from fleet.demo.estate import Estate, generate
from fleet.demo.estate.seeds import DeviceSeed
from fleet.demo.graph_view import graph_view
from fleet.demo.sources_view import apple_views
from fleet.domain.rules import RULES

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TODAY = NOW.date()
NOBODY = "00000000-0000-0000-0000-000000000000"
IN_USE = {"in_stock", "prepared", "issued", "in_repair", "quarantined"}
Row = dict[str, Any]
Finding = tuple[str, str]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Reading:
    """Register and Graph side by side, indexed in the simplest way."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.devices = {one.serial: one for one in estate.devices}
        self.organisation_of = {one.key: one.organisation for one in estate.tenants}
        self.people = {one.entra_id: one for one in estate.people}
        self.open = {one.device: one for one in estate.assignments if one.returned_on is None}
        self.last = {one.device: one for one in sorted(estate.assignments, key=lambda each: each.returned_on or TODAY)}
        self.sims = {one.iccid: one.device for one in estate.sims}
        self.byod = {one.intune_id: one for one in estate.byod if one.intune_id}
        self.imeis = {imei: one.serial for one in estate.devices for imei in (one.imei, one.imei2) if imei}
        self.several = self._several()
        self.lost_on = {one.device: one.happened_on for one in estate.incidents if one.kind != "damaged"}
        self.nights = [[*self._rows(night)] for night in (1, 2, 3)]
        self.by_serial: dict[str, list[Row]] = defaultdict(list)
        for row in self.nights[2]:
            if row["serialNumber"]:
                self.by_serial[row["serialNumber"]].append(row)
        self.ever = {row["serialNumber"] for rows in self.nights for row in rows}

    def _several(self) -> set[str]:
        """Devices whose holder has another of the kind for longer, on no loan."""
        held: dict[tuple[str, str], list[tuple[date, str]]] = defaultdict(list)
        for one in self.open.values():
            if one.person and one.kind == "permanent":
                held[one.person, self.devices[one.device].kind].append((one.issued_on, one.device))
        return {serial for mine in held.values() for _, serial in sorted(mine)[1:]}

    def beside_devices(self) -> Iterator[tuple[str, str, str]]:
        lines = {one.key: one for one in self.estate.lines}
        for sim in self.estate.sims:
            if sim.device is None and sim.state == "active" and lines[sim.line].status == "active":
                yield "sim-without-device", sim.organisation, sim.iccid
        for tenant in self.estate.tenants:
            if tenant.credential_until is not None and (tenant.credential_until - TODAY).days <= 60:
                yield "credential-expiring", tenant.organisation, tenant.key

    def _rows(self, night: int) -> Iterator[Row]:
        for tenant in self.estate.tenants:
            view = graph_view(self.estate, tenant.key, night)
            for row in view.devices.values():
                yield {**row, "tenant": tenant.key, "primary": view.primary_users[row["id"]]}

    def newest(self, device: DeviceSeed) -> Row | None:
        mine = [row for row in self.by_serial[device.serial] if row["imei"] == device.imei]
        return max(mine, key=lambda row: moment(row["enrolledDateTime"]), default=None)

    def found(self) -> set[tuple[str, str, str]]:
        of_devices = {
            (rule, one.organisation, one.serial)
            for one in self.estate.devices
            for rule in (*self.of_paper(one), *self.of_register(one), *self.of_enrolments(one), *self.of_newest(one))
        }
        of_rows = {
            (rule, self.organisation_of[row["tenant"]], row["serialNumber"] or row["id"])
            for row in self.nights[2]
            for rule in self.of_row(row)
        }
        return of_devices | of_rows | {*self.beside_devices(), *self.of_tokens(), *self.of_apps(), *self.of_lists()}

    def of_tokens(self) -> Iterator[tuple[str, str, str]]:
        for tenant in self.estate.tenants:
            view = graph_view(self.estate, tenant.key, 3)
            ends = [("VPP token", one["organizationName"], one["expirationDateTime"]) for one in view.vpp_tokens]
            ends += [("ADE token", one["tokenName"], one["tokenExpirationDateTime"]) for one in view.ade_tokens]
            assert view.push_certificate
            ends.append(("Apple push certificate", "", view.push_certificate["expirationDateTime"]))
            for kind, name, until in ends:
                if (moment(until).date() - TODAY).days <= 60:
                    yield "token-expiring", tenant.organisation, f"{tenant.key}: {kind} {name}".strip()
            for one in view.ade_tokens:
                if (TODAY - moment(one["lastSuccessfulSyncDateTime"]).date()).days >= 3:
                    assert one["lastSyncErrorCode"] != 0
                    yield "token-failing", tenant.organisation, f"{tenant.key}: ADE token {one['tokenName']}"

    def of_apps(self) -> Iterator[tuple[str, str, str]]:
        approved = {one.person for one in self.estate.byod if one.state == "approved"}
        for tenant in self.estate.tenants:
            for row in graph_view(self.estate, tenant.key, 3).app_registrations:
                if not row["managedDeviceId"] and row["userId"] not in approved:
                    yield "apps-unapproved", tenant.organisation, self.people[row["userId"]].upn.lower()

    def of_lists(self) -> Iterator[tuple[str, str, str]]:
        """What Apple's own list and Intune's list from it say, against the register and the enrolments."""
        accounts = {one.organisation: one for one in apple_views(self.estate)}
        for tenant in self.estate.tenants:
            organisation, account = tenant.organisation, accounts.get(tenant.organisation)
            view = graph_view(self.estate, tenant.key, 3)
            added = {row["serialNumber"]: row["createdDateTime"] for rows in view.ade_devices.values() for row in rows}
            if account:
                added |= {serial: row["addedToOrgDateTime"] for serial, row in account.devices.items()}
                yield from self.of_account(account)
            for serial, since in added.items():
                if serial not in self.devices and serial not in self.ever and (TODAY - moment(since).date()).days >= 30:
                    yield "bought-never-enrolled", organisation, serial
            for device in self.estate.devices:
                if device.organisation == organisation and device.serial not in added and self.by_serial[device.serial]:
                    yield "not-on-apple-list", organisation, device.serial

    def of_account(self, account: AppleDirectory) -> Iterator[tuple[str, str, str]]:
        right = {key for key, row in account.servers.items() if row["serverName"] == "Microsoft Intune"}
        for serial, device in self.devices.items():
            if serial not in account.devices or device.status in {"retired", "disposed"}:
                continue
            if account.assigned.get(serial) not in right:
                yield "wrong-mdm-server", account.organisation, serial
            for row in account.coverage.get(serial, ()):
                left = (moment(row["endDateTime"]).date() - TODAY).days
                if device.status in IN_USE and 0 <= left <= 30:
                    yield "applecare-ending", account.organisation, serial

    def of_paper(self, device: DeviceSeed) -> Iterator[str]:
        if device.status in IN_USE and 0 <= (device.warranty_until - TODAY).days <= 30:
            yield "warranty-ending"

    def of_register(self, device: DeviceSeed) -> Iterator[str]:
        held = self.open.get(device.serial)
        if held and held.person:
            if device.serial in self.several and self.people[held.person].state == "active":
                yield "several-of-a-kind"
            if self.people[held.person].state == "left":
                yield "leaver-holds"
            if self.people[held.person].state == "long_leave":
                yield "holder-on-long-leave"
            if held.due_on and held.due_on < TODAY:
                yield "loan-overdue"
            if device.serial not in self.ever and (TODAY - held.issued_on).days > 2:
                yield "issued-not-enrolled"

    def of_enrolments(self, device: DeviceSeed) -> Iterator[str]:
        rows = self.by_serial[device.serial]
        tenants = {row["tenant"] for row in rows}
        if not rows and device.serial in self.ever and device.status == "issued":
            yield "vanished"
        if len(tenants) > 1:
            yield "two-tenants"
        elif tenants and device.organisation not in tenants:
            yield "wrong-tenant"
        for tenant in tenants:
            imeis = [row["imei"] for row in rows if row["tenant"] == tenant]
            if len(set(imeis)) > 1:
                yield "duplicate-serial"
            elif len(imeis) > 1:
                yield "reenrolment-leftover"

    def of_newest(self, device: DeviceSeed) -> Iterator[str]:
        row = self.newest(device)
        if not row:
            return
        yield from self.of_condition(row)
        yield from self.of_status(device, row)
        if device.status == "issued":
            yield from self.of_use(device, row)
        inside = self.sims.get(row["iccid"])
        if inside and inside != device.serial:
            yield "sim-moved"

    def of_condition(self, row: Row) -> Iterator[str]:
        if row["managedDeviceOwnerType"] == "personal":
            yield "owned-marked-personal"
        elif not row["isSupervised"]:
            yield "not-supervised"
        if row["jailBroken"] == "True":
            yield "jailbroken"
        if not row["isEncrypted"]:
            yield "not-encrypted"
        if row["primary"] and row["userId"] != NOBODY and row["primary"] != row["userId"]:
            yield "primary-user-differs"
        if row["deviceName"].startswith("TEMP-"):
            yield "device-name"
        if row["deviceCategoryDisplayName"] not in {"", "Social care", "Members", "Shared"}:
            yield "category-wrong"

    def of_status(self, device: DeviceSeed, row: Row) -> Iterator[str]:
        seen = moment(row["lastSyncDateTime"])
        if device.status in {"retired", "disposed"}:
            yield "retired-still-enrolled"
        if device.status == "in_stock":
            assert row["userId"] == self.last[device.serial].person
            yield "returned-still-enrolled"
        if device.status in {"lost", "stolen"} and seen.date() > self.lost_on[device.serial]:
            yield "lost-checking-in"

    def of_use(self, device: DeviceSeed, row: Row) -> Iterator[str]:
        days = (NOW - moment(row["lastSyncDateTime"])).days
        if days >= 90:
            yield "not-seen-90"
        elif days >= 30:
            yield "not-seen-30"
        else:
            assert days < 20
        if row["complianceState"] == "noncompliant":
            assert moment(row["complianceGracePeriodExpirationDateTime"]) < NOW - timedelta(days=1)
            yield "noncompliant"
        held = self.open[device.serial]
        user = row["userId"]
        if held.person and user in self.people and user != held.person:
            yield "holder-differs"

    def of_row(self, row: Row) -> Iterator[str]:
        """What a row of Intune tells by itself, ours or not."""
        ours = row["serialNumber"] in self.devices
        personal = row["managedDeviceOwnerType"] == "personal"
        registered = self.byod.get(row["id"])
        if registered and registered.consent_until and registered.consent_until < TODAY:
            yield "byod-consent-expired"
        if self.imeis.get(row["imei"], row["serialNumber"]) != row["serialNumber"]:
            yield "duplicate-imei"
        if registered and not personal:
            yield "personal-marked-corporate"
        if not registered and not ours:
            yield "byod-unapproved" if personal else "not-recorded"
        if row["userId"] not in self.people and row["userId"] != NOBODY:
            yield "unknown-person"
        major, rest = row["osVersion"].split(".", 1)
        if int(major) <= 17:
            yield "os-unsupported"
        elif row["osVersion"] in {"27.0", "26.6.1", "18.7.9"}:
            yield "update-overdue"
        else:
            assert (int(major), rest) >= {27: (27, "0.1"), 26: (26, "7.1"), 18: (18, "7.10")}[int(major)]


@pytest.mark.parametrize(
    ("seed", "devices", "organisations"),
    [(2026, 2000, 3), (1, 200, 3), (2, 450, 2), (3, 700, 5), (4, 30, 1), (5, 4000, 3)],
)
def test_a_plain_reading_finds_exactly_the_answer_key(seed: int, devices: int, organisations: int) -> None:
    estate = generate(seed=seed, devices=devices, organisations=organisations, now=NOW)
    planted = {(one.rule, one.organisation, one.device) for one in estate.answer_key}
    found = Reading(estate).found()
    assert found - planted == set()
    assert planted - found == set()


def test_no_device_carries_two_discrepancies() -> None:
    """So that a missed rule can't hide behind another."""
    estate = generate(now=NOW)
    marked = [one.device for one in estate.answer_key]
    assert len(set(marked)) == len(marked)


def test_an_imei_that_two_devices_claim_is_that_of_a_disposed_one() -> None:
    """So that the register can say whose board it is, and no other rule is about that device."""
    reading = Reading(generate(now=NOW))
    planted = [one for one in reading.estate.answer_key if one.rule == "duplicate-imei"]
    assert len(planted) >= 3
    for one in planted:
        (row,) = reading.by_serial[one.device]
        donor = reading.devices[reading.imeis[row["imei"]]]
        assert (donor.status, donor.organisation, donor.serial in reading.ever) == ("disposed", one.organisation, False)


def test_every_rule_of_the_catalogue_is_planted() -> None:
    """A rule that is added needs a device in the estate that shows it. None is impossible; one that is stands here."""
    impossible: dict[str, str] = {}
    planted = {one.rule for one in generate(now=NOW).answer_key}
    assert planted == {one.key for one in RULES} - impossible.keys()


def test_vanished_devices_were_there_on_the_first_night_only() -> None:
    reading = Reading(generate(now=NOW))
    gone = {one.device for one in reading.estate.answer_key if one.rule == "vanished"}
    first, second, third = ({row["serialNumber"] for row in rows} for rows in reading.nights)
    assert gone
    assert gone <= first
    assert not gone & (second | third)


def test_the_place_of_a_moved_sim_shows_no_other_sim() -> None:
    reading = Reading(generate(now=NOW))
    for one in reading.estate.answer_key:
        if one.rule == "sim-moved":
            row = reading.newest(reading.devices[one.device])
            assert row
            donor = reading.newest(reading.devices[reading.sims[row["iccid"]] or ""])
            assert donor
            assert donor["iccid"] == ""


def test_the_answer_holds_at_any_hour_of_any_day() -> None:
    for at in (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)):
        estate = generate(devices=300, now=at)
        assert {one.rule for one in estate.answer_key if one.rule.startswith("not-seen")} == {
            "not-seen-30",
            "not-seen-90",
        }
        for one in estate.enrolments:
            assert one.enrolled_at < one.last_sync <= at
