"""Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon) for the kernels inside a network,
AdamW for the rest.

Muon takes the momentum of a kernel as a matrix (channels out) x (channels in * 9) and steps along
the nearest matrix whose singular values are all one, so that no few directions dominate. Steps are
as large as AdamW's (Liu et al. 2025, arXiv 2502.16982, section 2.2), so that one learning rate does
for both.
"""

import torch

from .blocks import Conv

MOMENTUM = 0.95


def orthogonal(m):
    """About the orthogonal factor of each matrix (..., rows, columns), by five steps of Newton and
    Schulz with Jordan's coefficients."""
    tall = m.shape[-2] > m.shape[-1]
    x = m.mT if tall else m
    x = x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-12)
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """For kernels of one shape, which are all done at once."""

    def __init__(self, parameters, lr, weight_decay):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            kernels = [p for p in group["params"] if p.grad is not None]
            grads = [p.grad for p in kernels]
            momenta = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in kernels]
            torch._foreach_lerp_(momenta, grads, 1 - MOMENTUM)
            update = orthogonal(
                torch.stack(torch._foreach_lerp(grads, momenta, MOMENTUM)).flatten(2)
            )
            update = update * (
                0.2 * max(update.shape[1:]) ** 0.5 * group["lr"]
            )  # lr: a number, or a tensor on the device
            torch._foreach_mul_(kernels, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_sub_(kernels, [u.view_as(p) for u, p in zip(update, kernels)])


def inner_and_outer(net):
    """Kernels from a network's channels to as many, and all other parameters: two kinds of
    optimizer take them."""
    learnt = [p for p in net.parameters() if p.requires_grad]
    square = {
        id(m.weight)
        for m in net.modules()
        if isinstance(m, Conv) and m.in_channels == m.out_channels
    }
    inner = [p for p in learnt if id(p) in square]
    return inner, [p for p in learnt if id(p) not in square]


def by_shape(kernels):
    """Lists of kernels of one shape each."""
    shapes = {}
    for k in kernels:
        shapes.setdefault(k.shape, []).append(k)
    return list(shapes.values())
