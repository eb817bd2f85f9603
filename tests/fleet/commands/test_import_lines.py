"""Lists of SIMs and numbers are applied; a bill says what they cost, and calls are never read."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from fleet.commands.rejudging import rejudge_touched
from fleet.database import Database
from fleet.database.models import Device, Finding, Line, Sim
from fleet.errors import BadFile
from tests.fleet.commands.estate import Estate, an_estate, differing, rows_of
from tests.fleet.commands.test_imports import codes, preview, take_in

HEAD = "Mobile Number,ICCID,Network,Tariff,Cost Centre,IMEI,Serial number,User,Status\n"
BILL = "Mobile Number,User Name,Cost Centre,Tariff,Total (ex VAT)\n"
ICCIDS = ("8944100000000000018", "8944100000000000026", "8944100000000000034")
NUMBERS = ("+447700900001", "+447700900002", "+447700900003")


@pytest.fixture
def estate(database: Database) -> Estate:
    return an_estate(database)


def cards(estate: Estate) -> list[tuple[Any, ...]]:
    """(ICCID, serial of its device, number, tariff, cost code, state of the line) of all SIMs."""
    with estate.database.read() as session:
        rows = session.execute(
            select(Sim.iccid, Device.serial, Line.number, Line.tariff, Line.cost_code, Line.state)
            .outerjoin(Device, Device.id == Sim.device_id)
            .outerjoin(Line, Line.id == Sim.line_id)
            .order_by(Sim.iccid)
        )
        return [tuple(one) for one in rows]


def test_a_list_of_lines_from_preview_to_undo(estate: Estate) -> None:
    """A SIM in a known device, one in none, a number alone; the same list again is nothing to do; then it never was."""
    before = rows_of(estate.database)
    text = HEAD + (
        f"07700 900001,{ICCIDS[0]},EE,Data 10GB,0045,,NORX000001,,Active\n"
        f"07700900002,{ICCIDS[1]},EE,Data 10GB,0046,,,,Suspended\n"
        "07700900003,,EE,Voice,,,,,\n"
    )
    done = take_in(estate, text, "sims.csv", layout="sim-list")
    assert done.interpretation.layout.key == "sim-list"
    assert done.counts == {"read": 3, "new": 3, "changed": 0, "unchanged": 0, "skipped": 0, "rejected": 0}
    assert cards(estate) == [
        (ICCIDS[0], "NORX000001", NUMBERS[0], "Data 10GB", "0045", "active"),
        (ICCIDS[1], None, NUMBERS[1], "Data 10GB", "0046", "suspended"),
    ]
    again = preview(estate, text, "sims.csv", layout="sim-list")
    assert again.counts["unchanged"] == 3
    plan, _ = estate.undo(done.event)
    assert plan.kept == []
    assert differing(before, rows_of(estate.database)) == []


def test_a_list_without_devices_is_recognised_and_one_with_them_once_it_was_said(estate: Estate) -> None:
    """A sheet with serials is a register of devices until somebody says that it is a list of lines."""
    plain = "Mobile Number,ICCID,Network,Cost Centre\n"
    assert preview(estate, plain + "07700900001,,EE,0045\n", "a.csv").interpretation.layout.key == "sim-list"
    text = HEAD + f"07700900001,{ICCIDS[0]},EE,Data,0045,,NORX000001,,\n"
    assert preview(estate, text, "b.csv").interpretation.layout.key == "device-register"
    take_in(estate, text, "b.csv", layout="sim-list")
    assert preview(estate, text, "b.csv").interpretation.layout.key == "sim-list"


def test_another_tariff_is_taken_and_a_blank_erases_nothing(estate: Estate) -> None:
    take_in(estate, HEAD + f"07700900001,{ICCIDS[0]},EE,Data 10GB,0045,,NORX000001,,\n", "sims.csv", layout="sim-list")
    done = take_in(estate, HEAD + f"07700900001,{ICCIDS[0]},,Data 50GB,,,,,\n", "sims.csv", layout="sim-list")
    assert done.counts["changed"] == 1
    assert done.as_json()["changes"][0]["fields"] == {"tariff": ["Data 10GB", "Data 50GB"]}
    assert cards(estate) == [(ICCIDS[0], "NORX000001", NUMBERS[0], "Data 50GB", "0045", "active")]


def test_what_is_recorded_elsewhere_is_never_moved(estate: Estate) -> None:
    """A SIM of another device, a number on another SIM, another number on a SIM: all said, nothing written."""
    take_in(
        estate,
        HEAD + f"07700900001,{ICCIDS[0]},EE,,,,NORX000001,,\n07700900002,{ICCIDS[1]},EE,,,,NORX000002,,\n",
        "sims.csv",
        layout="sim-list",
    )
    before = rows_of(estate.database)
    for row, code in (
        (f"07700900001,{ICCIDS[0]},,,,,NORX000003,,", "sim-elsewhere"),
        (f"07700900003,{ICCIDS[0]},,,,,,,", "other-number"),
        (f",{ICCIDS[2]},,,,,NORX000001,,", "other-sim"),
        ("07700900001,,,,,,DMPX000999,,", "unknown-device"),
    ):
        seen = take_in(estate, HEAD + row + "\n", "sims.csv", layout="sim-list")
        assert codes(seen) == [code]
        assert seen.counts["unchanged"] == 1
    assert differing(before, rows_of(estate.database)) == []


def test_a_holder_or_a_state_that_differs_is_told_and_left(estate: Estate) -> None:
    """A number follows its device; the state of a line is a person's decision."""
    estate.issue(estate.devices[:1], person_id=estate.people[1])
    text = f"07700900001,{ICCIDS[0]},EE,Data,,,NORX000001,Bryn Hale,\n"
    assert codes(take_in(estate, HEAD + text, "sims.csv", layout="sim-list")) == []
    other = f"07700900001,{ICCIDS[0]},EE,Data 5,,,NORX000001,Mair Pugh,Cancelled\n"
    assert codes(take_in(estate, HEAD + other, "sims.csv", layout="sim-list")) == [
        "differs-holder-name",
        "differs-line-state",
    ]
    assert cards(estate)[0][-1] == "active"


