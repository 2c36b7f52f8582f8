"""`riverscape doctor`."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from riverscape.cli.examination import Finding

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape doctor

    riverscape doctor --json > doctor.json

Add what it prints where you report that something does not work.
"""
_NAME_WIDTH = 24


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("doctor", epilog=_EXAMPLES)(_doctor)


def _doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Look whether riverscape works on this machine: versions, memory, graphics card, models.

    The status is 1 where anything is wrong. What is not installed because it is optional is not.
    """
    from riverscape.cli.examination import examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            _show(finding)
    problems = [f"{one.name}: {one.problem}" for one in findings if one.problem]
    if as_json:
        told = {"well": not problems, "problems": problems}
        typer.echo(json.dumps(told | {"findings": [asdict(one) for one in findings]}, indent=2))
    elif not problems:
        typer.echo("all is well")
    if problems:
        typer.echo(f"riverscape: not all is well: {'; '.join(problems)}", err=True)
    return 1 if problems else 0


def _show(finding: "Finding") -> None:
    typer.echo(f"{finding.name:{_NAME_WIDTH}}{finding.value}")
    if finding.problem:
        typer.echo(f"{'':{_NAME_WIDTH}}{finding.problem}")
