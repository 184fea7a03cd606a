"""What diffusers answers, written down: numbers as JSON, pictures and latents as flat binary files."""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from diffusers import LatentConsistencyModelImg2ImgPipeline, LatentConsistencyModelPipeline, LCMScheduler
from PIL import Image

PACKAGES = ("torch", "diffusers", "transformers", "tokenizers", "optimum-onnx", "onnx", "onnxruntime", "numpy")
MADE_WITH = {name: version(name) for name in PACKAGES}


def write_json(file: Path, content: dict) -> None:
    lines = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=True)}" for key, value in content.items() if key != "cases"]
    if "cases" in content:
        cases = ",\n".join("  " + json.dumps(case, ensure_ascii=True) for case in content["cases"])
        lines.append(f'"cases": [\n{cases}\n]')
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def numbers(tensor) -> list[float]:
    """Float32 with the digits that bring it back exactly."""
    return [float(f"{value:.9g}") for value in np.asarray(tensor, dtype=np.float32).ravel()]


# Pictures ------------------------------------------------------------------------------------------------------------

TEXT_CASES = [
    dict(prompt="a red house by a lake", steps=1, seed=0, guidance=8.5),
    dict(prompt="a red house by a lake", steps=2, seed=0, guidance=8.5),
    dict(prompt="a red house by a lake", steps=4, seed=0, guidance=8.5),
    dict(prompt="a red house by a lake", steps=8, seed=0, guidance=8.5),
    dict(prompt="two black cats in the city, ink drawing", steps=4, seed=7, guidance=4.0),
    dict(prompt="two black cats in the city, ink drawing", steps=4, seed=7, guidance=1.0),
    dict(prompt="", steps=4, seed=4294967295, guidance=2.0),
    dict(prompt="夕日の湖 🌅 don't", steps=3, seed=123456789, guidance=13.0, height=64, width=32),
    dict(prompt="word " * 100, steps=2, seed=1, guidance=7.5, height=32, width=64),
    dict(prompt="a boat", steps=4, seed=5, guidance=8.5, timesteps=[999, 759, 499, 259]),
    dict(prompt="a boat", steps=3, seed=5, guidance=8.5, timesteps=[999, 500, 100]),
    dict(prompt="a boat", steps=50, seed=3, guidance=5.0),
]

IMAGE_CASES = [
    dict(prompt="a white castle", image="shapes.png", strength=0.8, steps=1, seed=0, guidance=8.5),
    dict(prompt="a white castle", image="shapes.png", strength=0.8, steps=2, seed=0, guidance=8.5),
    dict(prompt="a white castle", image="shapes.png", strength=0.8, steps=4, seed=0, guidance=8.5),
    dict(prompt="a white castle", image="shapes.png", strength=0.8, steps=8, seed=0, guidance=8.5),
    dict(prompt="stars", image="shapes.png", strength=0.5, steps=4, seed=7, guidance=4.0),
    dict(prompt="stars", image="shapes.png", strength=0.3, steps=4, seed=7, guidance=2.0),
    dict(prompt="stars", image="wide.png", strength=1.0, steps=4, seed=4294967295, guidance=8.5),
    dict(prompt="", image="wide.png", strength=0.08, steps=4, seed=11, guidance=1.0),
]
HEIGHT, WIDTH = 32, 48


class Binary:
    """Arrays one after the other in a file; `add` answers where the array begins (in elements) and its shape."""

    def __init__(self, file: Path, dtype: str):
        self.file, self.dtype, self.parts, self.size = file, np.dtype(dtype), [], 0

    def add(self, array) -> dict:
        array = np.ascontiguousarray(array, dtype=self.dtype)
        at = {"offset": self.size, "shape": list(array.shape)}
        self.parts.append(array.ravel())
        self.size += array.size
        return at

    def write(self) -> None:
        np.concatenate(self.parts).tofile(self.file)


class Pictures(Binary):
    """Pictures of a pipeline with the LCM scheduler: 16 bits a channel in NAME.u16, what was asked of each in NAME.json."""

    def __init__(self, folder: Path, name: str):
        super().__init__(folder / f"{name}.u16", "<u2")
        self.records = []

    def paint(self, pipeline, case: dict, arguments: dict) -> None:
        timesteps = []

        def on_step(_pipeline, _step, timestep, _tensors):
            timesteps.append(int(timestep))
            return {}

        pipeline.set_progress_bar_config(disable=True)
        image = pipeline(
            case["prompt"],
            negative_prompt=case.get("negative"),
            num_inference_steps=case["steps"],
            guidance_scale=case["guidance"],
            generator=torch.Generator().manual_seed(case["seed"]),
            output_type="np",
            callback_on_step_end=on_step,
            **arguments,
        ).images[0]
        assert len(timesteps) == case["steps"], timesteps
        size = dict(height=HEIGHT, width=WIDTH)
        self.records.append({**case, **size, "timesteps": timesteps, "picture": self.add(np.round(image * 65535))})

    def write(self, about: str) -> None:
        super().write()
        layout = f"`picture` lies in {self.file.name} (uint16 little-endian, height x width x RGB, value / 65535 is 0..1)."
        content = {"about": f"{about} {layout}", "madeWith": MADE_WITH, "cases": self.records}
        write_json(self.file.with_suffix(".json"), content)


