"""What became of something that was sent: it certainly did not go, or nobody can tell."""

from fleet.errors import SourceUnavailable


class NotSent(SourceUnavailable):
    """It certainly did not arrive; it may be sent again. `facts["lasting"]` says whether trying soon is of no use."""

    code = "not-sent"

    @property
    def lasting(self) -> bool:
        """Whether the same would happen again in a minute."""
        return bool(self.facts.get("lasting"))


class Unsure(SourceUnavailable):
    """It was handed over, and the answer did not come: it may have arrived, so it is not sent again unasked."""

    code = "unsure"
