"""Removes codes of Word fields from plain text (` TOC \\O "1-5"`, ` PAGEREF _Toc1 \\h 2`)."""

import re

_SWITCH = r"""\\(?:\*\s?\w+|[a-z@#!]+)(?:\s+"[^"]*")?"""
_FIELD = re.compile(
    rf"""\s?\b(?:
        (?:TOC|INDEX|SEQ|REF|STYLEREF|NOTEREF|DATE|TIME|FILENAME|DOCPROPERTY|AUTHOR|TITLE)(?:\s+\w+)?(?=\s+\\)
      | (?:TOA|SUBJECT|KEYWORDS|COMMENTS|CREATEDATE|SAVEDATE|PRINTDATE|SHAPE|MERGEFIELD)(?:\s+\w+)?(?=\s+\\)
      | (?:HYPERLINK|INCLUDEPICTURE|EMBED|FORMTEXT|FORMCHECKBOX|QUOTE)(?=\s+["\\])(?:\s+"[^"]*")?
      | (?-i:EMBED)\s+(?:\w+(?=\s+\\)|\w+(?:\.\w+)+|Package\b|$)  # the program of an object
      | (?-i:DOCPROPERTY|MERGEFIELD|STYLEREF)\s+"[^"]*"
      | (?-i:HYPERLINK)\s+(?:https?|ftp|file|mailto):\S+
      | (?-i:FORM(?:TEXT|CHECKBOX|DROPDOWN)\b)
      | (?-i:XE|TC|TA|SYMBOL)\s+(?:"[^"]*"|\d+(?=\s+\\)|(?=\\[a-z]\s+"))(?:\s*\\[a-z](?:\s+(?:"[^"]*"|\d+\b))?)*
      | PAGEREF\s+\w+
      | (?:PAGE|NUMPAGES|SECTIONPAGES)(?=\s+\\)
      | (?<=Page\ )\s?PAGE(?=\s+\d)
    )(?:\s+{_SWITCH})*\s?""",
    re.VERBOSE | re.IGNORECASE,
)
# Each way through a run of blanks is tried once: lines may hold thousands of them.
_PAGE_REFERENCE = re.compile(r"\bPAGEREF\s+\w+[^\n]*$|(?<=\S)(?=[^\S\t]*\t)\s++\d{1,3}$", re.IGNORECASE)
_ENTRY = re.compile(r"(?:\(?\w{1,5}[.)]|[-–•])\s*\t(?=[^\t]*[^\W\d])[^\t]*$")  # number, tab, title
_SIGNS = ("\\", "PAGE", "HYPERLINK", "EMBED", "FORM", "DOCPROPERTY", "XE ", "TC ")


def without_fields(line: str) -> str:
    """Return a line of text without the codes of Word fields; their results stay."""
    return _FIELD.sub(" ", line) if any(sign in line for sign in _SIGNS) else line


def split_contents_entry(line: str) -> str | None:
    """Return the entry of a table of contents, without its page, or None where a line is none."""
    found = _PAGE_REFERENCE.search(line)
    entry = without_fields(line[: found.start()]).strip() if found else ""
    return entry if found and ("PAGEREF" in found[0].upper() or _ENTRY.match(entry)) else None
