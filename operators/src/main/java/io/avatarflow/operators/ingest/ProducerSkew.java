package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.MediaBlock;

/**
 * Keeps live speech close to the moment it was spoken, although the producer's clock and ours
 * differ and halts left audio behind: whole blocks of silence are left out when audio piles up, and
 * put in when it comes ever later. Speech itself is never touched.
 *
 * <p>Only a producer that speaks live is followed: one whose audio came as fast as time passed,
 * over seconds. Speech that is sent in bursts keeps its pauses.
 *
 * <p>Stateless; safe for use by any thread.
 */
final class ProducerSkew {
  private static final long SECOND = 1_000_000;

  /** So long a producer is watched before it counts as live. */
  private static final long WATCHED_MICROS = 2 * SECOND;

  /** Clocks of producers differ less; bursts and pauses differ more. */
  private static final double MOST_SKEW = 0.02;

  /** Difference that chunks and the network make. */
  private static final long JITTER_MICROS = 250_000;

  /** So much audio may wait beyond the next block; chunks come in pieces of up to a second. */
  private static final long ROOM_MICROS = 200_000;

  /** About -50 dB of full scale. */
  private static final float SILENCE = 0.003f;

  private ProducerSkew() {}

  /**
   * Notes when a chunk came, and how much later than it could be the audio plays that waits.
   *
   * @param producedMicros when it was produced, by the producer's clock
   * @param nowMicros when it came
   */
  static Pace observe(
      Pace pace, SessionAudio audio, ChunkReader.Chunk chunk, long producedMicros, long nowMicros) {
    long spoken = micros(chunk.run().end(), chunk.rate());
    Pace.Lag lag = pace.lag();
    if (lag.anchorMicros() == Pace.Lag.NO_ANCHOR) {
      return pace.with(lag.anchoredAt(nowMicros - spoken, producedMicros - spoken));
    }
    boolean live = keepsUp(spoken, nowMicros - lag.anchorMicros());
    // What a stalled network delivers at once was produced second for second all the same.
    boolean paced = live || keepsUp(spoken, producedMicros - lag.saidMicros());
    long waiting = audio.buffer().frontier() - audio.cutter().neededEnd(audio.clock());
    return pace.with(
        lag.paced(paced)
            .owing(live ? Math.max(0, micros(waiting, chunk.rate()) - ROOM_MICROS) : 0));
  }

  private static boolean keepsUp(long spokenMicros, long watchedMicros) {
    double apart = Math.abs((double) spokenMicros - watchedMicros);
    return watchedMicros >= WATCHED_MICROS
        && apart <= JITTER_MICROS + MOST_SKEW * (double) watchedMicros;
  }

  private static long micros(long samples, int rate) {
    return samples * SECOND / rate;
  }

  /** Whether the audio of the next block is to be left out. */
  static boolean leavesOut(Pace pace, SessionAudio audio, MediaTimeline timeline) {
    return pace.lag().debtMicros() >= timeline.blockMicros()
        && audio.buffer().segmentEnds().isEmpty()
        && audio.isNextBlockBelow(SILENCE);
  }

  /**
   * Whether a block without audio is to follow a block.
   *
   * @param block the block that is released
   */
  static boolean putsIn(MediaBlock.BlockAudio block, MediaTimeline timeline, long index, long now) {
    long late = now - timeline.audioDue(index);
    long grace = timeline.options().grace().toNanos() / 1000;
    return late > grace / 2 && isSilent(block);
  }

  private static boolean isSilent(MediaBlock.BlockAudio block) {
    for (int i = 0; i < block.sampleCount(); i++) {
      if (Math.abs(block.features()[i]) > SILENCE) {
        return false;
      }
    }
    return true;
  }
}
