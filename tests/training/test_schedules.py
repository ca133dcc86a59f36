"""Schedules against torch's own."""

import pytest
import torch

from vaesynth.training._schedules import cyclical_warm_up, linear_warm_up, one_cycle


def test_one_cycle_is_torchs():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=1001, div_factor=25, final_div_factor=4e-2 / 1e-4
    )
    for step in range(1001):
        # torch peaks one step before the share that it is given.
        assert abs(one_cycle(step / 1000) - schedule.get_last_lr()[0]) < 0.01
        if step < 1000:
            optimizer.step()
            schedule.step()


def test_warm_up_rises_to_one_and_stays():
    assert [linear_warm_up(p / 10, 0.5) for p in range(0, 11, 5)] == [0.0, 1.0, 1.0]


def test_a_cyclical_warm_up_begins_anew_in_each_cycle():
    weights = [cyclical_warm_up(step / 100, 0.5, 4) for step in range(100)]
    for start in (25, 50, 75):
        assert weights[start : start + 25] == pytest.approx(weights[:25])
    assert weights[0] == 0
    assert weights[13:25] == [1.0] * 12
    assert [cyclical_warm_up(p / 10, 0.3, 1) for p in range(10)] == [
        linear_warm_up(p / 10, 0.3) for p in range(10)
    ]
