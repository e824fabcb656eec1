"""What Alembic runs: the steps, over the connection that `migrate` opened."""

from alembic import context


def run() -> None:
    """Run the steps in one transaction. On SQLite, tables are changed by copying."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=None,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
