"""Asking Intune for something: which action, what it must be told, the device beside the register, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from fleet.errors import FleetError, UsageProblem
from tui.outbox import Look, Offer, Sent, Wanted
from tui.screens.choosing import Alternative, Choosing, warned
from tui.screens.dialog import Dialog
from tui.text import Span, clean, counted, span
from tui.widgets.fields import Entry
from tui.widgets.line_view import Line
from tui.widgets.painting import fit, wrap

if TYPE_CHECKING:
    from tui.app import FleetApp
    from tui.register import Register

INKS = {"done": "good", "accepted": "good", "asked": "warn", "queued": "warn", "unsure": "bad", "failed": "bad"}
ABOUT = 2
"""Lines above the actions for what the chosen one does."""
SIGNS = {"done": "✓", "accepted": "✓", "asked": "◷", "queued": "◷", "unsure": "?", "failed": "✕"}


class RemoteScreen(Choosing[Wanted]):
    """Which action, what it is told, why."""

    SUBMIT = "ask"
    FIELDS_FIRST = True

    def __init__(self, device_ids: Sequence[int], names: Sequence[str], offers: Sequence[Offer]) -> None:
        what = names[0] if len(names) == 1 else counted(len(names), "device")
        super().__init__([span("Ask Intune: ", "title"), span(what, "strong")])
        self.device_ids = tuple(device_ids)
        possible = [one for one in offers if one.why_not is None]
        self.offers = {one.action.key: one for one in possible}
        self.options = [
            Alternative(one.action.key, span(one.action.title, "warn" if one.action.typed else "")) for one in possible
        ]
        self.why_not = sorted({(one.why_not or "", one.action.title) for one in offers if one.why_not is not None})
        self.first, self.second = Entry("", "", id="first"), Entry("", "", id="second")
        self.reason = Entry("", "Why, in a few words; kept in history", id="reason")

    def fields(self) -> ComposeResult:
        """What it is told, why."""
        yield from self.field("Tell it", self.first)
        yield from self.field("and", self.second)
        yield from self.field("Reason", self.reason)

    def on_mount(self) -> None:
        """The fields say what the first action needs."""
        super().on_mount()
        self.chosen()

    def chosen(self) -> None:
        """Another action needs other things."""
        offer = self.offers.get(self.choice)
        wishes = offer.action.wishes if offer is not None else ()
        for number, entry in enumerate((self.first, self.second)):
            wish = wishes[number] if number < len(wishes) else None
            told = "" if wish is None else f"{wish.title}: {'yes, or nothing' if wish.flag else wish.about}"
            entry.placeholder = clean(told)
            row = entry.parent
            if row is not None and hasattr(row, "display"):
                row.display = wish is not None
        if not wishes and self.focused in (self.first, self.second):
            self.reason.focus()

    def lay(self, width: int) -> Sequence[Line]:
        """The actions, and why not the others."""
        offer = self.offers.get(self.choice)
        told = offer.action.about if offer is not None else ""
        if offer is not None and offer.second:
            told += " Another operator confirms it before it is sent."
        pieces = wrap(clean(told), max(width - 2, 8))[:ABOUT]
        lines: list[Line] = [[span("  "), Span(piece, "warn" if offer and offer.second else "dim")] for piece in pieces]
        lines += [[] for _ in range(ABOUT + 1 - len(lines))]
        lines += self.lay_options()
        if not self.options:
            lines.append([span("  Nothing is possible with these.", "warn")])
        reasons: dict[str, list[str]] = {}
        for why, title in self.why_not:
            reasons.setdefault(why, []).append(title.lower())
        for why, titles in reasons.items():
            pieces = wrap(clean(f"Not {', '.join(titles)}: {why}."), max(width - 2, 8))
            lines += [[span("  "), Span(piece, "faint")] for piece in pieces]
        return [*lines, []]

    def do_submit(self) -> None:
        """Give the answer back if it is complete."""
        offer = self.offers.get(self.choice)
        if offer is None:
            return
        wishes = offer.action.wishes
        typed = {wish.key: entry.value.strip() for wish, entry in zip(wishes, (self.first, self.second), strict=False)}
        told = {key: value for key, value in typed.items() if value}
        try:
            offer.action.told(told)
        except UsageProblem as error:
            self.complain(error.message)
            return
        self.dismiss(Wanted(offer.action.key, self.device_ids, told, self.reason.value.strip() or None))


class LookScreen(Dialog[str]):
    """The device as Intune has it now beside the register; the answer is what was typed."""

    SUBMIT = "go on"

    def __init__(self, look: Look) -> None:
        self.look = look
        recorded = look.sides.recorded
        super().__init__([span(f"{look.action.title}: ", "title"), span(recorded.name, "strong")])
        what = "asset tag" if recorded.ownership == "organisation" else "owner's sign-in name"
        self.typed = Entry("", f"Type the {what} to go on", id="typed")

    def fields(self) -> ComposeResult:
        """The tag."""
        yield from self.field("Confirm", self.typed)

    def lay(self, width: int) -> Sequence[Line]:
        """Both sides."""
        look, room = self.look, max((width - 16) // 2, 8)
        lines: list[Line] = []
        if look.asked_by is not None:
            why = f": {look.reason}" if look.reason else ""
            lines += [[Span(piece, "dim")] for piece in wrap(clean(f"{look.asked_by} asks for it{why}"), max(width, 8))]
        lines.append([span(" " * 14), Span(fit(clean("Register"), room), "dim"), span("Intune now", "dim")])
        for one in look.sides.sides:
            ink = "" if one.agrees else "bad"
            lines.append([
                span("  " if one.agrees else "≠ ", "bad"), Span(fit(clean(one.what), 12), "dim"),
                Span(fit(clean(one.recorded or "—"), room - 1), ink), span(" "), Span(fit(clean(one.read or "—"), room), ink),
            ])  # fmt: skip
        return [*lines, [], *warned([look.action.about], width), []]

    def do_submit(self) -> None:
        """Give back what was typed, if it is right."""
        wanted = self.look.sides.recorded.typed
        if self.typed.value.strip().casefold() != wanted.casefold():
            self.complain("That is not what the register calls it.")
            return
        self.dismiss(self.typed.value.strip())


class SentScreen(Dialog[bool]):
    """What became of each device."""

    SUBMIT = "close"

    def __init__(self, sent: Sent) -> None:
        super().__init__([span("Intune", "title")])
        self.sent = sent

    def lay(self, width: int) -> Sequence[Line]:
        """A line, or more, for each."""
        lines: list[Line] = []
        for one in self.sent.lines:
            ink = INKS.get(one.state, "")
            pieces = wrap(clean(one.sentence), max(width - 17, 8))
            for at, piece in enumerate(pieces):
                head = fit(clean(one.device if at == 0 else ""), 14)
                lines.append(
                    [span(f"{SIGNS.get(one.state, '·')} " if at == 0 else "  ", ink), Span(head, "strong"), Span(piece)]
                )
        return [*lines, [], [span("  What was sent can't be undone. The outbox has all of it.", "dim")]]

    def do_submit(self) -> None:
        """Close."""
        self.dismiss(True)


class SignInScreen(Dialog[bool]):
    """What to do to sign in; it closes by itself when that was done."""

    SUBMIT = "wait"

    def __init__(self, tenant: str, message: str) -> None:
        super().__init__([span("Sign in to ", "title"), span(tenant, "strong")])
        self.message = message

    def lay(self, width: int) -> Sequence[Line]:
        """Microsoft's words."""
        told = [[span("  "), Span(piece, "strong")] for piece in wrap(clean(self.message), max(width - 2, 8))]
        return [*told, [], [span("  Intune's roles and audit apply to whoever signs in. Waiting …", "dim")]]

    def do_submit(self) -> None:
        """Nothing to do here."""


