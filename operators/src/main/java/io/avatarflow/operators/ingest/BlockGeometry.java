package io.avatarflow.operators.ingest;

import io.avatarflow.operators.pack.PackManifest;

/**
 * The sizes of a pack's blocks.
 *
 * @param sampleRate the pack's audio rate, which is the rate of the media clock
 * @param fps video frames a second
 * @param frames video frames of a block
 * @param frameSamples media samples of a video frame
 * @param lookAheadFrames video frames of audio behind a block that the pack needs
 */
record BlockGeometry(int sampleRate, int fps, int frames, int frameSamples, int lookAheadFrames) {
  /** Rate of the audio that the listener hears. */
  static final int PLAYBACK_RATE = 48_000;

  /**
   * Reads the sizes from a manifest.
   *
   * @throws IllegalArgumentException if a video frame would not hold whole samples
   */
  static BlockGeometry of(PackManifest manifest) {
    int rate = manifest.audio().sampleRate();
    int fps = manifest.clock().fps();
    if (fps < 1 || rate % fps != 0 || PLAYBACK_RATE % fps != 0) {
      throw new IllegalArgumentException(
          "Pack \"%s\": %d frames a second divide neither or only one of the rates %d and %d; give a divisor of both."
              .formatted(manifest.name(), fps, rate, PLAYBACK_RATE));
    }
    return new BlockGeometry(
        rate,
        fps,
        manifest.clock().framesPerBlock(),
        rate / fps,
        manifest.audio().lookAheadFrames());
  }

  /** Media samples of a block. */
  int blockSamples() {
    return frames * frameSamples;
  }

  /** Media samples of a block and its look-ahead. */
  int featureSamples() {
    return (frames + lookAheadFrames) * frameSamples;
  }

  /** Playback samples of a block. */
  int playbackSamples() {
    return frames * (PLAYBACK_RATE / fps);
  }
}
