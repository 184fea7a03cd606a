"""
Makes model folders of Stable Diffusion 1.5's real size with random weights, outside the repository, to measure memory
and time with: `fp32` (4.3 GB; the UNet's weights beside its graph, as exporters write what passes 2 GB), `fp16` (2.1 GB;
all weights inside the graphs, as `optimum-cli export onnx --dtype fp16` leaves them), and `lcm_lora.safetensors` in the
layout of lcm-lora-sdv1-5. The graphs are traced with lazily zeroed weights and the weights written piece by piece, so
that it needs minutes and about 6 GB, not the half hour of a whole export.

    python tools/reference/real_size.py ~/models-real [fp32] [fp16] [lora]
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from exports import BATCH, HEIGHT, WIDTH, TextEncoder, Unet, write_torchscript
from onnx import TensorProto
from onnxruntime.transformers.float16 import convert_float_to_float16
from safetensors.numpy import save_file
from tiny import CONTEXT, make_scheduler
from transformers import CLIPTextConfig, CLIPTextModel
from words import learn_tokenizer

CLIP_TOKENS = 49408
# As optimum writes and reads it.
ORT = "optimum.onnxruntime.modeling_diffusion"
MODEL_INDEX = {
    "_class_name": "LatentConsistencyModelPipeline",
    "feature_extractor": [None, None],
    "requires_safety_checker": False,
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "LCMScheduler"],
    "text_encoder": [ORT, "ORTTextEncoder"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": [ORT, "ORTUnet"],
    "vae_decoder": [ORT, "ORTVaeDecoder"],
    "vae_encoder": [ORT, "ORTVaeEncoder"],
}
GUIDANCE = 256
WIDTH_OF_PROMPT = 768
LORA_RANK = 64
#: Smaller tensors stay inside the graph, as `onnx.save_model` does it.
LEAST_STORED_BYTES = 1024


class Decoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, latents):
        return self.vae.decode(latents, return_dict=False)[0]


class Encoder(torch.nn.Module):
    def __init__(self, vae):
        super().__init__()
        self.vae = vae

    def forward(self, sample):
        return self.vae.quant_conv(self.vae.encoder(sample))


def lazily(make):
    """A module whose weights take no memory until somebody writes them."""
    with torch.device("meta"):
        module = make()
    # Zeroed by the kernel when they are first read; only the trace reads them.
    module = module.to_empty(device="cpu").requires_grad_(False).eval()
    # The exporter makes one weight of equal ones.
    for index, weight in enumerate(module.parameters()):
        weight.view(-1)[0] = 1 + index / 1024
    return module


def make_unet():
    return UNet2DConditionModel(
        sample_size=64, cross_attention_dim=WIDTH_OF_PROMPT, attention_head_dim=8, time_cond_proj_dim=GUIDANCE
    )


def make_vae():
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        sample_size=512,
    )


def make_text_encoder():
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=CLIP_TOKENS,
            hidden_size=WIDTH_OF_PROMPT,
            intermediate_size=3072,
            num_hidden_layers=12,
            num_attention_heads=12,
            projection_dim=WIDTH_OF_PROMPT,
            attn_implementation="eager",
        )
    )


def traced(name, module, inputs, axes):
    """The graph with its weights as inputs, and the weights' names."""
    for buffer_name, buffer in module.named_buffers():
        if buffer_name.endswith("position_ids"):
            buffer.copy_(torch.arange(buffer.shape[-1]).expand_as(buffer))
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "model.onnx"
        write_torchscript(module, inputs, axes, file, opset=18, export_params=False)
        print(f"{name}: traced", flush=True)
        return onnx.load(file)


def fold_transposes(model):
    """Weights by input name, those that are only transposed in their transposed form, as constant folding leaves them."""
    graph = model.graph
    consumers = {}
    for node in graph.node:
        for name in node.input:
            consumers.setdefault(name, []).append(node)
    turned = {}
    known = {"sample", "timestep", "encoder_hidden_states", "timestep_cond", "input_ids", "latent_sample"}
    weights = [value for value in graph.input if value.name not in known]
    for value in weights:
        uses = consumers.get(value.name, [])
        if len(uses) == 1 and uses[0].op_type == "Transpose":
            output = uses[0].output[0]
            graph.node.remove(uses[0])
            turned[value.name] = output
    for value in weights:
        graph.input.remove(value)
    return [(turned.get(value.name, value.name), value, value.name in turned) for value in weights]


def random_values(generator, name, dims):
    """As torch begins: uniform by the fan-in; norms are 1 and 0."""
    if len(dims) == 1:
        return np.full(dims, 1.0 if "norm" in name and name.endswith("weight") else 0.0, np.float32)
    limit = 0.02 if "embedding" in name else 1 / np.sqrt(np.prod(dims[1:]))
    values = generator.random(dims, dtype=np.float32)
    values -= 0.5
    values *= 2 * limit
    return values


