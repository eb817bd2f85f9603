"""Alembic's entry: migrations run on the connection that the program hands over, never on one of their own."""

from alembic import context

from fleet.database.models import Model

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Model.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
