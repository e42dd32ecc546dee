"""Which way the arrows point: functions -> services -> models and table -> the ground."""

import pytest

from tests.house.source import Module, functions, layer, within

#: What everything else stands on; it imports nothing of ours but itself.
GROUND = {"channels", "errors", "clock", "ids", "config", "jsontext", "merge_patch", "fields", "entity", "validation"}
#: Packages that talk to AWS or the table.
AWS = ("pynamodb", "boto3", "botocore")
#: Functions are top-level packages of these names.
FUNCTION_PACKAGES = {module.name.split(".")[0] for module in functions()}


def of_name(module: Module) -> str:
    return module.name


@pytest.mark.parametrize("module", layer(), ids=of_name)
def test_nothing_in_the_layer_imports_a_function(module: Module) -> None:
    assert not {name for name in module.all_imports() if name.split(".")[0] in FUNCTION_PACKAGES}


@pytest.mark.parametrize("module", [one for one in layer() if one.path.name == "model.py"], ids=of_name)
def test_a_model_knows_neither_aws_nor_the_table_nor_a_service(module: Module) -> None:
    for name in module.all_imports():
        assert not any(within(name, package) for package in AWS), name
        assert not within(name, "retention.table"), name
        assert not name.endswith((".service", ".core", ".bootstrap")), name


def test_only_the_table_package_imports_pynamodb() -> None:
    importing = {one.name for one in (*layer(), *functions()) if any(within(n, "pynamodb") for n in one.all_imports())}

    assert importing
    assert all(within(name, "retention.table") for name in importing)


@pytest.mark.parametrize("module", functions(), ids=of_name)
def test_functions_leave_aws_to_the_layer(module: Module) -> None:
    assert not {name for name in module.all_imports() if within(name, "boto3") or within(name, "pynamodb")}


@pytest.mark.parametrize("module", [one for one in layer() if within(one.name, "retention.table")], ids=of_name)
def test_the_table_knows_no_noun_of_the_business(module: Module) -> None:
    ours = {name.split(".")[1] for name in module.all_imports() if name.startswith("retention.")}

    assert ours <= GROUND | {"table"}


@pytest.mark.parametrize("name", sorted(GROUND))
def test_the_ground_stands_on_itself(name: str) -> None:
    (module,) = (one for one in layer() if one.name == f"retention.{name}")
    ours = {imported.split(".")[1] for imported in module.all_imports() if imported.startswith("retention.")}

    assert ours <= GROUND


def test_only_functions_and_tools_put_the_application_together() -> None:
    assert not {one.name for one in layer() if "retention.bootstrap" in one.all_imports()}


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {one.name: one for one in (*layer(), *functions())}
    needs = {name: {other for other in one.imports() if other in modules} - {name} for name, one in modules.items()}
    settled: set[str] = set()
    while ready := {name for name, wanted in needs.items() if name not in settled and wanted <= settled}:
        settled |= ready

    assert set(modules) - settled == set()
