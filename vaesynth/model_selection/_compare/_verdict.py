"""Whether over-sampling helps a classifier, in words."""

from __future__ import annotations

import numpy as np

from vaesynth.model_selection._compare._competitors import CLASS_WEIGHTS, NONE, TUNED_F1
from vaesynth.model_selection._compare._findings import TOLERANCE, Findings, Gain

WORDS = {
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
    "f1": "F1",
    "g_mean": "G-mean",
    "balanced_accuracy": "balanced accuracy",
}
CORRECTION = 'calibrate="prior"'


def answer(name: str, findings: Findings, sampler: str) -> str:
    """Say in one sentence whether a classifier gains by a sampler, and name class weights where they do as well.

    Parameters
    ----------
    name : str
        The classifier.
    findings : Findings
        What is known of it.
    sampler : str
        The over-sampler that is asked about.

    Returns
    -------
    sentence : str
        It begins with "Yes", "No" or "Nobody can tell".
    """
    proven = [*findings.proven_rankings(), *findings.proven_decisions(beyond_reference=True)]
    own = [gain for gain in proven if gain.sampler == sampler]
    gain = own[0] if own else findings.gain(sampler, "average_precision")
    if gain is None:
        return f"Nobody can tell for {name}: {sampler} was not compared."
    weights = findings.gain(CLASS_WEIGHTS, gain.metric)
    beyond = findings.gain(sampler, gain.metric, CLASS_WEIGHTS)
    if weights is not None and beyond is not None and beyond.difference <= 0 < weights.difference:
        return (
            f"No for {name}: class weights do as well at no cost ({WORDS[gain.metric]} {weights.difference:+.3f}, "
            f"with {sampler} {gain.difference:+.3f})."
        )
    change = f"{sampler} changes {WORDS[gain.metric]} by {_with_interval(gain, findings.alpha)}"
    if not own:
        is_open = any(each.sampler == sampler for each in findings.open_gains())
        return f"{'Nobody can tell' if is_open else 'No'} for {name}: {change}."
    if beyond is not None and not beyond.lower > 0:
        change += ", and whether class weights do less cannot be told"
    return f"Yes for {name}: {change}."


def _with_interval(gain: Gain, alpha: float) -> str:
    if np.isnan(gain.lower):
        return f"{gain.difference:+.3f}"
    percent = f"{100 * (1 - alpha):g} %"
    return f"{gain.difference:+.3f} ({percent} interval {gain.lower:+.3f} to {gain.upper:+.3f})"


def describe_classifier(name: str, findings: Findings) -> str:
    """Write the paragraph about one classifier.

    Parameters
    ----------
    name : str
        The classifier.
    findings : Findings
        What is known of it.

    Returns
    -------
    text : str
        Sentences on one line.
    """
    if not findings.over_samplers:
        sentences = [f"No over-sampler was compared for {name}."]
    else:
        sentences = [_headline(name, findings), _losses(findings)]
    if f"{TUNED_F1} by" not in sentences[0]:
        sentences.append(_threshold(findings))
    sentences.append(_calibration(findings))
    return " ".join(sentence for sentence in sentences if sentence)


def _headline(name: str, findings: Findings) -> str:
    proven = findings.proven_rankings()
    if proven:
        return f"On this table over-sampling helps {name}: {_raises(proven[0])}."
    beyond = findings.proven_decisions(beyond_reference=True)
    if beyond:
        return (
            f"On this table over-sampling helps {name}: {_raises(beyond[0])}, "
            f"{_against_reference(beyond[0], findings)}."
        )
    still_open = list(findings.open_gains())
    like_threshold = findings.proven_decisions(beyond_reference=False)
    if not still_open:
        return _no_help(name, findings, like_threshold)
    return _cannot_tell(name, findings, still_open, like_threshold)


def _no_help(name: str, findings: Findings, like_threshold: list[Gain]) -> str:
    text = f"On this table over-sampling does not help {name}: "
    if like_threshold:
        gain = like_threshold[0]
        return text + (
            f"{_raises(gain)}, but {_against_reference(gain, findings)}, and no ranking improves by "
            f"more than {TOLERANCE:g}."
        )
    return text + (
        f"the intervals leave no room for a gain of more than {TOLERANCE:g} in ranking, or over a "
        "moved threshold in decisions."
    )


