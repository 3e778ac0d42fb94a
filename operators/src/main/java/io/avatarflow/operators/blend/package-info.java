/**
 * Smooths latents over time, less where someone speaks: a feed-forward filter between denoising and
 * rendering.
 *
 * <p>Warp initialisation, the other way in which the past reaches a block, is part of denoising:
 * see {@code io.avatarflow.operators.diffusion}.
 */
package io.avatarflow.operators.blend;
