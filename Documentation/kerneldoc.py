#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Kernel-doc comments of C files as reStructuredText, for chapters that include it.

    kerneldoc.py [-d | -s] FILE...
        -d, --docs      DOC paragraphs only, each with the name of its file
        -s, --structs   all but those

What it knows: DOC paragraphs, macros ("define NAME - ..."), struct and enum with their
members (described in the comment above or each in its own).  A member that nobody
describes and a description of what is not there are errors.
"""

import argparse
import pathlib
import re
import sys


class Source:
    """A C file: its comments, and complaints about them."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.complaints = []

    def complain(self, position, message):
        line = self.text.count("\n", 0, position) + 1
        self.complaints.append(f"{self.path}:{line}: {message}")

    def comments(self):
        """Kernel-doc comments: (position, position behind it, text)."""
        for match in re.finditer(r"/\*\*(?!\*)(.*?)\*/", self.text, re.S):
            lines = [re.sub(r"^\s*\* ?", "", line) for line in match[1].split("\n")]
            yield match.start(), match.end(), "\n".join(lines).strip()


def without_comments(code):
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", code, flags=re.S)


def body_behind(text, position):
    """What is between the braces of the declaration that begins at position."""
    start = text.index("{", position)
    depth = 0
    for match in re.finditer(r"[{}]", text[start:]):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            return start + 1, start + match.start()
    raise ValueError("no end")


def split(code, separator):
    """Parts between separators that are in no bracket."""
    part, depth = "", 0
    for char in code:
        depth += (char in "({[") - (char in ")}]")
        if char == separator and not depth:
            yield part.strip()
            part = ""
        else:
            part += char
    yield part.strip()


def struct_members(code):
    """Members of a struct: {name: declaration}."""
    members = {}
    for declaration in split(without_comments(code), ";"):
        nested = re.match(r"((?:struct|union)\s*\w*)\s*\{(.*)\}\s*(.*)", declaration, re.S)
        if nested and not nested[3]:
            members.update(struct_members(nested[2]))
            continue
        if nested:
            declaration = f"{nested[1]} {nested[3]}"
        first = None
        for declarator in split(" ".join(declaration.split()), ","):
            bare = re.sub(r"\s+(?:__\w+|[A-Z_]+_ALIGNED|AGX_ALIGNED)\s*(?:\([^()]*\))?$", "",
                          declarator)
            name = re.search(r"\(\*(\w+)\)", bare) or \
                re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*(?::\s*\w+)?$", bare)
            if not name:
                continue
            if first is None:
                first = bare[:name.start(1)].rstrip("*")
                members[name[1]] = bare
            else:
                members[name[1]] = first + bare
    return members


def enum_members(code):
    names = (part.split("=")[0].strip() for part in split(without_comments(code), ","))
    return {name: name for name in names if name}


def describe(text):
    """A comment's description of members, and what it says beside: ({name: text}, text)."""
    members, rest, current = {}, [], None
    for line in text.split("\n"):
        match = re.match(r"@(\w+):\s*(.*)", line)
        if match:
            current = match[1]
            members[current] = match[2]
        elif current and line.strip():
            members[current] += " " + line.strip()
        else:
            current = None
            rest.append(line)
    return members, "\n".join(rest).strip()


def markup(text):
    """Kernel-doc's own markup as reStructuredText's."""
    text = re.sub(r"&((?:struct|enum|union) [\w.]+\w|[\w/.]+\w)", r"``\1``", text)
    text = re.sub(r"(?<![\w`])%(\w+)", r"``\1``", text)
    text = re.sub(r"(?<![\w`])@(\w+)", r"``\1``", text)
    text = re.sub(r"(?<![\w`])(\w+(?:->\w+)*\(\))(?!`)", r"``\1``", text)
    return re.sub(r"(?<![\w`])(\w+_)\*", r"``\1*``", text)


def indented(text, by="    "):
    return "\n".join(by + line if line.strip() else "" for line in text.split("\n"))


def heading(title):
    return f"{title}\n{'~' * len(title)}\n"


def aggregate(source, position, end, kind, name, title, text):
    """A struct or an enum, and where its declaration ends."""
    match = re.compile(rf"\s*{kind} {name}\s*{{").match(source.text, end)
    if not match:
        source.complain(position, f"no {kind} {name} follows")
        return "", end
    start, stop = body_behind(source.text, end)
    code = source.text[start:stop]
    members = struct_members(code) if kind == "struct" else enum_members(code)
    described, rest = describe(text)
    for _, _, inner in Source.comments(type("", (), {"text": code})):
        described.update(describe(inner)[0])
    for member in members.keys() - described.keys():
        source.complain(position, f"{kind} {name}: nothing is said of {member}")
    for member in described.keys() - members.keys():
        source.complain(position, f"{kind} {name}: there is no {member}")
    out = [heading(f"{kind} {name}"), markup(title) + "\n"]
    if rest:
        out.append(markup(rest) + "\n")
    for member, declaration in members.items():
        out.append(f"``{declaration}``\n{indented(markup(described.get(member, '')))}\n")
    return "\n".join(out), stop


def document(source, docs, structs):
    """What the file's comments say."""
    done = 0
    for position, end, text in source.comments():
        if position < done:
            continue
        first, _, rest = text.partition("\n")
        doc = re.match(r"DOC: (.*)", first)
        what = re.match(r"(struct|enum) (\w+) - (.*)", first)
        macro = re.match(r"define (\w+) - (.*)", text, re.S)
        if doc:
            title = doc[1][0].upper() + doc[1][1:]
            if not structs:
                title += f" ({pathlib.Path(source.path).name})"
            if docs:
                yield heading(title) + "\n" + markup(rest.strip()) + "\n"
        elif not structs:
            continue
        elif what:
            text, done = aggregate(source, position, end, what[1], what[2], what[3], rest)
            yield text
        elif macro:
            yield f"``{macro[1]}``\n" + indented(markup(macro[2])) + "\n"
        else:
            source.complain(position, f"cannot tell what this describes: {first}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("-d", "--docs", action="store_true")
    parser.add_argument("-s", "--structs", action="store_true")
    parser.add_argument("file", nargs="+")
    args = parser.parse_args()
    complaints = []
    for path in args.file:
        source = Source(path)
        for text in document(source, not args.structs, not args.docs):
            print(text)
        complaints += source.complaints
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
