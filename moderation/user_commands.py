"""``python -m moderation users …``: who may enter the moderators' room."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from moderation.links import welcome_link
from moderation.settings import Settings
from moderation.store import (
    Role,
    create_account,
    database,
    disable_account,
    list_accounts,
    reset_account,
)

app = typer.Typer(no_args_is_help=True, help="People of the moderators' room.")

Name = Annotated[str, typer.Argument(help="What they sign in with.")]


@app.command()
def add(
    name: Name,
    role: Annotated[
        list[Role], typer.Option(help="moderator, lead, engineer, auditor; repeatable.")
    ],
    site: Annotated[
        list[str] | None,
        typer.Option(help="Whose comments they see; default: all. Repeatable."),
    ] = None,
    display_name: Annotated[
        str | None, typer.Option(help="How others see them; default: the name.")
    ] = None,
) -> None:
    """Make an account and print its one-time link, valid for 24 hours."""
    settings = Settings()
    with database(settings.database_url) as engine:
        token = create_account(engine, name, role, site or (), datetime.now(UTC), display_name)
    typer.echo(welcome_link(settings, token))


@app.command()
def reset(name: Name) -> None:
    """Take the password away and print a new link; a disabled account is let in again."""
    settings = Settings()
    with database(settings.database_url) as engine:
        token = reset_account(engine, name, datetime.now(UTC))
    typer.echo(welcome_link(settings, token))


@app.command()
def disable(name: Name) -> None:
    """Sign somebody out everywhere and let them in no more; what they did stays."""
    with database(Settings().database_url) as engine:
        disable_account(engine, name, datetime.now(UTC))


@app.command(name="list")
def list_all() -> None:
    """Names, roles, sites and state of all accounts."""
    with database(Settings().database_url) as engine:
        for record in list_accounts(engine):
            account = record.account
            roles, sites = ",".join(sorted(account.roles)), ",".join(account.sites) or "*"
            typer.echo(
                f"{account.name}\t{account.display_name}\t{roles}\t{sites}\t{record.state}"
            )
