from configs.structure import load_structure


def test_the_shipped_structure_names_each_word_once():
    words = [word for division in load_structure().divisions for word in division.words]
    assert len(words) == len(set(words))
    assert {"annex", "annexe", "article"} <= set(words)


def test_articles_are_deeper_than_chapters():
    levels = {word: division.level for division in load_structure().divisions for word in division.words}
    assert levels["annex"] < levels["chapter"] < levels["article"]
