"""What diffusers' DDIM and DPM-Solver++ answer: timesteps, and whole loops over a made-up network. Writes
test/fixtures/goldens/solvers.json, in seconds."""

import itertools
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler

GOLDEN = Path(__file__).parents[2] / "test/fixtures/goldens/solvers.json"
SAMPLE = [round(np.cos(1 + 3 * i).item(), 6) for i in range(12)]


def network(sample, timestep):
    """Anything that bends: it stands for a network, and is written again in the test."""
    return torch.sin(2 * sample + float(timestep) / 300)


def loop(scheduler, steps):
    scheduler.set_timesteps(steps)
    sample = torch.tensor(SAMPLE)
    for timestep in scheduler.timesteps:
        sample = scheduler.step(network(sample, timestep), timestep, sample).prev_sample
    return {
        "timesteps": scheduler.timesteps.tolist(),
        "sample": [float(f"{value:.9g}") for value in sample.numpy()],
    }


STABLE_DIFFUSION = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def cases():
    for name, scheduler in (("ddim", DDIMScheduler), ("dpm++", DPMSolverMultistepScheduler)):
        unclipped = dict(clip_sample=False) if name == "ddim" else {}
        for steps in (1, 2, 4, 8, 20):
            yield name, scheduler, {}, steps
        for spacing, prediction, steps in itertools.product(
            ("leading", "trailing", "linspace"), ("epsilon", "v_prediction"), (1, 3, 4, 7, 16, 25)
        ):
            yield name, scheduler, dict(
                STABLE_DIFFUSION, **unclipped, timestep_spacing=spacing, steps_offset=1, prediction_type=prediction
            ), steps
        for steps in (1, 2, 4, 8, 25, 50):
            yield name, scheduler, dict(
                STABLE_DIFFUSION,
                **unclipped,
                timestep_spacing="trailing",
                prediction_type="v_prediction",
                rescale_betas_zero_snr=True,
            ), steps
    for steps in (2, 8, 20):
        yield "ddim", DDIMScheduler, dict(STABLE_DIFFUSION, **dict(clip_sample=False), set_alpha_to_one=False), steps
        yield "dpm++", DPMSolverMultistepScheduler, dict(STABLE_DIFFUSION, final_sigmas_type="sigma_min"), steps
        yield "dpm++", DPMSolverMultistepScheduler, dict(
            STABLE_DIFFUSION, final_sigmas_type="sigma_min", lower_order_final=False
        ), steps


def main():
    written = [
        json.dumps(dict(solver=name, config=config, steps=steps, **loop(scheduler(**config), steps)))
        for name, scheduler, config, steps in cases()
    ]
    head = dict(
        about="By tools/reference/solvers.py: loops from `start` over the network sin(2 x + t / 300).",
        madeWith={name: version(name) for name in ("torch", "diffusers", "numpy")},
        start=SAMPLE,
    )
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    GOLDEN.write_text("{\n" + ",\n".join(lines) + ',\n"cases": [\n  ' + ",\n  ".join(written) + "\n]\n}\n")
    print(f"{len(written)} cases, {GOLDEN.stat().st_size} bytes")


if __name__ == "__main__":
    main()
