"""Names that are typed on the command line: an unknown name is answered with the nearest known one."""

from __future__ import annotations

from typing import Any

import click

from mvkt.errors import hint, nearest


class NameChoice(click.Choice[Any]):
    """A name among some, or a number among some."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the choice that was typed.

        Raises:
            click.BadParameter: It is none of them.
        """
        typed, known = str(value), [str(choice) for choice in self.choices]
        if typed not in known:
            meant = nearest(typed, known)
            self.fail(f"{typed!r} is not one of {', '.join(known)}{'; ' if meant else ''}{meant}", param, ctx)
        return super().convert(value, param, ctx)


class NamedCommands(click.Group):
    """A group whose unknown commands are answered with the nearest known one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called.

        Raises:
            click.UsageError: There is no such command.
        """
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"no such command: {name!r}; {hint(name, known, 'there are')}")
        return super().resolve_command(ctx, args)
