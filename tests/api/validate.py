#!/usr/bin/python3
"""Are answers as the description of the API says? validate.py DOCUMENT ANSWERS

DOCUMENT is what `berth-worker --print-openapi` prints; ANSWERS what tests/api/fcgi wrote to $BERTH_API_RECORD: one
line an answer, {"method", "uri", "answer"}. Prints what is wrong, and ends with 1 then. Needs python3-jsonschema.
"""
import json
import re
import sys
import urllib.parse
import warnings

warnings.simplefilter("ignore", DeprecationWarning)
import jsonschema  # noqa: E402

PROBLEM = "application/problem+json"
SHOWN_MAX = 20


class Description:
    def __init__(self, doc):
        self.doc = doc
        self.resolver = jsonschema.RefResolver("", doc)
        self.validators = {}
        self.seen = set()
        self.patterns = [(re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))), path)
                         for path in sorted(doc["paths"], key=lambda path: path.count("{"))]

    def follow(self, part):
        while "$ref" in part:
            part = self.resolver.resolve(part["$ref"])[1]
        return part

    def operation(self, method, uri):
        """That of method and path; None where there is none, so that only a problem can be the answer."""
        path = urllib.parse.unquote(uri.partition("?")[0])
        for pattern, name in self.patterns:
            if pattern.fullmatch(path) and method.lower() in self.doc["paths"][name]:
                return name, self.doc["paths"][name][method.lower()]
        return None, {"responses": {"default": {"$ref": "#/components/responses/problem"}}}

    def check_value(self, schema, text):
        """What is wrong with a text as JSON of the schema. What was right once is not computed again."""
        key = json.dumps(schema)
        if (key, text) in self.seen:
            return None
        validator = self.validators.get(key)
        if not validator:
            validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
            self.validators[key] = validator
        try:
            error = jsonschema.exceptions.best_match(validator.iter_errors(json.loads(text)))
        except ValueError as bad:
            return f"no JSON: {bad}"
        if error:
            return f"{error.json_path}: {error.message[:300]}"
        self.seen.add((key, text))
        return None

    def check_body(self, kind, media, body):
        if "x-line-schema" in media:
            begin = "data: " if kind == "text/event-stream" else "{"
            texts = [line.removeprefix("data: ") for line in body.split("\n") if line.startswith(begin)]
            schema = media["x-line-schema"]
        elif kind.endswith("json"):
            texts, schema = [body], media["schema"]
        else:
            return None
        return next((wrong for wrong in (self.check_value(schema, text) for text in texts) if wrong), None)

    def check(self, method, uri, answer):
        head, _, body = answer.partition("\r\n\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n") if ": " in line)
        status = headers.get("status", "").split(" ")[0]
        kind = headers.get("content-type", "").partition(";")[0]
        name, operation = self.operation(method, uri)
        responses = operation["responses"]
        if status not in responses and "default" not in responses:
            return f"{status} is no answer of {name}"
        response = self.follow(responses.get(status, responses.get("default")))
        content = response.get("content", {})
        if not content:
            return f"{status} has a body, or a type: {kind} {body[:200]}" if kind or body else None
        if kind not in content:
            return f"{status} is {kind or 'of no type'}, not {' or '.join(content)}"
        if kind == PROBLEM and str(json.loads(body).get("status")) != status:
            return f"{status} is another one in its document"
        wrong = self.check_body(kind, content[kind], body)
        return f"{status} {wrong}" if wrong else None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        description = Description(json.load(file))
    count, wrong = 0, {}
    with open(sys.argv[2], encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            count += 1
            found = description.check(record["method"], record["uri"], record["answer"])
            if found:
                wrong.setdefault(f"{record['method']} {record['uri'].partition('?')[0]}: {found}")
    for line in list(wrong)[:SHOWN_MAX]:
        print(line.replace("\n", " "))
    print(f"{count} answers, {len(wrong)} differences", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