# --- the way through them -------------------------------------------------------------------------------------


def begin(app: FleetApp, device_ids: Sequence[int], names: Sequence[str]) -> None:
    """Ask which action, look where looking is due, send, tell."""

    def offered(offers: Sequence[Offer]) -> None:
        app.push_screen(RemoteScreen(device_ids, names, offers), answered)

    def answered(wanted: Wanted | None) -> None:
        if wanted is not None:
            _wanted(app, wanted)

    app.background.look("offers", lambda register: register.outbox.offers(list(device_ids)), offered, app.tell_error)


def _wanted(app: FleetApp, wanted: Wanted) -> None:
    from fleet.domain.remote import ACTIONS

    if not ACTIONS[wanted.action].typed:
        work(app, lambda register: register.outbox.ask(wanted, None))
        return
    look_then(
        app,
        lambda register: register.outbox.look(wanted),
        lambda typed: work(app, lambda register: register.outbox.ask(wanted, typed)),
    )


def look_then(app: FleetApp, read: Callable[[Register], Look], go_on: Callable[[str], None]) -> None:
    """Read the device, show it beside the register, and go on with what was typed."""

    def looked(look: Look) -> None:
        app.push_screen(LookScreen(look), answered)

    def answered(typed: str | None) -> None:
        if typed is not None:
            go_on(typed)

    app.notify("Asking Intune for the device …")
    app.background.job(read, looked, lambda error: refused(app, error, lambda: look_then(app, read, go_on)))


