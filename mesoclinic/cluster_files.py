"""What a cluster's programs are told: the files of deploy/cluster/ filled in for one machine. No Django here."""

import socket
from dataclasses import dataclass
from pathlib import Path
from string import Template

from mesoclinic.database import CHECKOUT, Cluster

FILES = CHECKOUT / "deploy" / "cluster"
ADDRESS = "127.0.0.1"
NODES = ("one", "two", "three")


@dataclass(frozen=True)
class Ports:
    """Where everything listens, counted from one number, which is the site's own."""

    site: int

    @property
    def etcd(self) -> int:
        return self.site + 1

    @property
    def etcd_peer(self) -> int:
        return self.site + 2

    @property
    def primary(self) -> int:
        return self.site + 10

    @property
    def replica(self) -> int:
        return self.site + 11

    @property
    def pgbouncer(self) -> int:
        return self.site + 12

    def rest(self, node: str) -> int:
        return self.site + 21 + NODES.index(node)

    def postgresql(self, node: str) -> int:
        return self.site + 31 + NODES.index(node)

    def web(self, number: int) -> int:
        return self.site + 40 + number

    def every(self) -> list[int]:
        """All of them."""
        fixed = [self.site, self.etcd, self.etcd_peer, self.primary, self.replica, self.pgbouncer]
        of_nodes = [port for node in NODES for port in (self.rest(node), self.postgresql(node))]
        return [*fixed, *of_nodes, self.web(1), self.web(2)]

    def first_taken_or_none(self) -> int | None:
        for port in self.every():
            with socket.socket() as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    tried.bind((ADDRESS, port))
                except OSError:
                    return port
        return None


def filled_file(name: str, **values: object) -> str:
    """A file of deploy/cluster/ with its names filled in; KeyError where one is not given."""
    return Template((FILES / name).read_text(encoding="utf-8")).substitute(values)


def haproxy_configuration(ports: Ports) -> str:
    """Three nodes and two web processes behind one HAProxy."""
    nodes = {
        node: f"    server {node} {ADDRESS}:{ports.postgresql(node)} check port {ports.rest(node)}"
        for node in NODES
    }
    return filled_file(
        "haproxy.cfg",
        ADDRESS=ADDRESS,
        PRIMARY_PORT=ports.primary,
        REPLICA_PORT=ports.replica,
        WEB_PORT=ports.site,
        PRIMARY_SERVERS="\n".join(nodes.values()),
        REPLICA_SERVERS="\n".join([*nodes.values(), f"    server primary {ADDRESS}:{ports.primary} backup"]),
        WEB_SERVERS="\n".join(f"    server web{n} {ADDRESS}:{ports.web(n)} check" for n in (1, 2)),
    )


def pgbouncer_configuration(ports: Ports, folder: Path, *, pool_size: int = 20) -> str:
    """The pooler of this machine's web processes, which asks HAProxy."""
    return filled_file(
        "pgbouncer.ini",
        ADDRESS=ADDRESS,
        HAPROXY=ADDRESS,
        PORT=ports.pgbouncer,
        PRIMARY_PORT=ports.primary,
        REPLICA_PORT=ports.replica,
        FOLDER=folder,
        POOL_SIZE=pool_size,
    )


def patroni_configuration(
    node: str, ports: Ports, folder: Path, postgresql: Cluster, passwords: dict[str, str]
) -> str:
    """One node; small, since three of them share this machine."""
    has_builtin_locale = postgresql.postgresql_version >= 17
    locale = ["    - locale-provider: builtin", "    - builtin-locale: C.UTF-8"] if has_builtin_locale else []
    text = filled_file(
        "patroni.yml",
        NODE=node,
        ADDRESS=ADDRESS,
        NETWORK=f"{ADDRESS}/32",
        REST_PORT=ports.rest(node),
        PORT=ports.postgresql(node),
        ETCD=f"{ADDRESS}:{ports.etcd}",
        INITDB_LOCALE="\n".join(locale),
        MAX_CONNECTIONS=80,
        SHARED_BUFFERS="128MB",
        DATA=folder / node,
        BIN=postgresql.bin_dir,
        FOLDER=folder,
        POSTGRES_PASSWORD=passwords["postgres"],
        REPLICATION_PASSWORD=passwords["replicator"],
        WATCHDOG='"off"',
    )
    return text if has_builtin_locale else text.replace("locale: C\n", "locale: C.UTF-8\n")
