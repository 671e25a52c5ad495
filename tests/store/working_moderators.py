"""Moderators at work in a process of their own, to be killed by a test.

Usage: ``python -m tests.store.working_moderators URL ACCOUNT_ID …``: one thread per account
decides until nothing waits; a line goes out after each decision that was committed.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from threading import Thread

from sqlalchemy import Engine

from moderation.domain import HUMAN_RULE, Reason
from moderation.store import Sampling, open_engine
from moderation.store.accounts import Account, Role
from moderation.store.human import Rules, Verdict
from moderation.store.items import Filters, Item
from moderation.store.queue import claim
from moderation.store.verdicts import decide

FINE = Verdict("approve", Reason("fine", HUMAN_RULE, {"ar": "لا مخالفة فيه"}, "approve"))


def work(engine: Engine, account_id: int, rules: Rules) -> int:
    """Decide until nothing waits; returns how many."""
    name = f"مشرف {account_id}"
    account = Account(account_id, name, name, frozenset({Role.MODERATOR}), (), {})
    item: Item | None = claim(engine, account, Filters(), rules.lease, datetime.now(UTC))
    decided = 0
    while item is not None:
        done, item = decide(
            engine, account, item.id, FINE, rules, datetime.now(UTC), then=Filters()
        )
        decided += 1
        os.write(1, f"{done.id}\n".encode())  # one call: threads' lines stay apart
    return decided


def main() -> None:
    """One thread per account."""
    engine = open_engine(sys.argv[1])
    # Whoever was killed held some: their leases are over soon.
    rules = Rules(timedelta(seconds=2), timedelta(seconds=10), Sampling(b"secret"))
    threads = [Thread(target=work, args=(engine, int(a), rules)) for a in sys.argv[2:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
