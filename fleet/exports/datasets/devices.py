"""Devices, with what reports work out about each: support, use, age, money, who stands behind the holder."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from fleet.domain.fields import DEVICE_FIELDS, Field
from fleet.domain.fields.devices import KINDS
from fleet.domain.os_support import SupportTable, Verdict, model_key
from fleet.domain.records import DeviceRow
from fleet.exports import planning
from fleet.exports.datasets.dataset import Dataset, catalogue, derived
from fleet.exports.masking import initials
from fleet.exports.material import Material

VERDICTS: Mapping[Verdict, str] = {
    "supported": "Up to date",
    "update-due": "Update due",
    "unsupported": "Unsupported",
    "unknown": "Not known",
}
UNREPORTED = "Not reported"
USES = {
    **dict.fromkeys(("issued", "in_repair", "found"), "In use"),
    **dict.fromkeys(("ordered", "delivered", "in_stock", "prepared"), "In stock"),
    **dict.fromkeys(("lost", "stolen"), "Lost or stolen"),
    **dict.fromkeys(("retired", "disposed", "quarantined"), "Out of use"),
}
SEEN = ("Within 30 days", "30–59 days", "60–89 days", "90 days or more", "Not in Intune")
AGES = ("Under 1 year", "1 year", "2 years", "3 years", "4 years", "5 years", "6 years or more", "Not known")
_ROLES = {"councillor": "Councillor", "social_worker": "Social worker", "manager": "Manager", "staff": "Staff"}
_GONE = frozenset({"disposed", "retired", "lost", "stolen"})
_OURS = frozenset({"delivered", "in_stock", "prepared", "issued", "in_repair", "quarantined", "found"})
NOBODY = "Nobody"
UNKNOWN = "Not known"


def fields(material: Material) -> Mapping[str, Field]:
    """Every field of a device, those of the list and those of reports."""
    known: dict[str, Field] = dict(DEVICE_FIELDS)
    # Not called Team: read back, it must not become the device's own team.
    known["team"] = replace(known["team"], label="Holder's team")
    if material.question.past:  # Not 0: nobody knows.
        known["open_findings"] = replace(known["open_findings"], read=lambda _row: None)
    return known | catalogue(*_support(material), *_use(material), *_holder(material), *_money(material))


DEVICES = Dataset(fields, lambda material: material.devices())


# --- what runs on it -----------------------------------------------------------------------------------------


def _support(material: Material) -> tuple[Field, ...]:
    verdict = verdict_of(material.support, material.question.day)
    newest = newest_of(material.support, material.question.day)
    family = cache(material.support.family)
    return (
        derived("os_support", "OS support", "text", 13, "Whether Apple still patches this OS version on this model.", verdict),
        derived("os_release", "Operating system", "text", 20, "System and major version.", lambda row: _release(family, row)),
        derived("newest_os", "Newest OS for it", "identifier", 12, "The newest version Apple offers for the model.",
                lambda row: newest(row.model)),
        derived("maker", "Make", "text", 12, "Who made it.", lambda row: material.makers.get(row.model)),
        derived("in_scope", "In scope", "text", 8, "In somebody's hands or enrolled: it can reach the council's data.", in_scope),
    )  # fmt: skip


def verdict_of(support: SupportTable, day: date) -> Callable[[DeviceRow], str]:
    """What judges a device's OS version, remembering what it judged."""
    verdicts: dict[tuple[str | None, str], str] = {}

    def verdict(row: DeviceRow) -> str:
        if row.os_version is None:
            return UNREPORTED
        pair = (row.model, row.os_version)
        found = verdicts.get(pair)
        if found is None:
            found = verdicts[pair] = VERDICTS[support.verdict(*pair, day)]
        return found

    return verdict


def newest_of(support: SupportTable, day: date) -> Callable[[str | None], str | None]:
    """What tells the newest patched version for a model; None where there is none, or the model is not known."""

    @cache
    def newest(model: str | None) -> str | None:
        found = support.highest.get(model_key(model)) if model else None
        if found is None:
            return None
        family, highest = found
        majors = [major for major in support.patched(family, day) if major <= highest]
        return _version(support.branches[family][max(majors)].newest) if majors else "none"

    return newest


