"""The same model under optimum's pipeline on onnxruntime; its waiting threads sleep, as ours do, or spin. As JSON: milliseconds by
the clock and of the processor of each picture after the first two, and the most memory that the process held, in MB."""

import json
import resource
import sys
import time

import onnxruntime
import torch
from optimum.onnxruntime import ORTLatentConsistencyModelPipeline

folder, prompt, steps, guidance, count, threads, width, height, waiting = sys.argv[1:10]
options = onnxruntime.SessionOptions()
options.add_session_config_entry("session.intra_op.allow_spinning", "1" if waiting == "spin" else "0")
if int(threads):
    options.intra_op_num_threads = int(threads)
    torch.set_num_threads(int(threads))
pipeline = ORTLatentConsistencyModelPipeline.from_pretrained(folder, export=False, session_options=options)
pipeline.set_progress_bar_config(disable=True)
took, used = [], []
for seed in range(int(count) + 2):
    began, before = time.perf_counter(), time.process_time()
    pipeline(
        f"{prompt} {seed}",
        num_inference_steps=int(steps),
        guidance_scale=float(guidance),
        width=int(width),
        height=int(height),
        generator=torch.Generator().manual_seed(seed),
        output_type="np",
    )
    took.append((time.perf_counter() - began) * 1000)
    used.append((time.process_time() - before) * 1000)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"ms": took[2:], "processorMs": used[2:], "peakMb": peak}))
