"""Goldens for test/engine/lora, in test/fixtures/styles: LoRA files as peft, diffusers and kohya's scripts write them, what
they change by peft's own arithmetic, and what bitsandbytes makes of pseudo-random numbers in NF4. And the way back: a
style that Fourstroke exports is loaded by diffusers and by peft, and compared.

    python tools/reference/styles.py make     # writes the fixtures, seconds
    python tools/reference/styles.py check    # imports and exports each by our program, loads the result, prints

Needs peft and bitsandbytes (its CPU build is enough) beside the rest.
"""

import base64
import hashlib
import json
import math
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import convert_state_dict_to_diffusers, convert_state_dict_to_kohya
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from tiny import make_unet

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "test/fixtures/styles"
ATTENTION = ["to_k", "to_q", "to_v", "to_out.0"]


@dataclass(frozen=True)
class Adapter:
    """One adapter of the tiny UNet and how it is written."""

    #: Of its files.
    prefix: str
    config: dict
    dialects: tuple[str, ...]

    def file(self, name):
        return FIXTURES / f"{self.prefix}{name}"

    def unet(self):
        """With the adapter as peft makes it."""
        unet = make_unet(seed=0)
        unet.add_adapter(LoraConfig(**self.config))
        self.list_targets(unet)
        randomize(unet)
        return unet

    def list_targets(self, model):
        """For peft they are a set, written in another order each time."""
        model.peft_config["default"].target_modules = self.config["target_modules"]


ADAPTERS = (
    Adapter(
        prefix="",
        # alpha / rank is 1.5 for most, 0.5 for every attn2.to_k; ranks are 4 and 2.
        config=dict(
            r=4,
            lora_alpha=6,
            target_modules=ATTENTION,
            rank_pattern={"mid_block.attentions.0.transformer_blocks.0.attn1.to_q": 2},
            alpha_pattern={"attn2.to_k": 2},
        ),
        dialects=("diffusers", "unet", "peft", "older", "kohya"),
    ),
    Adapter(
        prefix="wide-",
        # alpha / rank is 1.5 for most, 3 for conv_out (rank 2), 2 for every conv1.
        config=dict(
            r=4,
            lora_alpha=6,
            target_modules=[
                *(*ATTENTION, "time_emb_proj", "conv_in", "conv_out", "down_blocks.1.resnets.0.conv1"),
                *("mid_block.resnets.0.conv1", "down_blocks.1.resnets.0.conv_shortcut"),
            ],
            rank_pattern={"conv_out": 2},
            alpha_pattern={"conv1": 8},
        ),
        dialects=("diffusers", "kohya"),
    ),
)


def make():
    before = {file: file.read_bytes() for file in FIXTURES.glob("*.safetensors")}
    shutil.rmtree(FIXTURES, ignore_errors=True)
    FIXTURES.mkdir(parents=True)
    torch.set_num_threads(1)
    for adapter in ADAPTERS:
        write_adapter(adapter)
    trained()
    reduced()
    nf4()
    for file, content in before.items():
        if file.exists() and parts(file.read_bytes()) == parts(content):
            file.write_bytes(content)
    for file in sorted(FIXTURES.iterdir()):
        print(f"{file.stat().st_size:7d}  {file.relative_to(ROOT)}")


def parts(content):
    """Header and tensors. The order of the header's words is random in every file that safetensors writes."""
    start = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:start]), content[start:]


def write_adapter(adapter):
    """In each of its dialects, with its layout and what it changes."""
    unet = adapter.unet()
    state = {name: tensor.contiguous() for name, tensor in get_peft_model_state_dict(unet).items()}
    alphas = {name: torch.tensor(float(layer.lora_alpha["default"])) for name, layer in layers(unet)}
    for dialect in adapter.dialects:
        WRITERS[dialect](adapter, unet, state, alphas)
    write_layout(adapter.file("layout.json"), unet)
    changes = {name: layer.get_delta_weight("default").contiguous() for name, layer in layers(unet)}
    save_file(changes, adapter.file("changes.safetensors"))


def write_diffusers(adapter, unet, state, _alphas):
    config = unet.peft_config["default"].to_dict()
    config["target_modules"] = sorted(config["target_modules"])
    StableDiffusionPipeline.save_lora_weights(
        FIXTURES,
        unet_lora_layers=state,
        unet_lora_adapter_metadata=config,
        weight_name=adapter.file("diffusers.safetensors").name,
    )


def write_unet(adapter, unet, _state, _alphas):
    unet.save_lora_adapter(FIXTURES, weight_name=adapter.file("unet.safetensors").name)


