"""`riverscape cluster-script`."""

import shlex
from enum import StrEnum
from typing import Annotated

import typer

__all__ = ["register"]

_EXAMPLES = """
Examples:

    riverscape cluster-script slurm --nodes 4 --cores 32 -- classify survey/ --out maps/ > job.sh

    sbatch job.sh
"""


class System(StrEnum):
    """A batch system."""

    slurm = "slurm"
    pbs = "pbs"


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command("cluster-script", epilog=_EXAMPLES)(_cluster_script)


def _cluster_script(
    system: Annotated[System, typer.Argument(help="The batch system.", show_default=False)],
    command: Annotated[
        list[str],
        typer.Argument(
            metavar="-- classify ...", help="What to run, after two dashes.", show_default=False
        ),
    ],
    nodes: Annotated[int, typer.Option(min=1, help="Machines.")] = 1,
    cores: Annotated[
        int, typer.Option(min=1, help="Cores of each; each does an image or a block at a time.")
    ] = 16,
    memory_gb: Annotated[
        int | None,
        typer.Option(
            "--memory", min=1, metavar="GB", help="Memory of each.", show_default="2 GB a core"
        ),
    ] = None,
    hours: Annotated[int, typer.Option(min=1, help="Longest that it may take.")] = 24,
    environment: Annotated[
        str,
        typer.Option(metavar="SHELL", help="What makes riverscape known on each machine."),
    ] = ". .venv/bin/activate",
) -> int:
    """Print the script by which a batch system classifies a survey on many machines.

    Images, maps and the folder it is given from lie where all machines see them.
    """
    from riverscape.execution.cluster_script import BatchJob, batch_script

    if command[0] != "classify" or "--dask" in command or "--out" not in command:
        message = "after -- stands what to run, without --dask: -- classify survey/ --out maps/"
        raise typer.BadParameter(message)
    kept = [word for word in command if word != "--resume"]
    job = BatchJob(nodes, cores, memory_gb or 2 * cores, hours, shlex.join(kept), environment)
    typer.echo(batch_script(system.value, job), nl=False)
    return 0