def costs(estate: Estate) -> list[tuple[Any, ...]]:
    """(number, pence a month, day of its newest bill, cost code, tariff) of all lines."""
    with estate.database.read() as session:
        columns = (Line.number, Line.monthly_pence, Line.billed_on, Line.cost_code, Line.tariff)
        return [tuple(one) for one in session.execute(select(*columns).order_by(Line.number))]


def test_a_bill_says_what_lines_cost_and_what_it_contradicts_becomes_findings(estate: Estate) -> None:
    """Costs and gaps are taken; another cost code and an ended line are told; the same bill again is nothing to do."""
    take_in(
        estate,
        HEAD
        + f"07700900001,{ICCIDS[0]},EE,,0045,,NORX000001,,\n07700900002,,EE,Data,0046,,,,Ceased\n"
        + "07700900003,,EE,Data,0046,,,,\n",
        "sims.csv",
        layout="sim-list",
    )
    before = rows_of(estate.database)
    text = (
        "Invoice date,05/02/2026,,,\n\n"
        + BILL
        + ("07700900001,,0045,Data,£7.50\n07700900002,,0099,Data,£7\n07700900009,,,,£9\n,,,TOTAL,£23.50\n")
    )
    done = take_in(estate, text, "bill.csv")
    assert done.interpretation.layout.key == "mobile-bill"
    assert codes(done) == [
        "footer", "differs-cost-code", "differs-phone-number", "billed-without-device", "unknown-number", "not-billed"
    ]  # fmt: skip
    assert [one.value for one in done.plan.problems if one.code == "not-billed"] == [NUMBERS[2]]
    assert (done.counts["unchanged"], done.counts["changed"], done.counts["new"]) == (1, 2, 0)
    day = date(2026, 2, 5)
    assert costs(estate) == [
        (NUMBERS[0], 750, day, "0045", "Data"), (NUMBERS[1], 700, day, "0046", "Data"),
        (NUMBERS[2], None, None, "0046", "Data"),
    ]  # fmt: skip
    with estate.database.read() as session:
        found = session.execute(select(Finding.subject_type, Finding.subject, Finding.sentence).order_by(Finding.id))
        assert [tuple(one) for one in found] == [
            ("line", NUMBERS[1], "bill.csv, row 5, says cost code 0099; the register says 0046."),
            ("line", NUMBERS[1], "bill.csv, row 5, bills this number; the register says that the line has ended."),
        ]
    assert preview(estate, text, "bill.csv").to_do == 0
    older = preview(estate, text.replace("05/02/2026", "05/01/2026").replace("7.50", "9.50"), "old.csv")
    assert "older-bill" in codes(older) and older.counts["changed"] == 0
    credit = preview(estate, text.replace("05/02/2026", "05/03/2026").replace("£7.50", "-£7.50"), "credit.csv")
    assert [one.subject_id for one in credit.plan.changed] == [2], "a credit says nothing of what a month costs"
    plan, _ = estate.undo(done.event)
    assert plan.kept == []
    assert differing(before, rows_of(estate.database)) == []