def write_older(adapter, _unet, state, alphas):
    older = convert_state_dict_to_diffusers(state) | {f"{name}.alpha": alpha for name, alpha in alphas.items()}
    save_file({f"unet.{name}": tensor for name, tensor in older.items()}, adapter.file("older.safetensors"))


def write_kohya(adapter, _unet, state, alphas):
    kohya = convert_state_dict_to_kohya({f"base_model.model.{name}": tensor for name, tensor in state.items()})
    kohya = {name.replace("base_model_model_", "lora_unet_"): tensor for name, tensor in kohya.items() if "alpha" not in name}
    for name, alpha in alphas.items():
        kohya[f"lora_unet_{name.replace('.', '_')}.alpha"] = alpha
    save_file(
        {name: tensor.to(torch.bfloat16) for name, tensor in kohya.items()},
        adapter.file("kohya.safetensors"),
        {"ss_output_name": "in bfloat16"},
    )


def write_peft(adapter, _unet, state, _alphas):
    native = get_peft_model(make_unet(seed=0), LoraConfig(**adapter.config))
    adapter.list_targets(native)
    result = set_peft_model_state_dict(native, {f"base_model.model.{name}": tensor for name, tensor in state.items()})
    assert not result.unexpected_keys, result
    with tempfile.TemporaryDirectory() as folder:
        native.save_pretrained(folder)
        shutil.copy(Path(folder) / "adapter_model.safetensors", adapter.file("peft.safetensors"))
        config = json.loads((Path(folder) / "adapter_config.json").read_text())
    adapter.file("peft.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")


WRITERS = {
    "diffusers": write_diffusers,
    "unet": write_unet,
    "older": write_older,
    "kohya": write_kohya,
    "peft": write_peft,
}


def trained():
    """An adapter as training leaves it: A nearly uniform, B grown from zero, at widths where blocks of 64 matter."""
    student, teacher = wider_unet(), wider_unet()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, weight in teacher.named_parameters():
            if ".attn" in name and weight.dim() == 2:
                weight.add_(0.3 * weight.std() * torch.randn(weight.shape, generator=generator))
    torch.manual_seed(4)
    student.add_adapter(LoraConfig(r=8, lora_alpha=8, target_modules=ATTENTION))
    learned = [weight for weight in student.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-3)
    for step in range(120):
        ask = (
            torch.randn(4, 4, 8, 8, generator=generator),
            torch.randint(0, 1000, (4,), generator=generator),
            torch.randn(4, 16, 96, generator=generator),
        )
        with torch.no_grad():
            wanted = teacher(*ask).sample
        loss = torch.nn.functional.mse_loss(student(*ask).sample, wanted)
        if step in (0, 119):
            print(f"trained, step {step}: loss {loss.item():.5f}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    state = {f"unet.{name}": tensor.half().contiguous() for name, tensor in get_peft_model_state_dict(student).items()}
    save_file(state, FIXTURES / "trained.safetensors", {"format": "pt"})
    write_layout(FIXTURES / "trained.json", student)


def reduced():
    """A LoRA of rank 24 with a spectrum that falls like a trained one's, and its best change of rank 16 by torch's SVD."""
    generator = torch.Generator().manual_seed(5)
    out, rank, width = 40, 24, 30
    b = torch.randn(out, rank, generator=generator) * 0.8 ** torch.arange(rank)
    a = torch.randn(rank, width, generator=generator) / width**0.5
    u, s, v = torch.linalg.svd(b.double() @ a.double(), full_matrices=False)
    tensors = {
        "a": a,
        "b": b,
        "best": ((u[:, :16] * s[:16]) @ v[:16]).float(),
        "energies": (s[:rank] ** 2).float(),
    }
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, FIXTURES / "reduced.safetensors")


def wider_unet():
    torch.manual_seed(2)
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(64, 96),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=96,
        attention_head_dim=4,
    )


