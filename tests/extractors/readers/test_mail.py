from email.message import EmailMessage

import pytest


def letter(html=None, text="The papers are attached.", subject="Papers of the meeting"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Anna <anna@example.org>", "b@example.org", subject
    message["Date"] = "Tue, 05 Mar 2019 10:00:00 +0100"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def texts(reading):
    return [(block.kind, block.text) for block in reading.blocks]


def test_headers_then_body(read_bytes):
    reading = read_bytes(letter().as_bytes(), "a.eml")
    assert texts(reading) == [
        ("paragraph", "From: Anna <anna@example.org>"),
        ("paragraph", "To: b@example.org"),
        ("paragraph", "Date: Tue, 05 Mar 2019 10:00:00 +0100"),
        ("heading", "Papers of the meeting"),
        ("paragraph", "The papers are attached."),
    ]
    assert reading.properties["title"] == "Papers of the meeting"
    assert reading.properties["created"] == "2019-03-05T10:00:00+01:00"


def test_html_is_the_best_body(read_bytes):
    html = "<h2>Agenda</h2><table><tr><td>1</td><td>Opening</td></tr><tr><td>2</td><td>Report</td></tr></table>"
    reading = read_bytes(letter(html).as_bytes(), "a.eml")
    assert texts(reading)[-2:] == [("heading", "Agenda"), ("table", "1\tOpening\n2\tReport")]


def test_attachments_are_counted_and_neither_named_nor_read(read_bytes):
    message = letter()
    message.add_attachment(b"Arvenia", maintype="text", subtype="plain", filename="a.txt")
    reading = read_bytes(message.as_bytes(), "a.eml")
    assert reading.warnings == ("1 file is attached",)
    assert "Arvenia" not in str(texts(reading))


HEAD = b"From: a@b.org\nTo: c@d.org\nMIME-Version: 1.0\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HEAD + b"Subject: =?iso-8859-1?Q?R=E9union?=\n\nOui.", "Réunion"),
        (HEAD + b"Subject: x\nContent-Type: text/plain; charset=windows-1251\n\n\xf2\xe0\xec", "там"),
        (HEAD + b"Subject: x\nContent-Type: text/plain; charset=nonsense\n\nR\xc3\xa9union", "Réunion"),
        (HEAD + b"Subject: x\nContent-Type: text/plain; charset=us-ascii\n\nR\xc3\xa9union", "Réunion"),
    ],
)
def test_charsets(read_bytes, data, expected):
    assert expected in [text for _, text in texts(read_bytes(data, "a.eml"))]


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"Content-Type: multipart/mixed; boundary=x\n\nno parts",
        HEAD + b"Content-Type: multipart/mixed\n\n--\n",
        HEAD + b"Date: nonsense\nContent-Type: text/html\n\n",
        HEAD + b"Content-Type: message/rfc822\n\nnot a message",
    ],
)
def test_a_broken_mail_ends_in_a_status(read_bytes, data):
    assert read_bytes(data, "a.eml").status in ("read", "malformed")


@pytest.mark.corpus
def test_real_mails(corpus, limits):
    from extractors.readers import read

    mails = list((corpus / "awkward" / "office-eml").iterdir())
    assert mails
    for path in mails:
        assert read(path, limits=limits).status == "read"