def _version(version: Any) -> str:
    text = f"{version.major}.{version.minor}"
    return f"{text}.{version.patch}" if version.patch else text


def support_end_of(support: SupportTable, day: date) -> Callable[[str | None], date | None]:
    """What tells when Apple stops patching a model: a past day where it has; None while no end is known."""

    @cache
    def ends(model: str | None) -> date | None:
        found = support.highest.get(model_key(model)) if model else None
        if found is None:
            return None
        family, highest = found
        patched = [branch for major, branch in support.patched(family, day).items() if major <= highest]
        if not patched:
            return day
        days = [branch.until for branch in patched]
        return None if None in days else max(one for one in days if one is not None)

    return ends


def in_scope(row: DeviceRow) -> str:
    """Yes where a mobile device can reach the council's data: in somebody's hands, or enrolled in Intune."""
    reaches = row.tenant is not None or USES.get(row.status) == "In use"
    return "Yes" if reaches and row.kind != "thin_client" else "No"


def _release(family: Callable[[str | None], str | None], row: DeviceRow) -> str:
    if row.os_version is None:
        return UNREPORTED
    system = family(row.model) or {"ipad": "iPadOS", "iphone": "iOS"}.get(row.kind, "Other")
    return f"{system} {row.os_version.partition('.')[0].strip()}"


# --- how it is used ------------------------------------------------------------------------------------------


def _use(material: Material) -> tuple[Field, ...]:
    moment, past = material.question.moment, material.question.past

    def days_unseen(row: DeviceRow) -> int | None:
        return None if row.last_seen is None else max(0, (moment - row.last_seen).days)

    def seen(row: DeviceRow) -> str | None:
        if past:
            return None
        days = days_unseen(row)
        if days is None or row.tenant is None:
            return SEEN[4]
        return SEEN[0] if days < 30 else SEEN[1] if days < 60 else SEEN[2] if days < 90 else SEEN[3]

    return (
        derived("kind_and_owner", "Kind", "text", 20, "Kind; people's own devices apart.", kind_and_owner),
        derived("use", "Use", "text", 14, "Status in four words.", lambda row: USES.get(row.status, "Other")),
        derived("days_unseen", "Days since check-in", "integer", 12, "Whole days since it last spoke to Intune.", days_unseen),
        derived("seen", "Last spoke to Intune", "text", 17, "How long ago, in months.", seen),
    )  # fmt: skip


def kind_and_owner(row: DeviceRow) -> str:
    """`iPad`, or `iPad (personal)`."""
    kind = KINDS.get(row.kind, row.kind)
    return f"{kind} (personal)" if row.ownership == "personal" else kind


# --- who has it ----------------------------------------------------------------------------------------------


def _holder(material: Material) -> tuple[Field, ...]:
    unmask = material.question.unmask

    def manager_group(row: DeviceRow) -> str:
        """Two managers of the same initials stay two."""
        one = material.holders.get(row.holder_id or 0)
        if one is None or one.manager is None:
            return "No manager" if row.holder_id else "Shared"
        return one.manager if unmask else f"{initials(one.manager)} (person {one.manager_id})"

    def of_holder(name: str, words: Mapping[str, str] | None = None) -> Callable[[DeviceRow], Any]:
        def read(row: DeviceRow) -> Any:
            one = material.holders.get(row.holder_id or 0)
            value = None if one is None else getattr(one, name)
            return value if words is None or value is None else words.get(value, value)

        return read

    return (
        derived("held_by", "Held by", "text", 10, "A person, a site or team, or nobody.", held_by),
        derived("manager", "Manager", "text", 24, "The holder's manager.", of_holder("manager"), personal="name"),
        derived("manager_group", "Manager", "text", 24, "The holder's manager; without names, by initials and number.",
                manager_group),
        derived("holder_role", "Role", "text", 14, "What the holder does, as far as devices go.", of_holder("role", _ROLES)),
        derived("holder_state", "Holder is", "text", 12, "Whether the holder works, is away or has left.",
                of_holder("state", {"active": "Active", "left": "Left", "long_leave": "On long leave", "starter": "Starter"})),
        derived("department", "Service area", "text", 26, "The holder's service area, as the directory words it.",
                of_holder("department")),
    )  # fmt: skip


