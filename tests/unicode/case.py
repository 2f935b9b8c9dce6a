#!/usr/bin/env python3
"""Writes runtime/expr/unicode_case.h: the upper and lower case of every character.

    tests/unicode/case.py > runtime/expr/unicode_case.h

The mappings are those of str.upper and str.lower, which follow UnicodeData.txt and
SpecialCasing.txt.  What is newer than this Python's Unicode is listed in LATER."""

import unicodedata

# (upper, lower, count) of what came with Unicode 15 to 17.
LATER = [
    (0x1C89, 0x1C8A, 1),
    (0xA7CB, 0x264, 1),
    (0xA7CC, 0xA7CD, 1),
    (0xA7CE, 0xA7CF, 1),
    (0xA7D2, 0xA7D3, 1),
    (0xA7D4, 0xA7D5, 1),
    (0xA7DA, 0xA7DB, 1),
    (0xA7DC, 0x19B, 1),
    (0x10D50, 0x10D70, 22),
    (0x16EA0, 0x16EBB, 25),
]
CODES = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def mappings(change):
    """{code: the string it becomes}, where that is another."""
    return {c: change(chr(c)) for c in CODES if change(chr(c)) != chr(c)}


def add_later(upper, lower):
    for first_upper, first_lower, count in LATER:
        for i in range(count):
            upper.setdefault(first_lower + i, chr(first_upper + i))
            lower.setdefault(first_upper + i, chr(first_lower + i))


def ranges_of(mapping):
    """[first, count, step, delta] of what becomes one character."""
    ranges = []
    for code, text in sorted(mapping.items()):
        if len(text) != 1:
            continue
        delta = ord(text) - code
        if ranges and ranges[-1][3] == delta:
            first, count, step, _ = ranges[-1]
            gap = code - (first + (count - 1) * step)
            if gap <= 2 and (count == 1 or gap == step):
                ranges[-1][1:3] = [count + 1, gap]
                continue
        ranges.append([code, 1, 1, delta])
    return ranges


def print_ranges(name, mapping):
    print(f"static const struct asl__case_range {name}[] = {{")
    row = []
    for first, count, step, delta in ranges_of(mapping):
        row.append(f"{{ 0x{first:X}, {count}, {step}, {delta} }},")
        if len(row) == 3:
            print("    " + " ".join(row))
            row = []
    if row:
        print("    " + " ".join(row))
    print("};\n")


def print_special(name, mapping):
    print(f"static const struct asl__case_special {name}[] = {{")
    for code, text in sorted(mapping.items()):
        if len(text) > 1:
            data = text.encode()
            escapes = "".join(f"\\{byte:03o}" for byte in data)
            print(f"    {{ 0x{code:X}, {len(data)}, \"{escapes}\" }},")
    print("};\n")


def print_set(name, codes):
    """First code << 11 | count - 1."""
    ranges = []
    for code in codes:
        if ranges and ranges[-1][0] + ranges[-1][1] == code and ranges[-1][1] < 2048:
            ranges[-1][1] += 1
        else:
            ranges.append([code, 1])
    print(f"static const uint32_t {name}[] = {{")
    words = [f"0x{first << 11 | (count - 1):X}," for first, count in ranges]
    for i in range(0, len(words), 7):
        print("    " + " ".join(words[i:i + 7]))
    print("};\n")


def is_final(before):
    """Whether a capital sigma behind BEFORE is a final one."""
    return (before + "\u03A3").lower().endswith("\u03C2")


def main():
    upper, lower = mappings(str.upper), mappings(str.lower)
    add_later(upper, lower)
    print("/* The case of characters.  Made by tests/unicode/case.py (Unicode "
          f"{unicodedata.unidata_version} and\n * the pairs that came up to 17.0). */")
    print("#ifndef ASL_EXPR_UNICODE_CASE_H\n#define ASL_EXPR_UNICODE_CASE_H\n")
    print_ranges("upper_ranges", upper)
    print_special("upper_specials", upper)
    print_ranges("lower_ranges", lower)
    print_special("lower_specials", lower)
    print("/* Cased, and not to be looked through: what a final sigma stands behind. */")
    print_set("cased", [c for c in CODES if is_final(chr(c))])
    print("/* To be looked through on the way to that. */")
    print_set("ignorable", [c for c in CODES if is_final("A" + chr(c)) and not is_final(chr(c))])
    print("#endif")


main()
