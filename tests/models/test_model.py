"""What holds for every registered model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file, save_file

from mvkt.errors import LeadError, RecipeError
from mvkt.models import MODELS, EcgModel, Output
from mvkt.models.model import as_image

NarrowModel = Callable[..., EcgModel]


@pytest.mark.parametrize("leads", [1, 3, 12])
@pytest.mark.parametrize("samples", [1000, 2500])
def test_shapes(name: str, narrow_model: NarrowModel, leads: int, samples: int) -> None:
    model = narrow_model(name, leads=leads, classes=7).eval()
    with torch.no_grad():
        output = model(torch.randn(2, leads, samples))
    assert isinstance(output, Output)
    assert output.logits.shape == (2, 7)
    assert output.embedding.shape == (2, model.embedding_dim)
    assert (model.leads, model.classes) == (leads, 7)


def test_the_embedding_is_the_input_of_the_classifier(name: str, narrow_model: NarrowModel) -> None:
    model = narrow_model(name).eval()
    with torch.no_grad():
        output = model(torch.randn(3, 1, 500))
        torch.testing.assert_close(model.classifier(output.embedding), output.logits)


def test_another_number_of_leads_is_refused(name: str, narrow_model: NarrowModel) -> None:
    model = narrow_model(name, leads=3)
    with pytest.raises(LeadError, match=r"\(batch, 3, samples\), got \(2, 12, 500\)"):
        model(torch.randn(2, 12, 500))
    with pytest.raises(LeadError, match=r"got \(3, 500\)"):
        model(torch.randn(3, 500))


@pytest.mark.parametrize("samples", [250, 999, 1003])
def test_any_length_of_window_passes(name: str, narrow_model: NarrowModel, samples: int) -> None:
    with torch.no_grad():
        assert narrow_model(name).eval()(torch.randn(1, 1, samples)).logits.isfinite().all()


def test_gradients_reach_all_parameters(name: str, narrow_model: NarrowModel) -> None:
    model = narrow_model(name, leads=3)
    model(torch.randn(4, 3, 400)).logits.square().sum().backward()
    without = [key for key, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


def test_weights_survive_safetensors_strictly(name: str, narrow_model: NarrowModel, tmp_path: Path) -> None:
    model, other = narrow_model(name).eval(), narrow_model(name).eval()
    torch.nn.init.normal_(other.classifier[-1].weight)
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    other.load_state_dict(load_file(tmp_path / "model.safetensors"), strict=True)
    signal = torch.randn(2, 1, 500)
    with torch.no_grad():
        assert torch.equal(model(signal).logits, other(signal).logits)


def test_autocast_keeps_logits_and_embedding_in_float32(name: str, narrow_model: NarrowModel) -> None:
    model = narrow_model(name).eval()
    signal = torch.randn(2, 1, 500)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        mixed = model(signal)
    with torch.no_grad():
        exact = model(signal)
    assert mixed.logits.dtype == mixed.embedding.dtype == torch.float32
    assert not torch.equal(mixed.embedding, exact.embedding)
    torch.testing.assert_close(mixed.embedding, exact.embedding, rtol=0.1, atol=0.1)


@pytest.mark.parametrize("leads", [1, 3])
def test_convolutions_run_in_channels_last(narrow_model: NarrowModel, name: str, leads: int) -> None:
    image = as_image(torch.arange(2.0 * leads * 8).reshape(2, leads, 8))
    assert image.shape == (2, leads, 1, 8)
    assert image.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(image[1, leads - 1, 0], torch.arange(8.0) + 8 * (2 * leads - 1))
    layouts = []
    model = narrow_model(name, leads=leads).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda _module, _inputs, output: layouts.append(output.stride()[1]))
    with torch.no_grad():
        model(torch.randn(2, leads, 500))
    assert set(layouts) == {1}


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in {"resnet1d", "xresnet1d18"} else pytest.mark.slow) for name in MODELS],
)
def test_onnx_export_computes_what_torch_computes(name: str, narrow_model: NarrowModel, tmp_path: Path) -> None:
    # One lead and several leads are laid out by different branches, the same ones for every model.
    leads = 12 if name == "xresnet1d18" else 1
    model = narrow_model(name, leads=leads).eval()
    path = tmp_path / "model.onnx"
    torch.onnx.export(
        model,
        (torch.randn(2, leads, 1000),),
        path,
        dynamo=True,
        verbose=False,
        input_names=["signal"],
        output_names=["logits", "embedding"],
        dynamic_shapes={"signal": {0: torch.export.Dim("batch")}},
    )
    session = onnxruntime.InferenceSession(path)
    for batch in (1, 5):
        signal = torch.randn(batch, leads, 1000)
        logits, embedding = session.run(None, {"signal": signal.numpy()})
        with torch.no_grad():
            expected = model(signal)
        np.testing.assert_allclose(logits, expected.logits.numpy(), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(embedding, expected.embedding.numpy(), rtol=1e-4, atol=1e-4)


def test_stage_features_go_with_the_same_output(name: str, narrow_model: NarrowModel) -> None:
    model = narrow_model(name).eval()
    signal = torch.randn(3, 1, 500)
    with torch.no_grad():
        expected = model(signal)
        output, features = model.stage_features(signal)
    assert torch.equal(output.logits, expected.logits)
    assert torch.equal(output.embedding, expected.embedding)
    assert tuple(feature.shape[1] for feature in features) == model.stage_channels
    steps = [feature.shape[2] for feature in features]
    assert all(feature.dim() == 3 for feature in features)
    assert steps == sorted(steps, reverse=True)
    # The last stage is what the embedding is pooled from.
    last = torch.cat([features[-1].amax(2), features[-1].mean(2)], dim=1)
    torch.testing.assert_close(last, output.embedding)


def test_stage_features_have_a_gradient_and_check_their_signal(name: str, narrow_model: NarrowModel) -> None:
    model = narrow_model(name)
    _, features = model.stage_features(torch.randn(3, 1, 500))
    sum(feature.square().sum() for feature in features).backward()
    assert all(parameter.grad is not None for parameter in model.stem.parameters())
    with pytest.raises(LeadError, match=r"got \(2, 3, 500\)"):
        model.stage_features(torch.randn(2, 3, 500))


def test_a_model_without_stages_is_an_error() -> None:
    class Pooled(EcgModel):
        def embed(self, signal: torch.Tensor) -> torch.Tensor:
            return signal.mean((2, 3))

    model = Pooled(leads=2, classes=3, embedding_dim=2)
    assert model.stage_channels == ()
    assert model(torch.randn(4, 2, 10)).logits.shape == (4, 3)
    with pytest.raises(RecipeError, match="Pooled has no features of stages"):
        model.stage_features(torch.randn(4, 2, 10))


@pytest.mark.parametrize("leads", [1, 12])
def test_every_convolution_is_given_channels_last(name: str, narrow_model: NarrowModel, leads: int) -> None:
    """Signal and weights: one layer in another format slows all behind it, on any device, without any message."""
    model = narrow_model(name, leads=leads).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen: list[tuple[bool, bool]] = []

    def look(layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        of = (inputs[0], layer.weight)
        seen.append(tuple(tensor.is_contiguous(memory_format=torch.channels_last) for tensor in of))

    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_pre_hook(look)
    model(torch.randn(4, leads, 1000))
    assert len(seen) > 4
    assert all(map(all, seen))


def in_training(model: torch.nn.Module, network: EcgModel, signal: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return outputs of a step of training, gradients, and statistics of batch normalisation after it."""
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0  # its draws lie in the order of the memory
    output = model(signal)
    (output.logits.square().mean() + output.embedding.square().mean()).backward()
    gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
    running = {name: buffer for name, buffer in network.named_buffers() if buffer.is_floating_point()}
    return {"logits": output.logits.detach(), "embedding": output.embedding.detach(), **gradients, **running}


