"""Goldens for test/onnx/autograd/unet.test.ts: a tiny diffusers UNet, exported by both of PyTorch's ONNX exporters,
and torch autograd's gradients of a pseudo-Huber loss with respect to every weight.

Gradients are stored under the names, and in the orientation, of the exported initializers, so that the test needs no
knowledge of either exporter. Everything is seeded; running it again gives the same files.

    python tools/reference/gradients.py test/fixtures/gradients

Needs torch, diffusers, onnx, onnxscript and safetensors. It is no part of the product.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.numpy import save_file
from tiny import fresh_unet

HUBER_C = 0.1  # smooth, so that float32 rounding is not amplified near zero


class Traced(torch.nn.Module):
    """Positional arguments and one tensor as the result, as exporters want them."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, timestep, encoder_hidden_states, timestep_cond):
        return self.unet(
            sample, timestep, encoder_hidden_states, timestep_cond=timestep_cond, return_dict=False
        )[0]


def main(folder: Path):
    folder.mkdir(parents=True, exist_ok=True)
    unet = fresh_unet(0, cross_attention_dim=6, time_cond_proj_dim=5)
    for parameter in unet.parameters():
        # Away from zeros and ones, so that no gradient is trivially right.
        parameter.data += 0.05 * torch.randn_like(parameter)

    inputs = {
        "sample": torch.randn(2, 4, 8, 8),
        "timestep": torch.tensor([999, 259]),
        "encoder_hidden_states": torch.randn(2, 3, 6),
        "timestep_cond": torch.randn(2, 5),
    }
    target = torch.randn(2, 4, 8, 8)
    model = Traced(unet)
    out = model(*inputs.values())
    difference = out - target
    loss = (torch.sqrt(difference**2 + HUBER_C**2) - HUBER_C).mean()
    loss.backward()

    axes = {
        "sample": {0: "batch", 2: "height", 3: "width"},
        "timestep": {0: "batch"},
        "encoder_hidden_states": {0: "batch", 1: "sequence"},
        "timestep_cond": {0: "batch"},
    }
    arguments = tuple(inputs.values())
    names = dict(input_names=list(inputs), output_names=["out_sample"])
    torch.onnx.export(
        model, arguments, folder / "torchscript.onnx", dynamo=False, opset_version=14, dynamic_axes=axes, **names
    )
    sizes = {name: torch.export.Dim(name, min=1, max=64) for name in ("batch", "sequence")}
    height, width = (torch.export.Dim(name, min=2, max=64) for name in ("half_height", "half_width"))
    shapes = {
        "sample": {0: sizes["batch"], 2: 2 * height, 3: 2 * width},
        "timestep": {0: sizes["batch"]},
        "encoder_hidden_states": {0: sizes["batch"], 1: sizes["sequence"]},
        "timestep_cond": {0: sizes["batch"]},
    }
    torch.onnx.export(
        model, arguments, folder / "dynamo.onnx", dynamo=True, external_data=False, dynamic_shapes=shapes, **names
    )

    for exporter in ("torchscript", "dynamo"):
        strip(folder / f"{exporter}.onnx")

    weights = [(name, p.detach().numpy(), p.grad.numpy()) for name, p in unet.named_parameters()]
    for exporter in ("torchscript", "dynamo"):
        gradients = gradients_by_initializer(onnx.load(folder / f"{exporter}.onnx").graph, weights)
        save_file(gradients, folder / f"{exporter}.gradients.safetensors")
    feeds = {name: value.numpy() for name, value in inputs.items()}
    results = {"target": target.numpy(), "out_sample": out.detach().numpy(), "loss": np.array([loss.item()])}
    save_file({**feeds, **results}, folder / "batch.safetensors")


def strip(file):
    """Drops stack traces and remarks, which are most of a tiny file; the module path stays."""
    model = onnx.load(file)
    for node in model.graph.node:
        node.ClearField("doc_string")
        kept = [entry for entry in node.metadata_props if entry.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    onnx.save(model, file)


def gradients_by_initializer(graph, weights):
    """Exporters rename, transpose and reshape some weights: they are recognised by their numbers."""
    found, left = {}, {name for name, _, _ in weights}
    for initializer in graph.initializer:
        array = numpy_helper.to_array(initializer)
        if array.dtype != np.float32 or array.size < 2:
            continue
        for name, weight, gradient in weights:
            if weight.size == array.size and np.array_equal(weight.ravel(), array.ravel()):
                found[initializer.name] = gradient.reshape(array.shape)
            elif weight.ndim == 2 and weight.T.shape == array.shape and np.array_equal(weight.T, array):
                found[initializer.name] = np.ascontiguousarray(gradient.T)
            else:
                continue
            left.discard(name)
            break
    assert not left, f"weights that no initializer holds: {sorted(left)}"
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
