package io.avatarflow.operators.modelled;

import io.avatarflow.operators.batching.BatchItem;

/** A block at a stage of a modelled device, with the steps that it still wants there. */
final class ModelledStep implements BatchItem {
  private final ModelledSession session;
  private final long block;
  private final boolean speech;
  private final long releasedMicros;
  private final long deadlineMicros;
  private StageProfile stage;
  private int stageIndex;
  private int stepsLeft;

  ModelledStep(
      ModelledSession session, long block, boolean speech, long releasedMicros, long deadline) {
    this.session = session;
    this.block = block;
    this.speech = speech;
    this.releasedMicros = releasedMicros;
    this.deadlineMicros = deadline;
  }

  /** Begins a stage. */
  void enter(int index, StageProfile profile) {
    stage = profile;
    stageIndex = index;
    stepsLeft = speech ? profile.steps() : profile.idleSteps();
  }

  /** Takes one step. */
  void step() {
    stepsLeft--;
  }

  /** True when the stage has nothing more to do for the block. */
  boolean leavesStage() {
    return stepsLeft == 0;
  }

  ModelledSession session() {
    return session;
  }

  int stageIndex() {
    return stageIndex;
  }

  StageProfile stage() {
    return stage;
  }

  long releasedMicros() {
    return releasedMicros;
  }

  @Override
  public String sessionKey() {
    return session.key();
  }

  @Override
  public Object batchKey() {
    return stage.name();
  }

  @Override
  public int rows() {
    return stage.rows();
  }

  @Override
  public int maxRows() {
    return stage.maxRows();
  }

  @Override
  public long deadlineMicros() {
    return deadlineMicros;
  }

  @Override
  public long block() {
    return block;
  }
}
