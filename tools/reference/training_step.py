"""Training steps of a diffusers UNet in PyTorch, for bench/train.ts: one for each line that comes, answered by its
milliseconds, on the clock and of the processor. The same work as there: v loss, gradients of all weights, clipping by global norm, AdamW, moving average;
all in float32.

    python tools/reference/training_step.py '{"unet": {…}, "adam": {…}}' <batch> <threads> <tokens>

Needs torch and diffusers. It is no part of the product.
"""

import json
import os
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as ours: threads that wait sleep

import torch
from diffusers import UNet2DConditionModel

settings = json.loads(sys.argv[1])
batch, threads, tokens = map(int, sys.argv[2:5])
torch.set_num_threads(threads)
torch.manual_seed(0)
config, adam = settings["unet"], settings["adam"]
unet = UNet2DConditionModel.from_config(config).train()
average = [parameter.detach().clone() for parameter in unet.parameters()]
optimizer = torch.optim.AdamW(
    unet.parameters(), lr=adam["rate"], betas=(adam["beta1"], adam["beta2"]), weight_decay=adam["decay"], fused=True
)

shape = (batch, config["in_channels"], config["sample_size"], config["sample_size"])
sample, target = torch.randn(shape), torch.randn(shape)
timestep = torch.randint(0, 1000, (batch,))
context = torch.randn(batch, tokens, config["cross_attention_dim"])
weight = torch.ones(batch, 1, 1, 1)
# Where resnets are told what the words end in: their last row, as in ours.
words = {"class_labels": context[:, -1]} if config.get("class_embed_type") else {}

for _ in sys.stdin:
    began, worked = time.perf_counter(), time.process_time()
    v = unet(sample, timestep, context, return_dict=False, **words)[0]
    loss = (weight * (v - target) ** 2).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(unet.parameters(), adam["clip"])
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    torch._foreach_lerp_(average, [parameter.detach() for parameter in unet.parameters()], 1 - adam["average"])
    assert torch.isfinite(loss)
    print(json.dumps([(time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000]), flush=True)
