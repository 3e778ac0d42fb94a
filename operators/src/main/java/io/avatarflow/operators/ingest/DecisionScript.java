package io.avatarflow.operators.ingest;

import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.DecisionMark;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decisions about blocks that are still to be released, ascending and without gaps. Immutable;
 * going on to the next one costs nothing.
 */
final class DecisionScript {
  /** Most decisions that wait: six hours of blocks of 80 ms. */
  static final int MOST = 1 << 18;

  /** Nothing was decided before. */
  static final DecisionScript EMPTY = new DecisionScript(List.of(), 0);

  private final List<Decision> decisions;
  private final int next;

  private DecisionScript(List<Decision> decisions, int next) {
    this.decisions = decisions;
    this.next = next;
  }

  /**
   * What has to be known of a block to release it again.
   *
   * @param block its index
   * @param firstSample where it begins in the epoch's audio, media samples
   * @param sampleCount how many samples of the epoch's audio it holds, 0 for an idle block
   * @param rung its rung
   * @param lastOffset offset of the last input applied before
   */
  record Decision(long block, long firstSample, int sampleCount, int rung, long lastOffset) {}

  static DecisionScript of(List<Decision> decisions) {
    return decisions.isEmpty() ? EMPTY : new DecisionScript(List.copyOf(decisions), 0);
  }

  boolean isEmpty() {
    return next == decisions.size();
  }

  /** Those that wait. */
  List<Decision> rest() {
    return decisions.subList(next, decisions.size());
  }

  /** The next decision. */
  Optional<Decision> next() {
    return isEmpty() ? Optional.empty() : Optional.of(decisions.get(next));
  }

  /** The decision about a block, if it is the next one. */
  Optional<Decision> of(long block) {
    return next().filter(decision -> decision.block() == block);
  }

  DecisionScript afterNext() {
    return next + 1 == decisions.size() ? EMPTY : new DecisionScript(decisions, next + 1);
  }

  /** The same, open behind its last decision. */
  DecisionScript withoutEnd() {
    boolean ends =
        !isEmpty()
            && decisions.get(decisions.size() - 1).lastOffset() == SessionRecord.Decisions.NEVER;
    return ends ? of(decisions.subList(next, decisions.size() - 1)) : this;
  }

  /**
   * Adds decisions. Of two about one block the first counts; blocks between them were skipped. They
   * go on from the block to be released next or from the one before it, or are left out: what was
   * decided between cannot be known. So is what comes behind {@link #MOST}.
   *
   * @param nextBlock the block to be released next
   */
  DecisionScript plus(List<DecisionMark> marks, long nextBlock) {
    TreeMap<Long, Decision> byBlock = new TreeMap<>();
    rest().forEach(decision -> byBlock.put(decision.block(), decision));
    for (DecisionMark mark : marks) {
      byBlock.putIfAbsent(
          mark.getBlock(),
          new Decision(
              mark.getBlock(),
              mark.getFirstSample(),
              mark.getSampleCount(),
              mark.getRung(),
              mark.getLastInputOffset()));
    }
    boolean goesOn =
        !isEmpty() || byBlock.containsKey(nextBlock) || byBlock.containsKey(nextBlock - 1);
    return goesOn ? of(byBlock.tailMap(nextBlock).values().stream().limit(MOST).toList()) : EMPTY;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DecisionScript script && script.rest().equals(rest());
  }

  @Override
  public int hashCode() {
    return rest().hashCode();
  }

  @Override
  public String toString() {
    return "DecisionScript" + rest();
  }
}
