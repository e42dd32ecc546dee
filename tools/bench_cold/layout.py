"""Lays out layers and functions the way Lambda sees them, but for the Python that runs the measurement.

The layers that `sam build` makes are for another processor. What matters for a start is the same here: botocore's data
trimmed by the layer's own builder, byte code beside every file, and no package that is not deployed.
"""

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]

DEPENDENCIES = ROOT / "layers" / "dependencies"


@dataclass(frozen=True)
class Layout:
    """Where the parts lie, in the order in which Lambda looks for modules."""

    functions: Path
    dependencies: Path
    retention: Path

    @property
    def path(self) -> list[str]:
        """What goes before the standard library on the module path."""
        return [str(self.functions), str(self.dependencies), str(self.retention)]


def layer_builder() -> ModuleType:
    """The script that `sam build` runs for the dependencies layer."""
    spec = importlib.util.spec_from_file_location("assemble", DEPENDENCIES / "assemble.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(DEPENDENCIES / "assemble.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lay_out(folder: Path, *, byte_code: bool = True, trimmed: bool = True) -> Layout:
    """Fills `folder` from this environment's packages and this repository's source.

    Raises:
        importlib.metadata.PackageNotFoundError: a package of the lock is not installed here.
    """
    layout = Layout(folder / "functions", folder / "dependencies", folder / "retention")
    builder = layer_builder()
    lock = (DEPENDENCIES / "requirements.txt").read_text(encoding="utf-8")
    for requirement in builder.wanted(lock):
        copy_package(requirement.partition("==")[0].partition("[")[0], layout.dependencies)
    if trimmed:
        builder.trim(layout.dependencies)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "layers" / "retention" / "retention", layout.retention / "retention", ignore=ignored)
    shutil.copytree(ROOT / "functions", layout.functions, ignore=ignored)
    if byte_code:
        # functions/ has no build step of its own: Lambda compiles it at every start, so it stays source here too.
        compiling = [sys.executable, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
        subprocess.run([*compiling, str(layout.dependencies), str(layout.retention)], check=True)
    return layout


def copy_package(name: str, folder: Path) -> None:
    """Copies the files of one installed package, without byte code and without what lies outside the packages."""
    for file in distribution(name).files or ():
        if ".." in file.parts or "__pycache__" in file.parts:
            continue
        target = folder.joinpath(*file.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(file.locate()), target)
