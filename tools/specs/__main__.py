"""Reads the published files from a folder and writes what is kept of them: `python -m tools.specs FOLDER`.

The tests check every outbound request against the result. Descriptions, examples and answers are left out, and so is
every schema that no request of ours has; what stands for such a schema allows anything.
"""

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

#: Where the result goes.
KEPT: Final = Path(__file__).parents[2] / "tests" / "retention" / "providers" / "specs"
#: Members of a schema or an operation that say nothing about what is valid.
_UNREAD: Final = {
    "default",
    "description",
    "discriminator",
    "example",
    "examples",
    "operationId",
    "responses",
    "servers",
    "summary",
    "tags",
    "title",
    "x-twilio",
}


@dataclass(frozen=True)
class Cut:
    """What is kept of one published file."""

    #: Name of the published file, and the repository and commit that it is from.
    file: str
    source: str
    #: Operations, as method and path.
    operations: tuple[tuple[str, str], ...]
    #: Schemas that are kept; None: whatever the operations refer to.
    schemas: frozenset[str] | None = None


CUTS: Final[Mapping[str, Cut]] = {
    "twilio": Cut(
        "twilio_api_v2010.json",
        "twilio/twilio-oai@d50069b4, spec/json",
        (
            ("post", "/2010-04-01/Accounts/{AccountSid}/Messages.json"),
            ("get", "/2010-04-01/Accounts/{AccountSid}/Messages.json"),
            ("delete", "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"),
            ("get", "/2010-04-01/Accounts/{Sid}.json"),
        ),
    ),
    "sendgrid": Cut("tsg_mail_v3.json", "twilio/sendgrid-oai@dbe0e0d2, spec/json", (("post", "/v3/mail/send"),)),
    "sendgrid_erasure": Cut(
        "tsg_recipients_data_erasure_v3.json",
        "twilio/sendgrid-oai@dbe0e0d2, spec/json",
        (("post", "/v3/recipients/erasejob"),),
    ),
    "vapi": Cut(
        "vapi_openapi.json",
        "VapiAI/docs@eabfa530, fern/apis/api (there openapi.json)",
        (
            ("post", "/call"),
            ("get", "/call"),
            ("get", "/call/{id}"),
            ("delete", "/call/{id}"),
            ("get", "/phone-number"),
            ("get", "/phone-number/{id}"),
        ),
        frozenset(
            {
                "AssistantOverrides",
                "BackoffPlan",
                "CreateAssistantDTO",
                "CreateCallDTO",
                "CreateCustomerDTO",
                "DeleteCallDTO",
                "OpenAIMessage",
                "OpenAIModel",
                "OpenAIVoice",
                "Server",
            }
        ),
    ),
}


def cut(published: Mapping[str, Any], what: Cut) -> dict[str, Any]:
    """What is kept of a published file."""
    components = published["components"]
    paths: dict[str, Any] = {}
    for method, path in what.operations:
        paths.setdefault(path, {})[method] = _named(path, _bare(published["paths"][path][method], what.schemas))
    kept: dict[str, dict[str, Any]] = {}
    pending = list(_references(paths))
    while pending:
        kind, name = pending.pop()
        if name not in kept.setdefault(kind, {}):
            kept[kind][name] = _bare(components[kind][name], what.schemas)
            pending += _references(kept[kind][name])
    return {
        "x-source": f"{what.source}: {what.file}, cut down by tools.specs; for its licence see README.md",
        "openapi": published["openapi"],
        "info": {
            name: published["info"][name] for name in ("title", "version", "license") if name in published["info"]
        },
        "paths": paths,
        "components": {kind: dict(sorted(named.items())) for kind, named in sorted(kept.items())},
    }


def _named(path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """An operation with the parameters that its path names; VAPI's DELETE /call/{id} leaves its own out."""
    names = re.findall(r"\{(\w+)\}", path)
    there = {one.get("name") for one in operation.get("parameters", []) if one.get("in") == "path"}
    missing = [name for name in names if name not in there]
    if not missing or any("$ref" in one for one in operation["parameters"]):
        return operation
    added = [{"name": name, "required": True, "in": "path", "schema": {"type": "string"}} for name in missing]
    return {**operation, "parameters": [*operation["parameters"], *added]}


def _bare(part: Any, schemas: frozenset[str] | None) -> Any:
    """A part without what says nothing, without schemas that are not kept, and with its slips mended."""
    if isinstance(part, list):
        return [_bare(one, schemas) for one in part]
    if not isinstance(part, dict):
        return part
    if _is_dropped(part, schemas):
        return {}
    bare = {name: _bare(value, schemas) for name, value in part.items() if name not in _UNREAD and name != "properties"}
    if "properties" in part:
        # Names of properties are not ours to leave out, whatever they are.
        bare["properties"] = {name: _bare(value, schemas) for name, value in part["properties"].items()}
    for word in ("oneOf", "anyOf"):
        if word in part:
            bare.pop(word)
            bare["anyOf"] = [_bare(one, schemas) for one in part[word] if not _is_dropped(one, schemas)] or [{}]
    return _mended(bare)


def _is_dropped(part: Any, schemas: frozenset[str] | None) -> bool:
    reference = part.get("$ref", "") if isinstance(part, dict) else ""
    kind, _, name = reference.removeprefix("#/components/").partition("/")
    return schemas is not None and kind == "schemas" and name not in schemas


def _mended(schema: dict[str, Any]) -> dict[str, Any]:
    """Slips of VAPI's file: words that are said to be objects, and the words of a list on the list itself.

    A third is mended above: `oneOf` over choices of which several fit, such as the name of a voice and any text.
    """
    words = schema.get("enum")
    if schema.get("type") == "object" and words and all(isinstance(word, str) for word in words):
        return {**schema, "type": "string"}
    if schema.get("type") == "array" and words:
        return {name: value for name, value in schema.items() if name != "enum"}
    return schema


def _references(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str):
            kind, _, name = reference.removeprefix("#/components/").partition("/")
            yield kind, name
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            yield from _references(one)


def main() -> None:
    """Read the command line, and write each file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the published files lie")
    folder = parser.parse_args().folder
    for name, what in CUTS.items():
        published = json.loads((folder / what.file).read_text(encoding="utf-8"))
        text = json.dumps(cut(published, what), indent=1, ensure_ascii=False)
        (KEPT / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{KEPT / name}.json: {len(text) // 1024} KB")


if __name__ == "__main__":
    main()
