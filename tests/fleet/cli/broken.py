"""A command with a mistake in it."""

import click


@click.command()
def broken() -> None:
    """Divide by nothing."""
    raise ZeroDivisionError("not for the screen")
