"""Variants differ in what they say they differ in; resampled figures by other means."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as skm
from sklearn.ensemble import RandomForestClassifier

import debugml as dm
from debugml.errors import RecordsError, SchemaError, SettingError
from debugml.features import LABEL, TIME
from debugml.horizons import FIGURES, Variant, figures_by_draw, interval, spread_ratio, variants

FEW = (("n_estimators", 10),)


@cache
def month(name: str) -> pd.DataFrame:
    return dm.featurize(dm.load(name, source="sample"))


def probabilities(variant: Variant, name: str = "2020-05") -> np.ndarray:
    return variant.predict_proba(variant.fit(month("2020-01")), month(name))


def test_the_reference_is_the_published_forest() -> None:
    reference = variants()[0]
    assert reference == Variant("seed 0", "seed")
    few = Variant("few", "settings", settings=FEW)
    expected = dm.predict_proba(dm.fit_forest(month("2020-01"), 10), month("2020-05"))
    assert probabilities(few) == pytest.approx(expected.to_numpy(), abs=1e-12)


def test_minus_999_and_the_logarithm_change_nothing() -> None:
    """What is written below every other value splits off the same records, however low it is."""
    base = probabilities(Variant("a", "settings", settings=FEW))
    low = Variant("b", "missing", settings=FEW, missing="as -999")
    assert probabilities(low) == pytest.approx(base, abs=1e-12)
    log = Variant("c", "settings", settings=(*FEW, ("max_features", "log2")))
    assert probabilities(log) == pytest.approx(base, abs=1e-12)


def test_other_codes_change_nothing_but_trips_with_missing_values() -> None:
    features = month("2020-05")
    missing = (features["passenger_count"] == -1).to_numpy()
    assert missing.sum() > 1000
    for code, value in {"as 999": 999, "usual value": 1}.items():
        prepared = Variant("x", "missing", missing=code).prepare(features)
        changed = (prepared != features).any(axis=1).to_numpy()
        assert (changed == missing).all()
        assert (prepared.loc[missing, ["passenger_count", "RatecodeID"]] == value).all(axis=None)
    as_nan = Variant("x", "missing", missing="as NaN").prepare(features)
    assert as_nan["RatecodeID"].isna().to_numpy()[missing].all()
    assert (month("2020-05")["passenger_count"] == -1).sum() == missing.sum()


def test_left_out_and_halves_train_on_what_they_say() -> None:
    train = month("2020-01")
    complete = int((train["passenger_count"] != -1).sum())
    rows = {
        key: Variant("x", "rows", settings=FEW, **{key[0]: key[1]}).fit(train).rows
        for key in (("missing", "left out"), ("rows", "first half"), ("rows", "second half"))
    }
    assert rows["missing", "left out"] == complete
    assert rows["rows", "first half"] + rows["rows", "second half"] == len(train)
    one, two = (Variant("x", "rows", rows=f"{w} half")._chosen(train) for w in ("first", "second"))
    assert not set(one.index) & set(two.index)
    everything = Variant("x", "rows", rows="shuffled")._chosen(train)
    assert sorted(everything.index) == list(train.index)


def test_a_variant_equals_scikit_learns_own_forest() -> None:
    train, later = month("2020-01"), month("2020-04")
    names = list(dm.FEATURES)
    settings = {"n_estimators": 10, "criterion": "entropy"}
    variant = Variant("x", "settings", seed=3, settings=tuple(settings.items()))
    expected = RandomForestClassifier(max_depth=10, random_state=3, **settings)
    expected.fit(train[names], train[LABEL])
    assert probabilities(variant, "2020-04") == pytest.approx(
        expected.predict_proba(later[names])[:, 1], abs=1e-12
    )


def test_figures_by_draw_start_with_scikit_learns() -> None:
    later = month("2020-04")
    p = probabilities(Variant("x", "settings", settings=FEW), "2020-04")
    found = figures_by_draw(later[TIME], later[LABEL], p, draws=20)
    y = later[LABEL]
    assert found["f1"][0] == pytest.approx(skm.f1_score(y, p > 0.5))
    assert found["auc"][0] == pytest.approx(skm.roc_auc_score(y, p), abs=5e-4)
    assert found["log_loss"][0] == pytest.approx(skm.log_loss(y, p), abs=1e-9)
    assert found["brier"][0] == pytest.approx(skm.brier_score_loss(y, p), abs=1e-6)
    assert found["yes_rate"][0] == pytest.approx((p > 0.5).mean())
    assert set(found) == set(FIGURES) and all(len(v) == 21 for v in found.values())


def test_intervals_over_days_by_another_bootstrap() -> None:
    """Days drawn by pandas, with the log loss of scikit-learn's records."""
    later = month("2020-04")
    p = probabilities(Variant("x", "settings", settings=FEW), "2020-04")
    found = figures_by_draw(later[TIME], later[LABEL], p, draws=1000)
    brier = pd.Series((p - later[LABEL].to_numpy()) ** 2)
    days = brier.groupby(later[TIME].dt.date.to_numpy()).agg(["sum", "size"]).to_numpy()
    generator = np.random.default_rng(9)
    drawn = [
        np.divide(*days[generator.integers(0, len(days), len(days))].sum(axis=0))
        for _ in range(1000)
    ]
    assert interval(found["brier"][1:]) == pytest.approx(interval(drawn), abs=0.0015)


def test_equal_models_have_no_difference_in_any_draw() -> None:
    later = month("2020-04")
    p = probabilities(Variant("x", "settings", settings=FEW), "2020-04")
    one, two = (figures_by_draw(later[TIME], later[LABEL], p, draws=50) for _ in range(2))
    for name in FIGURES:
        assert (one[name] == two[name]).all()


def test_a_spread_ratio_covers_what_it_was_made_with() -> None:
    """Models whose true spread doubles, seen through days of noise."""
    generator, held = np.random.default_rng(0), 0
    for turn in range(40):
        truths = generator.normal(0.7, 0.01, 15)
        one, two = (
            [np.r_[t, t + generator.normal(0, 0.001, 200)] for t in 0.7 + (truths - 0.7) * k]
            for k in (1, 2)
        )
        ratio, low, high = spread_ratio(one, two, seed=turn)
        assert ratio == pytest.approx(2, abs=1e-9)
        held += low <= 2 <= high
    assert held >= 36


def test_variants_errors_name_what_is_wrong() -> None:
    with pytest.raises(SettingError, match="missing is 'as 0': take one of as -1"):
        Variant("x", "missing", missing="as 0")
    with pytest.raises(SettingError, match="family is 'luck'"):
        Variant("x", "luck")
    with pytest.raises(SettingError, match="seeds is 0"):
        variants(0)
    with pytest.raises(SchemaError, match="no column high_tip"):
        Variant("x", "seed").fit(month("2020-01").drop(columns=LABEL))
    with pytest.raises(RecordsError, match="two different labels"):
        Variant("x", "seed").fit(month("2020-01").assign(high_tip=1))
    with pytest.raises(SettingError, match="three or more"):
        spread_ratio([np.ones(3)], [np.ones(3)])
    with pytest.raises(RecordsError, match="do not differ"):
        spread_ratio([np.ones(3)] * 3, [np.ones(3)] * 3)
    with pytest.raises(RecordsError, match="no records"):
        figures_by_draw(pd.Series([], dtype="datetime64[ns]"), [], [])
