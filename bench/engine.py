"""The same model under optimum's pipeline on onnxruntime: milliseconds of each picture after two to warm up, as JSON."""

import json
import sys
import time

import torch
from optimum.onnxruntime import ORTLatentConsistencyModelPipeline

folder, prompt, steps, guidance, count, threads = sys.argv[1:7]
pipeline = ORTLatentConsistencyModelPipeline.from_pretrained(folder, export=False)
pipeline.set_progress_bar_config(disable=True)
if int(threads):
    torch.set_num_threads(int(threads))
took = []
for seed in range(int(count) + 2):
    began = time.perf_counter()
    pipeline(
        f"{prompt} {seed}",
        num_inference_steps=int(steps),
        guidance_scale=float(guidance),
        generator=torch.Generator().manual_seed(seed),
        output_type="np",
    )
    took.append((time.perf_counter() - began) * 1000)
print(json.dumps(took[2:]))
