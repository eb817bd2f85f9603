"""The actions of stock, stocktake, incidents, import and health, and how one gets there."""

from __future__ import annotations

from tui.action import EVERYWHERE, LISTS, Action
from tui.possible import needs_register

STOCK, STOCKTAKE = frozenset({"stock"}), frozenset({"stocktake"})
INCIDENTS, IMPORTS, HEALTH = frozenset({"incidents"}), frozenset({"imports"}), frozenset({"health"})
REPORTS, DELIVERIES = frozenset({"reports"}), frozenset({"deliveries"})
JOINING = frozenset({"onboarding"})
OWN_DEVICES, SCANNING = frozenset({"own_devices"}), frozenset({"scanning"})
ARRANGED = LISTS - {"stock", "as_at"}

PLACE_ACTIONS: tuple[Action, ...] = (
    Action("stock", "shift+f6,f18", "Stock & loans", "Go to what lies in stock, is lent or is kept.", "Go", EVERYWHERE),
    Action("scanning", "ctrl+b", "Scan", "Go to issuing, taking back or receiving scan after scan.", "Go", EVERYWHERE),
    Action("stocktake", "shift+f7,f19", "Stocktake", "Go to counting what is really there.", "Go", EVERYWHERE),
    Action("incidents", "shift+f8,f20", "Incidents", "Go to the losses, open and past.", "Go", EVERYWHERE),
    Action("own_devices", "shift+f3,f15", "Own devices", "Go to personal devices used for work.", "Go", EVERYWHERE),
    Action("reports", "shift+f1,f13", "Reports", "Go to the reports, to write one to a file.", "Go", EVERYWHERE),
    Action(
        "deliveries", "ctrl+f1,f25", "Deliveries", "Go to the reports that went out by themselves.", "Go", EVERYWHERE
    ),
    Action("to_deliveries", "f3", "deliveries", "Show what was delivered to whom.", "Go", REPORTS, footer=4),
    Action(
        "deliver_now",
        "f2",
        "deliver",
        "Deliver the reports that are due, after a look at them.",
        "Do",
        REPORTS | DELIVERIES,
        needs_register,
        3,
    ),
    Action(
        "settle_delivery", "f3", "settle", "Say whether this delivery arrived.", "Do", DELIVERIES, needs_register, 4
    ),
    Action("imports", "shift+f9,f21", "Import", "Go to reading a file into the register.", "Go", EVERYWHERE),
    Action(
        "onboarding", "ctrl+f9", "Joining", "Go to councils that join: staged files, score, apply.", "Go", EVERYWHERE
    ),
    Action("health", "shift+f12,f24", "Health", "Go to settings and to what the doctor says.", "Go", EVERYWHERE),
    Action("view", "ctrl+s", "view", "Show the next view: loans, stock, reservations.", "List", STOCK, footer=5),
    Action("narrow", "ctrl+s", "open/past", "Show open incidents, past ones, all.", "List", INCIDENTS, footer=3),
    Action("consent", "ctrl+s", "view", "Show those in use, those to be seen to, all.", "List", OWN_DEVICES, footer=3),
    Action(
        "columns",
        "shift+f4,f16",
        "columns",
        "Choose the columns of this list, their order and width, and what it is sorted by.",
        "List",
        ARRANGED,
    ),
    Action("views", "shift+f5,f17", "views", "Save this search under a name, or go to a saved one.", "List", LISTS),
    Action("scan", "enter", "scan", "Take what was typed or scanned.", "Do", STOCKTAKE | SCANNING, footer=2),
    Action(
        "to_whom",
        "f2",
        "issue to",
        "Issue what is scanned from now on; say to whom.",
        "Do",
        SCANNING,
        needs_register,
        3,
    ),
    Action(
        "bring_back", "f3", "take back", "Take back what is scanned from now on.", "Do", SCANNING, needs_register, 4
    ),
    Action(
        "receive",
        "f4",
        "receive",
        "Receive what is scanned from now on: a delivery.",
        "Do",
        SCANNING,
        needs_register,
        5,
    ),
    Action(
        "where",
        "f2",
        "where",
        "Say where you scan, and who has the devices in hand.",
        "Do",
        STOCKTAKE,
        needs_register,
        3,
    ),
    Action("finish", "f3", "close", "Close the stocktake.", "Do", STOCKTAKE, needs_register, 4),
    Action(
        "choose_count", "f4", "open", "Open a stocktake, or go on with another one.", "Do", STOCKTAKE, needs_register, 5
    ),
    Action("amiss", "ctrl+s", "missing", "Show scans, what is missing, what is amiss.", "List", STOCKTAKE, footer=6),
    Action("variance", "ctrl+e", "report", "Write the variance report.", "List", STOCKTAKE, needs_register, 7),
    Action("read_file", "enter", "preview", "Read the file and show what it would do.", "Do", IMPORTS, footer=2),
    Action("apply", "f2", "apply", "Do what the preview shows, as one step.", "Do", IMPORTS, needs_register, 3),
    Action("options", "f3", "options", "Organisation, layout, columns, sheet.", "Do", IMPORTS, footer=4),
    Action("meanings", "f4", "columns", "Say what each column of the file means.", "Do", IMPORTS | JOINING, footer=5),
    Action(
        "taking",
        "ctrl+s",
        "take",
        "Take what is proposed: new places, mended numbers; let blanks erase.",
        "Do",
        IMPORTS,
        footer=6,
    ),
    Action(
        "remembered", "ctrl+o", "remembered", "What was said of columns earlier: change it, forget it.", "Do", IMPORTS
    ),
    Action("rejected", "ctrl+e", "rejected", "Write the rejected rows to a file.", "List", IMPORTS | JOINING, footer=8),
    Action("open_joining", "enter", "open", "Open it; score its files again.", "Do", JOINING, footer=2),
    Action("stage", "f2", "add", "Stage a file; in the list, begin for a council.", "Do", JOINING, needs_register, 3),
    Action("unstage", "f3", "take out", "Take the file, or all that is staged, away.", "Do", JOINING, footer=4),
    Action("create_places", "ctrl+s", "places", "Make sites, teams, models, or not.", "Do", JOINING, footer=6),
    Action("take_in", "ctrl+o", "take in", "Apply all files as one step.", "Do", JOINING, needs_register, 7),
    Action("examine", "enter", "examine", "Look at everything again, and ask for tokens.", "Do", HEALTH, footer=2),
)
