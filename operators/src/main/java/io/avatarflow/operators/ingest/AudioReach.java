package io.avatarflow.operators.ingest;

import java.time.Duration;

/**
 * How far ahead of what is played audio may come.
 *
 * @param at where the session stands
 */
record AudioReach(IngestSetup setup, EpochClock at) {

  /** Before it opens, a session may send less. */
  void checkWait(AudioRun run) throws RejectedInputException {
    if (!isWithin(run, most(setup.options().openWait()))) {
      throw new RejectedInputException(
          "not-open",
          "More than %d ms of audio for a session that is not open; send SessionOpen first."
              .formatted(setup.options().openWait().toMillis()));
    }
  }

  /** True when so much audio may not wait. */
  boolean isTooFar(AudioRun run) {
    return !isWithin(run, most(setup.options().maxBuffer()));
  }

  /** True when a producer that counted the silence that was lived through would be there. */
  boolean isCounted(AudioRun run, Pace pace) {
    BlockGeometry geometry = setup.geometry();
    long silent = pace.idleBlocks() * (long) geometry.blockSamples();
    return isWithin(
        run, most(setup.options().maxBuffer()) + silent * at.rate() / geometry.sampleRate());
  }

  /** True when it holds audio that a session may live to play. */
  boolean isPossible(AudioRun run) {
    return run.samples().length > 0
        && isWithin(run, IngestOptions.samples(setup.options().maxDuration(), at.rate()));
  }

  RejectedInputException tooFar(AudioRun run) {
    return new RejectedInputException(
        "too-far-ahead",
        "Samples from %d on are more than %d ms ahead of sample %d, the next to be played; send them later."
            .formatted(run.start(), setup.options().maxBuffer().toMillis(), next()));
  }

  private long next() {
    return setup.cutters().of(at.rate()).nextInput(at);
  }

  private long most(Duration ahead) {
    return next() + IngestOptions.samples(ahead, at.rate());
  }

  /** Both ends, because the sum of a start and a length may have overflowed. */
  private static boolean isWithin(AudioRun run, long most) {
    return run.start() <= most && run.end() <= most;
  }
}