def write_part(folder, name, module, inputs, axes, half, stored):
    """`stored`: large weights lie beside the graph in `model.onnx_data`."""
    model = traced(name, module, inputs, axes)
    if half:
        model = convert_float_to_float16(model, keep_io_types=False, disable_shape_infer=True)
    generator = np.random.default_rng(sum(name.encode()))
    part = folder / name
    part.mkdir(parents=True, exist_ok=True)
    data = open(part / "model.onnx_data", "wb") if stored else None
    for target, value, is_turned in fold_transposes(model):
        dims = tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        element = value.type.tensor_type.elem_type
        dtype = onnx.helper.tensor_dtype_to_np_dtype(element)
        if element == TensorProto.INT64:
            values = np.arange(np.prod(dims)).reshape(dims)
        else:
            values = random_values(generator, value.name, dims)
        if is_turned:
            values = np.ascontiguousarray(values.T)
        values = values.astype(dtype)
        tensor = model.graph.initializer.add(name=target, data_type=element, dims=values.shape)
        if data is None or values.nbytes < LEAST_STORED_BYTES:
            tensor.raw_data = values.tobytes()
            continue
        tensor.data_location = TensorProto.EXTERNAL
        for key, said in (("location", "model.onnx_data"), ("offset", data.tell()), ("length", values.nbytes)):
            tensor.external_data.add(key=key, value=str(said))
        data.write(values)
    if data is not None:
        data.close()
    onnx.save(model, part / "model.onnx")
    print(f"{name}: written", flush=True)


def write_folder(folder, half):
    dims = {0: BATCH, 2: HEIGHT, 3: WIDTH}
    config = {"text_encoder": make_text_encoder, "unet": make_unet, "vae_decoder": make_vae, "vae_encoder": make_vae}
    write_part(
        folder,
        "text_encoder",
        TextEncoder(lazily(make_text_encoder)),
        (torch.ones(1, CONTEXT, dtype=torch.int64),),
        {"input_ids": {0: BATCH, 1: "sequence_length"}, "last_hidden_state": {}, "pooler_output": {}},
        half,
        stored=False,
    )
    for name, module, channels, side, result in (
        ("vae_decoder", Decoder, 4, 8, "sample_out"),
        ("vae_encoder", Encoder, 3, 64, "latent_parameters"),
    ):
        argument = "latent_sample" if name == "vae_decoder" else "sample"
        result = "picture" if name == "vae_decoder" else result
        axes = {argument: dims, result: dims}
        write_part(folder, name, module(lazily(make_vae)), (torch.zeros(1, channels, side, side),), axes, half, False)
    write_part(
        folder,
        "unet",
        Unet(lazily(make_unet)),
        (torch.zeros(2, 4, 8, 8), torch.tensor(999.0), torch.zeros(2, CONTEXT, WIDTH_OF_PROMPT), torch.zeros(2, GUIDANCE)),
        {
            "sample": dims,
            "timestep": {},
            "encoder_hidden_states": {0: BATCH, 1: "sequence_length"},
            "timestep_cond": {0: BATCH},
            "out_sample": dims,
        },
        half,
        stored=not half,
    )
    for name, make in config.items():
        with torch.device("meta"):
            made = make()
        content = made.config if isinstance(made.config, dict) else made.config.to_dict()
        (folder / name / "config.json").write_text(json.dumps(dict(content), indent=2, default=str) + "\n")
    make_scheduler("epsilon").save_pretrained(folder / "scheduler")
    learn_tokenizer(folder / "tokenizer")
    spread_tokens(folder / "tokenizer")
    (folder / "model_index.json").write_text(json.dumps(MODEL_INDEX) + "\n")


def spread_tokens(folder):
    """The marks of a prompt's beginning and end get the numbers that they have in CLIP's vocabulary of 49,408."""
    vocabulary = json.loads((folder / "vocab.json").read_text())
    vocabulary["<|startoftext|>"] = CLIP_TOKENS - 2
    vocabulary["<|endoftext|>"] = CLIP_TOKENS - 1
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    for extra in ("added_tokens.json", "tokenizer.json"):
        (folder / extra).unlink(missing_ok=True)


def write_lora(file):
    """Names, ranks and kinds of lcm-lora-sdv1-5: kohya's, rank 64, float16, attention, feed-forward and convolutions."""
    generator = np.random.default_rng(64)
    tensors = {}
    with torch.device("meta"):
        unet = make_unet()
    for name, module in unet.named_modules():
        if name.startswith(("conv_in", "conv_out", "time_emb")) or name.endswith("cond_proj"):
            continue
        if isinstance(module, torch.nn.Linear):
            down, up = (LORA_RANK, module.in_features), (module.out_features, LORA_RANK)
        elif isinstance(module, torch.nn.Conv2d):
            side = module.kernel_size[0]
            down, up = (LORA_RANK, module.in_channels, side, side), (module.out_channels, LORA_RANK, 1, 1)
        else:
            continue
        key = "lora_unet_" + name.replace(".", "_")
        tensors[f"{key}.lora_down.weight"] = (generator.standard_normal(down, np.float32) * 0.01).astype(np.float16)
        tensors[f"{key}.lora_up.weight"] = (generator.standard_normal(up, np.float32) * 0.01).astype(np.float16)
        tensors[f"{key}.alpha"] = np.array(LORA_RANK / 8, np.float16)
    save_file(tensors, file)
    print(f"{file.name}: {len(tensors) // 3} modules, {file.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    torch.set_num_threads(1)
    target, *wanted = sys.argv[1:]
    target = Path(target).expanduser()
    target.mkdir(parents=True, exist_ok=True)
    for kind in wanted or ["fp32", "fp16", "lora"]:
        if kind == "lora":
            write_lora(target / "lcm_lora.safetensors")
        else:
            write_folder(target / kind, half=kind == "fp16")
