import pytest

from configs.kinds import Kinds, load_kinds


@pytest.fixture(scope="module")
def kinds() -> Kinds:
    return load_kinds()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("SUMMARY REPORT OF THE 225th/226th SESSIONS", "summary-report"),
        ("Annotated provisional agenda1, 2", "provisional-agenda"),
        ("DRAFT AGENDA", "agenda"),
        ("NOTE ON THE MEETING OF 5 JULY", "note-on-the-meeting"),
        ("Rapport de la 13\u00e8me r\u00e9union", "report"),
        ("Proc\u00e8s-verbal", "minutes"),
        ("PROJET DE R\u00c9SOLUTION", "resolution"),
        ("Non\u2011paper", "non-paper"),
    ],
)
def test_the_longest_cue_of_a_line_tells_the_kind(kinds, line, kind):
    assert next(found.id for found, _, _ in kinds.cues_in(line)) == kind


def test_cues_are_whole_words(kinds):
    assert list(kinds.cues_in("Reporters and noteworthy agendas")) == []


def test_every_kind_has_labels_in_both_languages(kinds):
    assert [kind.id for kind in kinds.kinds if not kind.label.fr] == []


@pytest.mark.parametrize(
    ("mark", "access"), [("RESTRICTED", "restricted"), ("G\u00e9n\u00e9rale", "public"), ("purple", None)]
)
def test_marks_mean_an_access_class(kinds, mark, access):
    assert kinds.access(mark) == access


def test_slides_are_presentations(kinds):
    media_type = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    assert kinds.of_media_type(media_type).id == "presentation"
    assert kinds.of_media_type("text/plain") is None
