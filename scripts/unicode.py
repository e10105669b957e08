#!/usr/bin/env python3
"""unicode.py DATA SMALLER: takes from Foundation's Unicode data (ICU) what the programs use.

Foundation links 34 MB of data for 850 locales, old character sets and dictionaries into every static program. Kept are
English, the root locale that all others fall back to, everything that belongs to no locale, and time zones. The format is
ICU's "CmnD": a header, a table of names and offsets, and the items in the order of their names. (Debian's icupkg cannot
read this many items.)
"""
import re
import struct
import sys

LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?(_[A-Z]+)?")
LOCALES = {"root", "en", "en_001", "en_US", "en_US_POSIX"}
# Numbers in words and transliteration; legacy character sets, confusable letters, dictionaries of Asian words, string
# preparation, names of characters.
TREES_OUT = {"rbnf", "translit"}
KINDS_OUT = {"cfu", "cnv", "dict", "spp"}
ITEMS_OUT = {"unames.icu"}
ALIGNMENT = 16


def main(source, target):
    with open(source, "rb") as file:
        header, items = read(file.read())
    kept = [(name, content) for name, content in items if wanted(name)]
    with open(target, "wb") as file:
        file.write(write(header, kept))


def wanted(name):
    _, *tree, item = name.split("/")
    stem, kind = item.rsplit(".", 1)
    if item in ITEMS_OUT or kind in KINDS_OUT or TREES_OUT.intersection(tree):
        return False
    return kind != "res" or stem in LOCALES or stem == "pool" or not LOCALE.fullmatch(stem)


def read(data):
    """The header, and name and content of every item."""
    if data[2:4] != b"\xda\x27" or data[12:16] != b"CmnD" or data[8] != 0:
        sys.exit(f"unicode: this is no little-endian ICU data; has Foundation changed?")
    length, = struct.unpack_from("<H", data)
    table = data[length:]
    count, = struct.unpack_from("<I", table)
    entries = [struct.unpack_from("<II", table, 4 + 8 * number) for number in range(count)]
    ends = [start for _, start in entries[1:]] + [len(table)]
    return data[:length], [(table[name:table.index(0, name)].decode(), table[start:end])
                           for (name, start), end in zip(entries, ends)]


def write(header, items):
    names = b"".join(name.encode() + b"\0" for name, _ in items)
    name_at = 4 + 8 * len(items)
    content_at = padded(name_at + len(names))
    table, contents = struct.pack("<I", len(items)), b""
    for name, content in items:
        table += struct.pack("<II", name_at, content_at + len(contents))
        name_at += len(name) + 1
        contents += content.ljust(padded(len(content)), b"\0")
    return header + (table + names).ljust(content_at, b"\0") + contents


def padded(length):
    return -(-length // ALIGNMENT) * ALIGNMENT


if __name__ == "__main__":
    main(*sys.argv[1:])
