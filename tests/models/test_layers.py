from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from mvkt.models.layers import ConcatPool, SqueezeExcite, convolution, convolution_norm


@pytest.mark.parametrize("samples", [50, 51])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel_size", [1, 3, 7])
def test_convolution_is_conv1d(samples: int, stride: int, kernel_size: int) -> None:
    layer = convolution(3, 4, kernel_size, stride=stride)
    signal = torch.randn(2, 3, samples)
    expected = functional.conv1d(signal, layer.weight.squeeze(2), stride=stride, padding=(kernel_size - 1) // 2)
    torch.testing.assert_close(layer(signal.unsqueeze(2)).squeeze(2), expected)
    assert expected.shape[-1] == -(-samples // stride)


def test_zero_starts_as_the_constant_zero() -> None:
    features = torch.randn(2, 3, 1, 20)
    assert convolution_norm(3, 4, 3, zero=True)(features).abs().max() == 0
    assert convolution_norm(3, 4, 3)(features).abs().max() > 0


def test_concat_pool_is_maximum_then_mean() -> None:
    features = torch.tensor([[[[1.0, 2.0, 6.0]], [[-1.0, -2.0, -3.0]]]])
    assert ConcatPool()(features).tolist() == [[6.0, -1.0, 3.0, -2.0]]
    assert ConcatPool().eval()(features).tolist() == [[6.0, -1.0, 3.0, -2.0]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_concat_pool_in_training_has_the_gradient_of_the_reductions_in_channels_last(dtype: torch.dtype) -> None:
    # Whole numbers, all different within a channel: nothing is rounded and no maximum is shared.
    order = torch.stack([torch.randperm(31) for _ in range(2 * 8)]).reshape(2, 8, 1, 31)
    features = order.to(dtype).contiguous(memory_format=torch.channels_last)
    trained, plain = (features.clone(memory_format=torch.preserve_format).requires_grad_() for _ in range(2))
    weights = torch.randint(-4, 5, (2, 16)).to(dtype)
    pool = ConcatPool()
    (gradient,) = torch.autograd.grad(pool(trained), trained, weights)
    (expected,) = torch.autograd.grad(pool.eval()(plain), plain, weights)
    torch.testing.assert_close(gradient, expected)
    assert gradient.is_contiguous(memory_format=torch.channels_last)


def test_squeeze_excite_scales_whole_channels_by_zero_to_one() -> None:
    features = torch.rand(2, 16, 1, 30) + 0.5
    ratio = SqueezeExcite(16)(features) / features
    torch.testing.assert_close(ratio, ratio[..., :1].expand_as(ratio))
    assert ((ratio > 0) & (ratio < 1)).all()
    assert ratio[0, 0, 0, 0] != ratio[0, 1, 0, 0]
