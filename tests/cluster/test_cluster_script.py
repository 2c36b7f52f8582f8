"""`cluster-script`: a script that a shell accepts, and that does what was asked for."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("system", ["slurm", "pbs"])
def test_a_shell_accepts_the_script(run: Run, system: str) -> None:
    status, script, _ = run("cluster-script", system, "--", "classify", "a b/", "--out", "maps/")
    assert status == 0
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert "riverscape classify 'a b/' --out maps/ --dask" in script
    assert script.endswith("--resume\n")


def test_it_asks_for_what_was_asked_for(run: Run) -> None:
    _, script, _ = run("cluster-script", "slurm", "--nodes", "4", "--cores", "32", "--memory", "96",
                       "--hours", "6", "--", "classify", "s", "--out", "m")  # fmt: skip
    for line in ("--nodes=4", "--cpus-per-task=32", "--mem=96G", "--time=6:00:00"):
        assert f"#SBATCH {line}\n" in script
    assert "--nworkers 32 --nthreads 1 --memory-limit 3000MB" in script


@pytest.mark.parametrize(
    "command", [("train", "s", "--out", "m"), ("classify", "s"),
                ("classify", "s", "--out", "m", "--dask", "local")],
)  # fmt: skip
def test_what_it_cannot_run_is_wrong_usage(run: Run, command: tuple[str, ...]) -> None:
    status, _, errors = run("cluster-script", "slurm", "--", *command)
    assert status == 2
    assert "after -- stands what to run" in " ".join(errors.replace("│", " ").split())


@pytest.mark.cluster
@pytest.mark.slow
def test_the_script_makes_the_maps(run: Run, photographs: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    # A batch system of one machine: srun that runs what it is given.
    srun = tmp_path / "bin" / "srun"
    srun.parent.mkdir()
    srun.write_text('#!/bin/bash\nwhile [[ "$1" == --* ]]; do shift; done\nexec "$@"\n')
    srun.chmod(srun.stat().st_mode | stat.S_IXUSR)
    _, script, _ = run(
        "cluster-script", "slurm", "--cores", "2", "--environment", "true", "--",
        "classify", photographs, "--out", "maps", "--no-figures", "--quiet",
    )  # fmt: skip
    (tmp_path / "job.sh").write_text(script)
    programs = (str(srun.parent), str(Path(sys.executable).parent), os.environ["PATH"])
    path = os.pathsep.join(programs)
    subprocess.run(
        ["bash", "job.sh"], cwd=tmp_path, env=os.environ | {"PATH": path, "SLURM_NNODES": "1"},
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert len(list((tmp_path / "maps").glob("CLASS_CSC_*.tif"))) == 8
    assert not list(tmp_path.glob(".dask-*"))
