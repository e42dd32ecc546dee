"""JSON Schemas (2020-12) of the contracts: what a body may be, what an answer is, what a merge patch may say."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

#: Where components stand in the document.
REF: Final = "#/components/schemas/{model}"
#: What a schema says of a value that need not be of one type.
_UNION: Final = ("anyOf", "oneOf")

Schema = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """Writes schemas as OpenAPI 3.1 readers like them: `null` as one of the types, no titles made of names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        return {"type": "number"}

    def field_is_required(self, field: Any, total: bool) -> bool:
        # An answer has all its fields, whatever their defaults.
        return self.mode == "serialization" or super().field_is_required(field, total)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        json_schema = super().default_schema(schema)
        if json_schema.get("default", ...) is None or self.mode == "serialization":
            json_schema.pop("default", None)
        return json_schema

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, Decimal):
            return int(dft) if dft == int(dft) else float(dft)
        return super().encode_default(dft)

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str):
            widened = {**inner, "type": [inner["type"], "null"]}
            return {**widened, "enum": [*inner["enum"], None]} if "enum" in inner else widened
        return super().nullable_schema(schema)


class Schemas:
    """The components of a document, collected from the contracts that it names."""

    def __init__(self, bodies: Iterable[type[BaseModel]], answers: Iterable[type[BaseModel]]) -> None:
        bodies, answers = dict.fromkeys(bodies), dict.fromkeys(answers)
        wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [
            *((model, "validation") for model in bodies),
            *((model, "serialization") for model in answers),
        ]
        named, definitions = models_json_schema(wanted, ref_template=REF, schema_generator=_Generator)
        self._named: Mapping[Any, JsonSchemaValue] = named
        self.components: dict[str, Schema] = {
            name: _tidy(schema) for name, schema in sorted(definitions.get("$defs", {}).items())
        }

    def of(self, model: type[BaseModel], mode: Literal["validation", "serialization"]) -> Schema:
        """The reference to a contract's component."""
        return dict(self._named[model, mode])

    def patch_of(self, model: type[BaseModel]) -> Schema:
        """The reference to what a merge patch on a contract may say. Source: RFC 7396."""
        return {"$ref": REF.format(model=self._patch(_name_in(self.of(model, "validation"))))}

    def _patch(self, name: str) -> str:
        """Add the component of the merge patch on a component: nothing required, no defaults, objects merged."""
        patch_name = f"{name.removesuffix('-Input')}Patch"
        if patch_name not in self.components:
            patch = deepcopy(self.components[name])
            patch.pop("required", None)
            self.components[patch_name] = patch
            patch["description"] = "A merge patch: what is absent stays as it is, null clears an optional field."
            for schema in patch.get("properties", {}).values():
                schema.pop("default", None)
                self._merge_objects(schema)
        return patch_name

    def _merge_objects(self, schema: Schema) -> None:
        """Let the objects of a field be patched in turn; the items of a list are replaced whole."""
        for part in [schema, *(option for word in _UNION for option in schema.get(word, ()))]:
            if "$ref" in part and self.components[_name_in(part)].get("type") == "object":
                part["$ref"] = REF.format(model=self._patch(_name_in(part)))


def properties_of(model: type[BaseModel]) -> Schema:
    """The properties of a contract without references, as query parameters have them."""
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    required = schema.get("required", [])
    return {name: {**part, "x-required": name in required} for name, part in schema.get("properties", {}).items()}


def without_null(schema: Schema) -> Schema:
    """A schema without its null: a parameter is there or it is not."""
    result = dict(schema)
    if isinstance(result.get("type"), list):
        types = [one for one in result["type"] if one != "null"]
        result["type"] = types[0] if len(types) == 1 else types
    if "enum" in result:
        result["enum"] = [value for value in result["enum"] if value is not None]
    for word in _UNION:
        if word in result:
            options = [option for option in result.pop(word) if option.get("type") != "null"]
            result |= options[0] if len(options) == 1 else {word: options}
    return result


def _name_in(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[-1]


def _tidy(schema: Schema) -> Schema:
    """A component with its own name for a title left out, and the id before the rest as answers have it."""
    schema.pop("title", None)
    properties = schema.get("properties", {})
    if "id" in properties:
        last = {name: properties.pop(name) for name in ("createdAt", "updatedAt") if name in properties}
        schema["properties"] = {"id": properties.pop("id"), **properties, **last}
        if "required" in schema:
            schema["required"] = [name for name in schema["properties"] if name in schema["required"]]
    return schema
