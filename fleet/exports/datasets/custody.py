"""Leavers, stock and loans, as the lists of the screen have them, with what a report adds."""

from collections.abc import Iterator, Mapping

from fleet.domain.fields import Field
from fleet.domain.fields.devices import KINDS
from fleet.domain.fields.field import from_words
from fleet.exports.datasets.dataset import Dataset, catalogue, derived
from fleet.exports.material import Material
from fleet.queries.custody_as_at import leavers_as_at, loans_as_at, stock_as_at
from fleet.queries.joiners_leavers import LeaverRow, leavers_holding
from fleet.queries.stock import LoanRow, StockRow, loans, stock

GONE_FOR = ("Under 30 days", "30–89 days", "90 days or more", "Day not known")
DUE = ("Overdue", "Due within 14 days", "Due later")
SOON = 14
"""Days before which a loan is worth a reminder."""

_PEOPLE = (
    derived("team", "Team", "text", 24, "The person's team."),
    derived("organisation", "Organisation", "text", 16, "The council or body."),
    derived("manager", "Manager", "text", 24, "The person's manager.", personal="name"),
    derived("manager_upn", "Manager's UPN", "text", 34, "Where to write to.", personal="hidden"),
    derived("device", "Device", "identifier", 13, "Its asset tag, else its serial number."),
    derived("model", "Model", "text", 27, "The maker's name for it."),
    derived("device_id", "Device number", "identifier", 9, "The register's own number for it."),
)


def _leaver_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("name", "Leaver", "text", 24, "Who left.", personal="name"),
        derived("upn", "Leaver's UPN", "text", 34, "The sign-in name.", personal="hidden"),
        derived("person_id", "Person number", "identifier", 9, "The register's own number for the person."),
        *_PEOPLE,
        derived("left_on", "Left on", "date", 13, "The last day of work."),
        derived("days", "Days since", "integer", 9, "Days since then."),
        derived("gone_for", "Gone for", "text", 16, "How long ago that was.", _gone_for),
        derived("price_pence", "Price (£)", "money", 12, "What the device cost."),
        derived("monthly_pence", "Line a month (£)", "money", 11, "What the lines in it cost a month."),
        derived("line_cost_pence", "Line since then (£)", "money", 12, "What they have cost since the person left."),
    )


def _gone_for(row: LeaverRow) -> str:
    if row.days is None:
        return GONE_FOR[3]
    return GONE_FOR[0] if row.days < 30 else GONE_FOR[1] if row.days < 90 else GONE_FOR[2]


def _leavers(material: Material) -> Iterator[LeaverRow]:
    session, question = material.session, material.question
    rows = leavers_as_at(session, question.day) if question.past else leavers_holding(session, today=question.day)
    return (row for row in rows if material.covers(row.organisation) and material.within(row.device_id))


LEAVERS = Dataset(_leaver_fields, _leavers)


def _loan_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("due_on", "Due back", "date", 15, "When it is to be returned."),
        derived("days_over", "Days over", "integer", 9, "Days past that day; below nought before it."),
        derived("due", "State", "text", 19, "Overdue, due soon, or due later.", _due),
        derived("holder", "Holder", "text", 24, "Who has it.", personal="name"),
        derived("holder_upn", "Holder UPN", "text", 34, "The sign-in name.", personal="hidden"),
        *_PEOPLE,
        derived("issued_on", "Issued on", "date", 13, "Since when."),
    )


def _due(row: LoanRow) -> str:
    return DUE[0] if row.days_over > 0 else DUE[1] if row.days_over >= -SOON else DUE[2]


def _loans(material: Material) -> Iterator[LoanRow]:
    session, question = material.session, material.question
    rows = loans_as_at(session, question.day) if question.past else loans(session, today=question.day)
    return (row for row in rows if material.covers(row.organisation) and material.within(row.device_id))


LOANS = Dataset(_loan_fields, _loans)


def _stock_fields(_material: Material) -> Mapping[str, Field]:
    return catalogue(
        derived("model", "Model", "text", 27, "The maker's name for it."),
        derived("organisation", "Organisation", "text", 16, "The council or body."),
        derived("site", "Site", "text", 24, "Where it lies."),
        derived("kind", "Kind", "word", 12, "iPad, iPhone, thin client or other.", words=from_words(KINDS)),
        derived("in_stock", "In stock", "integer", 10, "Ready to be prepared or issued."),
        derived("prepared", "Prepared", "integer", 10, "Set up for the next person."),
        derived("reserved", "Reserved", "integer", 10, "Kept for somebody."),
        derived("free", "Free", "integer", 10, "In stock or prepared, and kept for nobody.",
                lambda row: row.in_stock + row.prepared - row.reserved),
    )  # fmt: skip


def _stock(material: Material) -> Iterator[StockRow]:
    rows = stock_as_at(material.session, material.question.day) if material.question.past else stock(material.session)
    return (row for row in rows if material.covers(row.organisation))


STOCK = Dataset(_stock_fields, _stock, of_devices=False)
