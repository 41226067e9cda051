"""Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon) for the kernels inside a network, AdamW for the rest.

Muon takes the momentum of a kernel as a matrix (channels out) x (channels in * 9) and steps along the nearest matrix
whose singular values are all one, so that no few directions dominate. Steps are as large as AdamW's (Liu et al. 2025,
arXiv 2502.16982, section 2.2), so that one learning rate does for both.
"""
import torch

MOMENTUM = 0.95


def orthogonal(m):
    """About the orthogonal factor of a matrix, by five steps of Newton and Schulz with Jordan's coefficients."""
    tall = m.shape[0] > m.shape[1]
    x = m.T if tall else m
    x = x / (x.norm() + 1e-12)
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr, weight_decay):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                momentum.lerp_(p.grad, 1 - MOMENTUM)
                update = orthogonal(p.grad.lerp(momentum, MOMENTUM).flatten(1))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update.view_as(p), alpha=-0.2 * group["lr"] * max(update.shape) ** 0.5)
