"""The port `Files` on the real register."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fleet.commands.imports import already_imported, load
from fleet.commands.mappings import edit_mapping, forget_mapping, list_mappings
from fleet.domain.plan.imports import ERASABLE
from fleet.domain.wording import change_text, field_label, value_text
from fleet.errors import BadFile, NotAllowed, UsageProblem
from fleet.queries.health import examine
from tui.files import (
    NOUNS,
    DeliveryDue,
    FileChange,
    FileChoice,
    FilePlace,
    FilePreview,
    FileProblem,
    HealthCheck,
    Layout,
    Meaning,
    ReportLine,
    ReportOrder,
    Setting,
    is_file,
    is_folder,
    path_of,
)
from tui.import_process import run_import
from tui.text import counted

if TYPE_CHECKING:
    from fleet.commands.deliveries import Standing
    from tui.list_export import ListOrder
    from tui.sql_register import SqlRegister


class SqlFiles:
    """Imports, reports and the doctor, as the operator."""

    def __init__(self, register: SqlRegister) -> None:
        self._register = register

    def reports(self) -> Sequence[ReportLine]:
        """The reports, in the order of the command line."""
        from fleet.exports import REPORTS

        return [ReportLine(number, one.key, one.title, one.question) for number, one in enumerate(REPORTS.values(), 1)]

    def write_report(self, order: ReportOrder) -> str:
        """Write a report in a process of its own: the keys stay quick."""
        from tui.export_process import write_report

        return write_report(self._register.config, self._register.clock(), order)

    def deliveries(self, text: str, offset: int, limit: int) -> Sequence[Standing]:
        """Deliveries that match, newest first."""
        from tui.sql_deliveries import list_deliveries

        return list_deliveries(self._register, text, offset, limit)

    def count_deliveries(self, text: str) -> int:
        """How many match."""
        from tui.sql_deliveries import count_deliveries

        return count_deliveries(self._register, text)

    def delivery_plan(self) -> Sequence[DeliveryDue]:
        """What is due, and what is not."""
        from tui.sql_deliveries import delivery_plan

        return delivery_plan(self._register)

    def deliver_now(self) -> str:
        """Deliver what is due."""
        from tui.sql_deliveries import deliver_now

        return deliver_now(self._register)

    def settle_delivery(self, delivery_id: int, sent: bool, reason: str) -> str:
        """Say whether a delivery arrived."""
        from tui.sql_deliveries import settle_delivery

        return settle_delivery(self._register, delivery_id, sent, reason)

    def write_rows(self, order: ListOrder, rows: Sequence[Any]) -> str:
        """Write a list as it is filtered, in a process of its own."""
        from tui.list_export import write_rows

        return write_rows(self._register.config, self._register.clock(), order, rows)

    def preview(self, choice: FileChoice) -> FilePreview:
        """What a file would do."""
        path = path_of(choice.path)
        if is_folder(path):
            raise BadFile(f"{choice.path} is a folder. Name a file.")
        if not is_file(path):
            raise BadFile(f"There is no file {choice.path}.", code="unreadable")
        choice = replace(choice, path=str(path.absolute()))
        answer = run_import(self._register.config, self._register.clock(), choice, "--preview")
        with self._register.reading() as session:
            before = already_imported(session, answer["sha256"])
        titles = {one.key: one.title for one in self.layouts()}
        return FilePreview(
            choice=choice,
            name=path.name,
            layout=titles.get(answer["layout"], "Not recognised: say what its columns mean with F4"),
            read_as=_read_as(answer),
            columns=answer["columns"],
            not_read=answer["not_read"],
            unknown=answer["unmapped"],
            counts=answer["counts"],
            changes=[_change(one) for one in answer["changes"]],
            problems=[_problem(one) for one in answer["causes"]],
            proposals=answer["proposals"],
            digest=answer["sha256"],
            imported_before=before,
            subject=answer["subject"],
            conflicts=answer["conflicts"],
            new_findings=answer["new_findings"],
            remembered=answer["mapping"],
            notes=answer["notes"],
            erasable=sorted(ERASABLE.intersection(answer["columns"].values())) if answer["subject"] == "device" else (),
        )

    def apply(self, preview: FilePreview) -> tuple[str, int]:
        """Do what was previewed, if the bytes are the same."""
        if hashlib.sha256(load(Path(preview.choice.path))).hexdigest() != preview.digest:
            raise NotAllowed("The file has changed since it was previewed. Preview it again.")
        answer = run_import(self._register.config, self._register.clock(), preview.choice, "--yes")
        if answer["event"] is None:
            raise NotAllowed("Nothing of it is to be done any more: somebody was faster. Preview it again.")
        counts, found = answer["counts"], answer["new_findings"]
        told = (
            f"{preview.name}: {counted(counts['new'], *NOUNS[answer['subject']])} added, {counts['changed']:,} changed"
        )
        told += f", {counted(found, 'finding')} made" if found else ""
        return f"{told}.", int(answer["event"])

    def write_rejected(self, choice: FileChoice, target: str) -> str:
        """Write the rejected rows to a file."""
        if Path(target).exists():
            raise UsageProblem(f"{target} exists. Name another file for the rejected rows.")
        run_import(self._register.config, self._register.clock(), choice, "--preview", "--rejected", target)
        if not Path(target).exists():
            raise UsageProblem("No row was rejected.")
        return target

    def layouts(self) -> Sequence[Layout]:
        """The kinds of file that are understood."""
        from importers.layouts import LAYOUTS

        return [Layout(one.key, one.title, one.subject) for one in LAYOUTS]

    def fields(self) -> Sequence[str]:
        """What a column may mean."""
        from importers.words import FIELD_KINDS

        return sorted(FIELD_KINDS)

    def meanings(self) -> Sequence[Meaning]:
        """What was said of columns, the newest first."""
        with self._register.reading() as session:
            rows = list_mappings(session)
        return [
            Meaning(one.id, one.headers, one.columns, one.layout, one.said_by, one.said_at, one.header_row) for one in rows
        ]  # fmt: skip

    def say_otherwise(self, number: int, columns: Mapping[str, str]) -> str:
        """Change what was said of some columns."""
        register = self._register
        with register.writing("import.mapping", None) as session:
            edit_mapping(session, number, columns, actor=register.rights.name, now=register.clock())
        return "Changed. The next such file is read like that."

    def forget_meaning(self, number: int) -> str:
        """Forget what was said of a kind of file."""
        with self._register.writing("import.mapping", None) as session:
            forget_mapping(session, number)
        return "Forgotten. The next such file is read as if nothing had been said."

    def health(self, *, offline: bool) -> Sequence[HealthCheck]:
        """What the doctor says."""
        register = self._register
        checks = examine(register.config, lambda: register.database, now=register.clock(), offline=offline)
        return [HealthCheck(one.what, one.state, one.sentence) for one in checks]

    def settings(self) -> Sequence[Setting]:
        """What is configured; no secret is among it."""
        config, rights = self._register.config, self._register.rights
        found = [
            Setting("You", "Operator", rights.name),
            Setting("You", "Role", rights.role),
            Setting("Program", "Folder", str(config.home)),
            Setting("Program", "Register", _without_secrets(config.database_url)),
        ]
        found += [Setting("Organisations", one.key, one.name) for one in config.organisations.values()]
        found += [Setting("Tenants", key, getattr(one, "organisation", key)) for key, one in config.tenants.items()]
        return found + [Setting("Keys", action, keys) for action, keys in config.keys.items()]


def _without_secrets(url: str) -> str:
    """Where the register is, without who signs in and how."""
    parts = urlsplit(url)
    if parts.hostname is None:
        return url
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def _read_as(answer: Mapping[str, Any]) -> str:
    header = answer.get("header_row")
    parts = (
        answer.get("format"),
        answer.get("encoding"),
        f"sheet {answer['sheet']}" if answer.get("sheet") else None,
        f"header in row {header}" if header else "no header row",
    )
    return ", ".join(str(part) for part in parts if part)


def _change(one: Mapping[str, Any]) -> FileChange:
    is_new = one["kind"] == "new"
    shown = [
        change_text(name, before, after) if not is_new else f"{field_label(name)} {value_text(name, after)}"
        for name, (before, after) in one["fields"].items()
        if not is_new or after is not None
    ]
    told = ", ".join(shown) + (", issued" if one.get("issued") else "")
    return FileChange(one["row"], one["subject"], is_new, told)


def _problem(one: Mapping[str, Any]) -> FileProblem:
    places = [FilePlace(each["row"], each["column"], each["value"], each["remedy"]) for each in one["examples"]]
    return FileProblem(one["reason"], one["count"], places, one["code"], one["acceptable"])
