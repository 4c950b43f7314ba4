"""Alembic's entry for the ``data`` database: runs on the connection that ``portal_lib.db.migrate`` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
