"""Random ways in which a picture can look: exposure, colour, blur, noise, and drawing-like styles."""

import torch
from torch.nn import functional


def per_picture(rng, count, low, high):
    """Uniform numbers [count, 1, 1, 1]."""
    return torch.rand(count, 1, 1, 1, generator=rng) * (high - low) + low


def chance(rng, count, probability):
    """1 with a probability, else 0, [count, 1, 1, 1]."""
    return (torch.rand(count, 1, 1, 1, generator=rng) < probability).float()


def clouds(rng, count, size, channels=3):
    """Smooth random fields [count, channels, size, size] in 0..1 of several scales."""
    total, weight = 0.0, 0.0
    for cells in (2, 4, 9, 20, 45):
        w = per_picture(rng, count, 0, 1) ** 2
        field = torch.rand(count, channels, cells, cells, generator=rng)
        total = total + w * functional.interpolate(field, (size, size), mode="bilinear", align_corners=False)
        weight = weight + w
    return total / (weight + 1e-3)


def grey(picture):
    """Luminance [n, 1, h, w]."""
    return (picture * torch.tensor([0.3, 0.59, 0.11])[None, :, None, None]).sum(1, keepdim=True)


def blur(picture, widths):
    """Gaussian blur, one deviation (pixels) for each picture."""
    line = torch.arange(-6, 7).float()
    kernel = torch.exp(-(line**2) / (2 * widths.view(-1, 1) ** 2))
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(picture.shape[1], 0)
    flat = picture.flatten(0, 1)[None]
    groups = flat.shape[1]
    flat = functional.conv2d(functional.pad(flat, (6, 6, 0, 0), mode="replicate"), kernel[:, None, None, :], groups=groups)
    flat = functional.conv2d(functional.pad(flat, (0, 0, 6, 6), mode="replicate"), kernel[:, None, :, None], groups=groups)
    return flat[0].view(picture.shape)


def edges(picture):
    """Strength of the luminance's gradient [n, 1, h, w]."""
    g = functional.pad(grey(picture), (1, 1, 1, 1), mode="replicate")
    return ((g[..., 1:-1, 2:] - g[..., 1:-1, :-2]) ** 2 + (g[..., 2:, 1:-1] - g[..., :-2, 1:-1]) ** 2).sqrt()


def light(rng, picture):
    """Other exposure, contrast, colour of light, and a fall-off across the picture."""
    n, size = len(picture), picture.shape[-1]
    gamma = torch.exp(per_picture(rng, n, -0.6, 0.6))
    tint = 1 + (torch.rand(n, 3, 1, 1, generator=rng) - 0.5) * per_picture(rng, n, 0, 0.7)
    line = torch.linspace(-1, 1, size)
    ramp = 1 + per_picture(rng, n, -0.45, 0.45) * line[None, None, None] + per_picture(rng, n, -0.35, 0.35) * line[None, None, :, None]
    return (torch.exp(gamma * picture.clamp(1e-3, 1).log()) * tint * ramp * per_picture(rng, n, 0.65, 1.25)).clamp(0, 1)


def restyle(rng, picture):
    """Each picture in a style of its own; most stay photographs, about a third become drawings of some kind."""
    n = len(picture)
    picture = light(rng, picture)
    width = torch.where(torch.rand(n, generator=rng) < 0.35, torch.rand(n, generator=rng) * 2.0 + 0.3, torch.full((n,), 0.05))
    picture = blur(picture, width)
    line = (edges(picture) * per_picture(rng, n, 1.5, 6)).clamp(0, 1)
    levels = torch.floor(per_picture(rng, n, 3, 8))
    flat = torch.floor(picture * levels * 0.999) / (levels - 1)
    picture = torch.lerp(picture, flat.clamp(0, 1), chance(rng, n, 0.14))
    paper = per_picture(rng, n, 0.75, 1)
    sketch = (paper - line) * (1 - chance(rng, n, 0.5) * (1 - grey(picture)) * 0.6)
    picture = torch.lerp(picture, sketch.clamp(0, 1).expand_as(picture), chance(rng, n, 0.10))
    picture = torch.lerp(picture, (picture - line).clamp(0, 1), chance(rng, n, 0.12))
    picture = torch.lerp(picture, grey(picture).expand_as(picture), chance(rng, n, 0.18))
    saturation = per_picture(rng, n, 0.3, 1.7)
    picture = (grey(picture) + (picture - grey(picture)) * saturation).clamp(0, 1)
    noise = torch.randn(picture.shape, generator=rng) * per_picture(rng, n, 0, 0.10) * chance(rng, n, 0.5)
    return (picture + noise).clamp(0, 1)
