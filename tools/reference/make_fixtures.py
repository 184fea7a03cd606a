"""
Makes test/fixtures/pipelines and test/fixtures/goldens: tiny latent consistency pipelines with random weights, in all
the forms in which people have exported them, and what diffusers paints with the same weights.
"""

import json
import sys
import tempfile
from pathlib import Path

import exports
import goldens
import inpainting
import numpy as np
import onnxruntime
import painting
import safety
import sdxl
import taesd
import torch
from fixtures import FIXTURES, leave_what_differs, replace
from tiny import TODAY, Recipe, make_pipeline
from words import learn_tokenizer, tokenizer_goldens, write_scripts

OLDER = Recipe("older", seed=1, prediction="v_prediction")
FIRST = Recipe("first", seed=2, prediction="sample", certain_posterior=True)


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        (scratch / "goldens").mkdir()
        make(scratch)
        leave_what_differs(scratch / "pipelines")
        for name in ("pipelines", "goldens"):
            replace(FIXTURES / name, scratch / name)
    total = sum(file.stat().st_size for file in FIXTURES.rglob("*") if file.is_file())
    print(f"{total / 1e6:.2f} MB in {FIXTURES.relative_to(FIXTURES.parents[1])}")


def make(scratch: Path) -> None:
    tokenizer, pipelines, answers = scratch / "tokenizer", scratch / "pipelines", scratch / "goldens"
    learn_tokenizer(tokenizer)
    goldens.draw_inputs(answers)

    today = make_pipeline(TODAY, tokenizer)
    exports.export_today(today, scratch / "torch", pipelines / "today")
    exports.export_half(pipelines / "today", pipelines / "half")
    exports.export_dynamo(today, pipelines / "today", pipelines / "dynamo")
    for name, tolerance in (("today", 1e-4), ("half", 5e-2), ("dynamo", 1e-4)):
        compare(today, pipelines / name, tolerance)
    goldens.picture_goldens(today, "today", answers)

    older = make_pipeline(OLDER, tokenizer)
    exports.export_older(older, pipelines / "today", pipelines / "older")
    exports.with_scheduler(pipelines / "older", older)
    compare(older, pipelines / "older", 1e-4)
    goldens.picture_goldens(older, "older", answers, brief=True)

    first = make_pipeline(FIRST, tokenizer)
    exports.export_first(first, pipelines / "today", pipelines / "first")
    exports.with_scheduler(pipelines / "first", first)
    compare(first, pipelines / "first", 1e-4)
    goldens.picture_goldens(first, "first", answers, brief=True, drawn=False)

    painting.make(tokenizer, scratch, pipelines, answers)
    inpainting.make(tokenizer, scratch, pipelines, answers)
    safety.make(pipelines, answers)
    sdxl.make(tokenizer, scratch, pipelines, answers)
    taesd.make(tokenizer, scratch, pipelines, answers)

    goldens.write_json(answers / "scheduler.json", goldens.scheduler_goldens())
    goldens.write_json(answers / "guidance.json", goldens.guidance_goldens(today))
    goldens.write_json(answers / "random.json", goldens.random_goldens())
    goldens.write_json(answers / "tokenizer.json", {**tokenizer_goldens(pipelines / "today" / "tokenizer"), "madeWith": goldens.MADE_WITH})
    write_scripts(pipelines / "today" / "tokenizer", answers / "scripts.json")


def compare(pipeline, folder: Path, tolerance: float) -> None:
    """Each exported part must answer as its torch original, at another batch and size than it was exported with."""
    generator = torch.Generator().manual_seed(9)
    random = lambda *shape: torch.randn(*shape, generator=generator)
    ids = torch.randint(0, 799, (3, 77), generator=generator)
    latents, context, cond, picture = random(3, 4, 4, 6), random(3, 77, 16), random(3, 32), random(3, 3, 32, 48)
    with torch.no_grad():
        expected = {
            "text_encoder": pipeline.text_encoder(ids).last_hidden_state,
            "unet": pipeline.unet(latents, torch.tensor(339), context, timestep_cond=cond).sample,
            "vae_encoder": pipeline.vae.encode(picture).latent_dist.parameters,
            "vae_decoder": pipeline.vae.decode(latents).sample,
        }
    given = {
        "text_encoder": {"input_ids": ids},
        "unet": {"sample": latents, "timestep": torch.tensor(339), "encoder_hidden_states": context, "timestep_cond": cond},
        "vae_encoder": {"sample": picture},
        "vae_decoder": {"latent_sample": latents},
    }
    kinds = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(int64)": np.int64, "tensor(int32)": np.int32}
    for part, inputs in given.items():
        session = onnxruntime.InferenceSession(folder / part / "model.onnx", providers=["CPUExecutionProvider"])
        feeds = {}
        for value in session.get_inputs():
            array = inputs[value.name].numpy().astype(kinds[value.type])
            if value.name == "timestep" and len(value.shape) == 1:
                array = np.broadcast_to(array, (1,) if value.type == "tensor(int64)" else (3,))
            feeds[value.name] = np.array(array)
        answer = session.run(None, feeds)[0]
        reference = expected[part].numpy()[:, : answer.shape[1]]
        worst = float(np.abs(answer - reference).max())
        signature = {value.name: f"{value.type} {value.shape}" for value in session.get_inputs()}
        print(f"{folder.name}/{part}: at most {worst:.1e} from torch; {json.dumps(signature)}")
        if not worst <= tolerance:
            sys.exit(f"Expected {folder.name}/{part} within {tolerance} of torch, got {worst}")


if __name__ == "__main__":
    main()