def test_a_bill_without_a_day_says_costs_and_one_of_few_lines_does_not_miss_the_others(estate: Estate) -> None:
    lines = "".join(f"0770090000{n},,EE,Data,0045,,,,\n" for n in range(1, 6))
    take_in(estate, HEAD + lines, "sims.csv", layout="sim-list")
    done = take_in(estate, BILL + "07700900001,,0045,Data,£7\n", "bill.csv")
    assert (costs(estate)[0][1:3], codes(done)) == ((700, None), ["billed-without-device"])
    assert preview(estate, BILL + "07700900001,,0045,Data,£7\n", "bill.csv").to_do == 0


def test_an_itemised_bill_is_refused(estate: Estate) -> None:
    calls = "Mobile Number,Called Number,Call Date,Call Duration,Total Charges\n07700900001,07700900002,01/11/2026,60,0.10\n"
    with pytest.raises(BadFile, match="call records"):
        preview(estate, calls, "calls.csv")


def test_one_number_on_two_new_sims_is_rejected_and_a_second_sim_of_one_row_is_found(estate: Estate) -> None:
    text = HEAD + f"07700900001,{ICCIDS[0]},EE,,,,,,\n07700900001,{ICCIDS[1]},EE,,,,,,\n"
    seen = preview(estate, text, "sims.csv", layout="sim-list")
    assert seen.counts["rejected"] == 2
    assert set(codes(seen)) == {"duplicate-phone_number"}


def test_what_a_list_of_sims_contradicts_becomes_findings_of_the_number(estate: Estate) -> None:
    """Another state, and a number that the register has on another SIM; settled by what the register then says."""
    estate.database.before_sealing = lambda session: rejudge_touched(session, {}, None)
    take_in(estate, HEAD + f"07700900001,{ICCIDS[0]},EE,Data,,,NORX000001,,\n", "sims.csv", layout="sim-list")
    text = HEAD + f"07700900001,{ICCIDS[1]},EE,Data,,,,,Ceased\n"
    take_in(estate, text, "new.csv", layout="sim-list")

    def standing() -> list[tuple[Any, ...]]:
        with estate.database.read() as session:
            of_lines = select(Finding.sentence, Finding.state).where(Finding.subject_type == "line")
            return [tuple(row) for row in session.execute(of_lines.order_by(Finding.sentence))]

    first, second = standing()
    assert first == (f"new.csv, row 2, says SIM {ICCIDS[1]}; the register says {ICCIDS[0]}.", "open")
    assert second == ("new.csv, row 2, says line ended; the register says active.", "open")
    assert preview(estate, text, "new.csv", layout="sim-list").to_do == 0
    with estate.database.read() as session:
        line = session.execute(select(Line.id)).scalar_one()
    estate.set(Line, line, state="ended")
    assert [state for _, state in standing()] == ["open", "fixed"]
