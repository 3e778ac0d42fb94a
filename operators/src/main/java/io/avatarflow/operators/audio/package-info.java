/**
 * Sound as numbers: decoding and mixing PCM, resampling at absolute positions, log-mel features.
 *
 * <p>Everything here is a pure function of samples and their positions, so that a stream cut
 * anywhere, or restored anywhere, gives the same bytes as the whole. Sines and logarithms are
 * {@code StrictMath}, so that machines agree.
 */
package io.avatarflow.operators.audio;
