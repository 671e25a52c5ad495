"""``python -m moderation webhooks …``: where decisions are sent."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from moderation.settings import Settings
from moderation.store import database
from moderation.store.outbox import add_endpoint, disable_endpoint, list_endpoints

app = typer.Typer(no_args_is_help=True, help="Where decisions are sent, signed.")


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="https://…, or http:// on this machine.")],
    site: Annotated[
        str | None, typer.Option(help="Whose decisions; default: MIZAN_SITE.")
    ] = None,
) -> None:
    """Send decisions there from now on; the secret to verify them with is shown once."""
    settings = Settings() if site is None else Settings(site=site)
    with database(settings.database_url) as engine:
        typer.echo(add_endpoint(engine, settings.site, url, datetime.now(UTC)))


@app.command(name="list")
def list_all() -> None:
    """Ids, sites, states and addresses."""
    with database(Settings().database_url) as engine:
        for endpoint in list_endpoints(engine):
            state = "disabled" if endpoint.disabled_at else "active"
            typer.echo(f"{endpoint.id}\t{endpoint.site}\t{state}\t{endpoint.url}")


@app.command()
def disable(
    id_: Annotated[int, typer.Argument(metavar="ID", help="As the list shows it.")],
) -> None:
    """Send nothing there any more; what waits for it is cancelled."""
    with database(Settings().database_url) as engine:
        disable_endpoint(engine, id_, datetime.now(UTC))
