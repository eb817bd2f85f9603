"""More of a small estate: receipts, remote actions, deliveries, a council that joins; each with texts of the caller's."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from fleet.database.models import RemoteOrder, ReportDelivery
from tests.factory import NOW, a_tenant, an_enrolment, write
from tests.tui.real_register import Estate
from tui.files import FileChoice
from tui.writes import AcceptReceipt, MakeReceipt

JOINING = """Ref,Serial,Site,Holder
NB-81,DMPX0000081Q,Old Mill,mair@northbridge.example
NB-82,DMPX0000082Q,Town Hall,
,nonsense!!,Town Hall,
"""
STATES = (("asked", None), ("accepted", None), ("done", 1), ("failed", 2))
"""States of remote actions, and after how many hours they ended."""


def receipts(estate: Estate) -> None:
    """One that was accepted by a typed name, and a draft."""
    estate.register.do(MakeReceipt(device_ids=(estate.devices[0], estate.devices[1])))
    estate.register.do(MakeReceipt(device_ids=(estate.devices[2],)))
    (draft, *_others) = estate.register.papers.receipts("", None)
    seen = estate.register.papers.receipt(draft.id).digest
    estate.register.do(AcceptReceipt(receipt_id=draft.id, typed_name="Ada Moss", seen=seen))


def orders(estate: Estate, texts: Sequence[str]) -> None:
    """Remote actions in every state, with these as reasons and messages."""
    tenant = a_tenant(estate.register.database, estate.organisation)
    for at, text in enumerate(texts):
        state, hours = STATES[at % len(STATES)]
        device = estate.devices[at % len(estate.devices)]
        enrolment = an_enrolment(estate.register.database, estate.organisation, tenant, device, device_name=text)
        order = RemoteOrder(
            organisation_id=estate.organisation, tenant_id=tenant, device_id=device, enrolment_id=enrolment,
            intune_id=f"intune-{at}", action="lock", told={"message": text}, ownership="organisation", state=state,
            needs_second=False, asked_by="k.rao", asked_at=NOW - timedelta(hours=3), reason=text,
            ended_at=NOW - timedelta(hours=hours) if hours is not None else None,
        )  # fmt: skip
        write(estate.register.database, order)


def deliveries(estate: Estate, texts: Sequence[str]) -> None:
    """Reports that went out, failed, or of which nobody knows, with these as recipients and errors."""
    for at, text in enumerate(texts):
        state = ("sent", "failed", "unknown")[at % 3]
        row = ReportDelivery(
            organisation_id=estate.organisation, job="month", report="monthly all xlsx", period=f"2026-{at % 12 + 1:02d}",
            recipient=f"{text} {at}", state=state, attempts=1, actor="timer", host="here", process=1, intended_at=NOW,
            ended_at=NOW if state != "unknown" else None, file_name=f"fleet-{at}.xlsx", size=20_480, digest="0" * 64,
            error=text if state == "failed" else None,
        )  # fmt: skip
        write(estate.register.database, row)


def joining(estate: Estate, folder: Path, text: str = JOINING) -> None:
    """A council that joins, with one file staged."""
    path = folder / "joining.csv"
    path.write_text(text, encoding="utf-8")
    estate.register.onboardings.begin("autumn", "northbridge")
    estate.register.onboardings.add("autumn", FileChoice(str(path)))