def work(app: FleetApp, send: Callable[[Register], Sent]) -> None:
    """Send in the background, and tell what became of each device."""
    app.notify("Speaking with Intune … you can go on working.")
    app.background.job(send, lambda sent: tell(app, sent), lambda error: refused(app, error))


def tell(app: FleetApp, sent: Sent) -> None:
    """One outcome as a toast, several as a list; a sign-in that is wanted comes first."""
    step = getattr(app.screen, "step_done", None)
    if step is not None:
        step()
    app.something_changed()
    if sent.sign_in is not None:
        sign_in(app, sent.sign_in, lambda: work(app, lambda register: register.outbox.send()))
    elif len(sent.lines) == 1 and not sent.troubled:
        one = sent.lines[0]
        said = one.sentence if one.sentence.startswith(one.device) else f"{one.device}: {one.sentence}"
        app.notify(f"{said} Number {one.order_id}.", timeout=12)
    elif sent.lines:
        app.push_screen(SentScreen(sent))
    else:
        app.notify("Nothing is under way, and nothing waits to be sent.")


def refused(app: FleetApp, error: FleetError, again: Callable[[], None] | None = None) -> None:
    """Say why; where somebody has to sign in, let them, and try again."""
    tenant = error.facts.get("tenant")
    if error.code == "sign-in-needed" and isinstance(tenant, str):
        sign_in(app, tenant, again or (lambda: None))
    else:
        app.trouble(error)


def sign_in(app: FleetApp, tenant: str, then: Callable[[], None]) -> None:
    """Show how to sign in, wait for it, and go on."""

    def begun(message: str) -> None:
        screen = SignInScreen(tenant, message)

        def closed(done: bool | None) -> None:
            if not done:
                app.background.look(
                    "give-up", lambda register: register.outbox.give_up_sign_in(tenant), lambda _: None, app.trouble
                )

        def finished(told: str) -> None:
            if screen.is_attached:
                screen.dismiss(True)
            app.notify(told, timeout=15)
            then()

        def failed(error: FleetError) -> None:
            if screen.is_attached:
                screen.dismiss(True)
                app.trouble(error)

        app.push_screen(screen, closed)
        app.background.job(lambda register: register.outbox.finish_sign_in(tenant), finished, failed)

    app.background.job(lambda register: register.outbox.begin_sign_in(tenant), begun, app.trouble)
