"""All settings, read once from the environment (prefix ``MIZAN_``) when the app is created."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from moderation.policy import DEFAULT_POLICY

_ROOT = Path(__file__).parents[1]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("not a time zone of the IANA database") from error
    return name


class Settings(BaseSettings):
    """Frozen settings; each is documented in ``docs/operations.md``."""

    model_config = SettingsConfigDict(env_prefix="MIZAN_", frozen=True, extra="ignore")

    model: Path = _ROOT / "models" / "mizan-small"
    policy: Path = DEFAULT_POLICY
    # A newsroom's own blocked, suspect and allowed words (docs/lexicon.md).
    words: Path | None = None
    database_url: str = "sqlite:///data/mizan.sqlite3"
    # Keys the hashes of author ids. Made and kept in secret_file when not set.
    author_secret: str | None = None
    secret_file: Path = Path("data/author-secret")
    site: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)] = "default"
    # Phone numbers, addresses and ids are starred out in what is stored.
    mask_personal_data: bool = False
    # Find the words that carry the score of what goes to review: some milliseconds each.
    mark_spans: bool = True
    # Where people reach the service (https://…): for one-time links and secure cookies.
    public_url: Annotated[str | None, Field(pattern=r"^https?://[^/?#\s]+$")] = None
    # IANA name of the zone in which moderators read dates.
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    # A claimed comment goes back to the others after this long without a sign of life.
    lease_s: Annotated[float, Field(gt=0)] = 180
    # A decision may be taken back for so long before anybody outside hears of it.
    undo_s: Annotated[float, Field(ge=0)] = 10
    # Shares of automatic and of human decisions that somebody looks at again, blind.
    audit_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    second_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    # Comments scored at the same time; 0 means one per core.
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1_048_576
    body_timeout_s: Annotated[float, Field(gt=0)] = 15
    max_batch: Annotated[int, Field(ge=1, le=1000)] = 1000
    max_in_flight: Annotated[int, Field(ge=1)] = 32
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"
