"""Messages to other systems: written with what they tell, sent until they arrive."""

from moderation.store.outbox.endpoints import (
    Endpoint,
    add_endpoint,
    disable_endpoint,
    list_endpoints,
)
from moderation.store.outbox.history import (
    STATES,
    Delivery,
    State,
    StoredMessage,
    deliveries_of,
    list_messages,
    replay,
    stored_message,
)
from moderation.store.outbox.messages import (
    cancel,
    cancel_batch,
    enqueue,
    enqueue_many,
    told_versions,
    was_told,
)
from moderation.store.outbox.sending import RETRY_AFTER, Message, record_delivery, take_due

__all__ = [
    "RETRY_AFTER",
    "STATES",
    "Delivery",
    "Endpoint",
    "Message",
    "State",
    "StoredMessage",
    "add_endpoint",
    "cancel",
    "cancel_batch",
    "deliveries_of",
    "disable_endpoint",
    "enqueue",
    "enqueue_many",
    "list_endpoints",
    "list_messages",
    "record_delivery",
    "replay",
    "stored_message",
    "take_due",
    "told_versions",
    "was_told",
]
