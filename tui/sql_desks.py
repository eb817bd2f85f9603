"""The desks of single screens, each imported when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
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
