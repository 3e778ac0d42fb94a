package io.avatarflow.jobs.bench;

import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.Interrupt;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionSource;

/**
 * One live session as its producer sees it: it opens, speaks in chunks of 40 ms at the moment each
 * has been spoken, falls silent for a while after each turn, now and then is interrupted, and
 * closes.
 *
 * <p>What it does and when follows from its number and its habits alone. One thread.
 */
final class LiveSpeaker implements Comparable<LiveSpeaker> {
  private static final long CHUNK_NANOS = 40_000_000;
  private static final int CHUNK_SAMPLES = BundledSpeech.RATE / 25;

  /** How long after its open a session begins to speak. */
  private static final long OPENING_NANOS = 400_000_000;

  private final int number;
  private final SessionKey key;
  private final BenchSessions sessions;
  private final Habits habits;
  private final long closeNanos;
  private long dueNanos;
  private boolean opened;
  private boolean closed;
  private int turn;
  private long chunksOfTurn;
  private long spoken;
  private long epoch;
  private long epochSample;

  /**
   * How sessions speak.
   *
   * @param talkChunks chunks of 40 ms of an ordinary turn; 0 for one that only listens
   * @param pauseNanos silence behind a turn; no chunk is sent in it
   * @param bargedIn whether each turn is cut short by an interrupt
   */
  record Habits(int talkChunks, long pauseNanos, boolean bargedIn) {
    /** Four seconds of speech, one of silence. */
    static final Habits TALKING = new Habits(100, 1_000_000_000L, false);

    /** Speech without end. */
    static final Habits MONOLOGUE = new Habits(Integer.MAX_VALUE, 0, false);

    /** Silence without end. */
    static final Habits LISTENING = new Habits(0, 0, false);

    /** A second or so of speech, then an interrupt, then half a second of silence. */
    static final Habits BARGED_IN = new Habits(40, 500_000_000L, true);
  }

  /**
   * @param number distinguishes what it says
   * @param startNanos when it opens, by the clock of the load
   * @param closeNanos when it closes
   */
  LiveSpeaker(
      int number,
      SessionKey key,
      BenchSessions sessions,
      Habits habits,
      long startNanos,
      long closeNanos) {
    this.number = number;
    this.key = key;
    this.sessions = sessions;
    this.habits = habits;
    this.dueNanos = startNanos;
    this.closeNanos = closeNanos;
  }

  /** When it wants to send next. */
  long dueNanos() {
    return dueNanos;
  }

  SessionKey key() {
    return key;
  }

  /** True behind its close. */
  boolean isClosed() {
    return closed;
  }

  /** What it sends now; afterwards {@link #dueNanos} is later. */
  Object next() {
    if (!opened) {
      opened = true;
      dueNanos += habits.talkChunks() == 0 ? closeNanos - dueNanos : OPENING_NANOS;
      return sessions.open(number, SessionSource.LIVE);
    }
    if (dueNanos >= closeNanos) {
      closed = true;
      return SessionClose.newBuilder().setMode(CloseMode.NOW).build();
    }
    if (isInterrupted()) {
      epoch++;
      epochSample = 0;
      endTurn();
      return Interrupt.newBuilder().setNewEpoch(epoch).build();
    }
    boolean last = !habits.bargedIn() && chunksOfTurn + 1 >= length();
    Object chunk = sessions.speech().chunk(number, spoken, epoch, epochSample, CHUNK_SAMPLES, last);
    spoken += CHUNK_SAMPLES;
    epochSample += CHUNK_SAMPLES;
    chunksOfTurn++;
    if (last) {
      endTurn();
    } else {
      dueNanos += isInterrupted() ? bargeInNanos() : CHUNK_NANOS;
    }
    return chunk;
  }

  private boolean isInterrupted() {
    return habits.bargedIn() && chunksOfTurn >= length() / 2;
  }

  /** Nobody interrupts in step with blocks. */
  private long bargeInNanos() {
    return (number * 13 + turn * 29) % 80 * 1_000_000L;
  }

  /** Turns differ, so that sessions do not fall silent together. */
  private long length() {
    return habits.talkChunks() == Integer.MAX_VALUE
        ? Long.MAX_VALUE
        : habits.talkChunks() + (number * 7L + turn * 13L) % (habits.talkChunks() / 2 + 1);
  }

  private void endTurn() {
    turn++;
    chunksOfTurn = 0;
    // No multiple of a chunk, so that speech begins at any place of a block.
    dueNanos += CHUNK_NANOS + habits.pauseNanos() + (number * 11 + turn * 17) % 80 * 1_000_000L;
  }

  @Override
  public int compareTo(LiveSpeaker other) {
    return Long.compare(dueNanos, other.dueNanos);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