def start_by_strength(pipeline) -> None:
    """Strength as in LCM's own pipelines: it tells the schedule where to begin, and no step is left out."""

    def timesteps(num_inference_steps, strength, device=None, denoising_start=None):
        pipeline.scheduler.set_timesteps(num_inference_steps, strength=strength)
        return pipeline.scheduler.timesteps, num_inference_steps

    pipeline.get_timesteps = timesteps


def picture_goldens(pipeline: LatentConsistencyModelPipeline, name: str, folder: Path, brief: bool = False, drawn: bool = True) -> None:
    """
    `brief` leaves out all but the 1, 2, 4 and 8 step cases. `drawn` false: the encoder answers with latents, so
    nothing is drawn for the posterior, as with an export whose encoder has already sampled.
    """
    pictures, latents = Binary(folder / f"{name}.u16", "<u2"), Binary(folder / f"{name}.f32", "<f4")
    painter = LatentConsistencyModelImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)
    painter.set_progress_bar_config(disable=True)
    if not drawn:
        answer_with_latents(pipeline.vae)

    cases = []
    for case in TEXT_CASES[:4] if brief else TEXT_CASES:
        size = dict(height=case.get("height", HEIGHT), width=case.get("width", WIDTH))
        cases.append(paint(pipeline, case, size, size, pictures, latents))
    for case in IMAGE_CASES[:4] if brief else IMAGE_CASES:
        image = Image.open(folder / case["image"])
        size = dict(height=image.height, width=image.width)
        cases.append(paint(painter, case, dict(image=image, strength=case["strength"]), size, pictures, latents))
    pictures.write()
    latents.write()
    about = (
        f"Pictures of diffusers' latent consistency pipelines in torch for the weights of pipelines/{name}. `picture` "
        f"lies in {name}.u16 (uint16 little-endian, height x width x RGB, value / 65535 is 0..1); `latents` and "
        f"`denoised` after each step, where given, in {name}.f32 (float32 little-endian, steps x 4 x h x w)."
    )
    write_json(folder / f"{name}.json", {"about": about, "madeWith": MADE_WITH, "cases": cases})


def paint(pipeline, case: dict, arguments: dict, size: dict, pictures: Binary, latents: Binary) -> dict:
    trace = {"timesteps": [], "latents": [], "denoised": []}

    def on_step(_pipeline, _step, timestep, tensors):
        trace["timesteps"].append(int(timestep))
        trace["latents"].append(tensors["latents"][0].numpy().copy())
        trace["denoised"].append(tensors["denoised"][0].numpy().copy())
        return {}

    steps = dict(timesteps=case["timesteps"]) if "timesteps" in case else dict(num_inference_steps=case["steps"])
    image = pipeline(
        case["prompt"],
        **steps,
        **arguments,
        guidance_scale=case["guidance"],
        generator=torch.Generator().manual_seed(case["seed"]),
        output_type="np",
        callback_on_step_end=on_step,
        callback_on_step_end_tensor_inputs=["latents", "denoised"],
    ).images[0]
    record = {**case, **size, "timesteps": trace["timesteps"]}
    if "timesteps" in case:
        record["customTimesteps"] = case["timesteps"]
    if case["steps"] == 4 and case["seed"] == 0:
        record["latents"] = latents.add(np.stack(trace["latents"]))
        record["denoised"] = latents.add(np.stack(trace["denoised"]))
    return {**record, "picture": pictures.add(np.round(image * 65535))}


def answer_with_latents(vae) -> None:
    encode = vae.encode

    class Sampled:
        def __init__(self, latents):
            self.latents = latents

    vae.encode = lambda picture: Sampled(encode(picture).latent_dist.mode())


