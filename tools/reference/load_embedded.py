"""
Paints one picture from a model folder with optimum's pipeline on onnxruntime, and prints the SHA-256 of its raw RGB:

    python tools/reference/load_embedded.py models/… "a red house by a lake" --seed 7 --steps 4 --out reference.png

Nothing of Fourstroke takes part, so an equal picture says that the folder is what it claims to be. With `--against`
a PNG of ours is compared pixel by pixel; the exit code is 1 if any differs by more than `--tolerance`.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import torch
from optimum.onnxruntime import ORTLatentConsistencyModelImg2ImgPipeline, ORTLatentConsistencyModelPipeline
from PIL import Image


def main() -> None:
    options = read_options()
    picture = paint(options)
    height, width, _ = picture.shape
    report = {"width": width, "height": height, "sha256": hashlib.sha256(picture.tobytes()).hexdigest()}
    if options.out:
        Image.fromarray(picture).save(options.out)
    if options.against:
        ours = np.asarray(Image.open(options.against).convert("RGB"))
        if ours.shape != picture.shape:
            sys.exit(f"Expected {options.against} to be {width}x{height}, got {ours.shape[1]}x{ours.shape[0]}")
        difference = np.abs(ours.astype(int) - picture.astype(int))
        report |= {"largestDifference": int(difference.max()), "pixelsThatDiffer": int((difference.max(axis=-1) > 0).sum())}
    print(json.dumps(report))
    if report.get("largestDifference", 0) > options.tolerance:
        sys.exit(1)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("prompt")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--guidance", type=float, default=8.5)
    parser.add_argument("--width", type=int, help="pixels; the model's own size if not said")
    parser.add_argument("--height", type=int)
    parser.add_argument("--image", type=Path, help="paint over this picture")
    parser.add_argument("--strength", type=float, default=0.8)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--against", type=Path, help="a PNG to compare with")
    parser.add_argument("--tolerance", type=int, default=1, help="of 255")
    return parser.parse_args()


def paint(options: argparse.Namespace) -> np.ndarray:
    """Height x width x RGB, 8 bits."""
    pipeline_class = ORTLatentConsistencyModelImg2ImgPipeline if options.image else ORTLatentConsistencyModelPipeline
    pipeline = pipeline_class.from_pretrained(str(options.folder), export=False)
    pipeline.set_progress_bar_config(disable=True)
    if options.image:
        arguments = {"image": Image.open(options.image).convert("RGB"), "strength": options.strength}
    else:
        arguments = {"width": options.width, "height": options.height}
    picture = pipeline(
        options.prompt,
        num_inference_steps=options.steps,
        guidance_scale=options.guidance,
        generator=torch.Generator().manual_seed(options.seed),
        output_type="np",
        **arguments,
    ).images[0]
    return (picture * 255).round().astype(np.uint8)


if __name__ == "__main__":
    main()
