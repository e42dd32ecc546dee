"""Environments are made from locks."""

from pathlib import Path

from tools.environment import pinned
from tools.stack.places import ROOT


def test_a_lock_names_its_packages_and_those_of_the_locks_it_includes(tmp_path: Path) -> None:
    (tmp_path / "runtime.txt").write_text("boto3==1.0 \\\n    --hash=sha256:00\n    # via pynamodb\n")
    (tmp_path / "dev.txt").write_text(
        '-r runtime.txt\npyjwt[crypto]==2.0 ; sys_platform == "linux" \\\n    --hash=sha256:11\n'
    )

    assert list(pinned(tmp_path / "dev.txt")) == ["boto3", "pyjwt"]


def test_every_pinned_package_of_every_lock_has_a_hash() -> None:
    locks = [ROOT / "layers/dependencies/requirements.txt", *(ROOT / "requirements").glob("*.txt")]
    assert len(locks) == 5
    for lock in locks:
        lines = lock.read_text().splitlines()
        for number, line in enumerate(lines):
            if "==" in line and not line.lstrip().startswith("#"):
                assert line.endswith("\\"), f"{lock.name}: {line}"
                assert "--hash=sha256:" in lines[number + 1], f"{lock.name}: {line}"


def test_no_lock_names_a_registry() -> None:
    for lock in [ROOT / "layers/dependencies/requirements.txt", *(ROOT / "requirements").glob("*.txt")]:
        assert "://" not in lock.read_text(), lock


def test_the_development_environment_has_the_versions_that_are_deployed() -> None:
    def versions(lock: Path) -> set[str]:
        return {line.split()[0] for line in lock.read_text().splitlines() if "==" in line and line[0].isalpha()}

    assert versions(ROOT / "layers/dependencies/requirements.txt") <= versions(ROOT / "requirements/dev.txt")
