"""Goldens for test/engine/lora/parity.test.ts, in test/fixtures/styled: LoRA files with random values for the pipeline
`today`, and what diffusers paints when it has loaded them: alone, weaker, mixed, and fused into the weights.

    python tools/reference/styled.py     # seconds

Needs peft beside the rest.
"""

import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from goldens import MADE_WITH, Binary, write_json
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from tiny import TODAY, make_pipeline, make_unet

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"
FOLDER = FIXTURES / "styled"

ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
#: As LCM-LoRA's training script has them.
EVERYTHING = [
    *["to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2"],
    *["conv1", "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv", "time_emb_proj"],
]
LORAS = {
    "ink": LoraConfig(r=4, lora_alpha=6, target_modules=ATTENTION),
    "chalk": LoraConfig(r=3, lora_alpha=3, target_modules=ATTENTION),
    "lcm": LoraConfig(r=2, lora_alpha=1, target_modules=EVERYTHING),
}
#: Changes the text encoder as well.
BOTH = "words"
LORAS[BOTH] = LoraConfig(r=2, lora_alpha=3, target_modules=ATTENTION)
TEXT = LoraConfig(r=3, lora_alpha=5, target_modules=["q_proj", "v_proj", "out_proj", "fc1", "fc2"])
ASK = dict(prompt="a red house by a lake", steps=4, seed=0, guidance=8.5, height=32, width=48)
#: What is fused into the weights, and what is mixed on top.
CASES = [
    dict(fused=None, styles={}),
    dict(fused=None, styles={"ink": 1.0}),
    dict(fused=None, styles={"ink": 0.6}),
    dict(fused=None, styles={"ink": 0.7, "chalk": 1.2}),
    dict(fused="lcm", styles={}),
    dict(fused="lcm", styles={"chalk": 1.0}),
    dict(fused=BOTH, styles={}),
]


def main() -> None:
    torch.set_num_threads(1)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for seed, (name, config) in enumerate(LORAS.items()):
        write_lora(name, config, seed)
    pictures = Binary(FOLDER / "pictures.u16", "<u2")
    cases = [{**case, "picture": pictures.add(np.round(paint(**case) * 65535))} for case in CASES]
    pictures.write()
    about = (
        "Pictures of diffusers' latent consistency pipeline for the weights of pipelines/today with these LoRA files; "
        "`picture` lies in pictures.u16 (uint16 little-endian, height x width x RGB, value / 65535 is 0..1)."
    )
    write_json(FOLDER / "pictures.json", {"about": about, "madeWith": {**MADE_WITH, "peft": version("peft")}, "ask": ASK, "cases": cases})


def write_lora(name: str, config: LoraConfig, seed: int) -> None:
    """Each change is about a third as large as the weight it changes; A is as peft begins it."""
    pipeline = make_pipeline(TODAY, FIXTURES / "pipelines" / "today" / "tokenizer") if name == BOTH else None
    unet = make_unet(TODAY.seed)
    torch.manual_seed(seed)
    layers, metadata = random_lora(unet, config)
    both = {}
    if pipeline:
        text_layers, text_metadata = random_lora(pipeline.text_encoder, TEXT)
        both = dict(text_encoder_lora_layers=text_layers, text_encoder_lora_adapter_metadata=text_metadata)
    StableDiffusionPipeline.save_lora_weights(
        FOLDER, unet_lora_layers=layers, unet_lora_adapter_metadata=metadata, weight_name=f"{name}.safetensors", **both
    )
    (FOLDER / f"{name}.safetensors").chmod(0o644)


def random_lora(network, config: LoraConfig) -> tuple[dict, dict]:
    """The adapter's tensors and its configuration."""
    network.add_adapter(config)
    with torch.no_grad():
        for module in network.modules():
            if not hasattr(module, "lora_B"):
                continue
            up = module.lora_B["default"].weight
            up.normal_()
            up.mul_(0.33 * module.base_layer.weight.norm() / module.get_delta_weight("default").norm())
    described = network.peft_config["default"].to_dict()
    described["target_modules"] = sorted(described["target_modules"])
    return {key: tensor.contiguous() for key, tensor in get_peft_model_state_dict(network).items()}, described


def paint(fused: str | None, styles: dict[str, float]) -> np.ndarray:
    pipeline = make_pipeline(TODAY, FIXTURES / "pipelines" / "today" / "tokenizer")
    if fused:
        pipeline.load_lora_weights(FOLDER, weight_name=f"{fused}.safetensors")
        pipeline.fuse_lora()
        pipeline.unload_lora_weights()
    for name in styles:
        pipeline.load_lora_weights(FOLDER, weight_name=f"{name}.safetensors", adapter_name=name)
    if styles:
        pipeline.set_adapters(list(styles), list(styles.values()))
    return pipeline(
        ASK["prompt"],
        num_inference_steps=ASK["steps"],
        guidance_scale=ASK["guidance"],
        height=ASK["height"],
        width=ASK["width"],
        generator=torch.Generator().manual_seed(ASK["seed"]),
        output_type="np",
    ).images[0]


if __name__ == "__main__":
    main()
