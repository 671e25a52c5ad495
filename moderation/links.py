"""Where people reach the moderators' room."""

from moderation.settings import Settings


def welcome_link(settings: Settings, token: str) -> str:
    """The one-time link to hand to somebody; nobody else may see it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = settings.public_url or f"http://{host}:{settings.port}"
    return f"{base}/review/welcome/{token}"