def _cannot_tell(
    name: str, findings: Findings, still_open: list[Gain], like_threshold: list[Gain]
) -> str:
    widest = max(still_open, key=lambda gain: np.nan_to_num(gain.upper, nan=np.inf))
    doubt = f"{widest.sampler} changes {WORDS[widest.metric]} by {_signed(widest)}"
    if widest.baseline != NONE:
        doubt += f" against {widest.baseline}"
    if like_threshold:
        gain = like_threshold[0]
        reference = findings.reference(gain.metric)
        beyond = None if reference is None else findings.gain(gain.sampler, gain.metric, reference)
        # An interval that leaves out 0 proves nothing alone: Holm's correction is for all comparisons.
        chance = ", which may be chance among so many comparisons"
        by_chance = chance if beyond is not None and beyond.lower > 0 else ""
        return (
            f"On this table over-sampling has no proven gain for {name} over a moved threshold: "
            f"{_raises(gain)}, {_against_reference(gain, findings)}{by_chance}. Whether there is one "
            f"cannot be told: {doubt}; more repeats or rows would narrow this."
        )
    return (
        f"On this table one cannot tell whether over-sampling helps {name}: {doubt}; "
        "more repeats or rows would narrow this."
    )


def _losses(findings: Findings) -> str:
    """Say which over-sampler ranks worse."""
    losses = findings.proven_rankings(sign=-1)
    if not losses:
        return ""
    worst = losses[0]
    return f"{_capitalized(worst.sampler)} lowers {WORDS[worst.metric]} by {_magnitude(worst)}."


def _threshold(findings: Findings) -> str:
    """Say what a tuned threshold gains without resampling."""
    gain = findings.gain(TUNED_F1, "f1")
    if gain is None:
        return ""
    if gain.p_value < findings.alpha:
        verb = "gains" if gain.difference > 0 else "loses"
        return f"Threshold tuning alone {verb} {_magnitude(gain)} F1."
    return f"Threshold tuning alone changes F1 by {_signed(gain)}."


def _calibration(findings: Findings) -> str:
    """Say what over-sampling does to probabilities, and what repairs them."""
    gains = [findings.gain(sampler, "brier") for sampler in findings.over_samplers]
    worse = [gain for gain in gains if gain is not None and gain.upper < 0]
    if not worse:
        return ""
    brier = findings.means["brier"]
    plain = min(worse, key=lambda gain: gain.difference)
    text = (
        f"Probabilities get worse: the Brier score is {brier[plain.sampler]:.4f} with {plain.sampler} "
        f"against {brier[NONE]:.4f} without over-sampling"
    )
    corrected = [name for name in findings.over_samplers if name in findings.corrected]
    if not corrected:
        learned = 'calibrate="sigmoid"'
        return text + f"; {CORRECTION} corrects for the class shares, {learned} by held-out rows."
    best = min(corrected, key=lambda name: brier[name])
    return text + f"; with {CORRECTION} it is {brier[best]:.4f} ({best})."


def _against_reference(gain: Gain, findings: Findings) -> str:
    """Compare a gain with that of the competitor that only moves the decision."""
    reference = findings.reference(gain.metric)
    if reference is None:
        return "with no tuned threshold or class weights to compare with"
    own, beyond = (
        findings.gain(reference, gain.metric),
        findings.gain(gain.sampler, gain.metric, reference),
    )
    if own is None or beyond is None:
        return f"with no {reference} to compare with"
    return f"{reference} by {own.difference:.3f}, a difference of {_signed(beyond)}"


def _raises(gain: Gain) -> str:
    return f"{gain.sampler} raises {WORDS[gain.metric]} by {_magnitude(gain)}"


def _magnitude(gain: Gain) -> str:
    """Return the size of a gain or a loss with its interval."""
    low, high = sorted((abs(gain.lower), abs(gain.upper)))
    return f"{abs(gain.difference):.3f} ({low:.3f} to {high:.3f})"


def _signed(gain: Gain) -> str:
    if np.isnan(gain.lower):
        return f"{gain.difference:+.3f} (one fold gives no interval)"
    return f"{gain.difference:+.3f} ({gain.lower:+.3f} to {gain.upper:+.3f})"


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