def draw_inputs(folder: Path) -> None:
    """Two small pictures to paint over."""
    y, x = np.mgrid[0:32, 0:48]
    shapes = np.stack([x * 5, y * 7, 255 - x * 2 - y * 3], axis=-1)
    shapes[8:24, 6:22] = (220, 40, 40)
    shapes[(x - 34) ** 2 + (y - 16) ** 2 < 90] = (250, 230, 80)
    Image.fromarray(shapes.clip(0, 255).astype(np.uint8)).save(folder / "shapes.png")
    y, x = np.mgrid[0:32, 0:64]
    wide = np.stack([(x * 37 + y * 11) % 256, (x * x // 8 + y * 5) % 256, (y * y // 3) % 256], axis=-1)
    Image.fromarray(wide.astype(np.uint8)).save(folder / "wide.png")


# Numbers -------------------------------------------------------------------------------------------------------------


def scheduler_goldens() -> dict:
    def timesteps(n=None, **options):
        scheduler = LCMScheduler(beta_schedule="scaled_linear")
        try:
            scheduler.set_timesteps(n, **options)
            return scheduler.timesteps.tolist()
        except ValueError:
            return None

    strengths = [1.0, 0.99, 0.9, 0.8, 0.75, 0.7, 0.6, 0.5, 0.42, 0.4, 0.3, 0.25, 0.2, 0.16, 0.1, 0.08, 0.06, 0.04, 0.02, 0.01]
    grid = [
        {"steps": n, "strength": strength, "timesteps": timesteps(n, strength=strength)}
        for n in (1, 2, 3, 4, 5, 6, 7, 8, 12, 50)
        for strength in strengths
    ]
    custom = [
        {"custom": list(values), "strength": strength, "timesteps": timesteps(timesteps=list(values), strength=strength)}
        for values in ([999, 759, 499, 259], [999, 500, 100], [999], [700, 300, 19], [400, 800], [500, 500], [1000, 500], [999, 0], [999, 749, 499, 249, 99, 19])
        for strength in (1.0, 0.8, 0.5, 0.25)
    ]
    original = [
        {"steps": n, "originalSteps": steps, "timesteps": timesteps(n, original_inference_steps=steps)}
        for steps in (20, 25, 40, 100, 1000, 2000)
        for n in (1, 4, 8, 30)
    ]
    scheduler = LCMScheduler(beta_schedule="scaled_linear")
    return {
        "about": "diffusers' LCMScheduler, beta_schedule scaled_linear, else its defaults; timesteps null where it throws.",
        "madeWith": MADE_WITH,
        "alphasCumprod": numbers(scheduler.alphas_cumprod),
        "bySteps": {str(n): timesteps(n) for n in [*range(1, 53), 1001]},
        "byStrength": grid,
        "custom": custom,
        "byOriginalSteps": original,
        "steps": [step_golden(prediction, n) for prediction in ("epsilon", "v_prediction", "sample") for n in (1, 2, 4, 10)],
        "addNoise": [add_noise_golden(t) for t in (0, 19, 259, 499, 799, 999)],
    }


def step_golden(prediction: str, n: int) -> dict:
    """The loop of diffusers' own scheduler tests: the model answers x * t / (t + 1)."""
    scheduler = LCMScheduler(beta_schedule="scaled_linear", prediction_type=prediction)
    scheduler.set_timesteps(n)
    generator = torch.manual_seed(0)
    sample = torch.arange(768).reshape(3, 8, 8, 4).permute(3, 0, 1, 2) / 768
    for t in scheduler.timesteps:
        sample = scheduler.step(sample * t / (t + 1), t, sample, generator, return_dict=False)[0]
    return {
        "prediction": prediction,
        "steps": n,
        "absoluteSum": float(sample.abs().sum()),
        "mean": float(sample.mean()),
        "first": numbers(sample.flatten()[:16]),
    }


def add_noise_golden(t: int) -> dict:
    scheduler = LCMScheduler(beta_schedule="scaled_linear")
    clean, noise = torch.linspace(-2, 2, 16), torch.linspace(1, -3, 16)
    return {"timestep": t, "noisy": numbers(scheduler.add_noise(clean, noise, torch.tensor([t])))}


def guidance_goldens(pipeline: LatentConsistencyModelPipeline) -> dict:
    def embedding(guidance: float, size: int) -> list[float]:
        return numbers(pipeline.get_guidance_scale_embedding(torch.tensor(guidance - 1).repeat(1), embedding_dim=size)[0])

    return {
        "about": "get_guidance_scale_embedding(guidance - 1) of diffusers' pipeline, float32.",
        "madeWith": MADE_WITH,
        "cases": [
            {"guidance": guidance, "size": size, "embedding": embedding(guidance, size)}
            for size in (32, 64, 256)
            for guidance in (1.0, 1.5, 2.0, 4.0, 7.5, 8.5, 13.0, 20.0)
        ],
    }


def random_goldens() -> dict:
    def draws(seed: int, sizes: list[int]) -> list[list[float]]:
        generator = torch.Generator().manual_seed(seed)
        # Long draws are told by their ends.
        return [numbers(part if size <= 128 else torch.cat([part[:32], part[-32:]])) for size in sizes for part in [torch.randn(size, generator=generator)]]

    plans = [[16], [20], [64], [2048], [16, 20, 64, 2048, 16], [17, 31, 33], [256, 256, 256, 256]]
    return {
        "about": "torch.randn(size, generator=torch.Generator().manual_seed(seed)) on the CPU, float32, several draws from one generator; of a draw longer than 128 the first and the last 32 numbers.",
        "madeWith": MADE_WITH,
        "cases": [
            {"seed": seed, "sizes": sizes, "draws": draws(seed, sizes)} for seed in (0, 7, 2**32 - 1, 123456789) for sizes in plans
        ],
    }
