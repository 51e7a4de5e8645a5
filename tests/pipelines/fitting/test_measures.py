import numpy as np
import pytest

from pipelines.fitting.measures import expected_calibration_error, f1_score


def test_the_calibration_error_weighs_bins_by_their_rows():
    chances = np.array([0.95, 0.95, 0.95, 0.95, 0.15])
    labels = np.array([True, True, True, False, False])
    # |3.8 - 3| in one bin and |.15 - 0| in another, of five rows
    assert expected_calibration_error(chances, labels) == pytest.approx((0.8 + 0.15) / 5)


def test_the_calibration_error_is_of_the_probability_of_the_label_not_of_the_likelier_answer():
    assert expected_calibration_error(np.array([0.05]), np.array([False])) == pytest.approx(0.05)
    assert expected_calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0.0


def test_f1_is_the_harmonic_mean():
    assert f1_score(2, 1, 3) == pytest.approx(2 * (2 / 3) * (2 / 5) / (2 / 3 + 2 / 5))
    assert f1_score(0, 0, 0) == 0.0
