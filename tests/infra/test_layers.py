"""The dependencies layer: what its builder takes for Lambda and what it leaves out."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.infra.expansion import ROOT, alternatives, properties, resources, source


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    """The script that `sam build` runs; it lies in no package, because it is copied away before it runs."""
    spec = importlib.util.spec_from_file_location("assemble", ROOT / "layers" / "dependencies" / "assemble.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_builder_takes_the_python_of_the_template(builder: ModuleType) -> None:
    assert f"python{builder.PYTHON_VERSION}" == source()["Globals"]["Function"]["Runtime"]


def test_every_service_that_a_role_may_call_keeps_its_description(builder: ModuleType) -> None:
    called = {
        action.partition(":")[0]
        for role in resources("AWS::IAM::Role")
        for policy in properties(role)["Policies"]
        for statement in alternatives(policy["PolicyDocument"]["Statement"])
        for action in alternatives(statement["Action"])
    }

    assert called - {"kms", "logs", "xray"} == set(builder.SERVICES), (
        "these three are called by Lambda, not by our code"
    )


def test_a_condition_of_the_lock_is_asked_of_lambda_and_not_of_this_machine(builder: ModuleType) -> None:
    lock = """# a comment
always==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via something
old==1.0 ; python_full_version < '3.13' \\
    --hash=sha256:cc
new==1.0 ; python_version >= '3.13' and platform_machine == 'aarch64' \\
    --hash=sha256:dd
windows==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:ee
"""

    assert list(builder.wanted(lock)) == [
        "always==1.0 --hash=sha256:aa --hash=sha256:bb",
        "new==1.0 --hash=sha256:dd",
    ]


def test_every_requirement_of_our_lock_is_pinned_and_hashed(builder: ModuleType) -> None:
    lock = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text(encoding="utf-8")

    requirements = list(builder.wanted(lock))

    assert len(requirements) > 10
    for requirement in requirements:
        assert "==" in requirement
        assert "--hash=sha256:" in requirement


def test_what_no_function_reads_is_left_out_and_licences_stay(builder: ModuleType, tmp_path: Path) -> None:
    kept = [
        "babel/core.py",
        "botocore/data/endpoints.json",
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "package/module.py",
        "package/py.typed",
        "phonenumbers/tzdata/data0.py",
        "package-1.0.dist-info/METADATA",
        "package-1.0.dist-info/entry_points.txt",
        "package-1.0.dist-info/licenses/LICENSE.APACHE",
    ]
    dropped = [
        "bin/command",
        "botocore/data/dynamodb/2011-12-05/service-2.json.gz",
        "botocore/data/dynamodb/2012-08-10/examples-1.json",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "package/module.pyi",
        "package/tests/test_module.py",
        "package/__pycache__/module.cpython-311.pyc",
        "babel/locale-data/de.dat",
        "phonenumbers/carrierdata/data0.py",
        "phonenumbers/geodata/data0.py",
        "package-1.0.dist-info/RECORD",
        "package-1.0.dist-info/sboms/package.json",
    ]
    for name in kept + dropped:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()

    builder.trim(tmp_path)

    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(kept)
    assert [path for path in tmp_path.rglob("*") if path.is_dir() and not any(path.iterdir())] == []


def test_two_builds_are_of_the_same_age(builder: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").touch()

    builder.trim(tmp_path)

    ages = {path.stat().st_mtime for path in [tmp_path, *tmp_path.rglob("*")]}
    assert ages == {builder.FILE_TIME_SECONDS}
