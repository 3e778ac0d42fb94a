package io.avatarflow.operators.ingest;

/** The bitrates that a session may ask its video encoder for. */
final class VideoBitrate {
  /** The highest, bits per second. */
  static final int MAX = 100_000_000;

  private VideoBitrate() {}

  /**
   * Passes a bitrate that can be encoded.
   *
   * @param bitrate bits per second
   */
  static int check(int bitrate) throws RejectedInputException {
    if (bitrate < 1 || bitrate > MAX) {
      throw new RejectedInputException(
          "bad-video",
          "Video bitrate %d is not in 1 to %d bits per second.".formatted(bitrate, MAX));
    }
    return bitrate;
  }
}
