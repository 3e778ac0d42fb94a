package io.avatarflow.operators.ingest;

import io.avatarflow.operators.audio.InvalidAudioException;
import io.avatarflow.operators.audio.Pcm;
import io.avatarflow.schemas.AudioChunk;

/** Checks an audio chunk for what it says of itself, and decodes it. */
final class ChunkReader {
  private static final int MIN_RATE = 8_000;
  private static final int MAX_RATE = 48_000;
  private static final int MAX_CHANNELS = 8;

  private ChunkReader() {}

  /**
   * A chunk that makes sense by itself.
   *
   * @param epoch 0 or more
   * @param rate Hz
   * @param run its samples, mixed down to one channel; may be empty at the end of a segment
   * @param endOfSegment speech ends behind the last sample
   */
  record Chunk(long epoch, int rate, AudioRun run, boolean endOfSegment) {}

  static Chunk read(AudioChunk chunk) throws RejectedInputException {
    if (chunk.getEpoch() < 0 || chunk.getEpoch() > EpochClock.MAX_EPOCH) {
      throw badEpoch(chunk.getEpoch());
    }
    if (chunk.getSampleRate() < MIN_RATE || chunk.getSampleRate() > MAX_RATE) {
      throw badAudio(
          "Sample rate %d is not in %d to %d Hz; resample before sending."
              .formatted(chunk.getSampleRate(), MIN_RATE, MAX_RATE));
    }
    if (chunk.getChannels() < 1 || chunk.getChannels() > MAX_CHANNELS) {
      throw badAudio(
          "%d channels are not in 1 to %d; mix down before sending."
              .formatted(chunk.getChannels(), MAX_CHANNELS));
    }
    if (chunk.getFirstSample() < 0) {
      throw badAudio(
          "First sample %d is negative; count from 0 at the start of the epoch."
              .formatted(chunk.getFirstSample()));
    }
    checkPayload(chunk);
    return new Chunk(
        chunk.getEpoch(), chunk.getSampleRate(), decode(chunk), chunk.getEndOfSegment());
  }

  private static void checkPayload(AudioChunk chunk) throws RejectedInputException {
    int frameBytes = Pcm.bytesPerSample(chunk.getEncoding()) * chunk.getChannels();
    int bytes = chunk.getPayload().remaining();
    if (frameBytes == 0) {
      throw badAudio("The encoding is not known; send PCM_S16LE or PCM_F32LE.");
    }
    if (bytes % frameBytes != 0) {
      throw badAudio(
          "A payload of %d bytes is not a multiple of %d; send whole samples of all %d channels."
              .formatted(bytes, frameBytes, chunk.getChannels()));
    }
    if (bytes / frameBytes > chunk.getSampleRate()) {
      throw badAudio(
          "A payload of %d samples at %d Hz is longer than 1000 ms; send shorter chunks."
              .formatted(bytes / frameBytes, chunk.getSampleRate()));
    }
    if (bytes == 0 && !chunk.getEndOfSegment()) {
      throw badAudio("The payload is empty; send samples, or the end of a segment.");
    }
  }

  static RejectedInputException badEpoch(long epoch) {
    return new RejectedInputException(
        "bad-epoch",
        "Epoch %d is not in 0 to %d; count epochs from 0.".formatted(epoch, EpochClock.MAX_EPOCH));
  }

  private static AudioRun decode(AudioChunk chunk) throws RejectedInputException {
    try {
      return new AudioRun(
          chunk.getFirstSample(),
          Pcm.decode(chunk.getPayload(), chunk.getEncoding(), chunk.getChannels()));
    } catch (InvalidAudioException e) {
      throw badAudio(e.getMessage());
    }
  }

  private static RejectedInputException badAudio(String sentence) {
    return new RejectedInputException("bad-audio", sentence);
  }
}
