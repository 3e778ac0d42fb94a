package io.avatarflow.jobs.render;

import io.avatarflow.jobs.client.SessionWriter;
import io.avatarflow.operators.codec.AudioFileReader;
import io.avatarflow.operators.codec.AudioFileReader.PcmChunk;
import io.avatarflow.schemas.CloseMode;
import io.avatarflow.schemas.SessionClose;
import io.avatarflow.schemas.SessionKey;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends an audio file to a session, chunk by chunk, and closes the session behind it.
 *
 * <p>It stays at most {@link #LEAD_SECONDS} of media ahead of what was rendered, so that an hour of
 * audio needs neither an hour's memory nor an hour's room on the topic. Runs on a thread of its
 * own; {@link #failure} says how it ended.
 */
final class AudioFeeder implements Runnable {
  private static final double LEAD_SECONDS = 120;
  private static final long NAP_NANOS = 5_000_000;

  private final AudioFileReader audio;
  private final SessionWriter writer;
  private final SessionKey key;
  private final boolean realtime;
  private final AtomicLong renderedMillis = new AtomicLong();
  private volatile long openedNanos;
  private volatile double sentSeconds;
  private volatile boolean complete;
  private volatile RuntimeException failure;
  private volatile boolean stopped;

  AudioFeeder(AudioFileReader audio, SessionWriter writer, SessionKey key, boolean realtime) {
    this.audio = audio;
    this.writer = writer;
    this.key = key;
    this.realtime = realtime;
  }

  @Override
  public void run() {
    try {
      for (Optional<PcmChunk> chunk = audio.next();
          chunk.isPresent() && !stopped;
          chunk = audio.next()) {
        hold(seconds(chunk.get().firstSample() + chunk.get().samples()));
        send(chunk.get());
      }
      if (!stopped) {
        writer.send(key, SessionClose.newBuilder().setMode(CloseMode.DRAIN).build());
        writer.flush();
        complete = true;
      }
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private void hold(double endSeconds) {
    while (!stopped
        && (endSeconds - renderedMillis.get() / 1000.0 > LEAD_SECONDS
            || (realtime && secondsOpen() < endSeconds))) {
      LockSupport.parkNanos(NAP_NANOS);
    }
  }

  private double secondsOpen() {
    long opened = openedNanos;
    return opened == 0 ? 0 : (System.nanoTime() - opened) / 1e9;
  }

  private void send(PcmChunk chunk) {
    writer.send(key, audio.toRecord(chunk, false));
    sentSeconds = seconds(chunk.firstSample() + chunk.samples());
  }

  private double seconds(long samples) {
    return samples / (double) audio.sampleRate();
  }

  /** Tells that the session is open: the moment from which speech in real time is counted. */
  void opened() {
    if (openedNanos == 0) {
      openedNanos = System.nanoTime();
    }
  }

  /** Tells how much media was rendered, which lets more audio go. */
  void rendered(double seconds) {
    renderedMillis.set((long) (seconds * 1000));
  }

  /** Seconds of audio sent so far; all of it once {@link #complete}. */
  double sentSeconds() {
    return sentSeconds;
  }

  /** True when the whole file and the close are with the broker. */
  boolean complete() {
    return complete;
  }

  /** What ended the feeding early, if anything did. */
  Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure);
  }

  void stop() {
    stopped = true;
  }
}
