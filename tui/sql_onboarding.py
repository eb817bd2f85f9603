"""The port `Onboardings` on the real register: what is staged is read here, what reads files in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.commands import onboarding
from fleet.domain.plan.imports.quality import LABELS
from fleet.domain.wording import day_text
from fleet.errors import FleetError
from fleet.queries.lookups import organisation_id, organisation_keys
from tui.files import FileChoice, FilePlace, FileProblem
from tui.onboarding import Joining, StagedFile
from tui.own_program import answer_of, run_fleet, said_by
from tui.text import counted

if TYPE_CHECKING:
    from tui.sql_register import SqlRegister

PAST = "holder-history"
"""Layout under which a sheet is read for its past holders, beside being a register."""


class SqlOnboardings:
    """Joining councils, as the operator."""

    def __init__(self, register: SqlRegister) -> None:
        self._register = register

    @property
    def _home(self) -> Path:
        return self._register.config.home

    def all(self) -> Sequence[Joining]:
        """What is staged or applied."""
        return [_joining(one) for one in onboarding.list_onboardings(self._home)]

    def organisations(self) -> Sequence[str]:
        """Keys of the organisations that the operator may see."""
        with self._register.reading() as session:
            return organisation_keys(session)

    def begin(self, name: str, organisation: str) -> None:
        """Begin one."""
        register = self._register
        with register.reading() as session:
            organisation_id(session, organisation)
        onboarding.new_onboarding(self._home, name, organisation, actor=register.rights.name, now=register.clock())

    def add(self, name: str, choice: FileChoice) -> str:
        """Stage a copy of a file."""
        options = [
            part
            for one, value in (("--as", choice.layout), ("--sheet", choice.sheet))
            if value
            for part in (one, value)
        ]
        options += [part for one in choice.mapping for part in ("--map", one)]
        return self._told(["onboard", "add", *options, "--", name, choice.path], "The file could not be staged.")

    def score(self, name: str, *, create: bool) -> Joining:
        """Try everything and take it back."""
        arguments = ["onboard", "score", "--json", *(["--create"] if create else []), "--", name]
        answer = answer_of(
            self._register.config, self._register.clock(), arguments, key="files", otherwise="It could not be scored."
        )
        held = _joining(onboarding.open_onboarding(self._home, name))
        staged = {(one.name, one.sheet, one.is_past): one for one in held.files}
        files = [
            _scored(one, staged.get((one["file"], one["sheet"], one["layout"] == PAST))) for one in answer["files"]
        ]
        return Joining(
            held.name, held.organisation, held.begun, held.event, files, answer["score"], answer["rows"], create
        )

    def say(self, name: str, file: StagedFile, said: Mapping[str, str]) -> None:
        """Say what columns of a staged file mean."""
        layout = PAST if file.is_past else None
        onboarding.say_of_file(self._home, name, file.name, mapping=said, sheet=file.sheet, layout=layout)

    def write_rejected(self, name: str, folder: str, *, create: bool) -> str:
        """Write rejected rows into a folder."""
        arguments = ["onboard", "score", "--json", "--rejected", folder, *(["--create"] if create else []), "--", name]
        ran = run_fleet(self._register.config, self._register.clock(), arguments)
        if not isinstance(ran.answer, dict) or "files" not in ran.answer:
            raise FleetError(said_by(ran) or "The rejected rows could not be written.", code="command")
        return said_by(ran) or "No row was rejected."

    def drop(self, name: str, file: str | None = None) -> None:
        """Take a file out, or the whole staging."""
        if file is None:
            onboarding.drop_onboarding(self._home, name)
        else:
            onboarding.drop_file(self._home, name, file)

    def apply(self, name: str, *, create: bool, confirm: int | None, reason: str | None) -> tuple[str, int]:
        """All of it as one step."""
        options = ["--create"] if create else []
        options += ["--confirm", str(confirm)] if confirm is not None else []
        options += ["--reason", reason] if reason else []
        answer = answer_of(
            self._register.config, self._register.clock(), ["onboard", "apply", "--json", "--yes", *options, "--", name],
            key="event", otherwise="It could not be applied.",
        )  # fmt: skip
        new = sum(one["counts"]["new"] for one in answer["files"])
        changed = sum(one["counts"]["changed"] for one in answer["files"])
        return f"{name} has joined: {counted(new, 'row')} added, {changed:,} changed.", int(answer["event"])

    def _told(self, arguments: Sequence[str], otherwise: str) -> str:
        ran = run_fleet(self._register.config, self._register.clock(), arguments)
        if ran.code:
            raise FleetError(said_by(ran) or otherwise, code="command")
        return " ".join(ran.out.split())


def _joining(one: onboarding.Onboarding) -> Joining:
    files = [
        StagedFile(each.name, each.sheet, each.layout == PAST, each.mapping, each.layout or "") for each in one.files
    ]
    return Joining(
        one.name,
        one.organisation,
        f"{day_text(date.fromisoformat(one.begun_at[:10]))} by {one.begun_by}",
        one.event,
        files,
    )


def _scored(one: Mapping[str, Any], staged: StagedFile | None) -> StagedFile:
    columns = dict(one["columns"])
    columns |= {header: "?" for header in one["unmapped"] if header not in columns}
    columns |= {header: "" for header in one["not_read"] if header not in columns}
    return StagedFile(
        one["file"],
        one["sheet"],
        staged is not None and staged.is_past,
        staged.mapping if staged is not None else None,
        one["title"],
        one["score"],
        one["rows"],
        one["good"],
        [(number, LABELS[name]) for name, number in one["wrong"].items() if number],
        one["counts"],
        [_problem(each) for each in one["causes"]],
        list(columns.items()),
        one["proposals"],
    )


def _problem(one: Mapping[str, Any]) -> FileProblem:
    places = [FilePlace(each["row"], each["column"], each["value"], each["remedy"]) for each in one["examples"]]
    return FileProblem(one["reason"], one["count"], places, one["code"], one["acceptable"])
