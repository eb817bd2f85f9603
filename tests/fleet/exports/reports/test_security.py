"""Compliance, OS support and the Cyber Essentials list; personal devices."""

from collections import Counter
from typing import Any

from tests.fleet.exports.reports.conftest import TODAY, Facts, Read, table

IN_USE = ("issued", "in_repair", "found")


def newest(facts: Facts, serial: str, imei: str | None) -> dict[str, Any] | None:
    """The enrolment that speaks for a device: the newest of its own."""
    mine = [row for row in facts.rows if row["serialNumber"] == serial and row["imei"] == imei]
    return max(mine, key=lambda row: row["enrolledDateTime"], default=None)


def test_the_list_counts_every_device_in_scope_once(facts: Facts, read: Read) -> None:
    """Of the council's recorded devices: those in use, and those that Intune still shows."""
    models = {one.key: one.name for one in facts.estate.models}
    unclear = {rule: facts.planted(rule) for rule in ("duplicate-serial", "duplicate-imei", "not-recorded")}
    expected: Counter[Any] = Counter()
    for one in facts.estate.devices:
        row = newest(facts, one.serial, one.imei)
        if one.kind != "thin_client" and (one.status in IN_USE or row is not None):
            expected[one.organisation, models[one.model], row["osVersion"] if row else "Not reported"] += 1
    found: Counter[Any] = Counter()
    for row in read("compliance")["sheets"]["scope"]:
        if row["ownership"] == "organisation" and row["kind"] != "thin_client":
            found[row["organisation"], row["model"], row["os_version"]] += row["quantity"]
    extra = found - expected
    assert not expected - found
    assert sum(extra.values()) == len(unclear["not-recorded"])


def test_personal_devices_are_on_the_list(facts: Facts, read: Read) -> None:
    own = {one.intune_id for one in facts.estate.byod if one.intune_id} | facts.planted("byod-unapproved")
    there = [row for row in facts.rows if row["id"] in own or row["serialNumber"] in own]
    rows = [row for row in read("compliance")["sheets"]["scope"] if row["ownership"] == "personal"]
    assert sum(row["quantity"] for row in rows) == len(there) > 0
    assert {row["os_version"] for row in rows} >= {row["osVersion"] for row in there}


def test_the_list_agrees_with_the_counts_beside_it(read: Read) -> None:
    document = read("compliance")
    listed = sum(row["quantity"] for row in document["sheets"]["scope"])
    for key, labels in (("ScopeSupport", 1), ("ScopeOrganisations", 2), ("ScopeCompliance", 1)):
        assert sum(sum(row.values()) for row in table(document, key, labels=labels).values()) == listed
    behind = document["sheets"]["behind"]
    support = table(document, "ScopeSupport").values()
    assert len(behind) == sum(row.get("Unsupported", 0) + row.get("Update due", 0) for row in support)


def test_unsupported_are_those_that_were_planted(facts: Facts, read: Read) -> None:
    rows = read("compliance")["sheets"]["behind"]
    unsupported = {
        row["serial"] for row in rows if row["os_support"] == "Unsupported" and row["ownership"] != "personal"
    }
    assert unsupported == facts.planted("os-unsupported")


def test_not_compliant_are_those_that_were_planted(facts: Facts, read: Read) -> None:
    rows = read("compliance")["sheets"]["failing"]
    failing = {row["serial"] for row in rows if row["compliance"] == "noncompliant" and row["status"] == "issued"}
    assert failing == facts.planted("noncompliant")


def test_the_list_says_how_old_it_is(facts: Facts, read: Read) -> None:
    oldest = min(row["lastSyncDateTime"] for row in facts.rows if row["serialNumber"] in facts.planted("not-seen-90"))
    said = [row["oldest_check_in"] for row in read("compliance")["sheets"]["scope"] if row["oldest_check_in"]]
    assert min(said)[:16] == oldest[:16]


def test_the_nights_tell_what_was_found_each_night(facts: Facts, read: Read) -> None:
    nights = table(read("compliance"), "ScopeNights")
    assert list(nights) == ["20 Nov 2026", "21 Nov 2026", "22 Nov 2026"]
    assert sum(nights["22 Nov 2026"].values()) == sum(
        len(facts.planted(rule)) for rule in ("noncompliant", "os-unsupported", "not-encrypted", "jailbroken", "not-supervised")
    )  # fmt: skip


# --- personal devices ----------------------------------------------------------------------------------------


def test_the_register_of_personal_devices_is_what_was_agreed(facts: Facts, read: Read) -> None:
    document = read("byod")
    rows = document["sheets"]["own_devices"]
    assert Counter((row["organisation"], row["state"]) for row in rows) == Counter(
        (one.organisation, one.state) for one in facts.estate.byod
    )
    expired = [row for row in rows if row["consent"] == "Expired"]
    assert len(expired) == len(facts.planted("byod-consent-expired")) > 0
    valid = [
        one for one in facts.estate.byod if one.consent_until and one.consent_until >= TODAY and one.state != "ended"
    ]
    said = Counter(row["consent"] for row in rows)
    assert said["Valid"] + said["Ends within 30 days"] == len(valid)


def test_the_register_of_personal_devices_holds_no_more_than_it_must(read: Read) -> None:
    row = read("byod", unmask=True)["sheets"]["own_devices"][0]
    assert not {"serial", "imei", "phone_number", "device_name", "wifi_mac"} & set(row)
    assert "person" in row
    assert "person" not in read("byod")["sheets"]["own_devices"][0]
