"""The log of what people did: what tampering it shows, and that it stays one chain."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, exc, select, text, update

from moderation.store import newest_entries, reading, verify_audit, writing
from moderation.store.audit import BEGINNING, append
from moderation.store.items import Filters
from moderation.store.queue import claim
from moderation.store.room_tables import audit_head, audit_log
from moderation.store.tables import decisions
from moderation.store.verdicts import change, decide

from .room import FINE, INSULT, NOW, RULES, hold, person

Tamper = Callable[[Connection], object]


def with_rights(engine: Engine, tamper: Tamper, table: str = "audit_log") -> None:
    """Do what only the owner of the database can: without the triggers."""
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"DROP TRIGGER {table}_refuse_change ON {table}"))
        else:
            for change in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER {table}_refuse_{change}"))
        tamper(connection)


def log_some(engine: Engine, count: int = 5) -> None:
    """Entries of somebody at the command line."""
    for number in range(count):
        with writing(engine) as connection:
            append(connection, "counted", None, NOW + timedelta(seconds=number), n=number)


def ids(engine: Engine) -> list[int]:
    """Of all entries, oldest first."""
    return [entry.id for entry in reversed(newest_entries(engine, None, 1000))]


def human_decision(engine: Engine) -> int:
    """A moderator decides on a held comment, then otherwise; the id of the first decision."""
    moderator = person(engine)
    hold(engine)
    item = claim(engine, moderator, Filters(), RULES.lease, NOW)
    assert item is not None
    decide(engine, moderator, item.id, INSULT, RULES, NOW)
    change(engine, moderator, item.id, FINE, RULES, NOW + timedelta(seconds=5))
    with reading(engine) as connection:
        found = connection.scalar(
            select(decisions.c.id).where(decisions.c.decided_by == "human").limit(1)
        )
    assert found is not None
    return found


def test_an_empty_log(engine: Engine) -> None:
    report = verify_audit(engine)
    assert (report.entries, report.head, report.problems) == (0, BEGINNING, ())


def test_an_untouched_log(engine: Engine) -> None:
    human_decision(engine)
    before = verify_audit(engine)
    assert (before.entries, before.problems) == (2, ())
    log_some(engine)
    after = verify_audit(engine, before.head)
    assert (after.entries, after.problems) == (7, ())
    assert after.head == newest_entries(engine, None, 1)[0].sha256
    # A head noted elsewhere that was never in this log.
    assert "noted head" in verify_audit(engine, "f" * 64).problems[0]


def test_entries_come_back_as_written(engine: Engine) -> None:
    with writing(engine) as connection:
        append(connection, "named", None, NOW, name="ليلى \u202e\ud800\0", n=1)
    (entry,) = newest_entries(engine, None, 10)
    assert (entry.at, entry.account_id, entry.event) == (NOW, None, "named")
    assert entry.details == '{"n":1,"name":"ليلى \u202e\ud800\\u0000"}'
    assert verify_audit(engine).problems == ()


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET event = 'x'", "DELETE FROM audit_log"]
)
def test_the_database_itself_refuses(engine: Engine, statement: str) -> None:
    log_some(engine, 1)
    with pytest.raises(exc.DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))
    assert verify_audit(engine).problems == ()


@pytest.mark.parametrize(
    "values",
    [
        {"event": "another"},
        {"details": '{"n":9}'},
        {"details": "no JSON"},
        {"at": NOW + timedelta(days=1)},
        {"account_id": 1},
    ],
)
def test_an_altered_entry(engine: Engine, values: dict[str, object]) -> None:
    person(engine)
    log_some(engine)
    third = ids(engine)[2]
    with_rights(
        engine,
        lambda c: c.execute(update(audit_log).where(audit_log.c.id == third).values(values)),
    )
    assert verify_audit(engine).problems == (f"entry {third} was changed",)


def test_an_altered_entry_with_a_fitting_hash(engine: Engine) -> None:
    """Its own hash made anew: then the next entry does not follow."""
    log_some(engine)
    third, fourth = ids(engine)[2:4]
    forged: list[str] = []

    def tamper(connection: Connection) -> None:
        # The forger appends the entry they want, and puts it in the third one's place.
        row = connection.execute(select(audit_log).where(audit_log.c.id == third)).one()
        connection.execute(update(audit_head).values(sha256=row.previous))
        append(connection, "forged", None, NOW)
        last = connection.execute(
            select(audit_log).order_by(audit_log.c.id.desc()).limit(1)
        ).one()
        connection.execute(delete(audit_log).where(audit_log.c.id.in_([third, last.id])))
        connection.execute(audit_log.insert(), {**last._mapping, "id": third})
        forged.append(last.sha256)
        newest = connection.scalar(select(audit_log.c.sha256).order_by(audit_log.c.id.desc()))
        connection.execute(update(audit_head).values(entries=5, sha256=newest))

    with_rights(engine, tamper)
    assert verify_audit(engine).problems == (
        f"before entry {fourth} one is missing or was replaced",
    )


def test_a_removed_middle_entry(engine: Engine) -> None:
    log_some(engine)
    _, second, third, *_ = ids(engine)
    with_rights(engine, lambda c: c.execute(delete(audit_log).where(audit_log.c.id == second)))
    missing, end = verify_audit(engine).problems
    assert missing == f"before entry {third} one is missing or was replaced"
    assert end.startswith("5 entries were written, 4 are there")


def test_a_removed_first_entry(engine: Engine) -> None:
    log_some(engine)
    first, second, *_ = ids(engine)
    with_rights(engine, lambda c: c.execute(delete(audit_log).where(audit_log.c.id == first)))
    assert verify_audit(engine).problems[0].startswith(f"before entry {second} one is missing")


def test_a_cut_tail(engine: Engine) -> None:
    log_some(engine)
    noted = verify_audit(engine).head
    last = ids(engine)[-1]
    with_rights(engine, lambda c: c.execute(delete(audit_log).where(audit_log.c.id == last)))
    (problem,) = verify_audit(engine).problems
    assert problem.startswith("5 entries were written, 4 are there")

    # Whoever moves the noted end as well is found by a head that was noted elsewhere only.
    def move_the_end(connection: Connection) -> None:
        newest = connection.scalar(select(audit_log.c.sha256).order_by(audit_log.c.id.desc()))
        connection.execute(update(audit_head).values(entries=4, sha256=newest))

    with writing(engine) as connection:
        move_the_end(connection)
    assert verify_audit(engine).problems == ()
    assert len(verify_audit(engine, noted).problems) == 1


def test_everything_removed(engine: Engine) -> None:
    log_some(engine)
    with_rights(engine, lambda c: c.execute(delete(audit_log)))
    assert verify_audit(engine).problems[0].startswith("5 entries were written, 0 are there")


@pytest.mark.parametrize(
    "values", [{"entries": 0, "sha256": BEGINNING}, {"entries": 4}, {"sha256": "e" * 64}]
)
def test_an_altered_head(engine: Engine, values: dict[str, object]) -> None:
    log_some(engine)
    with writing(engine) as connection:
        connection.execute(update(audit_head).values(values))
    assert len(verify_audit(engine).problems) == 1


def test_a_removed_head(engine: Engine) -> None:
    log_some(engine)
    with writing(engine) as connection:
        connection.execute(delete(audit_head))
    assert verify_audit(engine).problems == ("the end of the chain is not stored",)


@pytest.mark.parametrize("values", [{"action": "approve"}, {"account_id": None}])
def test_an_altered_human_decision(engine: Engine, values: dict[str, object]) -> None:
    found = human_decision(engine)
    with_rights(
        engine,
        lambda c: c.execute(update(decisions).where(decisions.c.id == found).values(values)),
        "decisions",
    )
    assert verify_audit(engine).problems == (f"decision {found} is not what the log says",)


def test_a_human_decision_passed_off_as_the_policy_s(engine: Engine) -> None:
    found = human_decision(engine)
    with_rights(
        engine,
        lambda c: c.execute(
            update(decisions).where(decisions.c.id == found).values(decided_by="policy")
        ),
        "decisions",
    )
    problems = verify_audit(engine).problems
    assert problems == (f"decision {found} is in the log and was removed",)


def test_a_human_decision_that_was_not_logged(engine: Engine) -> None:
    found = human_decision(engine)
    with writing(engine) as connection:
        row = dict(
            connection.execute(select(decisions).where(decisions.c.id == found))
            .mappings()
            .one()
        )
        del row["id"]
        connection.execute(decisions.insert(), row)
        added = connection.scalar(select(decisions.c.id).order_by(decisions.c.id.desc()))
    assert verify_audit(engine).problems == (f"decision {added} is not in the log",)


def test_a_removed_human_decision(engine: Engine) -> None:
    human_decision(engine)
    with reading(engine) as connection:
        # The earlier one is what the later one replaces and the item points at.
        last = connection.scalar(select(decisions.c.id).order_by(decisions.c.id.desc()))

    def tamper(connection: Connection) -> None:
        connection.execute(text("UPDATE queue_items SET decision_id = NULL"))
        connection.execute(delete(decisions).where(decisions.c.id == last))

    with_rights(engine, tamper, "decisions")
    assert verify_audit(engine).problems == (f"decision {last} is in the log and was removed",)


def test_eight_at_once_write_one_chain(engine: Engine) -> None:
    def write(worker: int) -> None:
        for number in range(10):
            with writing(engine) as connection:
                append(connection, "counted", None, NOW, worker=worker, n=number)

    heads: set[str] = set()
    with ThreadPoolExecutor(8) as pool:
        working = [pool.submit(write, worker) for worker in range(8)]
        while not all(done.done() for done in working):
            report = verify_audit(engine)  # what is being added is no problem
            assert report.problems == ()
            heads.add(report.head)
        for done in working:
            done.result()
    report = verify_audit(engine)
    assert (report.entries, report.problems) == (80, ())
    assert all(verify_audit(engine, head).problems == () for head in heads)


def test_what_is_rolled_back_leaves_no_trace(engine: Engine) -> None:
    log_some(engine, 2)
    with pytest.raises(RuntimeError), writing(engine) as connection:
        append(connection, "counted", None, NOW)
        raise RuntimeError
    log_some(engine, 1)
    report = verify_audit(engine)
    assert (report.entries, report.problems) == (3, ())
