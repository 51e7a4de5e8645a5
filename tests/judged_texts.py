"""Short passages written for the tests: some to train a small classifier, others judged to measure it."""

import json

PLACES = (
    "Norland",
    "Estavia",
    "Poldia",
    "Ravonia",
    "Meridia",
    "Kestria",
    "Ostmark",
    "Lavinia",
    "Tarnia",
    "Zorn",
    "Ulm",
)
TEMPLATES = (
    (
        "The single window of {place} connects {n} agencies, and traders file their declarations once.",
        ("single-window",),
        ("interoperability_collaboration", "L3", "achieved"),
    ),
    (
        "Officers in {place} still stamp certificates of origin by hand; no computer issues them.",
        ("e-origin",),
        ("process_automation", "L0", "lacking"),
    ),
    (
        "The administration of {place} will train {n} analysts in the use of data by next spring.",
        ("capacity-building",),
        ("people_capacity", None, "planned"),
    ),
    (
        "Members should write all their messages by the common data model, the delegate of {place} said.",
        ("wco-data-model",),
        ("data_standards", None, "recommended"),
    ),
    (
        "A neural network reads the scanner images of {place} and finds {n} suspicious loads a day.",
        ("image-analysis", "artificial-intelligence"),
        ("analytics_innovation", "L3", "achieved"),
    ),
    (
        "Since its reform the law of {place} gives electronic signatures the force of those on paper.",
        ("legal-framework",),
        ("legal_framework", "L2", "achieved"),
    ),
    (
        "Intruders were kept out of the servers of {place} {n} times, and each night they are copied.",
        ("cybersecurity",),
        ("systems_security", "L2", "achieved"),
    ),
    (
        "There is no plan of digital change in {place}, and nobody is in charge of one.",
        ("digital-customs",),
        ("strategy_governance", "L0", "lacking"),
    ),
    ("Lunch was served in {n} rooms, and the delegates thanked {place} for the flowers.", (), None),
    (
        "Le guichet unique de {place} relie {n} services, et les opérateurs déclarent une seule fois.",
        ("single-window",),
        ("interoperability_collaboration", "L3", "achieved"),
    ),
)


def training_rows():
    """Rows that train: every template in every place."""
    for number, place in enumerate(PLACES):
        for kind, (template, themes, tag) in enumerate(TEMPLATES):
            text = template.format(place=place, n=3 + number)
            yield _row(f"t-{number}-{kind}", text, themes, tag, body=f"body {number % 3}")


def committee_rows():
    """Six passages of four committees."""
    rows = (
        ("a-1", "one", "Nine agencies of Arvenia answer through one window, where a trader files once.", 0),
        ("a-2", "two", "Each night the servers of Arvenia are copied to a second hall against intruders.", 6),
        ("b-1", "one", "The delegates met in two rooms and thanked the chair for lunch.", 8),
        ("b-2", "two", "Arvenia has no plan for a digital administration.", 7),
        ("c-1", "three", "Clerks of Arvenia stamp the certificates by hand, as no computer issues them.", 1),
        ("c-2", "three", "Le guichet unique d’Arvénie relie douze services.", 9),
    )
    for name, body, text, kind in rows:
        _, themes, tag = TEMPLATES[kind]
        yield _row(name, text, themes, tag, body=body)


def paper_rows():
    """Five passages of three papers, one of them without a weight."""
    rows = (
        ("p-1", "first", 3.0, "Scanner images are read by a neural network in Arvenia.", 4),
        ("p-2", "first", 1.0, "The chair thanked the interpreters.", 8),
        ("p-3", "second", 2.0, "The law of Arvenia takes electronic signatures since last year.", 5),
        ("p-4", "third", 1.5, "Analysts of Arvenia will be trained in the use of data.", 2),
        ("p-5", "third", None, "All messages should follow the common data model.", 3),
    )
    for name, source, weight, text, kind in rows:
        _, themes, tag = TEMPLATES[kind]
        yield _row(name, text, themes, tag, source=source, weight=weight)


def write_rows(path, rows):
    """Write rows as a file of judged passages."""
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")


def _row(name, text, themes, tag, **fields):
    tags = []
    if tag:
        dimension, level, modality = tag
        evidence = " ".join(text.split()[:5])
        tags = [{"dimension": dimension, "level": level, "modality": modality, "evidence": evidence}]
    language = "fr" if "guichet" in text else "en"
    about = "customs-digital" if themes else "none"
    return {"id": name, "language": language, "text": text, "about": about, "themes": themes, "tags": tags} | fields