def held_by(row: DeviceRow) -> str:
    """`Person`, `Shared` or `Nobody`."""
    return "Person" if row.holder_id is not None else "Shared" if row.holder is not None else NOBODY


# --- what it costs -------------------------------------------------------------------------------------------


def _money(material: Material) -> tuple[Field, ...]:
    plan, day = material.question.plan, material.question.day

    def book_value(row: DeviceRow) -> int | None:
        if row.price_pence is None or row.purchased_on is None:
            return None
        if row.status in _GONE:
            return 0
        return planning.book_value(row.price_pence, row.purchased_on, plan.years(row.kind), day)

    def bought(row: DeviceRow) -> str:
        return UNKNOWN if row.purchased_on is None else planning.financial_year(row.purchased_on)

    def age(row: DeviceRow) -> str:
        if row.purchased_on is None:
            return AGES[-1]
        return AGES[min(planning.months_between(row.purchased_on, day) // 12, len(AGES) - 2)]

    def of_order(row: DeviceRow, place: int) -> str | None:
        order = material.orders.get(row.id)
        return None if order is None else order[place]

    return (
        derived("book_value", "Book value (£)", "money", 13, "What is left of the price, written off in equal monthly steps; "
                "nothing once it is gone.", book_value),
        derived("depreciated", "Written off (£)", "money", 13, "The part of the price that is used up.",
                lambda row: None if (left := book_value(row)) is None else row.price_pence - left),
        derived("bought_in", "Bought in", "text", 11, "Financial year of the purchase date.", bought),
        derived("age", "Age", "text", 14, "Whole years since the purchase date.", age),
        derived("supplier", "Supplier", "text", 28, "Who sold it.", lambda row: of_order(row, 1)),
        derived("order_number", "Order number", "identifier", 14, "The order it came with.", lambda row: of_order(row, 0)),
        *_replacement(material),
    )  # fmt: skip


def _replacement(material: Material) -> tuple[Field, ...]:
    plan, day = material.question.plan, material.question.day
    ends = support_end_of(material.support, day)
    last: tuple[int | None, tuple[date | None, str]] = (None, (None, ""))

    def due(row: DeviceRow) -> tuple[date | None, str]:
        nonlocal last
        if last[0] != row.id:
            holder = material.holders.get(row.holder_id or 0)
            elected = holder is not None and holder.role == "councillor"
            term = plan.terms_end.get(row.organisation) if elected else None
            last = row.id, planning.replacement(row.purchased_on, plan.years(row.kind), ends(row.model), term, day)
        return last[1]

    def term(row: DeviceRow) -> date | None:
        holder = material.holders.get(row.holder_id or 0)
        return plan.terms_end.get(row.organisation) if holder is not None and holder.role == "councillor" else None

    return (
        derived("replace_on", "Replace by", "date", 13, "When it is to be replaced.", lambda row: due(row)[0]),
        derived("replace_because", "Because", "text", 21, "Why then.", lambda row: due(row)[1]),
        derived("replace_in", "Financial year", "text", 13, "The financial year of that day.",
                lambda row: planning.year_of_replacement(due(row)[0], day)),
        derived("replace_cost", "Cost of a new one (£)", "money", 14, "Average price of the kind in the last two years, else what "
                "this one cost.", lambda row: material.prices.get((row.organisation, row.kind), row.price_pence)),
        derived("term_ends", "Term ends", "date", 13, "The end of a councillor's term of office.", term),
        derived("planned", "In the plan", "text", 8, "The council's own, and not gone.",
                lambda row: "Yes" if row.ownership == "organisation" and row.status in _OURS else "No"),
    )  # fmt: skip
