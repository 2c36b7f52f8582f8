"""The reference of the command line, read from the program, so that it cannot say otherwise."""

import re
from itertools import groupby
from typing import Any

import typer

from riverscape.cli.app import app

__all__ = ["verbs_reference"]

# What follows the name of an argument says its type in Python's words.
_TYPE = re.compile(r"(?<=\S) <(?:list|path|str)\b.*>$")
_FACTS = re.compile(r"^(.*?)(?:\s*\[((?:default|required|env var|x|\d).*)\])?$", re.DOTALL)


def verbs_reference() -> str:
    """Return a section of Markdown for each verb: what it does, examples, arguments, options."""
    program: Any = typer.main.get_command(app)
    context = program.context_class(program, info_name="riverscape")
    sections = [_section(name, verb, context) for name, verb in program.commands.items()]
    return "\n\n".join(sections)


def _section(name: str, verb: Any, parent: Any, level: int = 2) -> str:  # noqa: ANN401
    context = verb.context_class(verb, info_name=name, parent=parent)
    parts = [f"{'#' * level} {context.command_path}", _plain(verb.help)]
    if hasattr(verb, "commands"):
        below = verb.commands.items()
        parts += [_section(word, one, context, level + 1) for word, one in below]
        return "\n\n".join(parts)
    usage = " ".join(verb.collect_usage_pieces(context))
    parts.append(f"```text\n{context.command_path} {usage}\n```")
    if verb.epilog:
        parts.append(_examples(verb.epilog))
    parts += _tables(verb, context)
    return "\n\n".join(parts)


def _plain(text: str | None) -> str:
    paragraphs = (text or "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _examples(epilog: str) -> str:
    """Return the examples of a verb as one block of commands."""
    lines = [line.strip().removeprefix("Example:").strip() for line in epilog.splitlines()]
    commands = [line for line in lines if line.startswith("riverscape ")]
    said = [line for line in lines if line and line not in commands and line != "Examples:"]
    block = "```sh\n" + "\n".join(commands) + "\n```" if commands else ""
    return "\n\n".join(part for part in (block, " ".join(said)) if part)


def _tables(verb: Any, context: Any) -> list[str]:  # noqa: ANN401
    """Return a table for each group of options, as `--help` has them, arguments first."""
    shown = [
        (_group(parameter), parameter.get_help_record(context))
        for parameter in verb.get_params(context)
        if "--help" not in parameter.opts and not getattr(parameter, "hidden", False)
    ]
    groups = list(dict.fromkeys(group for group, _ in shown))
    shown.sort(key=lambda row: groups.index(row[0]))
    return [
        "\n".join([f"| {group} | | |", "|---|---|---|", *(_row(*record) for _, record in rows)])
        for group, rows in groupby(shown, key=lambda row: row[0])
    ]


def _group(parameter: Any) -> str:  # noqa: ANN401
    panel = getattr(parameter, "rich_help_panel", None)
    return panel or ("Arguments" if parameter.param_type_name == "argument" else "Options")


def _row(names: str, text: str) -> str:
    matched = _FACTS.match(" ".join(text.split()))
    said, facts = matched.groups() if matched else (text, None)
    facts = re.sub(r"default: \(?(.*?)\)?(?=$|;)", r"default: \1", facts or "")
    cells = (f"`{_TYPE.sub('', names)}`", _escaped(said), _escaped(facts))
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Return text as a cell of a table that shows it letter by letter."""
    return re.sub(r"([|*_<>`])", r"\\\1", text)