def nf4():
    """Values that any language can make exactly: a multiplicative hash, scaled by a power of two for each block."""
    import bitsandbytes.functional as bnb

    count = 64 * 300 + 28
    index = np.arange(count, dtype=np.uint64)
    uniform = (index * 2654435761 % 2**32).astype(np.float64) / 2**32 - 0.5
    values = (uniform * 2.0 ** -(index // 64 * 7 % 5).astype(np.float64)).astype(np.float32)
    packed, state = bnb.quantize_4bit(
        torch.from_numpy(values), blocksize=64, quant_type="nf4", compress_statistics=True
    )
    back = bnb.dequantize_4bit(packed, state).flatten()
    golden = {
        "about": "x[i] = (i · 2654435761 mod 2^32 / 2^32 − 1/2) · 2^−(floor(i / 64) · 7 mod 5), as float32; arrays in base64",
        "madeWith": {name: version(name) for name in ("bitsandbytes", "torch")},
        "count": count,
        "code": state.code.tolist(),
        "map": encode(state.state2.code),
        "levels": encode(packed.flatten()),
        "magnitudes": encode(state.absmax),
        "groups": encode(state.state2.absmax),
        "mean": state.offset.item(),
        "sampleOfValues": values[::997].tolist(),
        "sampleOfBack": back[::97].tolist(),
        "relativeError": (np.linalg.norm(back.numpy() - values) / np.linalg.norm(values)).item(),
    }
    (FIXTURES / "nf4.json").write_text(json.dumps(golden, indent=1) + "\n")


def check():
    """Ours against theirs: each fixture goes through our import and export and back into diffusers and peft."""
    with tempfile.TemporaryDirectory() as folder:
        for adapter in ADAPTERS:
            wanted = load_file(adapter.file("changes.safetensors"))
            largest = max(change.abs().max().item() for change in wanted.values())
            theirs = answer(adapter.unet())
            effect = distance(theirs, answer(make_unet(seed=0)))
            for dialect in adapter.dialects:
                ours = Path(folder) / f"{adapter.prefix}{dialect}.safetensors"
                through_ours(adapter, dialect, ours)
                for loader, unet in (("diffusers", by_diffusers(ours)), ("peft", by_peft(ours, adapter))):
                    found = {name: layer.get_delta_weight(next(iter(layer.lora_A))) for name, layer in layers(unet)}
                    assert found.keys() == wanted.keys()
                    worst = max(distance(found[name], wanted[name]) for name in wanted)
                    print(
                        f"{ours.stem:14} → ours → {loader:9}: {len(found)} ΔW off by {worst:.1e} of {largest:.2f}, "
                        f"UNet by {distance(answer(unet), theirs):.1e}, where the adapter changes it by {effect:.2f}"
                    )
                    assert worst < 1e-5, "the way there and back changed the adapter"


def through_ours(adapter, dialect, output):
    config = [str(adapter.file("peft.json"))] if dialect == "peft" else []
    subprocess.run(
        ["node", "--import", "tsx", "tools/reference/exportStyle.ts"]
        + [str(adapter.file(f"{dialect}.safetensors")), str(adapter.file("layout.json")), str(output), *config],
        cwd=ROOT,
        check=True,
    )


def by_diffusers(file):
    unet = make_unet(seed=0)
    StableDiffusionPipeline.load_lora_into_unet(
        *StableDiffusionPipeline.lora_state_dict(file, return_lora_metadata=False), unet=unet
    )
    return unet


def by_peft(file, adapter):
    unet = make_unet(seed=0)
    unet.add_adapter(LoraConfig(r=4, lora_alpha=4, target_modules=adapter.config["target_modules"]))
    state = {name.removeprefix("unet."): tensor for name, tensor in load_file(file).items()}
    result = set_peft_model_state_dict(unet, state)
    assert not result.unexpected_keys, result
    return unet


@torch.no_grad()
def answer(unet):
    generator = torch.Generator().manual_seed(1)
    return unet(
        torch.randn(2, 4, 8, 8, generator=generator),
        torch.tensor([999, 259]),
        torch.randn(2, 77, 16, generator=generator),
        timestep_cond=torch.randn(2, 32, generator=generator),
    ).sample


def distance(one, other):
    return (one - other).abs().max().item()


@torch.no_grad()
def randomize(unet):
    """B begins as zeros, which would hide every mistake. Seeded by name, so that order does not matter; in numbers that
    bfloat16 can hold, so that every file says the same."""
    for name, layer in layers(unet):
        generator = torch.Generator().manual_seed(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
        for weight in (layer.lora_A["default"].weight, layer.lora_B["default"].weight):
            weight.copy_((0.3 * torch.randn(weight.shape, generator=generator)).bfloat16())


def layers(unet):
    return [(name, module) for name, module in unet.named_modules() if hasattr(module, "lora_A")]


def write_layout(file, unet):
    file.write_text(json.dumps([target_of(name, layer) for name, layer in layers(unet)], indent=1) + "\n")


def target_of(name, layer):
    """A row of A is a whole window of a convolution."""
    kernel = getattr(layer.get_base_layer(), "kernel_size", ())
    sizes = dict(name=name, out=layer.out_features) | {"in": layer.in_features * math.prod(kernel)}
    return sizes | (dict(kernel=kernel) if kernel else {})


def encode(tensor):
    return base64.b64encode(tensor.contiguous().numpy().tobytes()).decode()


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]]()
