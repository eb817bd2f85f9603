"""The remote actions, declared as data: what each does, what it needs to know, and how carefully it is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fleet.errors import UsageProblem

LONGEST_NAME = 63
LONGEST_TEXT = 256
"""Characters of a message or note. What a lock screen shows beyond them is cut anyway."""
_NUMBER = re.compile(r"\+?[0-9][0-9 ()-]{4,24}\Z")


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that an action must be told."""

    key: str
    title: str
    about: str
    needed: bool = True
    longest: int = LONGEST_TEXT
    flag: bool = False
    """Yes or no instead of a text."""


@dataclass(frozen=True, slots=True)
class RemoteAction:
    """One thing that Intune does to a device."""

    key: str
    title: str
    """As an order: `Remote lock`."""
    about: str
    """What it does to the device, in a sentence."""
    result: str | None = None
    """Its name among the results that Intune keeps of a device; None where a later look at the device tells."""
    wishes: tuple[Wish, ...] = ()
    typed: bool = False
    """The device is read and compared, and its tag typed, before this is asked for."""
    second: bool = False
    """Another operator confirms it, unless the configuration says that none has to."""
    leaves: bool = False
    """The device is no longer in Intune afterwards."""
    supervised: bool = False
    """Only a supervised device does it."""
    brings: str | None = None
    """What its result holds: shown once, never kept."""
    at_once: bool = False
    """Done when Intune has accepted it: it concerns Intune's record, not the device."""

    def told(self, values: Mapping[str, str]) -> "RemoteRequest":
        """A request with what it needs to know. Raises `UsageProblem` naming what is missing, too long or not meant."""
        known = {wish.key: wish for wish in self.wishes}
        if strange := next((name for name in values if name not in known), None):
            raise UsageProblem(f"{self.title} takes no {strange}.")
        kept: dict[str, str] = {}
        for wish in self.wishes:
            value = values.get(wish.key, "").strip()
            _check(self, wish, value)
            if value:
                kept[wish.key] = value
        return RemoteRequest(self, MappingProxyType(kept))


def _check(action: RemoteAction, wish: Wish, value: str) -> None:
    if not value:
        if wish.needed:
            raise UsageProblem(f"{action.title} needs {wish.title.lower()}: {wish.about}")
        return
    if len(value) > wish.longest:
        raise UsageProblem(f"{wish.title} is {len(value)} characters long; at most {wish.longest} are shown.")
    if wish.flag and value.casefold() != "yes":
        raise UsageProblem(f"{wish.title} is yes, or nothing at all; not {value}.")
    if not value.isprintable():
        raise UsageProblem(f"{wish.title} must be text in one line.")
    if wish.key == "number" and not _NUMBER.match(value):
        raise UsageProblem(f"{value} is not a telephone number that somebody could ring.")


@dataclass(frozen=True, slots=True)
class RemoteRequest:
    """An action with what it was told."""

    action: RemoteAction
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


RETIRE, WIPE, DELETE = "retire", "wipe", "delete"

ACTIONS: Mapping[str, RemoteAction] = MappingProxyType({one.key: one for one in (
    RemoteAction("sync", "Sync", "The device checks in as soon as it is reachable.", "syncDevice"),
    RemoteAction("rename", "Rename", "The device gets another name at its next check-in.", "setDeviceName",
                 (Wish("name", "Name", "the new name of the device", longest=LONGEST_NAME),), supervised=True),
    RemoteAction("category", "Set the category", "Intune's record gets another category; policies may follow it.", None,
                 (Wish("category", "Category", "one of the tenant's categories"),), at_once=True),
    RemoteAction("notes", "Set the notes", "The notes of Intune's record are replaced.", None,
                 (Wish("notes", "Notes", "the text that replaces the notes"),), at_once=True),
    RemoteAction("restart", "Restart", "The device restarts; what is open and unsaved is lost.", "rebootNow",
                 supervised=True),
    RemoteAction("lock", "Remote lock", "The screen locks; the holder's passcode opens it again.", "remoteLock",
                 brings="unlock PIN"),
    RemoteAction("lost-mode-on", "Lost mode on",
                 "The device locks and shows the message and number until lost mode is turned off.", "enableLostMode",
                 (Wish("message", "Message", "what the screen says to whoever finds it"),
                  Wish("number", "Number", "the telephone number that the screen shows")), supervised=True),
    RemoteAction("lost-mode-off", "Lost mode off", "The device can be used again.", "disableLostMode", supervised=True),
    RemoteAction("locate", "Locate", "A device in lost mode tells where it is.", "locateDevice", supervised=True,
                 brings="place"),
    RemoteAction("play-sound", "Play a sound", "A device in lost mode sounds for five minutes.", "playLostModeSound",
                 supervised=True),
    RemoteAction("reset-passcode", "Reset the passcode", "The passcode goes; whoever has the device can open it.",
                 "resetPasscode", typed=True, brings="passcode"),
    RemoteAction("bypass-activation-lock", "Bypass activation lock",
                 "The device can be set up again without the Apple Account it was locked to.", "bypassActivationLock",
                 typed=True, supervised=True, brings="bypass code"),
    RemoteAction(RETIRE, "Retire", "Company data, apps and management leave the device; what is personal stays.", "retire",
                 typed=True, second=True, leaves=True),
    RemoteAction(WIPE, "Wipe", "Everything on the device is erased. It can't be located afterwards.", "wipe",
                 (Wish("keep-esim", "Keep eSIM", "the eSIM's data plan stays", needed=False, flag=True),),
                 typed=True, second=True, leaves=True),
    RemoteAction(DELETE, "Delete the record", "Intune forgets the device, which retires if it checks in again.", None,
                 typed=True, second=True, leaves=True, at_once=True),
)})  # fmt: skip
"""Every action there is, mildest first."""

PERSONAL_ACTIONS = frozenset({RETIRE})
"""All that can be done to somebody's own device."""
LEAVING = frozenset(key for key, one in ACTIONS.items() if one.leaves)
"""What at most so many of may be sent in an hour."""


def action_of(key: str) -> RemoteAction:
    """The action of that name; raises `UsageProblem` naming those there are."""
    try:
        return ACTIONS[key]
    except KeyError:
        raise UsageProblem(f"There is no remote action {key}. There are: {', '.join(ACTIONS)}.") from None
