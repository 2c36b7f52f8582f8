"""Scripts for the batch systems of clusters: a scheduler, its workers and the run, in one job."""

from dataclasses import dataclass

__all__ = ["SYSTEMS", "BatchJob", "batch_script"]


@dataclass(frozen=True)
class BatchJob:
    """What a batch system is asked for.

    Attributes
    ----------
    nodes, cores
        Machines, and cores of each; each core does one image, or one block of a large one.
    memory_gb
        Memory of each machine.
    hours
        How long it may take, at most.
    command
        What `riverscape` is told, without where to work.
    environment
        A line of shell that makes `riverscape` and `dask` known.
    """

    nodes: int
    cores: int
    memory_gb: int
    hours: int
    command: str
    environment: str


def _slurm_head(job: BatchJob) -> str:
    return f"""\
#SBATCH --job-name=riverscape
#SBATCH --nodes={job.nodes}
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task={job.cores}
#SBATCH --mem={job.memory_gb}G
#SBATCH --time={job.hours}:00:00
"""


def _pbs_head(job: BatchJob) -> str:
    return f"""\
#PBS -N riverscape
#PBS -l select={job.nodes}:ncpus={job.cores}:mem={job.memory_gb}gb
#PBS -l walltime={job.hours}:00:00
#PBS -V
cd "$PBS_O_WORKDIR"
"""


_HEADS = {"slurm": _slurm_head, "pbs": _pbs_head}
# What starts a command on each machine, in the background.
_EVERYWHERE = {
    "slurm": 'srun --nodes="$SLURM_NNODES" --ntasks="$SLURM_NNODES" bash -c "$worker" &',
    "pbs": """\
for node in $(sort -u "$PBS_NODEFILE"); do
  pbs_tmrsh "$node" bash -lc "cd '$PWD'; $worker" &
done""",
}
SYSTEMS = tuple(_HEADS)
"""Batch systems that scripts can be made for."""

_BODY = """\
set -euo pipefail
{environment}

# Gone with the job: where the scheduler is found, and what workers keep for themselves.
meeting="$PWD/.dask-$$"
mkdir -p "$meeting"
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$meeting"' EXIT

dask scheduler --scheduler-file "$meeting/scheduler.json" &
until [ -s "$meeting/scheduler.json" ]; do sleep 1; done

# A process for each core, of one thread each; the memory of the machine in equal parts.
worker="{environment}; dask worker --scheduler-file '$meeting/scheduler.json' --no-dashboard \\
  --nworkers {cores} --nthreads 1 --memory-limit {each_mb}MB \\
  --local-directory \\"\\${{TMPDIR:-/tmp}}\\""
{everywhere}

# --resume: given to the batch system again, the script goes on where it stopped.
riverscape {command} --dask "$meeting/scheduler.json" --resume
"""


def batch_script(system: str, job: BatchJob) -> str:
    """Return the script to give to a batch system, one of `SYSTEMS`.

    Examples
    --------
    >>> job = BatchJob(4, 32, 128, 12, "classify survey --out maps", ". env/bin/activate")
    >>> print(batch_script("slurm", job).splitlines()[3])
    #SBATCH --ntasks-per-node=1
    >>> print(batch_script("slurm", job).splitlines()[-1])
    riverscape classify survey --out maps --dask "$meeting/scheduler.json" --resume
    """
    body = _BODY.format(
        environment=job.environment,
        cores=job.cores,
        each_mb=job.memory_gb * 1000 // job.cores,
        everywhere=_EVERYWHERE[system],
        command=job.command,
    )
    return f"#!/bin/bash\n{_HEADS[system](job)}{body}"
