"""Where the fixtures lie, and how some of them are made anew by themselves."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"


def remake(names: list[str], make: Callable[[Path, Path, Path, Path], None]) -> None:
    """
    Replaces these of the pipelines and their goldens. `make` is given the tokenizer, a scratch folder, a folder of
    pipelines, in which `today` lies already, and the folder of goldens.
    """
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        pipelines = scratch / "pipelines"
        shutil.copytree(FIXTURES / "pipelines" / "today", pipelines / "today")
        make(pipelines / "today" / "tokenizer", scratch, pipelines, FIXTURES / "goldens")
        leave_what_differs(pipelines)
        for name in names:
            replace(FIXTURES / "pipelines" / name, pipelines / name)


def replace(folder: Path, by: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(by, folder)


def leave_what_differs(pipelines: Path) -> None:
    """Leaves in every pipeline only what differs from `today`; test/support/pipelines.ts puts them together again."""
    for folder in pipelines.iterdir():
        if folder.name != "today":
            leave_out(pipelines / "today", folder)


def leave_out(twin: Path, folder: Path) -> None:
    """Removes from the folder what lies in its twin just as well, and what is empty then."""
    for file in sorted(folder.rglob("*"), reverse=True):
        other = twin / file.relative_to(folder)
        if file.is_file() and other.is_file() and file.read_bytes() == other.read_bytes():
            file.unlink()
        elif file.is_dir() and not any(file.iterdir()):
            file.rmdir()
