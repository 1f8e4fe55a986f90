"""Checks an answer against the schemas of a discovery document; what they do not name is an error."""

from typing import Any

_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "number": float,
}
_DIGITS = {"uint64", "int64"}


def mismatches(value: Any, schema: dict[str, Any], schemas: dict[str, Any], path: str = "$") -> list[str]:
    """Return where the value differs from the schema; empty when it fits."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "any":
        return []
    if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        return [f"{path} is not of type {kind}: {value!r}"]
    if schema.get("format") in _DIGITS and not str(value).isdecimal():
        return [f"{path} is not {schema['format']}: {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path} is not in {schema['enum']}: {value!r}"]
    if kind == "array":
        nested = [mismatches(item, schema["items"], schemas, f"{path}[{n}]") for n, item in enumerate(value)]
    elif kind == "object":
        nested = [_field(name, item, schema, schemas, path) for name, item in value.items()]
    else:
        nested = []
    return [problem for problems in nested for problem in problems]


def _field(name: str, value: Any, schema: dict[str, Any], schemas: dict[str, Any], path: str) -> list[str]:
    known = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
    return mismatches(value, known, schemas, f"{path}.{name}") if known else [f"{path}.{name} is unknown"]
