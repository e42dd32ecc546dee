"""The source as the rules see it: modules with their syntax trees and imports."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "retention"
FUNCTIONS = ROOT / "functions"


@dataclass(frozen=True)
class Module:
    """One source file. `name` is what it is imported by."""

    path: Path
    name: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def imports(self) -> set[str]:
        """Everything that it imports at its top, by full name; of `from a import b` both `a` and `a.b`."""
        found: set[str] = set()
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
        return found

    def all_imports(self) -> set[str]:
        """As `imports`, with those inside functions."""
        found = self.imports()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
        return found


def _modules(root: Path, below: Path) -> Iterator[Module]:
    for path in sorted(below.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield Module(path, ".".join(parts[:-1] if parts[-1] == "__init__" else parts))


@cache
def layer() -> tuple[Module, ...]:
    """The modules of the layer that all functions share."""
    return tuple(_modules(LAYER, LAYER / "retention"))


@cache
def functions() -> tuple[Module, ...]:
    """The modules of all functions."""
    return tuple(_modules(FUNCTIONS, FUNCTIONS))


@cache
def everything() -> tuple[Module, ...]:
    """All Python of the repository."""
    others = (module for name in ("tools", "tests") for module in _modules(ROOT, ROOT / name))
    return (*layer(), *functions(), *others)


def within(imported: str, package: str) -> bool:
    """Whether an import is of a package or something in it."""
    return imported == package or imported.startswith(f"{package}.")
