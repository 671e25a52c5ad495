"""What people decide: each verdict a new decision, taken back by another one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from moderation.errors import ConflictError, NotFoundError
from moderation.store import audit, outbox
from moderation.store.accounts import Account, Role
from moderation.store.engine import writing
from moderation.store.human import UNDONE, Rules, Verdict, human_row, message
from moderation.store.items import (
    ITEM_COLUMNS,
    OPEN,
    UNDECIDED,
    UNHELD,
    Filters,
    Item,
    item_from,
    locked_item,
    refuse_if_settled,
)
from moderation.store.opinions import (
    ask_for_second,
    dispute,
    end_dispute,
    latest_decision,
    withdraw_second,
)
from moderation.store.queue import claim_next
from moderation.store.records import names_of
from moderation.store.room_tables import queue_items
from moderation.store.tables import comment_versions, comments, decisions

_items = queue_items.c


def decide(
    engine: Engine,
    account: Account,
    item_id: int,
    verdict: Verdict,
    rules: Rules,
    now: datetime,
    then: Filters | None = None,
) -> tuple[Item, Item | None]:
    """Decide on an item, and claim the next one in the same transaction.

    Args:
        then: which items to go on with; ``None`` claims nothing.

    Returns:
        the item as it is now, and the next one.

    Raises:
        NotFoundError: there is no such item, or it is not theirs.
        ConflictError: ``already_decided``, ``held_by_other`` or ``comment_edited``; nothing
            was written.
    """
    with writing(engine) as connection:
        item = locked_item(connection, account, item_id)
        refuse_if_settled(connection, item, account, now)
        done, details = _settle(connection, account, item, verdict, rules, now)
        following = None
        if then is not None:
            following = claim_next(connection, account, then, rules.lease, now)
        audit.append(connection, "decided", account.id, now, **details)
    return done, following


def change(
    engine: Engine,
    account: Account,
    item_id: int,
    verdict: Verdict,
    rules: Rules,
    now: datetime,
) -> Item:
    """Decide otherwise on what was decided: a new decision, beside the old one.

    Raises:
        NotFoundError: there is no such item, or it is neither theirs nor are they a lead.
        ConflictError: ``comment_edited``, ``not_decided``, ``decided_since``,
            ``appeal_open``, or ``opinion_final``: what was said blind stays what it was.
    """
    with writing(engine) as connection:
        item = _own_done(connection, account, item_id)
        if item.kind == "second":
            raise ConflictError("A blind opinion is not changed.", "opinion_final")
        done, details = _settle(connection, account, item, verdict, rules, now)
        audit.append(connection, "changed", account.id, now, **details)
    return done


def undo(engine: Engine, account: Account, item_id: int, rules: Rules, now: datetime) -> Item:
    """Take a decision back: a new decision says so, and the item is theirs to decide again.

    Within the undo window nobody outside has heard of it; later they are told.

    Raises:
        NotFoundError, ConflictError: as ``change``; blind opinions can be taken back within
            the undo window.
    """
    with writing(engine) as connection:
        item = _own_done(connection, account, item_id)
        if item.blind and item.is_final(rules.undo, now):
            raise ConflictError("A blind opinion is not changed.", "opinion_final")
        details: dict[str, Any] = {"item_id": item.id}
        if item.kind == "second":
            end_dispute(connection, item, now)
        else:
            withdraw_second(connection, [item.version_id])
        if item.decision_id is not None:
            verdict = Verdict("review", UNDONE)
            row = _insert_decision(connection, account, item, verdict, now)
            _tell(connection, item, row, _name(connection, item), rules, now)
            details["decision"] = audit.decision_details(row)
        reopened = connection.execute(
            update(queue_items)
            .where(_items.id == item.id)
            .values(
                **UNDECIDED,
                holder_id=account.id,
                lease_until=now + rules.lease,
                claimed_at=now,
            )
            .returning(*ITEM_COLUMNS)
        ).one()
        audit.append(connection, "undone", account.id, now, **details)
    return item_from(reopened)


def _settle(
    connection: Connection,
    account: Account,
    item: Item,
    verdict: Verdict,
    rules: Rules,
    now: datetime,
) -> tuple[Item, dict[str, Any]]:
    """Write a verdict; returns the item as it is now, and what the audit log says of it."""
    details: dict[str, Any] = {"item_id": item.id, "kind": item.kind, "action": verdict.action}
    decision_id = None
    if item.kind == "second":
        # An opinion beside the decision, not a decision.
        dispute(connection, item, verdict.action)
    else:
        name = _name(connection, item)
        row = _insert_decision(connection, account, item, verdict, now)
        _tell(connection, item, row, name, rules, now)
        if item.kind == "review":
            ask_for_second(connection, item, name, account, rules.sampling, now)
        decision_id = row["id"]
        details["decision"] = audit.decision_details(row)
    done = connection.execute(
        update(queue_items)
        .where(_items.id == item.id)
        .values(state="done", batch_id=None, **UNHELD)
        .values(_outcome(account, item, verdict, decision_id, now))
        .returning(*ITEM_COLUMNS)
    ).one()
    if item.kind == "appeal":
        withdraw_second(connection, [item.version_id])
    return item_from(done), details


def _outcome(
    account: Account, item: Item, verdict: Verdict, decision_id: int | None, now: datetime
) -> dict[str, Any]:
    if item.kind == "audit" and item.state == "done":
        # Changed with open eyes: what was thought blind is what is measured.
        return {"decision_id": decision_id}
    return {
        "decided_at": now,
        "decided_by_id": account.id,
        "action": verdict.action,
        "reason": verdict.reason.code,
        "decision_id": decision_id,
    }


def _insert_decision(
    connection: Connection, account: Account, item: Item, verdict: Verdict, now: datetime
) -> dict[str, Any]:
    row = human_row(latest_decision(connection, item.version_id), account.id, verdict, now)
    decision_id = connection.scalar(insert(decisions).values(row).returning(decisions.c.id))
    return {"id": decision_id, **row}


def _tell(
    connection: Connection,
    item: Item,
    row: Mapping[str, Any],
    name: tuple[str, int],
    rules: Rules,
    now: datetime,
) -> None:
    """Put the message into the outbox; what it replaces and nobody heard of is not sent."""
    heard = False
    if row["replaces_id"] is not None:
        outbox.cancel(connection, row["replaces_id"])
        heard = outbox.was_told(connection, item.version_id)
    if row["action"] == "review" and not heard:
        return
    outbox.enqueue(
        connection,
        item.site,
        "decision.changed" if heard else "decision.made",
        message(row, item.site, *name),
        row["id"],
        due_at=now + rules.undo,
        now=now,
    )


def _name(connection: Connection, item: Item) -> tuple[str, int]:
    """The caller's id of an item's comment, and which of its versions it is about."""
    return names_of(connection, [item.version_id])[item.version_id]


def _own_done(connection: Connection, account: Account, item_id: int) -> Item:
    """A decided item whose decision stands and is this person's to change.

    Their own, or any for leads; not while somebody else looks at an appeal against it.
    """
    _hold_comment(connection, item_id)
    item = locked_item(connection, account, item_id)
    if item.decided_by_id != account.id and Role.LEAD not in account.roles:
        raise NotFoundError("There is no such item.")
    if item.state != "done":
        code = "comment_edited" if item.state == "void" else "not_decided"
        raise ConflictError("There is nothing to change.", code)
    newest = connection.scalar(
        select(comment_versions.c.id)
        .where(comment_versions.c.comment_id == item.comment_id)
        .order_by(comment_versions.c.version.desc())
        .limit(1)
    )
    if newest != item.version_id:
        raise ConflictError("The comment was edited meanwhile.", "comment_edited")
    appealed = select(_items.id).where(
        _items.version_id == item.version_id, _items.kind == "appeal", OPEN
    )
    if connection.scalar(appealed) is not None:
        raise ConflictError("Somebody else looks at the appeal.", "appeal_open")
    standing = latest_decision(connection, item.version_id)["id"]
    if item.decision_id is not None and item.decision_id != standing:
        raise ConflictError("Somebody has decided otherwise since then.", "decided_since")
    return item


def _hold_comment(connection: Connection, item_id: int) -> None:
    """No edit comes in while a decision is changed; in the order in which edits lock."""
    connection.execute(
        select(comments.c.id)
        .join(queue_items, _items.comment_id == comments.c.id)
        .where(_items.id == item_id)
        .with_for_update(of=comments, key_share=True)
    )
