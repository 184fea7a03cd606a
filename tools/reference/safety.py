"""
A tiny random safety checker, exported as diffusers' own script does it (`forward_onnx`), and what transformers' and
diffusers' code makes of some pictures. Writes the fixture pipelines/checked and goldens/safety.*; `make_fixtures.py`
calls it.

    python tools/reference/safety.py     # seconds
"""

import shutil
import tempfile
from pathlib import Path

import exports
import numpy as np
import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from fixtures import FIXTURES, replace
from goldens import MADE_WITH, Binary, write_json
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessor

SIDE = 28
#: Width and height of the pictures, which are drawn by a formula, and how each is preprocessed.
CASES = [
    dict(width=64, height=64, seed=1),
    dict(width=48, height=32, seed=2),
    dict(width=100, height=40, seed=3),
    dict(width=28, height=28, seed=4),
    dict(width=16, height=24, seed=5),
    dict(width=64, height=48, seed=6, config=dict(size={"shortest_edge": 33}, crop_size=SIDE)),
    dict(width=64, height=48, seed=7, config=dict(size={"shortest_edge": 21})),
    dict(width=64, height=48, seed=8, config=dict(size={"height": 30, "width": 44}, resample=2)),
    dict(width=64, height=48, seed=9, config=dict(do_center_crop=False, size={"height": SIDE, "width": SIDE})),
]


def draw(width: int, height: int, seed: int) -> np.ndarray:
    """The same in the test: whole numbers, so that both agree to the byte."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * (seed + c * 5) + y * (7 + seed * 3) + (x * y * (c + 1)) // (3 + seed)) % 256).astype(np.uint8)


def make_checker() -> StableDiffusionSafetyChecker:
    torch.manual_seed(300)
    vision = dict(
        hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=SIDE, patch_size=7
    )
    config = CLIPConfig(vision_config=vision, projection_dim=8)
    checker = StableDiffusionSafetyChecker(config).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in checker.vision_model.parameters():
            if weight.dim() > 1:
                weight.copy_(torch.randn(weight.shape, generator=generator) / weight.shape[-1] ** 0.5)
        checker.visual_projection.weight.copy_(torch.randn(8, 16, generator=generator))
        checker.concept_embeds.copy_(torch.randn(17, 8, generator=generator))
        checker.special_care_embeds.copy_(torch.randn(3, 8, generator=generator))
    return checker


def processor(config: dict) -> CLIPImageProcessor:
    return CLIPImageProcessor(**{"size": {"shortest_edge": SIDE}, "crop_size": SIDE, **config})


def pixels(case: dict) -> torch.Tensor:
    picture = Image.fromarray(draw(case["width"], case["height"], case["seed"]))
    return processor(case.get("config", {}))(picture, return_tensors="pt").pixel_values


def similarities(checker: StableDiffusionSafetyChecker, clip_input: torch.Tensor, embeds: torch.Tensor) -> torch.Tensor:
    image = checker.visual_projection(checker.vision_model(clip_input)[1])
    return torch.nn.functional.normalize(image) @ torch.nn.functional.normalize(embeds).t()


def set_thresholds(checker: StableDiffusionSafetyChecker, inputs: list[torch.Tensor]) -> None:
    """
    One concept with a threshold between the pictures; one whose threshold a single picture passes because it needs
    special care; no other can be met.
    """
    with torch.no_grad():
        found = torch.cat([similarities(checker, one, checker.concept_embeds) for one in inputs])
        care = torch.cat([similarities(checker, one, checker.special_care_embeds) for one in inputs])
        checker.concept_embeds_weights.fill_(2)
        checker.special_care_embeds_weights.fill_(2)
        ordered = found[:, 0].sort().values
        middle = len(ordered) // 2
        checker.concept_embeds_weights[0] = (ordered[middle - 1] + ordered[middle]) / 2
        # Of the pictures below, the one that is nearest to another concept than all others are.
        below = [at for at in range(len(found)) if found[at, 0] < ordered[middle]]
        special, concept = next((at, c) for at in below for c in range(1, 17) if int(found[:, c].argmax()) == at)
        checker.concept_embeds_weights[concept] = found[special, concept] + 0.005
        nearest = int((care[special] - care[below].mean(0)).argmax())
        checker.special_care_embeds_weights[nearest] = care[special, nearest] - 1e-3


class Forward(torch.nn.Module):
    def __init__(self, checker):
        super().__init__()
        self.checker = checker.requires_grad_(False)

    def forward(self, clip_input, images):
        return self.checker.forward_onnx(clip_input, images)


def export(checker: StableDiffusionSafetyChecker, folder: Path) -> None:
    """As `convert_stable_diffusion_checkpoint_to_onnx.py` of diffusers."""

    axes = {
        "clip_input": {0: "batch", 1: "channels", 2: "height", 3: "width"},
        "images": {0: "batch", 1: "height", 2: "width", 3: "channels"},
        "out_images": {},
        "has_nsfw_concepts": {},
    }
    inputs = (torch.randn(1, 3, SIDE, SIDE), torch.randn(1, 64, 64, 3))
    exports.write_torchscript(Forward(checker), inputs, axes, folder / "safety_checker" / "model.onnx", opset=14)
    processor({}).save_pretrained(folder / "feature_extractor")


def make(pipelines: Path, answers: Path) -> None:
    checker = make_checker()
    inputs = [pixels(case) for case in CASES]
    # Those that the network takes: it has a fixed number of patches.
    fitting = [one for one in inputs if one.shape[-2:] == (SIDE, SIDE)]
    set_thresholds(checker, fitting)
    export(checker, pipelines / "checked")
    values = Binary(answers / "safety.f32", "<f4")
    cases = []
    for case, one in zip(CASES, inputs, strict=True):
        answer = {}
        if one.shape[-2:] == (SIDE, SIDE):
            flags = checker(one, torch.zeros(1, 3, 8, 8))[1]
            answer = {"hasNsfwConcepts": bool(flags[0])}
        cases.append({**case, "pixels": values.add(one[0]), **answer})
    values.write()
    about = (
        "pixels: offset in elements of safety.f32 and shape (3, H, W) of CLIPImageProcessor's pixel_values; "
        "hasNsfwConcepts: diffusers' StableDiffusionSafetyChecker.forward"
    )
    write_json(answers / "safety.json", {"about": about, "cases": cases, "madeWith": MADE_WITH})
    flags = [case.get("hasNsfwConcepts") for case in cases]
    print(f"safety: {flags}")
    if not {True, False} <= set(flags):
        raise SystemExit("Expected pictures with and without concepts that are not shown")


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        pipelines, answers = Path(scratch) / "pipelines", Path(scratch) / "goldens"
        answers.mkdir()
        make(pipelines, answers)
        replace(FIXTURES / "pipelines" / "checked", pipelines / "checked")
        for file in answers.iterdir():
            shutil.copy(file, FIXTURES / "goldens" / file.name)


if __name__ == "__main__":
    main()
