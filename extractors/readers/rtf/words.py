"""The control words of RTF that turn text to other places, or that stand for characters."""

LISTED = {"listtext", "pntext"}
"""The number of a paragraph, as its writer printed it."""

RUNNING = {
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
}
"""Headers and footers, of left, right and first pages."""

ASIDE = {"footnote": "footnote", "annotation": "comment", "atnauthor": "commenter"}
"""Notes, comments and who wrote them."""

INFO = {"title": "title", "author": "author", "subject": "subject"}
"""What a file declares of itself, within `info`."""

METAFILES = {"emfblip", "wmetafile"}
"""What a picture is that may draw text."""

IGNORED = {
    *("fonttbl", "stylesheet", "objclass", "objdata", "fldinst", "info", "generator", "themedata", "datafield"),
    *("listtable", "listoverridetable", "revtbl", "rsidtbl", "xmlnstbl", "filetbl", "datastore", "latentstyles"),
    *("atnid", "atndate", "atnref", "atnicn", "bkmkstart", "bkmkend", "nonshppict", "xe", "tc", "private"),
    *("colorschememapping", "pgdsctbl", "mmathPr", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "comment"),
    *("nonesttables", "sn", "sv", "shprslt"),
}
"""Destinations without text that is printed."""

KEPT = {"shpinst", "shptxt", "shppict", "bkmkstart", "ud", *LISTED, *ASIDE}
"""Destinations that are read though a `*` says that they may be passed over."""

SIGNS = {
    **dict.fromkeys(("par", "line", "sect", "page"), "\n"),
    **dict.fromkeys(("tab", "nestcell"), "\t"),
    **dict.fromkeys(("cell", "row"), ""),
    **dict.fromkeys(("emspace", "enspace", "qmspace"), " "),
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
}
"""Words that stand for characters."""
