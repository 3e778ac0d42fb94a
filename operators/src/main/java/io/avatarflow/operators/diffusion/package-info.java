/**
 * The mathematics of the denoising loop: noise schedules, samplers, guidance, warp initialisation
 * and addressed noise.
 *
 * <p>Everything here is a pure function of its arguments and computes with {@code StrictMath}, so
 * that machines agree on every bit. Nothing here knows packs, graphs or sessions.
 */
package io.avatarflow.operators.diffusion;
