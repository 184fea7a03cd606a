"""The ways in which latent consistency models have been exported to ONNX, one function for each."""

import json
import shutil
import warnings
from pathlib import Path

import onnx
import torch
from diffusers import LatentConsistencyModelPipeline
from onnxruntime.transformers.float16 import convert_float_to_float16
from optimum.onnxruntime import ORTLatentConsistencyModelPipeline

BATCH, HEIGHT, WIDTH = "batch_size", "height", "width"


def export_today(pipeline: LatentConsistencyModelPipeline, torch_folder: Path, folder: Path) -> None:
    """Generation C: optimum-onnx as it is now; the timestep is a scalar, float from version 0.1.0, int64 from others."""
    pipeline.save_pretrained(torch_folder)
    exported = ORTLatentConsistencyModelPipeline.from_pretrained(str(torch_folder), export=True)
    exported.save_pretrained(folder)
    forget_paths(folder)


def export_older(pipeline: LatentConsistencyModelPipeline, today: Path, folder: Path) -> None:
    """Generation B: older optimum; the timestep is int64 [1], and the UNet's weights lie in `model.onnx_data`."""
    copy_around(today, folder)
    sample, ids = example_latents(), example_prompt(pipeline)
    axes = {
        "sample": {0: BATCH, 1: "num_channels", 2: HEIGHT, 3: WIDTH},
        "timestep": {0: "steps"},
        "encoder_hidden_states": {0: BATCH, 1: "sequence_length"},
        "timestep_cond": {0: BATCH},
        "out_sample": {0: BATCH, 1: "num_channels", 2: HEIGHT, 3: WIDTH},
    }
    inputs = (sample, torch.tensor([999]), ids, torch.randn(2, 32))
    write_torchscript(Unet(pipeline.unet), inputs, axes, folder / "unet" / "model.onnx", opset=14)
    move_weights(folder / "unet" / "model.onnx", "model.onnx_data")


def export_first(pipeline: LatentConsistencyModelPipeline, today: Path, folder: Path) -> None:
    """
    Generation A, in the manner of diffusers' `convert_stable_diffusion_checkpoint_to_onnx.py`: the timestep is float
    [batch], token ids are int32, the UNet's weights lie in `weights.pb`, and the VAE encoder answers with a sample.
    """
    copy_around(today, folder, keep=("vae_decoder",))
    sample, context = example_latents(), example_prompt(pipeline)
    axes = {
        "sample": {0: "batch", 1: "channels", 2: "height", 3: "width"},
        "timestep": {0: "batch"},
        "encoder_hidden_states": {0: "batch", 1: "sequence"},
        "timestep_cond": {0: "batch"},
        "out_sample": {},
    }
    inputs = (sample, torch.tensor([999.0, 999.0]), context, torch.randn(2, 32))
    write_torchscript(Unet(pipeline.unet), inputs, axes, folder / "unet" / "model.onnx", opset=14)
    move_weights(folder / "unet" / "model.onnx", "weights.pb")

    ids = torch.ones(1, 77, dtype=torch.int32)
    axes = {"input_ids": {0: "batch", 1: "sequence"}, "last_hidden_state": {}, "pooler_output": {}}
    write_torchscript(TextEncoder(pipeline.text_encoder), (ids,), axes, folder / "text_encoder" / "model.onnx", opset=14)

    axes = {"sample": {0: "batch", 1: "channels", 2: "height", 3: "width"}, "latent_sample": {}}
    picture = torch.randn(1, 3, 64, 64)
    write_torchscript(SamplingEncoder(pipeline.vae), (picture,), axes, folder / "vae_encoder" / "model.onnx", opset=14)


def export_half(today: Path, folder: Path) -> None:
    """Generation C in float16, inputs and outputs included, but for the encoder: people mix precisions, so must we."""
    shutil.copytree(today, folder)
    for part in ("text_encoder", "unet", "vae_decoder"):
        file = folder / part / "model.onnx"
        onnx.save(convert_float_to_float16(onnx.load(file), keep_io_types=False), file)


def export_dynamo(pipeline: LatentConsistencyModelPipeline, today: Path, folder: Path) -> None:
    """Generation C with the UNet from torch's newer exporter: other node names, another operator set."""
    copy_around(today, folder)
    batch = torch.export.Dim("batch_size", min=1, max=64)
    # Half the size of the latents in each direction, so that they always divide by two.
    half_height, half_width = torch.export.Dim("half_height", min=1, max=64), torch.export.Dim("half_width", min=1, max=64)
    program = torch.onnx.export(
        Unet(pipeline.unet),
        (example_latents(), torch.tensor(999), example_prompt(pipeline), torch.randn(2, 32)),
        input_names=["sample", "timestep", "encoder_hidden_states", "timestep_cond"],
        output_names=["out_sample"],
        dynamic_shapes={
            "sample": {0: batch, 2: 2 * half_height, 3: 2 * half_width},
            "timestep": {},
            "encoder_hidden_states": {0: batch},
            "timestep_cond": {0: batch},
        },
        dynamo=True,
        verbose=False,
    )
    model = program.model_proto
    # The exporter notes source lines of the machine it ran on.
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
    del model.metadata_props[:], model.graph.metadata_props[:]
    (folder / "unet").mkdir(exist_ok=True)
    onnx.save(model, folder / "unet" / "model.onnx")


class Unet(torch.nn.Module):
    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, sample, timestep, encoder_hidden_states, timestep_cond):
        return self.unet(sample, timestep, encoder_hidden_states, timestep_cond=timestep_cond, return_dict=False)[0]


class TextEncoder(torch.nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids):
        answer = self.encoder(input_ids)
        return answer.last_hidden_state, answer.pooler_output


class SamplingEncoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, sample):
        return self.vae.encode(sample).latent_dist.sample()


def example_latents() -> torch.Tensor:
    return torch.randn(2, 4, 8, 8)


def example_prompt(pipeline: LatentConsistencyModelPipeline) -> torch.Tensor:
    return torch.randn(2, 77, pipeline.unet.config.cross_attention_dim)


def write_torchscript(module, inputs, axes, file: Path, opset: int, export_params: bool = True) -> None:
    names = list(axes)
    file.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            inputs,
            file,
            input_names=names[: len(inputs)],
            output_names=names[len(inputs) :],
            dynamic_axes={name: axis for name, axis in axes.items() if axis},
            opset_version=opset,
            do_constant_folding=True,
            export_params=export_params,
            dynamo=False,
        )


def move_weights(file: Path, location: str) -> None:
    model = onnx.load(file)
    file.unlink()
    onnx.save_model(
        model, file, save_as_external_data=True, all_tensors_to_one_file=True, location=location, size_threshold=100
    )


def copy_around(today: Path, folder: Path, keep: tuple[str, ...] = ("text_encoder", "vae_encoder", "vae_decoder")) -> None:
    """Everything but the models that are written anew; those keep only their configuration."""
    shutil.copytree(today, folder)
    for model in folder.glob("*/model.onnx"):
        if model.parent.name not in keep:
            model.unlink()


def forget_paths(folder: Path) -> None:
    """Configurations name the folder that they were made from; a fixture must not."""
    for file in folder.rglob("*.json"):
        content = json.loads(file.read_text())
        if isinstance(content, dict) and content.pop("_name_or_path", None) is not None:
            file.write_text(json.dumps(content, indent=2) + "\n")


def with_scheduler(folder: Path, pipeline: LatentConsistencyModelPipeline) -> None:
    pipeline.scheduler.save_pretrained(folder / "scheduler")