def assert_same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor], tolerance: float) -> None:
    """Compare each tensor with its own largest value: sums in another order round differently."""
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        scale = max(float(tensor.abs().max()), 1e-3)
        assert float((found[name] - tensor).abs().max()) <= tolerance * scale, name


def test_a_step_in_channels_last_is_that_of_the_usual_layout(name: str, narrow_model: NarrowModel) -> None:
    signal = torch.randn(4, 3, 400, generator=torch.Generator().manual_seed(0))
    plain = narrow_model(name, leads=3)
    last = narrow_model(name, leads=3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert_same(in_training(last, last, signal), in_training(plain, plain, signal), 1e-4)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in {"resnet1d", "separable1d"} else pytest.mark.slow) for name in MODELS],
)
def test_a_compiled_step_is_that_of_the_network(name: str, narrow_model: NarrowModel) -> None:
    """Traced as for a GPU, with the operators themselves in the place of generated code."""
    signal = torch.randn(4, 3, 400, generator=torch.Generator().manual_seed(0))
    network, plain = narrow_model(name, leads=3), narrow_model(name, leads=3)
    torch.compiler.reset()
    compiled = torch.compile(network, backend="eager", fullgraph=True)
    assert_same(in_training(compiled, network, signal), in_training(plain, plain, signal), 1e-5)
    with torch.no_grad():
        torch.testing.assert_close(compiled.eval()(signal).logits, plain.eval()(signal).logits)
