"""The five services' databases on servers that somebody else starts and stops."""

import secrets

from embedded.databases import SERVICES, Grants, as_role, on_database, provision, run_sql
from embedded.passwords import Passwords
from embedded.servers import Servers


class RentedServers:
    """Servers with a database of its own for each service; `stop` drops the databases and leaves the servers."""

    def __init__(self, *, servers: Servers) -> None:
        """Make the databases and the roles, under names that nobody else has."""
        token = secrets.token_hex(3)
        # Asked for here: a server starts when its address is asked for first, and processes are started side by side.
        self._postgres, self._redis, self.kafka_bootstrap = (
            servers.postgres_url,
            servers.redis_url,
            servers.kafka_bootstrap,
        )
        self._passwords = Passwords.drawn()
        self._grants = {
            service: Grants(
                database=f"{service}_{token}", owner=f"{service}_{token}_owner", runner=f"{service}_{token}_service"
            )
            for service in SERVICES
        }
        provision(url=self._postgres, grants=tuple(self._grants.values()), passwords=self._passwords)

    def environment(self, *, service: str, migrating: bool = False) -> dict[str, str]:
        """Return the settings of a service that say where its servers are, for its runner or for its owner."""
        grants = self._grants[service]
        role = grants.owner if migrating else grants.runner
        url = on_database(url=self._postgres, database=grants.database)
        return {
            f"{service.upper()}_DATABASE_URL": as_role(
                url=url, role=role, password=self._passwords.password(role=role)
            ),
            f"{service.upper()}_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            f"{service.upper()}_REDIS_URL": self._redis,
        }

    def stop(self) -> None:
        """Drop the databases and their roles, whoever is still connected."""
        for grants in self._grants.values():
            run_sql(
                url=self._postgres,
                sql=f'DROP DATABASE IF EXISTS "{grants.database}" WITH (FORCE);\n'
                f'DROP ROLE IF EXISTS "{grants.owner}", "{grants.runner}";\n',
            )
