"""`fleet operator`: who may use the register."""

import click

from fleet.cli.output import print_json, table
from fleet.cli.surroundings import Surroundings
from fleet.errors import NoAccess


@click.group()
def operator() -> None:
    """Say who may use the register, in which role, for which organisations.

    While nobody is named, whoever can open the register may do everything. An operator is the FLEET_OPERATOR of the
    environment, else the name of the account on this machine; on a shared PostgreSQL the server's own roles are the lock.
    """


@operator.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="A JSON list.")
@click.pass_obj
def list_(surroundings: Surroundings, as_json: bool) -> None:
    """List operators."""
    from fleet.queries.operators import list_operators

    with surroundings.read() as session:
        rows = list_operators(session)
    if as_json:
        keys = ("name", "role", "organisations", "active")
        print_json([{key: getattr(row, key) for key in keys} for row in rows])
        return
    table(
        ("Name", "Role", "Organisations", "Active"),
        [(row.name, row.role, row.organisations, "yes" if row.active else "no") for row in rows],
    )


@operator.command(name="add")
@click.argument("name")
@click.option(
    "--role", type=click.Choice(["administrator", "technician", "auditor"]), default="technician", show_default=True
)
@click.option("--organisation", "organisations", multiple=True, help="Key of an organisation; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="All organisations.")
@click.option("--inactive", is_flag=True, help="Take their access away.")
@click.pass_obj
def add(
    surroundings: Surroundings, name: str, role: str, organisations: tuple[str, ...], everything: bool, inactive: bool
) -> None:
    """Add an operator, or change what one may do. The first must be an administrator of --all."""
    from fleet.commands.operators import set_operator

    access = surroundings.access
    if access.role != "administrator" or access.scope is not None:
        raise NoAccess("Only an administrator of all organisations says who may use the register.")
    with surroundings.write("operator") as session:
        set_operator(
            session, name, role=role, organisations=organisations, all_organisations=everything, active=not inactive
        )
    click.echo(
        f"{name}: {role} of {'everything' if everything else ', '.join(organisations)}{', no access' if inactive else ''}."
    )
