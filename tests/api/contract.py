"""docs/openapi.yaml as a checker of answers: every member must be described, every described one must be right."""
import functools
import json
import re

import fastjsonschema
import yaml

import shop

ERROR_TYPE = "application/problem+json"


@functools.cache
def description():
    return yaml.safe_load((shop.ROOT / "docs/openapi.yaml").read_text(encoding="utf-8"))


def _resolved(node):
    while isinstance(node, dict) and "$ref" in node:
        target = description()
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def _strict(node):
    """The schema without references, with parts joined, and closed: what is not described is refused."""
    node = _resolved(node)
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "allOf" in node:
        parts = [_strict(part) for part in node["allOf"]]
        joined = {"type": "object", "required": [], "properties": {}, "additionalProperties": False}
        for part in parts:
            joined["required"] += part.get("required", [])
            joined["properties"] |= part.get("properties", {})
        return joined
    strict = {key: _strict(value) for key, value in node.items() if key not in ("description", "examples", "default")}
    if isinstance(node.get("properties"), dict):
        strict["properties"] = {name: _strict(schema) for name, schema in node["properties"].items()}
        strict["additionalProperties"] = False
    return strict


@functools.cache
def _checker(path, method, status, media_type):
    operation = description()["paths"][path][method.lower()]
    response = operation["responses"].get(str(status))
    if response is None:
        raise AssertionError(f"{method} {path} must not answer {status}: it is not described")
    content = _resolved(response).get("content", {})
    if media_type not in content:
        raise AssertionError(f"{method} {path} {status} must not be {media_type}: described are {sorted(content)}")
    return fastjsonschema.compile(_strict(content[media_type]["schema"]))


def described_paths(*tags):
    """Every (method, path); or those of the tags."""
    paths = description()["paths"].items()
    return {(method.upper(), path) for path, operations in paths for method, operation in operations.items() if not tags or set(tags) & set(operation["tags"])}


def path_template(target):
    path = target.split("?")[0]
    for template in description()["paths"]:
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            return template
    raise AssertionError(f"{path} is not described")


def check(method, target, answer):
    """Raises unless the answer is as described: status, type and every member. Pictures and texts: status and type."""
    template = path_template(target)
    checker = _checker(template, method, answer.status, answer.type)
    if answer.type == "application/x-ndjson":
        for line in answer.body.splitlines():
            checker(json.loads(line))
    elif answer.type.endswith("json"):
        checker(answer.json)
        if answer.type == ERROR_TYPE and answer.json["status"] != answer.status:
            raise AssertionError("the problem's status is not the answer's")
