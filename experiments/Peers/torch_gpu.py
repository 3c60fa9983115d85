# The peer in floating point on a card: PyTorch, SGD, random data already there, images per second.
#   python3 torch_gpu.py [batch 128] [seconds 1]
# VGG7 is 2x128C3-MP2-2x256C3-MP2-2x512C3-MP2-1024FC-10, LeNet-5 32C5-MP2-64C5-MP2-512FC-10, SAME padding, as `wage bench` has them. Each in float32
# (TF32 products allowed) and bfloat16, images channels last, step by step and as one CUDA graph, whose steps a processor does not have to order.
import sys
import time

import torch
from torch import nn

batch = int(sys.argv[1]) if len(sys.argv) > 1 else 128
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0


def vgg7():
    layers, channels = [], 3
    for width in (128, 256, 512):
        for _ in range(2):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8192, 1024), nn.ReLU(), nn.Linear(1024, 10)), (3, 32, 32)


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10)), (1, 28, 28)


def graph_of(step):
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def rate(step):
    for _ in range(10):
        step()
    torch.cuda.synchronize()
    rates, steps = [], 20
    while sum(batch * steps / r for r in rates) < seconds:
        begin = time.perf_counter()
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
        rates.append(batch * steps / (time.perf_counter() - begin))
    return sorted(rates)[len(rates) // 2]


torch.backends.cudnn.benchmark = True
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
print(torch.__version__, torch.cuda.get_device_name(), "batch", batch)
for name, make in (("vgg7", vgg7), ("lenet", lenet)):
    for kind in (torch.float32, torch.bfloat16):
        network, image = make()
        network = network.to("cuda", kind, memory_format=torch.channels_last)
        x = torch.randn(batch, *image, device="cuda", dtype=kind).to(memory_format=torch.channels_last)
        y = torch.randint(0, 10, (batch,), device="cuda")
        loss = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(network.parameters(), 0.01, foreach=True)

        def train():
            optimizer.zero_grad(set_to_none=False)
            loss(network(x).float(), y).backward()
            optimizer.step()

        def infer():
            with torch.no_grad():
                network(x)

        for mode, step in (("train", train), ("infer", infer)):
            plain, graph = rate(step), rate(graph_of(step))
            print(f"{name} {mode} {str(kind)[6:]}: {plain:,.0f} images/s step by step, {graph:,.0f} as a graph", flush=True)
