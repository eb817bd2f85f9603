"""The desks of single screens, each imported when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.register import Meanwhile, Named, UndoLine
    from tui.sql_console import SqlConsole
    from tui.sql_counting import SqlCounting
    from tui.sql_files import SqlFiles
    from tui.sql_onboarding import SqlOnboardings
    from tui.sql_outbox import SqlOutbox
    from tui.sql_papers import SqlPapers
    from tui.sql_past import SqlPast
    from tui.sql_register import SqlRegister
    from tui.sql_stockroom import SqlStockroom


class SqlDesks:
    """Ports of the real register beside its lists."""

    @property
    def _whole(self) -> SqlRegister:
        return cast("SqlRegister", self)

    def preview_undo(self, event_id: int) -> Sequence[UndoLine]:
        """What undoing an event would take back and keep."""
        from tui.sql_undo import preview_undo

        with self._whole.reading() as session:
            return preview_undo(session, event_id)

    def named(self, texts: Sequence[str]) -> Named:
        """The devices that lines of a list are exactly, each once."""
        from tui.sql_lists import named

        with self._whole.reading() as session:
            return named(session, texts, self._whole.clock())

    def newest_event(self) -> int:
        """The number of what was done last."""
        from fleet.queries import history

        with self._whole.reading() as session:
            newest = history.newest_event(session)
        return newest[0] if newest is not None else 0

    def meanwhile(self, device_ids: Sequence[int], after: int) -> Meanwhile:
        """What was done to devices after an event, and how they are now."""
        from tui.sql_undo import meanwhile

        with self._whole.reading() as session:
            return meanwhile(session, device_ids, after, self._whole.clock())

    @cached_property
    def outbox(self) -> SqlOutbox:
        """Remote actions."""
        from tui.sql_outbox import SqlOutbox

        return SqlOutbox(self._whole)

    @cached_property
    def stockroom(self) -> SqlStockroom:
        """Stock, reservations, incidents."""
        from tui.sql_stockroom import SqlStockroom

        return SqlStockroom(self._whole)

    @cached_property
    def counting(self) -> SqlCounting:
        """Stocktakes."""
        from tui.sql_counting import SqlCounting

        return SqlCounting(self._whole)

    @cached_property
    def files(self) -> SqlFiles:
        """Imports and the doctor."""
        from tui.sql_files import SqlFiles

        return SqlFiles(self._whole)

    @cached_property
    def onboardings(self) -> SqlOnboardings:
        """Joining councils."""
        from tui.sql_onboarding import SqlOnboardings

        return SqlOnboardings(self._whole)

    @cached_property
    def papers(self) -> SqlPapers:
        """Receipts and labels."""
        from tui.sql_papers import SqlPapers

        return SqlPapers(self._whole)

    @cached_property
    def past(self) -> SqlPast:
        """The estate as at a day."""
        from tui.sql_past import SqlPast

        return SqlPast(self._whole)

    @cached_property
    def console(self) -> SqlConsole:
        """Every command."""
        from tui.sql_console import SqlConsole

        return SqlConsole(self._whole)
