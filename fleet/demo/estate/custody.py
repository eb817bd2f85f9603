"""Who has had each device, and what befell it. Ages are days before the estate's `now`; larger is earlier."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from fleet.demo.estate.fates import Fate
from fleet.demo.estate.seeds import AssignmentSeed, IncidentSeed, PersonSeed, SiteSeed, TeamSeed

PREPARATION = 3
"""Days from delivery to the first issue."""
LONGEST_LOAN = 200
LOAN_OVERDUE = 70
"""Least age in days of a loan that was due back by now."""


@dataclass(slots=True)
class Turns:
    """Goes round a list, shuffled once, so that nobody gets a second device before everybody has one."""

    people: list[PersonSeed]
    position: int = 0

    def next(self) -> PersonSeed:
        """Whose turn it is."""
        person = self.people[self.position % len(self.people)]
        self.position += 1
        return person


@dataclass(frozen=True, slots=True)
class Custody:
    """The outcome of a device's life in people's hands."""

    holder: PersonSeed | None = None
    last_holder: PersonSeed | None = None
    """Whoever had it last, the holder included."""
    team: TeamSeed | None = None
    """Where it is shared equipment."""
    site: str | None = None
    issued_ago: int | None = None
    """Start of the last assignment."""
    ended_ago: int | None = None
    since_ago: int = 0
    """Age of the present status."""


@dataclass(slots=True)
class Handing:
    """Hands out one organisation's devices."""

    organisation: str
    sites: Sequence[SiteSeed]
    teams: Sequence[TeamSeed]
    people: Sequence[PersonSeed]
    today: date
    random: Random
    assignments: list[AssignmentSeed] = field(default_factory=list)
    incidents: list[IncidentSeed] = field(default_factory=list)
    _turns: dict[str, Turns] = field(default_factory=dict)
    active: list[PersonSeed] = field(default_factory=list)
    _firsts: list[tuple[PersonSeed, int]] = field(default_factory=list)
    """Who is to be given a second device of a kind, and how long ago they got the first."""

    def __post_init__(self) -> None:
        """Forms the queues: phones go to social workers first, iPads to councillors first, then to the rest."""
        self.active = [one for one in self.people if one.state == "active"]
        ahead = {"iphone": ("social_worker", "manager"), "ipad": ("councillor", "social_worker")}
        for kind, roles in ahead.items():
            queue: list[PersonSeed] = []
            for role in roles:
                queue += self._shuffled([one for one in self.active if one.role == role])
            queue += self._shuffled([one for one in self.active if one.role not in roles])
            self._turns[kind] = Turns(queue)
        gone = [one for one in self.people if one.left_on]
        lately = [one for one in gone if one.left_on and self._ago(one.left_on) <= 60]
        self._turns["leaver"] = Turns(self._shuffled(lately or gone))
        self._turns["away"] = Turns(self._shuffled([one for one in self.people if one.state == "long_leave"]))

    def give(self, serial: str, kind: str, fate: Fate, delivered_ago: int) -> Custody:
        """Lives out a device's custody up to now."""
        if fate.custody == "none":
            return Custody(since_ago=delivered_ago - 1, site=self.sites[0].key)
        if fate.custody == "shared":
            return self._share(serial, delivered_ago)
        if fate.custody == "past":
            return self._end(serial, kind, fate, delivered_ago)
        return self._issue(serial, kind, fate, delivered_ago)

    def share(self, serial: str, delivered_ago: int) -> Custody:
        """Puts a device on a team's desk, for all."""
        return self._share(serial, delivered_ago)

    def somebody_else(self, person: PersonSeed) -> PersonSeed:
        """Another active person of the organisation."""
        while True:
            other = self.random.choice(self.active)
            if other.entra_id != person.entra_id:
                return other

    def _issue(self, serial: str, kind: str, fate: Fate, delivered_ago: int) -> Custody:
        if fate.custody == "again" and self._firsts:
            return self._issue_again(serial, delivered_ago)
        leaver = fate.custody == "leaver"
        holder = self._turns[fate.custody if fate.custody in ("leaver", "away") else kind].next()
        latest = self._ago(holder.left_on) + 7 if leaver and holder.left_on else 5
        if fate.loan:
            latest = LOAN_OVERDUE if fate.key == "loan-overdue" else latest
            delivered_ago = min(delivered_ago, LONGEST_LOAN)
        earliest = max(latest, min(delivered_ago - PREPARATION, self._ago(holder.start_on)))
        issued_ago = earliest if fate.early else self.random.randint(latest, earliest)
        if fate.recent:
            issued_ago = 2
        if fate.key == "first-of-two":
            self._firsts.append((holder, issued_ago))
        self._earlier_holders(serial, delivered_ago - PREPARATION, issued_ago)
        self._record(serial, holder, issued_ago, due_ago=self._due_ago(fate, issued_ago))
        return Custody(holder, holder, site=holder.site, issued_ago=issued_ago, since_ago=issued_ago)

    def _issue_again(self, serial: str, delivered_ago: int) -> Custody:
        """To somebody who has had another for longer."""
        holder, first_ago = self._firsts.pop()
        latest = min(first_ago - 1, delivered_ago - PREPARATION)
        issued_ago = self.random.randint(min(4, latest), latest)
        self._record(serial, holder, issued_ago)
        return Custody(holder, holder, site=holder.site, issued_ago=issued_ago, since_ago=issued_ago)

    def _due_ago(self, fate: Fate, issued_ago: int) -> int | None:
        if not fate.loan:
            return None
        overdue = fate.key == "loan-overdue"
        return self.random.randint(3, min(60, issued_ago - 1)) if overdue else -self.random.randint(5, 120)

    def _share(self, serial: str, delivered_ago: int) -> Custody:
        random = self.random
        issued_ago = random.randint(5, delivered_ago - PREPARATION)
        team = random.choice(self.teams)
        for_site = random.random() < 0.3
        self.assignments.append(
            AssignmentSeed(
                device=serial,
                organisation=self.organisation,
                person=None,
                site=team.site,
                team=None if for_site else team.key,
                kind="permanent",
                issued_on=self._day(issued_ago),
            )
        )
        return Custody(team=team, site=team.site, issued_ago=issued_ago, since_ago=issued_ago)

    def _end(self, serial: str, kind: str, fate: Fate, delivered_ago: int) -> Custody:
        """A last assignment that ended with a return, a repair, a loss or the end of the device."""
        random = self.random
        ended_ago = self._ended_ago(fate.status, delivered_ago)
        issued_ago = random.randint(ended_ago + 20, max(ended_ago + 20, delivered_ago - PREPARATION))
        holder = self._turns[kind].next() if fate.key == "returned-still-enrolled" else random.choice(self.active)
        issued_ago = max(ended_ago + 1, min(issued_ago, self._ago(holder.start_on)))
        self._earlier_holders(serial, delivered_ago - PREPARATION, issued_ago)
        reason = {"lost": "lost", "stolen": "stolen", "in_repair": "repair"}.get(fate.status, "returned")
        self._record(serial, holder, issued_ago, ended_ago=ended_ago, reason=reason)
        if fate.status in {"lost", "stolen"}:
            self._report(serial, fate.status, holder, ended_ago)
        elif fate.status == "in_repair":
            self._report(serial, "damaged", holder, ended_ago)
        return Custody(
            last_holder=holder,
            site=self.sites[0].key,
            issued_ago=issued_ago,
            ended_ago=ended_ago,
            since_ago=ended_ago - (random.randint(1, 4) if fate.status in {"retired", "disposed"} else 0),
        )

    def _ended_ago(self, status: str, delivered_ago: int) -> int:
        low, high = {
            "in_stock": (5, 100),
            "in_repair": (4, 25),
            "lost": (6, 80),
            "stolen": (6, 80),
        }.get(status, (20, 500))
        return self.random.randint(low, max(low, min(high, delivered_ago - 40)))

    def _earlier_holders(self, serial: str, from_ago: int, until_ago: int) -> None:
        """Up to two people who had it before, one after the other."""
        random = self.random
        for _ in range(2):
            room = from_ago - until_ago
            if room < 120 or random.random() < 0.35:
                return
            start = from_ago - random.randint(0, 10)
            end = random.randint(until_ago + 2, start - 60)
            person = random.choice(self.people)
            gone = self._ago(person.left_on) if person.left_on else 0
            if self._ago(person.start_on) >= start and gone <= end:
                reason = "replaced" if random.random() < 0.3 else "returned"
                self._record(serial, person, start, ended_ago=end, reason=reason)
            from_ago = end - 1

    def _record(
        self,
        serial: str,
        person: PersonSeed,
        issued_ago: int,
        *,
        due_ago: int | None = None,
        ended_ago: int | None = None,
        reason: str | None = None,
    ) -> None:
        self.assignments.append(
            AssignmentSeed(
                device=serial,
                organisation=self.organisation,
                person=person.entra_id,
                site=None,
                team=None,
                kind="permanent" if due_ago is None else "loan",
                issued_on=self._day(issued_ago),
                due_on=None if due_ago is None else self._day(due_ago),
                returned_on=None if ended_ago is None else self._day(ended_ago),
                end_reason=reason,
            )
        )

    def _report(self, serial: str, kind: str, holder: PersonSeed, ago: int) -> None:
        stolen = kind == "stolen"
        number = len(self.incidents) + 1
        self.incidents.append(
            IncidentSeed(
                key=f"{self.organisation}-incident-{number}",
                organisation=self.organisation,
                device=serial,
                kind=kind,
                happened_on=self._day(ago),
                reported_on=self._day(ago - self.random.randint(0, 3)),
                reported_by=holder.entra_id,
                reference=f"CR/{number:05d}/26" if stolen else None,
                state="open",
            )
        )

    def _shuffled(self, people: list[PersonSeed]) -> list[PersonSeed]:
        return self.random.sample(people, len(people))

    def _ago(self, day: date) -> int:
        return (self.today - day).days

    def _day(self, ago: int) -> date:
        return self.today - timedelta(days=ago)
