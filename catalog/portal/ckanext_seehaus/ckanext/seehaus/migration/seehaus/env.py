"""How the extension's own tables are migrated: ``ckan db upgrade -p seehaus`` comes here."""

from alembic import context
from sqlalchemy import engine_from_config, pool

_SECTION = context.config.get_section(context.config.config_ini_section, {})

with engine_from_config(_SECTION, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection, version_table="seehaus_alembic_version")
    with context.begin_transaction():
        context.run_migrations()
