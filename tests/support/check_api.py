#!/usr/bin/env python3
# check_api.py OPENAPI.json ANSWERS...: is the description valid, and is each answer, as a line
# "METHOD PATH STATUS BODY" in a file, one that it has? Prints what is not.
import json
import re
import sys

import jsonschema

document = json.load(open(sys.argv[1]))
components = document["components"]
bad = 0


def complain(text):
    global bad
    bad += 1
    print(text)


def resolve(item):
    while "$ref" in item:
        found = document
        for part in item["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        item = found
    return item


def check_operation(path, operation):
    names = {p["name"] for p in map(resolve, operation.get("parameters", [])) if p["in"] == "path"}
    if names != set(re.findall(r"{(\w+)}", path)):
        complain(f"{path}: its parameters are not those of the path")
    for response in operation["responses"].values():
        resolve(response)


def check_document():
    try:
        import openapi_spec_validator

        openapi_spec_validator.validate(document)
    except ImportError:
        pass  # Debian 12 has none: what is checked below is what others stumble over
    for schema in components["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = []
    for path, operations in document["paths"].items():
        for operation in operations.values():
            ids.append(operation["operationId"])
            check_operation(path, operation)
    if len(ids) != len(set(ids)):
        complain("an operationId is there twice")


def find_operation(method, path):
    for pattern, operations in document["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", pattern), path) and method in operations:
            return operations[method]
    return None


def check_answer(line):
    method, path, status, body = line.rstrip("\n").split(" ", 3)
    operation = find_operation(method.lower(), path.split("?")[0])
    if operation is None:
        return complain(f"{method} {path} is not described")
    response = operation["responses"].get(status)
    if response is None:
        return complain(f"{method} {path}: {status} is not described: {body[:200]}")
    content = resolve(response).get("content", {}).get("application/json")
    if content is not None:
        schema = {**content["schema"], "components": components}
        for error in jsonschema.Draft202012Validator(schema).iter_errors(json.loads(body)):
            complain(f"{method} {path} {status}: {error.json_path}: {error.message}")


check_document()
count = 0
for name in sys.argv[2:]:
    for line in open(name):
        count += 1
        check_answer(line)
print(f"{count} answers")
sys.exit(1 if bad or not count else 0)
